"""Writes what drivers tell of their runs: all that waits at a time in one statement, while the next gathers."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog

from services import errors
from services.runs.writer import REFUSALS

# A statement takes no more once it has this many batches, or this many bytes of them.
MAX_BATCHES = 256
MAX_BYTES = 1024 * 1024
PAUSE_SECONDS = 0.25

_log = structlog.get_logger()


class Batch(Protocol):
    """Something to write of a run, by the driver of one attempt."""

    @property
    def run_id(self) -> UUID:
        """The run."""
        ...

    @property
    def attempt(self) -> int:
        """The token of its driver."""
        ...

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        ...


Item = TypeVar("Item", bound=Batch)
Item_contra = TypeVar("Item_contra", bound=Batch, contravariant=True)


class Store(Protocol[Item_contra]):
    """Writes what the run's driver tells, and nothing of a driver that was replaced."""

    async def add(self, batches: Sequence[Item_contra], /) -> set[tuple[UUID, int]]:
        """Record, as often as it takes; give run and attempt of those that are recorded."""
        ...


@dataclass(slots=True, eq=False)
class _Entry(Generic[Item]):
    batch: Item
    future: asyncio.Future[bool]


class FencedWriter(Generic[Item]):
    """Shares statements among the runs that have something to tell. In an outage it waits, and so do they."""

    def __init__(self, store: Store[Item]) -> None:
        self._store = store
        self._waiting: deque[_Entry[Item]] = deque()
        self._most = MAX_BATCHES
        self._task: asyncio.Task[None] | None = None

    async def add(self, batch: Item) -> bool:
        """Record a batch; then it is committed. False: the run has ended, or has another driver by now.

        Raises what the database refuses it with, and whatever else is no outage. One who does not wait any longer may
        find that it was recorded nevertheless.
        """
        return await self.put(batch)

    def put(self, batch: Item) -> asyncio.Future[bool]:
        """Record a batch without waiting for it, behind all that was given before."""
        entry = _Entry(batch, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all())
        return entry.future

    async def close(self) -> None:
        """Leave what is not written; who waits for it is cancelled."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        while self._waiting:
            self._waiting.popleft().future.cancel()

    async def _write_all(self) -> None:
        while entries := self._take():
            try:
                await self._write(entries)
            except errors.DatabaseUnavailable:
                self._put_back(entries)
                _log.warning("runs are not told of", waiting=len(self._waiting))
                await asyncio.sleep(PAUSE_SECONDS)
            except REFUSALS as error:
                self._narrow(entries, error)
            except Exception as error:
                # It would not pass by itself, and who waits must not wait for ever.
                self._fail(entries, error)
            except BaseException:
                self._put_back(entries)
                raise

    def _take(self) -> list[_Entry[Item]]:
        """Give what one statement writes; none only when nobody waits. What nobody waits for any more is left out."""
        entries: list[_Entry[Item]] = []
        size = 0
        while self._waiting and len(entries) < self._most and size < MAX_BYTES:
            if not (entry := self._waiting.popleft()).future.done():
                entries.append(entry)
                size += entry.batch.size
        return entries

    def _put_back(self, entries: Sequence[_Entry[Item]]) -> None:
        self._waiting.extendleft(reversed(entries))

    async def _write(self, entries: Sequence[_Entry[Item]]) -> None:
        added = await self._store.add([entry.batch for entry in entries])
        self._most = min(MAX_BATCHES, 2 * self._most)
        for entry in entries:
            if not entry.future.done():
                entry.future.set_result((entry.batch.run_id, entry.batch.attempt) in added)

    def _narrow(self, entries: Sequence[_Entry[Item]], error: Exception) -> None:
        """Write smaller statements until the batch that is refused is alone; then it alone fails."""
        if len(entries) == 1:
            return self._fail(entries, error)
        self._most = len(entries) // 2
        return self._put_back(entries)

    def _fail(self, entries: Sequence[_Entry[Item]], error: Exception) -> None:
        runs = sorted({str(entry.batch.run_id) for entry in entries})
        _log.error("what runs tell is refused", runs=runs, exc_info=error)
        for entry in entries:
            if not entry.future.done():
                entry.future.set_exception(error)
