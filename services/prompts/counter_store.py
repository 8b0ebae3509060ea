"""Serials of a project: integers that it gives out in order, for clients that need integer ids."""

from typing import Any
from uuid import UUID


async def take(connection: Any, project_id: UUID, name: str, many: int) -> int:
    """Take so many serials of a kind; give the first one. Others wait for the end of the transaction."""
    row = await connection.fetchrow(
        """
        INSERT INTO counter (project_id, name, value)
        VALUES ($1, $2, $3)
        ON CONFLICT (project_id, name) DO UPDATE
        SET value = counter.value + $3
        RETURNING value
        """,
        project_id,
        name,
        many,
    )
    return row["value"] - many + 1
