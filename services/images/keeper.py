"""Keeps the images that providers make, wherever they leave them."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from uuid import UUID

from services import outbound
from services.images import media
from services.images.kept import Kept
from services.images.store import ImageStore
from services.outbound import Outbound
from services.providers.base import ImageAnswer

FETCH_SECONDS = 30.0
# How long to wait before each further try: the image was paid for.
PAUSES = (0.5, 2.0)


class ImageNotKept(Exception):
    """What a provider gave is no image that can be kept, or cannot be fetched; the message says why."""


class ImageKeeper:
    """Keeps images, those that are given by URL after they were fetched."""

    def __init__(
        self, store: ImageStore, client: Outbound, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._store = store
        self._client = client
        self._sleep = sleep

    async def keep(self, project_id: UUID, answer: ImageAnswer) -> Kept:
        """Keep an image. Raises ImageNotKept, DatabaseUnavailable."""
        data = answer.data if answer.data is not None else await self._fetch(answer.url or "")
        if fault := media.find_fault(data):
            raise ImageNotKept(f"what the provider made {fault}")
        digest, kind = hashlib.sha256(data), media.media_type(data)
        assert kind is not None
        await self._store.put(project_id, digest.digest(), kind, data, placeholder=answer.placeholder)
        return Kept(digest.hexdigest(), kind, len(data), answer.placeholder)

    async def _fetch(self, url: str) -> bytes:
        for pause in (*PAUSES, None):
            try:
                return (await self._client.get(url, limit_bytes=media.MAX_BYTES, seconds=FETCH_SECONDS)).data
            except outbound.Failed as error:
                if pause is None or not error.retryable:
                    raise ImageNotKept(f"the image that the provider made cannot be fetched: {error}") from error
            await self._sleep(pause)
        raise AssertionError
