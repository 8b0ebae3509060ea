"""The events of the runs that are driven here: recorded first, then shown to those who watch."""

import asyncio
import itertools
import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from promptwire.v1.run_pb2 import RunEvent
from services import errors
from services.runs import events, executor, records
from services.runs.event_store import Batch, EventStore, Told
from services.runs.fenced_writer import FencedWriter
from services.runs.records import Start

# How long text gathers before it is recorded, and how many events are recorded at a time.
GATHER_SECONDS = 0.1
MAX_EVENTS = 64
PAUSE_SECONDS = 0.25
# Bytes of events that are kept for those who watch; who is further behind reads what was recorded.
WINDOW = 64 * 1024


class Fenced(Exception):
    """The run has ended, or has another driver: nothing more is recorded of what this one does."""


class Feed:
    """The events of one run, from its driver to those who watch.

    They wait here until they are recorded, no more than the run's output. Of the recorded ones the last are kept; with
    payloads omitted, since texts are not recorded, all since a template's last start. `is_open`: more may come.
    """

    def __init__(self, start: Start, store: EventStore, writer: FencedWriter[Batch]) -> None:
        self.start = start
        self._store = store
        self._writer = writer
        self._pending: list[events.Event] = []
        self._told = asyncio.Event()
        self._ending = asyncio.Event()
        self._shown = deque[tuple[RunEvent, int]]()
        self._size = 0
        self._window = WINDOW if start.keep_payloads else math.inf
        self._last = events.FIRST
        self._changed = asyncio.Event()
        self.is_open = True
        self._show([events.started(records.unfinished(start))])
        self._task = asyncio.create_task(self._keep_writing())

    async def resume(self) -> Told:
        """Go on behind the events of former drivers; give what they told.

        This comes before anything is told. In an outage of the database it waits for the end of that.
        """
        if self.start.attempt == 1:
            return Told()
        told = await self._find_told()
        self._last = told.last
        self._forget()
        self._change()
        return told

    def tell(self, event: events.Event) -> None:
        """Take an event of the engine. Raises Fenced once an earlier one was refused."""
        if self._task.done():
            self._task.result()
        events.gather(self._pending, event)
        self._told.set()

    async def flush(self) -> None:
        """Wait until everything that was told is recorded; nothing is told after that. Raises Fenced.

        In an outage of the database this waits for its end.
        """
        self._ending.set()
        self._told.set()
        await self._task

    async def close(self) -> None:
        """Leave what is not recorded, and send those who watch to the database."""
        self._task.cancel()
        # That it was refused was told to its driver, if that one still asked.
        await asyncio.gather(self._task, return_exceptions=True)
        self._end()

    async def next(self, after: int, seconds: float) -> Sequence[RunEvent]:
        """Give the events behind a number, and wait up to so many seconds for them if there are none yet.

        Gives none when they did not come, are not kept here any more, or will not come from here.
        """
        if after == self._last and self.is_open:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
        known = self._last - after
        if not 0 < known <= len(self._shown):
            return ()
        return [event for event, _ in itertools.islice(self._shown, len(self._shown) - known, None)]

    async def _find_told(self) -> Told:
        while True:
            try:
                return await self._store.find_told(self.start)
            except errors.DatabaseUnavailable:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _keep_writing(self) -> None:
        try:
            while self._pending or not self._ending.is_set():
                await self._told.wait()
                self._told.clear()
                while told := self._take():
                    await self._write(told)
                    if len(told) < MAX_EVENTS and isinstance(told[-1], executor.TextDelta):
                        await self._gather()
        except Fenced:
            self._end()
            raise

    def _take(self) -> list[events.Event]:
        told = self._pending[:MAX_EVENTS]
        del self._pending[:MAX_EVENTS]
        return told

    async def _gather(self) -> None:
        """Let more text come, unless there is none any more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                await self._ending.wait()

    async def _write(self, told: Sequence[events.Event]) -> None:
        made = [events.to_event(self.start, event, self._last + 1 + index) for index, event in enumerate(told)]
        rows = [(event.sequence, events.to_keep(self.start, event).SerializeToString()) for event in made]
        if not await self._writer.add(Batch(self.start.project_id, self.start.run_id, self.start.attempt, rows)):
            raise Fenced
        self._show(made)

    def _show(self, made: Sequence[RunEvent]) -> None:
        for event in made:
            if event.HasField("node_started") and not self.start.is_flow:
                # What came before is void.
                self._forget()
            self._shown.append((event, size := event.ByteSize()))
            self._size += size
        while self._size > self._window:
            self._size -= self._shown.popleft()[1]
        self._last = made[-1].sequence
        self._change()

    def _forget(self) -> None:
        self._shown.clear()
        self._size = 0

    def _end(self) -> None:
        self.is_open = False
        self._change()

    def _change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Feeds:
    """The feeds of the streamed runs that this process drives."""

    def __init__(self, store: EventStore, writer: FencedWriter[Batch]) -> None:
        self._store = store
        self._writer = writer
        self._feeds: dict[tuple[UUID, UUID], Feed] = {}

    def open(self, start: Start) -> Feed:
        """Make the feed of a run that is driven here from now on."""
        feed = self._feeds[start.project_id, start.run_id] = Feed(start, self._store, self._writer)
        return feed

    async def close(self, feed: Feed) -> None:
        """Leave what is not recorded, and send those who watch to the database."""
        name = (feed.start.project_id, feed.start.run_id)
        # The run may have come back to this process meanwhile.
        if self._feeds.get(name) is feed:
            del self._feeds[name]
        await feed.close()

    def find(self, project_id: UUID, run_id: UUID) -> Feed | None:
        """Give the feed of a run, if it is streamed and driven here."""
        return self._feeds.get((project_id, run_id))
