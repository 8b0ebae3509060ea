"""What the outbound client fetches, and that nothing makes it connect to where it may not."""

import asyncio
import gzip
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from ipaddress import IPv4Address, ip_network
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services import outbound
from services.addresses import is_public
from services.outbound import Failed, Fetched, Outbound, Refused
from tests.fakes.certificate import certify
from tests.fakes.corpus import INTERNAL, LOOPBACK, MALFORMED, PUBLIC
from tests.fakes.names import Nameless, Names
from tests.fakes.sink import Sink, answer
from tests.services.test_addresses import ADDRESSES, spellings
from tests.services.test_urls import TEXTS

LIMIT = 1000
SECONDS = 10.0
ALLOWED = (ip_network("127.0.0.2/32"),)


@pytest.fixture
async def internal() -> AsyncIterator[Sink]:
    """Listen where nobody may connect to."""
    async with Sink("127.0.0.1", "127.0.0.3", "::1") as sink:
        yield sink


@pytest.fixture
async def friend() -> AsyncIterator[Sink]:
    """Listen in the network that is allowed."""
    async with Sink("127.0.0.2") as sink:
        yield sink


Make = Callable[..., Outbound]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Make clients that are closed at the end."""
    made: list[Outbound] = []

    def make(*arguments: object, **options: object) -> Outbound:
        made.append(Outbound(*(arguments or (ALLOWED,)), **options))
        return made[-1]

    yield make
    for client in made:
        await client.close()


@pytest.fixture
async def client(make: Make) -> Outbound:
    return make()


async def get(client: Outbound, url: str, *, limit_bytes: int = LIMIT, seconds: float = SECONDS) -> Fetched:
    return await client.get(url, limit_bytes=limit_bytes, seconds=seconds)


async def failure(client: Outbound, url: str, **limits: float) -> str:
    """Give the words of what must fail."""
    with pytest.raises(Failed) as raised:
        await get(client, url, **limits)
    return str(raised.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", [*LOOPBACK, "localhost", *INTERNAL])
async def test_no_spelling_leads_inside(client: Outbound, internal: Sink, scheme: str, host: str) -> None:
    with pytest.raises(Refused) as raised:
        await get(client, f"{scheme}://{host}:{internal.port}/latest/meta-data/")
    assert internal.connections == 0
    assert "PROMPTWIRE_OUTBOUND_ALLOW" in str(raised.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", [*LOOPBACK, "localhost", *INTERNAL])
async def test_nothing_is_posted_inside(client: Outbound, internal: Sink, scheme: str, host: str) -> None:
    url = f"{scheme}://{host}:{internal.port}/hook"
    with pytest.raises(Refused):
        await client.post(url, b"{}", {}, limit_bytes=LIMIT, seconds=SECONDS)
    assert internal.connections == 0


@pytest.mark.parametrize("host", [*LOOPBACK, "localhost", "LOCALHOST"])
async def test_the_same_spellings_lead_there_where_that_is_allowed(make: Make, internal: Sink, host: str) -> None:
    if host.startswith("[:") and "::1" not in internal.hosts:
        pytest.skip("this machine has no IPv6")
    client = make([ip_network("127.0.0.0/8"), ip_network("::1/128")])
    await get(client, f"http://{host}:{internal.port}/")
    assert internal.connections == 1


@pytest.mark.parametrize("text", MALFORMED)
async def test_no_malformed_url_leads_inside(client: Outbound, internal: Sink, text: str) -> None:
    url = text.format(port=internal.port)
    await failure(client, url)
    assert client.check_url(url)
    assert internal.connections == 0


@pytest.mark.parametrize("host", [*LOOPBACK, *INTERNAL])
async def test_an_address_that_may_not_be_reached_is_told_before(client: Outbound, host: str) -> None:
    assert client.check_url(f"https://{host}/")
    assert client.check_url(f"http://{host}:8080/a?b")


@pytest.mark.parametrize("address", PUBLIC)
async def test_public_addresses_are_allowed_by_https_alone(client: Outbound, address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert client.check_url(f"https://{host}:8443/a.png") is None
    assert "https://" in str(client.check_url(f"http://{host}/a.png"))


async def test_what_a_name_leads_to_is_not_asked_before(make: Make) -> None:
    names = Names(["127.0.0.1"])
    client = make(ALLOWED, resolver=names)
    assert client.check_url("https://example.com/") is client.check_url("http://localhost/") is None
    assert names.lookups == 0


@pytest.mark.parametrize(
    ("allow", "host"),
    [
        ("127.0.0.0/8", "127.0.0.2"),
        ("127.0.0.2/32", "0x7f.2"),
        ("127.0.0.2/32", "[::ffff:127.0.0.2]"),
        ("0.0.0.0/0", "127.0.0.2"),
    ],
)
async def test_what_is_allowed_is_fetched_by_plain_http(make: Make, friend: Sink, allow: str, host: str) -> None:
    friend.answer = answer(body=b"the body", Content_Type="image/png; a=b")
    client = make([ip_network(allow)])
    url = f"http://{host}:{friend.port}/a%7E?b=%2F"
    assert client.check_url(url) is None
    assert await get(client, url) == Fetched("image/png", b"the body")
    [request] = friend.requests
    assert request.startswith("GET /a%7E?b=%2F HTTP/1.1\r\n")


async def test_a_name_is_fetched_from_where_it_leads(make: Make, friend: Sink) -> None:
    client = make(ALLOWED, resolver=Names(["127.0.0.2"]))
    await get(client, f"http://images.example:{friend.port}/")
    assert f"Host: images.example:{friend.port}\r\n" in friend.requests[0]


async def test_an_address_that_is_not_allowed_beside_one_that_is(make: Make, internal: Sink) -> None:
    async with Sink("127.0.0.2") as friend:
        client = make(ALLOWED, resolver=Names(["127.0.0.1", "::1", "127.0.0.2"], ["127.0.0.2", "::1", "127.0.0.1"]))
        for _ in range(4):
            await get(client, f"http://both.example:{friend.port}/")
        assert (friend.connections, internal.connections) == (4, 0)


async def test_names_that_change_between_lookups(make: Make) -> None:
    async with Sink("127.0.0.1", "127.0.0.2", "::1") as sink:
        names = Names(["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2"], ["::1"], ["127.0.0.2"], ["::ffff:127.0.0.1"])
        client = make(ALLOWED, resolver=names)
        for turn in range(120):
            url = f"http://rebinding.example:{sink.port}/{turn}"
            assert client.check_url(url) is None
            if turn % 2:
                assert "rebinding.example" in await failure(client, url)
            else:
                await get(client, url)
        # Every connection was one to the address that is allowed.
        assert sink.connections == 60
        assert [request.split()[1] for request in sink.requests] == [f"/{turn}" for turn in range(0, 120, 2)]


async def test_the_address_that_a_name_leads_to_is_not_told(make: Make, internal: Sink) -> None:
    client = make((), resolver=Names(["127.0.0.1", "::1"]))
    for scheme in ("http", "https"):
        with pytest.raises(Refused) as raised:
            await get(client, f"{scheme}://metadata.google.internal:{internal.port}/")
        assert "metadata.google.internal" in str(raised.value)
        assert "127.0.0.1" not in str(raised.value)
        assert "::1" not in str(raised.value)
    assert internal.connections == 0


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 306, 307, 308])
async def test_redirects_are_not_followed(client: Outbound, internal: Sink, friend: Sink, status: int) -> None:
    friend.answer = answer(status, Location=f"http://127.0.0.1:{internal.port}/")
    assert f"{status}" in await failure(client, f"http://127.0.0.2:{friend.port}/")
    friend.answer = answer(status, Location="/elsewhere")
    await failure(client, f"http://127.0.0.2:{friend.port}/")
    assert (friend.connections, internal.connections) == (2, 0)


async def test_pages_that_lead_elsewhere_are_not_followed(client: Outbound, internal: Sink, friend: Sink) -> None:
    inside = f"http://127.0.0.1:{internal.port}/"
    page = f'<meta http-equiv="refresh" content="0; url={inside}"><img src="{inside}">'.encode()
    friend.answer = answer(
        body=page, Refresh=f"0; url={inside}", Link=f"<{inside}>; rel=preload", Content_Type="text/html"
    )
    assert await get(client, f"http://127.0.0.2:{friend.port}/") == Fetched("text/html", page)
    assert internal.connections == 0


async def test_nothing_of_the_environment_or_of_earlier_answers_is_used(
    make: Make, internal: Sink, friend: Sink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{internal.port}")
        monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{internal.port}")
    (tmp_path / "netrc").write_text("machine 127.0.0.2 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    friend.answer = answer(Set_Cookie="a=b; Path=/", Alt_Svc=f'h2="127.0.0.1:{internal.port}"')
    client = make()
    for _ in range(2):
        await get(client, f"http://127.0.0.2:{friend.port}/")
    assert (friend.connections, internal.connections) == (2, 0)
    assert friend.requests[0] == friend.requests[1]
    names = [line.partition(":")[0].lower() for line in friend.requests[0].splitlines()[1:] if line]
    assert sorted(names) == ["accept", "accept-encoding", "connection", "host", "user-agent"]


@pytest.mark.parametrize("status", [201, 204, 206, 400, 401, 404, 500, 503])
async def test_only_a_whole_answer_will_do(client: Outbound, friend: Sink, status: int) -> None:
    friend.answer = answer(status)
    assert await failure(client, f"http://127.0.0.2:{friend.port}/") == f"127.0.0.2 answers {status}"


async def test_a_body_has_at_most_so_many_bytes(client: Outbound, friend: Sink) -> None:
    url = f"http://127.0.0.2:{friend.port}/"
    friend.answer = answer(body=b"a" * LIMIT)
    assert len((await get(client, url)).data) == LIMIT
    friend.answer = answer(body=b"a" * (LIMIT + 1))
    assert await failure(client, url) == "127.0.0.2 answers with more than 1000 bytes"
    friend.endless = b"a" * 100_000
    for head in (b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"):
        friend.answer = head
        assert "more than 1000 bytes" in await failure(client, url)


async def test_a_head_without_end_is_given_up(client: Outbound, friend: Sink) -> None:
    for head, more in (
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nA: ", b"b"),
        (b"", b"HTTP/1.1 100 A\r\n\r\n"),
    ):
        friend.answer, friend.endless = head, more * 1000
        await failure(client, f"http://127.0.0.2:{friend.port}/", seconds=0.2)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip"])
async def test_a_compressed_answer_is_not_taken(client: Outbound, friend: Sink, coding: str) -> None:
    friend.answer = answer(body=gzip.compress(bytes(10_000_000))[:LIMIT], Content_Encoding=coding)
    assert "compresses" in await failure(client, f"http://127.0.0.2:{friend.port}/")


async def test_an_answer_comes_in_time_or_not_at_all(client: Outbound, friend: Sink) -> None:
    friend.gate = asyncio.Event()
    words = await failure(client, f"http://127.0.0.2:{friend.port}/", seconds=0.05)
    assert words == "127.0.0.2 did not answer within 0.05 s"


async def test_an_answer_that_breaks_off(client: Outbound, friend: Sink) -> None:
    friend.answer = answer(body=b"a" * 9)[:-1]
    assert "broke its answer off" in await failure(client, f"http://127.0.0.2:{friend.port}/")


async def test_a_name_that_takes_for_ever_to_look_up(make: Make) -> None:
    client = make(ALLOWED, resolver=Nameless(silent=True))
    assert await failure(client, "https://slow.example/", seconds=0.05) == "slow.example did not answer within 0.05 s"


async def test_a_name_that_nobody_has(make: Make) -> None:
    client = make(ALLOWED, resolver=Nameless(silent=False))
    assert await failure(client, "https://nobody.example/") == "the name nobody.example is not known"


async def test_a_port_where_nobody_listens(client: Outbound, friend: Sink) -> None:
    port = friend.port
    await friend.__aexit__()
    assert await failure(client, f"http://127.0.0.2:{port}/") == f"127.0.0.2 takes no connection on port {port}"


@pytest.mark.parametrize(
    "told", [b"", b"SSH-2.0-OpenSSH\r\n", b"\0\0\0", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
async def test_what_is_no_http_is_a_failure(client: Outbound, friend: Sink, told: bytes) -> None:
    friend.answer = told
    assert "does not speak HTTP" in await failure(client, f"http://127.0.0.2:{friend.port}/")


async def test_connections_are_bounded(make: Make, friend: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "CONNECTIONS", 3)
    client = make()
    friend.gate = asyncio.Event()
    calls = [asyncio.create_task(get(client, f"http://127.0.0.2:{friend.port}/")) for _ in range(9)]
    async with asyncio.timeout(10):
        while friend.most_open < 3:
            await asyncio.sleep(0)
    friend.gate.set()
    await asyncio.gather(*calls)
    assert (friend.connections, friend.most_open) == (9, 3)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
async def test_https_needs_a_certificate_that_is_trusted(make: Make, tmp_path: Path) -> None:
    certificate, key = await certify(tmp_path, "IP:127.0.0.2")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    async with Sink("127.0.0.2", tls=tls) as sink:
        sink.answer = answer(body=b"secret")
        url = f"https://127.0.0.2:{sink.port}/"
        trusting = make(
            ALLOWED, trust=ssl.create_default_context(cafile=str(certificate)), resolver=Names(["127.0.0.2"])
        )
        assert (await get(trusting, url)).data == b"secret"
        assert "certificate" in await failure(trusting, f"https://other.example:{sink.port}/")
        assert "certificate" in await failure(make(), url)
        assert len(sink.requests) == 1


@pytest.fixture(scope="module")
async def judge() -> AsyncIterator[Outbound]:
    """Keep a client for which every name leads inside."""
    client = Outbound(ALLOWED, resolver=Names(["127.0.0.1", "::1"]))
    yield client
    await client.close()


@given(st.data(), ADDRESSES, st.sampled_from(["", "."]), st.booleans())
def test_every_spelling_of_an_address_is_judged_alike(
    judge: Outbound, data: st.DataObject, address: IPv4Address, dot: str, wide: bool
) -> None:
    spelled = data.draw(spellings(address)) + dot
    if wide:
        spelled = "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in spelled)
    verdict = judge.check_url(f"https://{address}/")
    assert judge.check_url(f"https://{spelled}/") == verdict
    assert judge.check_url(f"https://[::ffff:{address}]/") == verdict
    assert (verdict is None) == (is_public(address) or address in ALLOWED[0])


@given(TEXTS)
@example("https://xn--/")
async def test_any_text_is_fetched_or_fails_with_words(judge: Outbound, text: str) -> None:
    with pytest.raises(Failed) as raised:
        await get(judge, text)
    assert str(raised.value)
