"""Images that a request sends along: what they may be, and the URLs by which a provider and the record see them."""

import hashlib
from base64 import b64encode

from promptwire.v1.run_pb2 import ImageInput
from services.urls import UrlInvalid, read_url

MAX_BYTES = 10 * 1024 * 1024


def find_fault(image: ImageInput) -> str | None:
    """Say what is wrong with an image, as far as can be told before one is fetched; None when nothing is."""
    match image.WhichOneof("source"):
        case "url":
            return _find_url_fault(image.url)
        case "data":
            return find_data_fault(image.data)
        case _:
            return "needs a `url` or `data`"


def find_data_fault(data: bytes) -> str | None:
    """Say what is wrong with an image's bytes; None when nothing is."""
    if len(data) > MAX_BYTES:
        return f"must be at most {MAX_BYTES} bytes; it has {len(data)}"
    return None if _media_type(data) else "must be a PNG, JPEG, GIF or WebP image"


def to_url(image: ImageInput) -> str:
    """Give the URL of an image: its own, or a data URL."""
    return image.url if image.WhichOneof("source") == "url" else to_data_url(image.data)


def to_data_url(data: bytes) -> str:
    """Give the URL of an image for the provider, which holds the whole of it."""
    return f"data:{_media_type(data)};base64,{b64encode(data).decode()}"


def to_note(image: ImageInput) -> str:
    """Give the URL for the record: the image's own, or one that tells which image it was, without the bytes."""
    if image.WhichOneof("source") == "url":
        return image.url
    return f"image:sha256:{hashlib.sha256(image.data).hexdigest()}"


def _find_url_fault(url: str) -> str | None:
    try:
        read_url(url)
    except UrlInvalid as error:
        return str(error)
    return None


def _media_type(data: bytes) -> str | None:
    """Tell the kind of an image by how it begins; None when it is none of the four."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
