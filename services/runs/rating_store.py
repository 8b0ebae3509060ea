"""SQL of ratings: what a caller thinks of a run, and what that comes to for its version."""

from typing import Any
from uuid import UUID

from services.db import Database
from services.runs.store import not_found


class RatingStore:
    """Ratings of all projects' runs; every call names the project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rate(self, project_id: UUID, run_id: UUID, stars: int, comment: str) -> None:
        """Give a run so many stars in place of those that it has; 0: none. Raises NotFound."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                """
                SELECT version_id, coalesce(stars, 0) AS stars
                FROM run
                WHERE project_id = $1
                  AND run_id = $2
                FOR UPDATE
                """,
                project_id,
                run_id,
            )
            if row is None:
                raise not_found(run_id)
            await connection.execute(
                """
                UPDATE run
                SET
                  stars = nullif($3, 0),
                  rating_comment = CASE WHEN $3 > 0 THEN $4 END,
                  rate_time = CASE WHEN $3 > 0 THEN now() END
                WHERE project_id = $1
                  AND run_id = $2
                """,
                project_id,
                run_id,
                stars,
                comment,
            )
            if row["version_id"] is not None:
                await _count(connection, project_id, row["version_id"], row["stars"], stars)


async def _count(connection: Any, project_id: UUID, version_id: UUID, before: int, stars: int) -> None:
    await connection.execute(
        """
        INSERT INTO version_rating AS summary (project_id, version_id, count, stars)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id, version_id) DO UPDATE
        SET
          count = summary.count + EXCLUDED.count,
          stars = summary.stars + EXCLUDED.stars
        """,
        project_id,
        version_id,
        bool(stars) - bool(before),
        stars - before,
    )
