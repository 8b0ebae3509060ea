"""Where an image that a run made is to be had."""

from promptwire.v1 import run_pb2


def url_of(public_url: str, image: run_pb2.Image) -> str:
    """Give the URL of an image, which works until its token expires."""
    return f"{public_url}/images/{image.token}"
