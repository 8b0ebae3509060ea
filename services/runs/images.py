"""Images that a request sends along: what they may be, and the URLs by which a provider and the record see them."""

import hashlib
from base64 import b64encode

from promptwire.v1.run_pb2 import ImageInput
from services.images import media
from services.urls import UrlInvalid, read_url


def find_fault(image: ImageInput) -> str | None:
    """Say what is wrong with an image, as far as can be told before one is fetched; None when nothing is."""
    match image.WhichOneof("source"):
        case "url":
            return _find_url_fault(image.url)
        case "data":
            return media.find_fault(image.data)
        case _:
            return "needs a `url` or `data`"


def to_url(image: ImageInput) -> str:
    """Give the URL of an image: its own, or a data URL."""
    return image.url if image.WhichOneof("source") == "url" else to_data_url(image.data)


def to_data_url(data: bytes) -> str:
    """Give the URL of an image for the provider, which holds the whole of it."""
    return f"data:{media.media_type(data)};base64,{b64encode(data).decode()}"


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
