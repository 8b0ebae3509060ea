"""Writes the events of streamed runs: all that wait at a time in one statement, while the next ones gather."""

import asyncio
from collections import deque
from dataclasses import dataclass

import structlog

from services.runs.event_store import Batch, EventStore
from services.runs.writer import REFUSALS

# A statement takes no more once it has this many runs, or this many bytes of events.
MAX_RUNS = 256
MAX_BYTES = 1024 * 1024
PAUSE_SECONDS = 0.25

_log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _Entry:
    batch: Batch
    future: asyncio.Future[bool]


class EventWriter:
    """Shares statements among the runs that have something to tell. In an outage it waits, and so do they."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: deque[_Entry] = deque()
        self._task: asyncio.Task[None] | None = None

    async def add(self, batch: Batch) -> bool:
        """Record events; then they are committed. False: the run has ended, or has another driver by now.

        One who does not wait any longer may find that they were recorded nevertheless.
        """
        entry = _Entry(batch, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all())
        return await entry.future

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
            except BaseException as error:
                self._waiting.extendleft(reversed(entries))
                if not isinstance(error, Exception):
                    raise
                _log.warning("events are not recorded", error=type(error).__name__, runs=len(self._waiting))
                await asyncio.sleep(PAUSE_SECONDS)

    def _take(self) -> list[_Entry]:
        """Give what one statement writes, less what nobody waits for any more."""
        entries: list[_Entry] = []
        size = 0
        while self._waiting and len(entries) < MAX_RUNS and size < MAX_BYTES:
            entries += _awaited([entry := self._waiting.popleft()])
            size += sum(len(event) for _, event in entry.batch.rows)
        return entries

    async def _write(self, entries: list[_Entry]) -> None:
        try:
            added = await self._store.add([entry.batch for entry in entries])
        except REFUSALS as error:
            # A fault of ours, that trying again would not mend.
            for entry in _awaited(entries):
                entry.future.set_exception(error)
        else:
            for entry in _awaited(entries):
                entry.future.set_result((entry.batch.run_id, entry.batch.attempt) in added)


def _awaited(entries: list[_Entry]) -> list[_Entry]:
    """Give those that somebody still waits for."""
    return [entry for entry in entries if not entry.future.done()]
