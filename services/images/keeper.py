"""Keeps the images that providers make, wherever they leave them."""

import hashlib
from uuid import UUID

from services import outbound
from services.images import media
from services.images.kept import Kept
from services.images.store import ImageStore
from services.outbound import Outbound
from services.providers.base import ImageAnswer

FETCH_SECONDS = 30.0


class ImageNotKept(Exception):
    """What a provider gave is no image that can be kept, or cannot be fetched; the message says why."""


class ImageKeeper:
    """Keeps images, those that are given by URL after they were fetched."""

    def __init__(self, store: ImageStore, client: Outbound) -> None:
        self._store = store
        self._client = client

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
        try:
            return (await self._client.get(url, limit_bytes=media.MAX_BYTES, seconds=FETCH_SECONDS)).data
        except outbound.Failed as error:
            raise ImageNotKept(f"the image that the provider made cannot be fetched: {error}") from error
