"""SQL of which secret signs a project's webhooks. The secrets themselves are nowhere."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.webhooks.signing import Generation

FIRST = Generation(1, None)


async def get(connection: Any, project_id: UUID) -> Generation:
    """Give the one that signs now."""
    query = "SELECT generation, previous_expire_time FROM webhook_secret WHERE project_id = $1"
    row = await connection.fetchrow(query, project_id)
    return FIRST if row is None else to_generation(row)


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
    return to_generation(row)


def to_generation(row: Mapping[str, Any]) -> Generation:
    """Read one out of its row, or out of nulls: a project has no row until its first rotation."""
    return FIRST if row["generation"] is None else Generation(row["generation"], row["previous_expire_time"])
