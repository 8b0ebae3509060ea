"""URLs that users and providers give: read once, so strictly that nobody after can take them for other ones."""

import re
from contextlib import suppress

from yarl import URL

from services import addresses

MAX_URL = 2048
WHOLE_FAULT = "must be a whole URL that begins with https:// (or http://, where that is allowed)"

_FORM = re.compile(r"(?P<scheme>[a-z]+)://(?P<authority>[^/?#]*)(?P<rest>[/?#].*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:%]+)(:[0-9]{0,5})?", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE | re.ASCII)


class UrlInvalid(ValueError):
    """A text is no URL to follow; the message says what it must be."""


def read_url(text: str) -> URL:
    """Read a URL with a host that is a name, or an address as it is always spelled. Raises UrlInvalid."""
    if len(text) > MAX_URL:
        raise UrlInvalid(f"must be a URL of at most {MAX_URL} characters; it has {len(text)}")
    parts = _FORM.fullmatch(text)
    if parts is None or parts["scheme"].lower() not in ("http", "https"):
        raise UrlInvalid(WHOLE_FAULT)
    if not text.isprintable() or " " in text or "\\" in text:
        raise UrlInvalid("must have no spaces, control characters or backslashes; percent-encode them")
    if "@" in parts["authority"]:
        raise UrlInvalid("must hold no user name and no password")
    if not _AUTHORITY.fullmatch(parts["authority"]):
        raise UrlInvalid("must name a host, without percent-encoding, and a port from 1 to 65535 or none")
    return _read_host(_parse(text))


def _parse(text: str) -> URL:
    """Leave a URL that is plain ASCII as it is: signed ones must not change. Others are encoded."""
    with suppress(ValueError):
        url = URL(text, encoded=text.isascii())
        if url.port:
            return url
    raise UrlInvalid("must name a host, and a port from 1 to 65535 or none")


def _read_host(url: URL) -> URL:
    """Spell an address as it is always spelled, so that what is checked is what a resolver would make of it."""
    host = (url.raw_host or "").removesuffix(".")
    literal = addresses.read_literal(host)
    if literal is not None:
        return url.with_host(str(literal))
    if not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise UrlInvalid("must name a host by its name or address")
    return url
