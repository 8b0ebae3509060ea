"""The runs that this process drives, each a task of its own: to be found, stopped one by one, and drained together."""

import asyncio
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from uuid import UUID

import structlog

from promptwire.v1.run_pb2 import Run
from services.runs.records import Start

_log = structlog.get_logger()
Drive = asyncio.Task[Run]


class Stop(Enum):
    """Why a run is stopped before its end."""

    # Its end is CANCELLED.
    CANCELLED = auto()
    # Its server stops, and nobody goes on with it: its end is FAILED.
    INTERRUPTED = auto()
    # Its server stops, and it goes back to the queue.
    HANDED_ON = auto()
    # It has ended, or has another driver: nothing more is written.
    LOST = auto()


@dataclass(slots=True, eq=False)
class _Entry:
    start: Start
    task: Drive
    since: float
    waiting: int = 0
    stop: Stop | None = None
    sealed: bool = False


class Underway:
    """Runs under way. What drives one asks with `why` for the reason when it is cancelled."""

    def __init__(self) -> None:
        self._entries: dict[UUID, _Entry] = {}
        self._is_over = False

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, start: Start, drive: Coroutine[Any, Any, Run]) -> Drive:
        """Drive a run from now on; its task gives the run at its end, or as it is when it was handed on."""
        task = asyncio.create_task(drive)
        self._entries[start.run_id] = _Entry(start, task, time.monotonic())
        task.add_done_callback(lambda _: self._remove(start.run_id, task))
        if self._is_over:
            self._put_down(start)
        return task

    def find(self, run_id: UUID) -> Drive | None:
        """Give the task of a run, if it is driven here."""
        entry = self._entries.get(run_id)
        return entry.task if entry else None

    def join(self, run_id: UUID) -> None:
        """Count in a caller who begins to wait for the run."""
        if entry := self._entries.get(run_id):
            entry.waiting += 1

    def leave(self, run_id: UUID) -> None:
        """Count out a caller who waits no longer; with the last one, a run that is nobody else's is cancelled."""
        if entry := self._entries.get(run_id):
            entry.waiting -= 1
            if not entry.waiting and entry.start.spec is None:
                self.stop(run_id, Stop.CANCELLED)

    def stop(self, run_id: UUID, why: Stop) -> None:
        """Stop a run, if it is driven here and not being stopped already."""
        entry = self._entries.get(run_id)
        if entry is not None and entry.stop is None and not entry.sealed:
            entry.stop = why
            # Not at once: a task that is cancelled before its first step would end without recording anything.
            asyncio.get_running_loop().call_soon(_cancel, entry)

    def seal(self, run_id: UUID) -> None:
        """Let a run not be stopped any more: its end is being recorded."""
        self._entries[run_id].sealed = True

    def why(self, run_id: UUID) -> Stop:
        """Say why a run is being stopped."""
        entry = self._entries.get(run_id)
        return (entry and entry.stop) or Stop.CANCELLED

    def older_than(self, seconds: float) -> list[Start]:
        """Give the starts of the runs that have been driven for so long, and are not being stopped."""
        until = time.monotonic() - seconds
        entries = self._entries.values()
        return [entry.start for entry in entries if entry.since <= until and not (entry.stop or entry.sealed)]

    async def drain(self, seconds: float) -> None:
        """Let all runs end within the time; then hand on those that others can go on with, and interrupt the rest.

        So it goes from then on with those that begin late, too.
        """
        await _settled((entry.task for entry in self._entries.values()), seconds)
        self._is_over = True
        while self._entries:
            for entry in self._entries.values():
                self._put_down(entry.start)
            await _settled((entry.task for entry in self._entries.values()), None)

    def _put_down(self, start: Start) -> None:
        self.stop(start.run_id, Stop.INTERRUPTED if start.spec is None else Stop.HANDED_ON)

    def _remove(self, run_id: UUID, task: Drive) -> None:
        # A run that came back to this process is another entry.
        if (entry := self._entries.get(run_id)) and entry.task is task:
            del self._entries[run_id]
        if not task.cancelled() and (error := task.exception()):
            # Nobody may wait for it any more.
            _log.warning("run ended without its record", run_id=str(run_id), error=repr(error))


def _cancel(entry: _Entry) -> None:
    if not entry.sealed:
        entry.task.cancel()


async def _settled(tasks: Iterable[Drive], seconds: float | None) -> None:
    waiting = list(tasks)
    if waiting:
        await asyncio.wait(waiting, timeout=seconds)
