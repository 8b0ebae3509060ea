"""SQL of the partitions of `run`: made ahead of the runs, dropped behind them, while runs begin and end.

What locks the tables of runs waits for its lock for a moment only, since whoever comes after it waits too.
"""

import asyncio
from datetime import datetime
from typing import Any

import asyncpg

from services.runs import records
from services.runs.partitions import Partition

# The advisory lock of those who keep house: "pw" and "hk" in ASCII.
LOCK = 0x7077686B
LOCK_TIMEOUT = "250ms"
LOCK_TRIES = 5
LOCK_PAUSE_SECONDS = 1.0
# How long all runs of a partition may take to be read, which hinders nobody.
SCAN_SECONDS = 600.0
FENCE = "run_default_fence"


class PartitionStore:
    """Partitions of `run` beside the default one, over a connection that its user has to itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def try_lock(self) -> bool:
        """Be the only one who keeps house, until the connection closes. False when another one does."""
        return await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK)

    async def now(self) -> datetime:
        """Give the time of the database."""
        return await self._connection.fetchval("SELECT now()")

    async def list(self) -> list[Partition]:
        """Give the partitions, the oldest first, without the default one."""
        rows = await self._connection.fetch(
            r"""
            SELECT name, bounds[1]::uuid AS least, bounds[2]::uuid AS bound
            FROM (
              SELECT
                inhrelid::regclass::text AS name,
                regexp_match(pg_get_expr(relpartbound, oid), $$FROM \('(.+)'\) TO \('(.+)'\)$$) AS bounds
              FROM pg_inherits
              JOIN pg_class ON oid = inhrelid
              WHERE inhparent = 'run'::regclass
            ) AS partition
            WHERE bounds IS NOT NULL
            ORDER BY least
            """
        )
        return [Partition(row["name"], records.created(row["least"]), records.created(row["bound"])) for row in rows]

    async def default_is_empty(self) -> bool:
        """Whether no run is in the default partition, which takes those that have no other."""
        return not await self._connection.fetchval("SELECT EXISTS (SELECT FROM run_default)")

    async def create(self, partition: Partition) -> None:
        """Make a partition. Attaching it reads all of the default one under a lock: for when that is empty or fenced.

        Raises CheckViolationError when the default partition holds runs of it, LockNotAvailableError when runs under
        way do not let go of the tables for long enough.
        """
        values = f"FROM ('{partition.least}') TO ('{partition.bound}')"
        await self._change(
            f"CREATE TABLE {partition.name} (LIKE run INCLUDING ALL) WITH (fillfactor = 70)",
            f"ALTER TABLE run ATTACH PARTITION {partition.name} FOR VALUES {values}",
        )

    async def create_behind_fence(self, partition: Partition) -> None:
        """Make a partition of days to come, while the default one holds runs of other days; raises as `create` does.

        The fence is a constraint that is checked without a lock and spares `create` the reading. It refuses runs of the
        partition's own days, and whoever puts it up may die: it must be gone again before the first of them.
        """
        fence = f"CONSTRAINT {FENCE} CHECK (run_id < '{partition.least}' OR run_id >= '{partition.bound}')"
        try:
            await self._change(f"ALTER TABLE run_default ADD {fence} NOT VALID")
            await self._connection.execute(f"ALTER TABLE run_default VALIDATE CONSTRAINT {FENCE}", timeout=SCAN_SECONDS)
            await self.create(partition)
        finally:
            await self.remove_fence()

    async def remove_fence(self) -> None:
        """Take away a fence that is there, as from somebody who died behind it."""
        query = "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'run_default'::regclass AND conname = $1)"
        if await self._connection.fetchval(query, FENCE):
            await self._change(f"ALTER TABLE run_default DROP CONSTRAINT {FENCE}")

    async def holds_unended(self, partition: Partition) -> bool:
        """Whether a run in the partition has not ended."""
        return await self._connection.fetchval(
            """
            SELECT EXISTS (
              SELECT
              FROM run
              WHERE run_id >= $1
                AND run_id < $2
                AND state IN ('QUEUED', 'RUNNING')
            )
            """,
            partition.least,
            partition.bound,
            timeout=SCAN_SECONDS,
        )

    async def drop(self, partition: Partition) -> None:
        """Drop a partition with all of its runs. Raises LockNotAvailableError as `create` does.

        Detaching it concurrently would need no lock, but Postgres refuses that where there is a default partition.
        """
        await self._change(f"DROP TABLE {partition.name}")

    async def _change(self, *statements: str) -> None:
        """Run statements that cannot have parameters in one transaction, again while it does not get its locks."""
        for tries_left in reversed(range(LOCK_TRIES)):
            try:
                async with self._connection.transaction():
                    await self._connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                    for statement in statements:
                        await self._connection.execute(statement)
                return
            except asyncpg.LockNotAvailableError:
                if not tries_left:
                    raise
            await asyncio.sleep(LOCK_PAUSE_SECONDS)
