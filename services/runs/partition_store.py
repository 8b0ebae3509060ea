"""SQL of the partitions of runs: made ahead of the runs, dropped behind them, while runs begin and end.

What locks the tables of runs waits for its lock for a moment only, since whoever comes after it waits too.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import asyncpg

from services.runs import records
from services.runs.partitions import Partition, Table

# The advisory lock of those who keep house: "pw" and "hk" in ASCII.
LOCK = 0x7077686B
# Percent of a page that rows fill at first: those of runs change once.
FILL = {"run": 70, "node_run": 70, "run_text": 100, "delivery": 70, "delivery_try": 100}
LOCK_TIMEOUT = "250ms"
LOCK_TRIES = 5
LOCK_PAUSE_SECONDS = 1.0
# How long all runs of a partition may take to be read, which hinders nobody.
SCAN_SECONDS = 600.0


class PartitionStore:
    """Partitions beside the default ones, over a connection that its user has to itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def try_lock(self) -> bool:
        """Be the only one who keeps house, until the connection closes. False when another one does."""
        return await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK)

    async def now(self) -> datetime:
        """Give the time of the database."""
        return await self._connection.fetchval("SELECT now()")

    async def list(self, table: Table) -> list[Partition]:
        """Give the partitions of a table, the oldest first, without the default one."""
        rows = await self._connection.fetch(
            r"""
            SELECT name, bounds[1]::uuid AS least, bounds[2]::uuid AS bound
            FROM (
              SELECT
                inhrelid::regclass::text AS name,
                regexp_match(pg_get_expr(relpartbound, oid), $$FROM \('(.+)'\) TO \('(.+)'\)$$) AS bounds
              FROM pg_inherits
              JOIN pg_class ON oid = inhrelid
              WHERE inhparent = $1::text::regclass
            ) AS partition
            WHERE bounds IS NOT NULL
            ORDER BY least
            """,
            table,
        )
        return [
            Partition(table, row["name"], records.created(row["least"]), records.created(row["bound"])) for row in rows
        ]

    async def default_is_empty(self, table: Table) -> bool:
        """Whether nothing is in the default partition, which takes what has no other."""
        query = f"SELECT EXISTS (SELECT FROM {table}_default)"  # noqa: S608 - a name of ours
        return not await self._connection.fetchval(query)

    async def create(self, partition: Partition) -> None:
        """Make a partition. Attaching it reads all of the default one under a lock: for when that is empty or fenced.

        Raises CheckViolationError when the default partition holds rows of it, LockNotAvailableError when runs under
        way do not let go of the tables for long enough.
        """
        name, table = partition.name, partition.table
        values = f"FROM ('{partition.least}') TO ('{partition.bound}')"
        await self._change(
            # A row that was sent to the default partition before, and waits for it, would be refused by it afterwards.
            f"LOCK TABLE ONLY {table} IN SHARE ROW EXCLUSIVE MODE",
            f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL) WITH (fillfactor = {FILL[table]})",
            f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES {values}",
        )

    async def create_behind_fence(self, partition: Partition) -> None:
        """Make a partition of days to come, while the default one holds runs of other days; raises as `create` does.

        The fence is a constraint that is checked without a lock and spares `create` the reading. It refuses runs of the
        partition's own days, and whoever puts it up may die: it must be gone again before the first of them.
        """
        default, fence = f"{partition.table}_default", fence_of(partition.table)
        check = f"CONSTRAINT {fence} CHECK (run_id < '{partition.least}' OR run_id >= '{partition.bound}')"
        try:
            await self._change(f"ALTER TABLE {default} ADD {check} NOT VALID")
            await self._connection.execute(f"ALTER TABLE {default} VALIDATE CONSTRAINT {fence}", timeout=SCAN_SECONDS)
            await self.create(partition)
        finally:
            await self.remove_fence(partition.table)

    async def remove_fence(self, table: Table) -> None:
        """Take away a fence that is there, as from somebody who died behind it."""
        query = """
            SELECT EXISTS (
              SELECT
              FROM pg_constraint
              WHERE conrelid = $1::text::regclass
                AND conname = $2
            )
        """
        if await self._connection.fetchval(query, f"{table}_default", fence_of(table)):
            await self._change(f"ALTER TABLE {table}_default DROP CONSTRAINT {fence_of(table)}")

    async def holds_unended(self, partition: Partition) -> bool:
        """Whether a run of the partition's span has not ended."""
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

    async def drop(self, partitions: Iterable[Partition]) -> None:
        """Drop partitions with all of their rows, all or none. Raises LockNotAvailableError as `create` does.

        Detaching one concurrently would need no lock, but Postgres refuses that where there is a default partition.
        """
        await self._change(f"DROP TABLE {', '.join(partition.name for partition in partitions)}")

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


def fence_of(table: Table) -> str:
    """Give the name of the constraint that fences the default partition of a table."""
    return f"{table}_default_fence"
