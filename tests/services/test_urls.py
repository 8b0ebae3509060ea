"""URLs are read strictly, and come out as they will be connected to."""

# ruff: noqa: RUF001 - signs that look like others are what is tried

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.urls import MAX_URL, UrlInvalid, read_url
from tests.fakes.corpus import NO_URLS

SIGNED = "https://a.example/b%7Ec/%2F..%2F?X=%2Fus%2f+%2B&sig=a%3D=&&y#z"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("https://example.com", "example.com", 443),
        ("http://EXAMPLE.com:8080/a", "EXAMPLE.com", 8080),
        ("HTTPS://example.com:/", "example.com", 443),
        ("https://my_bucket.example.com./a?b", "my_bucket.example.com.", 443),
        ("https://münchen.example/ü?ü=é", "xn--mnchen-3ya.example", 443),
        ("https://bücher。example/", "xn--bcher-kva.example", 443),
        ("https://8.8.8.8:65535/", "8.8.8.8", 65535),
        ("https://[2001:4860:4860::8888]:1/", "2001:4860:4860::8888", 1),
        # addresses in other spellings become the address
        ("https://0x7f.1/", "127.0.0.1", 443),
        ("https://2130706433:81/", "127.0.0.1", 81),
        ("https://0177.0.0.01/", "127.0.0.1", 443),
        ("https://127.0.0.1./", "127.0.0.1", 443),
        ("https://１２７.０.０.１/", "127.0.0.1", 443),
        ("https://①②⑦。⓪.⓪.①/", "127.0.0.1", 443),
        ("https://0/", "0.0.0.0", 443),
        ("https://[0:0:0:0:0:FFFF:127.0.0.1]/", "::ffff:7f00:1", 443),
    ],
)
def test_a_url_is_read_as_it_is_connected_to(text: str, host: str, port: int) -> None:
    url = read_url(text)
    assert (url.raw_host, url.port) == (host, port)


def test_a_url_of_ascii_is_sent_as_it_came() -> None:
    url = read_url(SIGNED)
    assert url.raw_path_qs == SIGNED.removeprefix("https://a.example").removesuffix("#z")


def test_an_address_in_another_spelling_leaves_the_rest_as_it_came() -> None:
    assert str(read_url("https://0x7f.1:8443/a%7Eb?x=%2F")) == "https://127.0.0.1:8443/a%7Eb?x=%2F"


@pytest.mark.parametrize("text", [*NO_URLS, "https://a/" + "b" * MAX_URL])
def test_what_is_no_plain_url_is_refused(text: str) -> None:
    with pytest.raises(UrlInvalid, match=r"^must "):
        read_url(text)


PIECES = st.sampled_from(
    [*"/\\@:?#[]%.\r\n\t \0１。／", "http", "https://", "127.0.0.1", "::1", "a", "%31", "0x7f", "é", "xn--"]
)
TEXTS = st.one_of(
    st.text(),
    st.lists(PIECES).map("".join),
    st.lists(PIECES, min_size=1).map(lambda pieces: "https://" + "".join(pieces)),
)


@given(TEXTS)
def test_any_text_is_a_url_or_a_fault(text: str) -> None:
    try:
        url = read_url(text)
    except UrlInvalid:
        return
    assert url.scheme in ("http", "https")
    assert url.raw_host
    assert url.raw_host.isascii()
    assert url.user is url.password is None
    assert not set(url.raw_host) & set("@%\\/?#")
    assert not set(str(url)) & set("\r\n\0\t \\")
