"""Images by URL become the data URLs that a provider gets, or say which of them cannot be had and why."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from promptwire.v1.run_pb2 import ImageInput
from services.images import media
from services.outbound import Outbound
from services.runs import fetcher
from services.runs.fetcher import ImageFetcher, ImageNotFetched
from tests.fakes.sink import Sink, answer

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"
GIF = b"GIF89arest"


def data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink("127.0.0.1", "127.0.0.2") as sink:
        sink.answer = answer(body=PNG)
        yield sink


@pytest.fixture
async def image_fetcher() -> AsyncIterator[ImageFetcher]:
    client = Outbound([ip_network("127.0.0.2/32")])
    yield ImageFetcher(client)
    await client.close()


def at(sink: Sink, path: str = "/", host: str = "127.0.0.2") -> ImageInput:
    return ImageInput(url=f"http://{host}:{sink.port}{path}")


async def failure(image_fetcher: ImageFetcher, *given: ImageInput) -> ImageNotFetched:
    with pytest.raises(ImageNotFetched) as raised:
        await image_fetcher.fetch(given)
    return raised.value


async def test_images_come_in_the_order_in_which_they_were_given(image_fetcher: ImageFetcher, sink: Sink) -> None:
    given = [at(sink, "/a"), ImageInput(data=GIF), at(sink, "/b")]
    png = data_url("image/png", PNG)
    assert await image_fetcher.fetch(given) == [png, data_url("image/gif", GIF), png]
    assert sorted(request.split()[1] for request in sink.requests) == ["/a", "/b"]


async def test_what_an_image_is_called_does_not_matter(image_fetcher: ImageFetcher, sink: Sink) -> None:
    sink.answer = answer(body=GIF, Content_Type="image/svg+xml")
    assert await image_fetcher.fetch([at(sink, "/a.png")]) == [data_url("image/gif", GIF)]


async def test_images_are_fetched_all_at_once(image_fetcher: ImageFetcher, sink: Sink) -> None:
    sink.gate = asyncio.Event()
    fetching = asyncio.create_task(image_fetcher.fetch([at(sink)] * 16))
    async with asyncio.timeout(10):
        while sink.connections < 16:
            await asyncio.sleep(0)
    sink.gate.set()
    assert len(await fetching) == 16


async def test_the_first_failure_ends_the_fetching_of_the_others(image_fetcher: ImageFetcher, sink: Sink) -> None:
    async with Sink("127.0.0.2") as slow:
        slow.gate = asyncio.Event()
        sink.answer = answer(404)
        error = await failure(image_fetcher, at(slow), at(sink))
    assert (error.index, str(error)) == (1, "images[1]: 127.0.0.2 answers 404")


@pytest.mark.parametrize(
    "body", [b"", b"<svg/>", b'<meta http-equiv="refresh" content="0; url=http://127.0.0.1/">', b"MZ"]
)
async def test_what_is_no_image_is_not_given_to_the_provider(
    image_fetcher: ImageFetcher, sink: Sink, body: bytes
) -> None:
    sink.answer = answer(body=body, Content_Type="image/png")
    assert str(await failure(image_fetcher, at(sink))).endswith("must be a PNG, JPEG, GIF or WebP image")


async def test_an_image_has_at_most_so_many_bytes(
    image_fetcher: ImageFetcher, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", len(PNG) - 1)
    assert "more than 11 bytes" in str(await failure(image_fetcher, at(sink)))


async def test_an_image_comes_in_time(image_fetcher: ImageFetcher, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "SECONDS", 0.05)
    sink.gate = asyncio.Event()
    assert "within 0.05 s" in str(await failure(image_fetcher, at(sink)))


async def test_an_image_is_not_fetched_from_inside(image_fetcher: ImageFetcher, sink: Sink) -> None:
    error = await failure(image_fetcher, ImageInput(data=PNG), at(sink, host="0x7f.1"))
    assert error.index == 1
    assert "PROMPTWIRE_OUTBOUND_ALLOW" in str(error)
    assert sink.connections == 0
