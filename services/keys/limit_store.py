"""SQL of what limited keys use: the runs that they began in the current minute, and those queued or under way."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services import db

MINUTE_SECONDS = 60.0

# Whether the minute of a row is over. One that begins well ahead of the clock was left by a clock that was set back.
_OVER = "(minute.minute_start NOT BETWEEN now() - interval '1 minute' AND now() + interval '5 seconds')"


@dataclass(frozen=True, slots=True)
class Use:
    """How many runs a key began in its current minute, and how long that goes on (s)."""

    requests: int
    seconds: float


class LimitStore:
    """What keys use of their limits, counted once for all servers, by the database's clock."""

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def count(self, project_id: UUID, key_id: str, limit: int) -> Use | None:
        """Count a run, in a minute that begins with it when the last one is over; None, and nothing, over the limit."""
        row = await self._database.fetchrow(
            f"""
            INSERT INTO key_use AS minute (project_id, key_id, minute_start, requests)
            VALUES ($1, $2, now(), 1)
            ON CONFLICT (project_id, key_id) DO UPDATE
            SET minute_start = CASE WHEN {_OVER} THEN now() ELSE minute.minute_start END,
                requests = CASE WHEN {_OVER} THEN 1 ELSE minute.requests + 1 END
            WHERE {_OVER} OR minute.requests < $3
            RETURNING requests, EXTRACT(EPOCH FROM minute_start + interval '1 minute' - now())::float8 AS seconds
            """,  # noqa: S608 - of constants
            project_id,
            key_id,
            limit,
        )
        return _to_use(row) if row else None

    async def find(self, project_id: UUID, key_id: str) -> Use:
        """Give what a key used of its minute; nothing of a whole one when none is under way."""
        row = await self._database.fetchrow(
            f"""
            SELECT requests, EXTRACT(EPOCH FROM minute_start + interval '1 minute' - now())::float8 AS seconds
            FROM key_use AS minute
            WHERE project_id = $1 AND key_id = $2 AND NOT {_OVER}
            """,  # noqa: S608 - of constants
            project_id,
            key_id,
        )
        return _to_use(row) if row else Use(0, MINUTE_SECONDS)

    async def reserve(self, project_id: UUID, key_id: str, run_project_id: UUID, run_id: UUID, limit: int) -> bool:
        """Make a run one of the key's, unless it has as many as it may. A run counts until its own row says it ended.

        The row of a run that is about to begin may take a moment to come; it is waited for as long as any statement may
        take, and then some. The lock is taken by a statement of its own, so that the next one sees what came before.
        """
        async with self._database.transaction() as connection:
            if not await connection.fetchrow(_LOCK, project_id, key_id):
                await connection.execute(_CREATE, project_id, key_id)
                await connection.fetchrow(_LOCK, project_id, key_id)
            row = await connection.fetchrow(
                """
                WITH held AS (
                    SELECT key_run.run_id,
                        COALESCE(
                            run.state IN ('QUEUED', 'RUNNING'),
                            key_run.create_time > now() - interval '15 seconds'
                        ) AS counts
                    FROM key_run
                    LEFT JOIN run ON run.project_id = key_run.run_project_id AND run.run_id = key_run.run_id
                    WHERE key_run.project_id = $1 AND key_run.key_id = $2
                ), removed AS (
                    DELETE FROM key_run
                    USING held
                    WHERE key_run.project_id = $1
                        AND key_run.key_id = $2
                        AND key_run.run_id = held.run_id
                        AND NOT held.counts
                )
                INSERT INTO key_run (project_id, key_id, run_project_id, run_id)
                SELECT $1, $2, $3::uuid, $4::uuid
                WHERE (SELECT count(*) FROM held WHERE counts) < $5
                RETURNING run_id
                """,
                project_id,
                key_id,
                run_project_id,
                run_id,
                limit,
            )
        return row is not None

    async def release(self, project_id: UUID, key_id: str, run_id: UUID) -> None:
        """Give back what was reserved for a run that did not begin."""
        await self._database.execute(
            """
            DELETE FROM key_run
            WHERE project_id = $1 AND key_id = $2 AND run_id = $3
            """,
            project_id,
            key_id,
            run_id,
        )


_LOCK = """
    SELECT 1
    FROM key_use
    WHERE project_id = $1 AND key_id = $2
    FOR UPDATE
"""
_CREATE = """
    INSERT INTO key_use (project_id, key_id, minute_start, requests)
    VALUES ($1, $2, 'epoch', 0)
    ON CONFLICT (project_id, key_id) DO NOTHING
"""


def _to_use(row: asyncpg.Record) -> Use:
    # A minute that another server began while this one waited for it may seem to begin a moment from now.
    return Use(row["requests"], min(row["seconds"], MINUTE_SECONDS))
