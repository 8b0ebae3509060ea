"""SQL of which secret signs a project's webhooks. The secrets themselves are nowhere."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.db import Database
from services.webhooks.signing import Generation

FIRST = Generation(1, None)


class SecretStore:
    """Generations of all projects' secrets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, project_id: UUID) -> Generation:
        """Give the one that signs now."""
        async with self._database.connection() as connection:
            return await get(connection, project_id)


async def get(connection: Any, project_id: UUID) -> Generation:
    """Give the one that signs now."""
    query = "SELECT generation, previous_expire_time FROM webhook_secret WHERE project_id = $1"
    row = await connection.fetchrow(query, project_id)
    return FIRST if row is None else _to_generation(row["generation"], row["previous_expire_time"])


async def rotate(connection: Any, project_id: UUID, grace: timedelta) -> Generation:
    """Make the next one sign, and the present one for so long beside it."""
    row = await connection.fetchrow(
        """
        INSERT INTO webhook_secret (project_id, generation, previous_expire_time)
        VALUES ($1, 2, now() + $2::interval)
        ON CONFLICT (project_id) DO UPDATE
        SET
          generation = webhook_secret.generation + 1,
          previous_expire_time = EXCLUDED.previous_expire_time
        RETURNING generation, previous_expire_time
        """,
        project_id,
        grace,
    )
    return _to_generation(row["generation"], row["previous_expire_time"])


def _to_generation(number: int, expire_time: datetime) -> Generation:
    return Generation(number, expire_time)
