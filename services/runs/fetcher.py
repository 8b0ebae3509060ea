"""Fetches the images that a request gives by URL, so that the provider, who may not reach them, gets them whole."""

import asyncio
from collections.abc import Sequence

from promptwire.v1.run_pb2 import ImageInput
from services import outbound
from services.images import media
from services.outbound import Outbound
from services.runs import images

SECONDS = 10.0


class ImageNotFetched(Exception):
    """An image cannot be had from its URL; the message says which and why."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(f"images[{index}]: {message}")
        self.index = index


class ImageFetcher:
    """Fetches images."""

    def __init__(self, client: Outbound) -> None:
        self._client = client

    async def fetch(self, given: Sequence[ImageInput]) -> Sequence[str]:
        """Give the data URLs of images, in order; those of a URL are fetched at once. Raises ImageNotFetched."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._fetch(index, image)) for index, image in enumerate(given)]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _fetch(self, index: int, image: ImageInput) -> str:
        if image.WhichOneof("source") == "data":
            return images.to_data_url(image.data)
        try:
            fetched = await self._client.get(image.url, limit_bytes=media.MAX_BYTES, seconds=SECONDS)
        except outbound.Failed as error:
            raise ImageNotFetched(index, str(error)) from error
        if fault := media.find_fault(fetched.data):
            raise ImageNotFetched(index, f"what the URL names {fault}")
        return images.to_data_url(fetched.data)
