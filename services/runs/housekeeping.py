"""Keeps house in the database: makes partitions for the runs to come, drops old runs, deletes what has served."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Iterable
from datetime import datetime, timedelta

import asyncpg
import structlog

from services import db
from services.runs import leftover_store, partitions, records
from services.runs.leftover_store import LeftoverStore
from services.runs.partition_store import PartitionStore
from services.runs.partitions import DAY, Partition, Table
from services.telemetry import Metrics

ROUND_SECONDS = 3600.0
# After a round that could not be made, as without a database.
AGAIN_SECONDS = 60.0
CLOSE_SECONDS = 1.0
# A fence is put before days at least so far off: it is gone by then, whatever becomes of the process that put it there.
FENCE_DAYS = 2

_log = structlog.get_logger()


class Housekeeping:
    """Does a round at its start and every hour. Of several, in any processes, one at a time does it; others skip it."""

    def __init__(self, dsn: str, retention_days: int, metrics: Metrics, *, image_days: int = 0) -> None:
        """Take how long runs are kept, and images, which go with the runs at the latest. 0: for ever."""
        self._dsn = dsn
        self._retention_days = retention_days
        self._image_days = image_days
        self._metrics = metrics
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with a round. The database may still be down: then the round is tried again."""
        self._task = asyncio.create_task(self._keep_house())

    async def close(self) -> None:
        """Stop, in the middle of a round if need be: the statement that is under way is rolled back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def do_round(self) -> None:
        """Do all that is due, unless somebody else is at it. Raises when the database cannot be reached."""
        connection = await db.connect(self._dsn)
        try:
            if not await PartitionStore(connection).try_lock():
                return
            turn = _Round(connection, self._retention_days, self._image_days)
            await turn.do()
            self._tell(turn)
        finally:
            with contextlib.suppress(*db.TROUBLE):
                await connection.close(timeout=CLOSE_SECONDS)

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.do_round()
                await asyncio.sleep(ROUND_SECONDS)
            except Exception as error:
                # Whatever it is, it may pass, as an outage does.
                _log.warning("no housekeeping", error=repr(error)[:200])
                await asyncio.sleep(AGAIN_SECONDS)

    def _tell(self, turn: "_Round") -> None:
        for what, count in turn.counts.items():
            self._metrics.housekeeping.labels(what).inc(count)
        _log.info("housekeeping", undone=turn.undone, **+turn.counts)


class _Round:
    """One round. What fails is left to the next one, and does not keep the rest from being done."""

    def __init__(self, connection: db.Connection, retention_days: int, image_days: int) -> None:
        self._connection = connection
        self._partitions = PartitionStore(connection)
        self._leftovers = LeftoverStore(connection)
        self._retention_days = retention_days
        self._image_days = min(filter(None, (image_days, retention_days)), default=0)
        self.counts: Counter[str] = Counter()
        self.undone: list[str] = []

    async def do(self) -> None:
        now = await self._partitions.now()
        await self._try("partitions_made", self._make_ahead(now))
        for table in partitions.BESIDE:
            await self._try(f"{table}_partitions_made", self._make_beside(table, now))
        if self._retention_days:
            await self._try("partitions_dropped", self._drop_expired(now))
            await self._delete_expired(now - self._retention_days * DAY)
        if self._image_days:
            await self._clean("image", self._leftovers.delete_images(now - self._image_days * DAY))
        await self._clean("node_run", self._leftovers.forget_passing())
        for table in leftover_store.TABLES:
            await self._clean(table, self._leftovers.delete(table))

    async def _delete_expired(self, before: datetime) -> None:
        bound = records.least_id(int(before.timestamp() * 1000))
        await self._clean("run_default", self._leftovers.delete_runs(bound))
        for table in partitions.BESIDE:
            await self._clean(f"{table}_default", self._leftovers.delete_beside(table, bound))

    async def _clean(self, what: str, work: Awaitable[int]) -> None:
        async def count() -> None:
            self.counts[what] += await work

        await self._try(what, count())

    async def _try(self, what: str, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            if self._connection.is_closed():
                raise
            _log.warning("housekeeping left something", what=what, error=repr(error)[:200])
            self.undone.append(what)

    async def _make_ahead(self, now: datetime) -> None:
        is_empty = await self._is_open("run")
        first = partitions.midnight(now) + (timedelta() if is_empty else FENCE_DAYS * DAY)
        missing = partitions.missing(await self._partitions.list("run"), first, now, self._retention_days)
        await self._make("partitions_made", missing, is_empty=is_empty)

    async def _make_beside(self, table: Table, now: datetime) -> None:
        """Make those of another table; while its default one has rows, none of days that a fence would be near to."""
        is_empty = await self._is_open(table)
        first = partitions.midnight(now) + FENCE_DAYS * DAY
        missing = partitions.beside(table, await self._partitions.list("run"), await self._partitions.list(table))
        due = [each for each in missing if (each.end > now if is_empty else each.begin >= first)]
        await self._make(f"{table}_partitions_made", due, is_empty=is_empty)

    async def _is_open(self, table: Table) -> bool:
        """Take a fence away that was left behind, and give whether none is needed."""
        await self._partitions.remove_fence(table)
        return await self._partitions.default_is_empty(table)

    async def _make(self, what: str, missing: Iterable[Partition], *, is_empty: bool) -> None:
        create = self._partitions.create if is_empty else self._partitions.create_behind_fence
        for partition in missing:
            try:
                await create(partition)
                self.counts[what] += 1
            except asyncpg.CheckViolationError:
                _log.warning("runs of these days stay in the default partition", partition=partition.name)

    async def _drop_expired(self, now: datetime) -> None:
        existing = [partition for table in partitions.TABLES for partition in await self._partitions.list(table)]
        for together in partitions.expired(existing, now, self._retention_days):
            if await self._partitions.holds_unended(together[0]):
                _log.warning("old runs are kept, since one among them has not ended", partition=together[0].name)
                continue
            await self._partitions.drop(together)
            self.counts["partitions_dropped"] += len(together)
