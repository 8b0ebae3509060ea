"""SQL of images. A method is a query."""

from dataclasses import dataclass
from uuid import UUID

from services.db import Database


@dataclass(frozen=True, slots=True)
class Found:
    """An image that is there, and its first bytes."""

    media_type: str
    size_bytes: int
    placeholder: bool
    data: bytes


class ImageStore:
    """The images of all projects; every call names the project. An image is named by the SHA-256 of its bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, project_id: UUID, digest: bytes, media_type: str, data: bytes, *, placeholder: bool) -> None:
        """Keep an image; one that is there is kept for longer."""
        await self._database.execute(
            """
            INSERT INTO image (project_id, digest, media_type, is_placeholder, data)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (project_id, digest) DO UPDATE
            SET store_time = now()
            """,
            project_id,
            digest,
            media_type,
            placeholder,
            data,
        )

    async def find(self, project_id: UUID, digest: bytes, most: int) -> Found | None:
        """Give an image with up to `most` of its bytes; None when it is not there, or no more."""
        row = await self._database.fetchrow(
            """
            SELECT media_type, is_placeholder, length(data) AS size_bytes, substring(data FROM 1 FOR $3) AS data
            FROM image
            WHERE project_id = $1
              AND digest = $2
            """,
            project_id,
            digest,
            most,
        )
        return Found(row["media_type"], row["size_bytes"], row["is_placeholder"], row["data"]) if row else None

    async def read(self, project_id: UUID, digest: bytes, start: int, most: int) -> bytes:
        """Give up to `most` bytes of an image from a place on; none behind its end, and when it is not there."""
        row = await self._database.fetchrow(
            """
            SELECT substring(data FROM $3 FOR $4) AS data
            FROM image
            WHERE project_id = $1
              AND digest = $2
            """,
            project_id,
            digest,
            start + 1,
            most,
        )
        return row["data"] if row else b""
