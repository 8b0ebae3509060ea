"""URLs are read strictly, and come out as they will be connected to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.urls import MAX_URL, UrlInvalid, read_url

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


@pytest.mark.parametrize(
    "text",
    [
        # other schemes, or none
        *("", "https", "https:", "https:/", "https:a", "https:/a/b", "//example.com/", "example.com", "/a"),
        *("ftp://a/", "file:///etc/passwd", "gopher://a:25/_x", "data:image/png;base64,AA", "javascript:1", "ws://a/"),
        *("unix:///run/a", "jar:https://a!/", "httpss://a/", "http+unix://a/", "ｈttps://a/", "https\n://a/", " https://a/"),
        # no host, or none that can be
        *("https://", "https:///a", "https://?a", "https://#a", "https://:80/", "https://./", "https://../"),
        *("https://.a/", "https://a..b/", "https://a../", "https://*/", "https://a|b/", "https://a,b/", "https://a b/"),
        *("https://" + "a" * 64 + ".com/", "https://" + "a." * 127 + "com/", "https://\u200b/", "https://\xad/"),
        *("https://xn--a-é/", "https://a\u2024\u2024b/", "https://{a}/", "https://a^b/", "https://a;b/", 'https://a"b/'),
        *("https://1.2.3.4.5/", "https://256.256.256.256/", "https://a.08/", "https://08/", "https://a.0x/", "https://1.2.3.0x/"),
        *("https://[::1", "https://::1/", "https://[::1]a/", "https://a[::1]/", "https://[]/", "https://[g::]/"),
        *("https://[127.0.0.1]/", "https://[v1.a]/", "https://[fe80::1%25lo]/", "https://[fe80::1%lo]/", "https://[[::1]]/"),
        # user names
        *("https://a@b/", "https://a:b@c/", "https://@b/", "https://8.8.8.8:1@127.0.0.1/", "https://a@b@c/", "https://:@a/"),
        "https://example.com／@127.0.0.1/",
        "https://example.com＠127.0.0.1/",
        "https://example.com：80/",
        "https://example.com？.a/",
        "https://example.com＃.a/",
        # percent-encoding in the host, backslashes, and what breaks lines
        *("https://%31/", "https://ex%61mple.com/", "https://a%40b/", "https://a%2fb/", "https://a%00b/", "https://a%0d%0a/"),
        *("https://a\\b/", "https:\\\\a\\b", "https://a\\@b/", "https://a/\\b", "https:/\\a/", "https://a?\\"),
        *("https://a/\r\nHost: b", "https://a\r\n/", "https://a/?\n", "https://a/\t", "https://a/\0", "https://a/\x7f"),
        *("https://a/ b", "https://a /", "https://a/\xa0", "https://a/\u2028", "https://a/\u202e", "https://a/\ud800"),
        # ports
        *("https://a:0/", "https://a:00/", "https://a:65536/", "https://a:99999/", "https://a:-1/", "https://a:+1/"),
        *("https://a:1_0/", "https://a:4４3/", "https://a:80:80/", "https://a:b/", "https://a:0x50/", "https://a:000443/"),
        "https://a/" + "b" * MAX_URL,
    ],
)
def test_what_is_no_plain_url_is_refused(text: str) -> None:
    with pytest.raises(UrlInvalid, match=r"^must "):
        read_url(text)


PIECES = st.sampled_from([*"/\\@:?#[]%.\r\n\t \0１。／", "http", "https://", "127.0.0.1", "::1", "a", "%31", "0x7f", "é", "xn--"])


@given(st.text() | st.lists(PIECES).map("".join) | st.lists(PIECES).map(lambda pieces: "https://" + "".join(pieces)))
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
