"""Gives the events of any run to those who watch it, whichever server drives it."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from promptwire.v1.run_pb2 import RunEvent
from services import errors
from services.runs import events
from services.runs.event_store import EventStore, Page
from services.runs.feed import Feed, Feeds
from services.runs.store import RunStore

# Stored events that are read at a time.
PAGE_SIZE = 32
# How soon the database is asked again: the first time, and after it had nothing new again and again.
FIRST_PAUSE_SECONDS = 0.1
LAST_PAUSE_SECONDS = 0.5
# How long a run that is driven here may say nothing until the database is asked whether it still is.
LOOK_SECONDS = 5.0


class Watcher:
    """Watches runs: by their feeds those that are driven here, else by asking the database again and again."""

    def __init__(self, runs: RunStore, store: EventStore, feeds: Feeds) -> None:
        self._runs = runs
        self._store = store
        self._feeds = feeds
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """Leave those who watch runs that have not ended, since the server stops."""
        self._draining.set()

    async def watch(
        self, project_id: UUID, run_id: UUID, after: int, seconds: float = math.inf
    ) -> AsyncGenerator[RunEvent]:
        """Give the events of a run behind a number, up to RunEnded, or for so many seconds.

        Raises NotFound, and Unavailable when this server stops, or the database cannot tell of a run that is driven
        elsewhere: who asks again behind the last event that came misses nothing.
        """
        until = time.monotonic() + seconds
        pause = FIRST_PAUSE_SECONDS
        feed = None
        while True:
            left = max(0.0, until - time.monotonic())
            feed = self._feeds.find(project_id, run_id) or feed
            found = await self._next(feed, project_id, run_id, after, min(left, LOOK_SECONDS))
            if found is None:
                return
            for event in found:
                yield event
                after = event.sequence
                if event.HasField("ended"):
                    return
            if time.monotonic() >= until:
                return
            if found:
                pause = FIRST_PAUSE_SECONDS
                continue
            await self._pause(min(left, pause))
            pause = min(2 * pause, LAST_PAUSE_SECONDS)

    async def _next(
        self, feed: Feed | None, project_id: UUID, run_id: UUID, after: int, seconds: float
    ) -> Sequence[RunEvent] | None:
        """Give what is behind a number, which may be nothing yet; None when nothing more will come."""
        if feed is None:
            return await self._look(project_id, run_id, after)
        if told := await feed.next(after, seconds):
            return told
        try:
            return await self._look(project_id, run_id, after)
        except errors.DatabaseUnavailable:
            if feed.is_open:
                # It will tell more when the database is back; who waits for that may be all that the run has.
                return ()
            raise

    async def _look(self, project_id: UUID, run_id: UUID, after: int) -> Sequence[RunEvent] | None:
        """Give what the database has behind a number; None when nothing more will come."""
        page = await self._store.list(project_id, run_id, after=after, limit=PAGE_SIZE)
        if page.are_kept:
            return await self._read(project_id, run_id, after, page)
        if not page.has_ended and not page.is_flow and after > page.attempt:
            return ()
        return await self._derive(project_id, run_id, after, page)

    async def _read(self, project_id: UUID, run_id: UUID, after: int, page: Page) -> Sequence[RunEvent] | None:
        """Give the stored events of a page, and before and behind them those that are derived."""
        told = [*page.events]
        is_last = page.has_ended and (told[-1].sequence if told else max(after, events.FIRST)) == page.last
        if after < events.FIRST or is_last:
            run = await self._runs.get_listed(project_id, run_id)
            first = [events.started(run)] if after < events.FIRST else []
            return [*first, *told, *([events.ended(run, page.last + 1)] if is_last else [])]
        return None if page.has_ended and not told else told

    async def _derive(self, project_id: UUID, run_id: UUID, after: int, page: Page) -> Sequence[RunEvent] | None:
        if page.is_streamed and after:
            # What its events were is forgotten: the end alone is sure to be new.
            return [events.ended(await self._runs.get_listed(project_id, run_id), after + 1)]
        if page.is_flow:
            derived = events.derive_flow(await self._runs.get(project_id, run_id))
        else:
            derived = events.derive(await self._runs.get_listed(project_id, run_id))
        return derived[after:] or (None if derived[-1].HasField("ended") else ())

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._draining.wait()
        except TimeoutError:
            return
        message = "the server is about to stop; watch the run by another server to get the rest"
        raise errors.Unavailable("DRAINING", message, retry_after=1.0)
