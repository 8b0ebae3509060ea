"""Images that a request sends along: what they may be, and the URLs by which a provider and the record see them."""

import hashlib
from base64 import b64encode
from urllib.parse import urlsplit

from promptwire.v1.run_pb2 import ImageInput

MAX_URL = 2048
MAX_BYTES = 10 * 1024 * 1024


def find_fault(image: ImageInput) -> str | None:
    """Say what is wrong with an image; None when nothing is."""
    match image.WhichOneof("source"):
        case "url":
            return _find_url_fault(image.url)
        case "data":
            return _find_data_fault(image.data)
        case _:
            return "needs a `url` or `data`"


def to_url(image: ImageInput) -> str:
    """Give the URL for the provider: the image's own, or a data URL."""
    if image.WhichOneof("source") == "url":
        return image.url
    return f"data:{_media_type(image.data)};base64,{b64encode(image.data).decode()}"


def to_note(image: ImageInput) -> str:
    """Give the URL for the record: the image's own, or one that tells which image it was, without the bytes."""
    if image.WhichOneof("source") == "url":
        return image.url
    return f"image:sha256:{hashlib.sha256(image.data).hexdigest()}"


def _find_url_fault(url: str) -> str | None:
    if len(url) > MAX_URL:
        return f"must be a URL of at most {MAX_URL} characters; it has {len(url)}"
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        whole = False
    return None if whole else "must be a whole URL that begins with http:// or https://"


def _find_data_fault(data: bytes) -> str | None:
    if len(data) > MAX_BYTES:
        return f"must be at most {MAX_BYTES} bytes; it has {len(data)}"
    return None if _media_type(data) else "must be a PNG, JPEG, GIF or WebP image"


def _media_type(data: bytes) -> str | None:
    """Tell the kind of an image by how it begins; None when it is none of the four."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
