"""The lease under which this process drives runs, renewed while the database is there; whoever begins a run holds it.

With it go a look at the runs under way, which others may have cancelled or taken, and the sweep of dead servers' runs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from services import errors
from services.runs.lease_store import LEASE, LeaseStore
from services.runs.underway import Stop, Underway

RENEW_SECONDS = 2.0
LOOK_SECONDS = 1.0
SWEEP_SECONDS = 2.0
# How soon something is tried again that failed.
PAUSE_SECONDS = 0.5
# A lease is relied upon for less than it lasts, since a run that is begun under it takes a moment to be recorded.
HELD_SECONDS = LEASE.total_seconds() - 3.0
PATIENCE_SECONDS = 3.0

_log = structlog.get_logger()


class Lease:
    """Keeps this process alive in the eyes of the others."""

    def __init__(self, store: LeaseStore, underway: Underway, run_seconds: float) -> None:
        self._store = store
        self._underway = underway
        self._longest_run = timedelta(seconds=run_seconds)
        self._server_id: UUID = uuid7()
        self._held_until = 0.0
        self._renewed = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to renew, now and from then on."""
        # Each for itself: a slow sweep must not hold up the renewal.
        duties = ((self._renew, RENEW_SECONDS), (self._look, LOOK_SECONDS), (self._sweep, SWEEP_SECONDS))
        self._tasks = [asyncio.create_task(self._keep(duty, seconds)) for duty, seconds in duties]

    async def close(self) -> None:
        """Let the lease end. Whatever is still under way then is swept by others."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        try:
            await self._store.end(self._server_id)
        except errors.DatabaseUnavailable:
            _log.warning("the lease is left to lapse")

    async def hold(self) -> UUID:
        """Give the id under which to drive a run that begins now. Raises DatabaseUnavailable without a lease."""
        if time.monotonic() < self._held_until:
            return self._server_id
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._renewed:
                await self._renewed.wait_for(lambda: time.monotonic() < self._held_until)
        except TimeoutError:
            raise errors.DatabaseUnavailable from None
        return self._server_id

    async def _keep(self, duty: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            began, pause = time.monotonic(), seconds
            try:
                await duty()
            except errors.DatabaseUnavailable:
                # It was logged where it was met.
                pause = PAUSE_SECONDS
            except Exception as error:
                # Whatever it is, the next renewal must come: a process without a lease drives nothing.
                _log.error("lease broken", exc_info=error)
            await asyncio.sleep(max(PAUSE_SECONDS, began + pause - time.monotonic()))

    async def _renew(self) -> None:
        now = time.monotonic()
        if not await self._store.renew(self._server_id, self._longest_run):
            _log.warning("this server was found dead; it goes on under a new id", server_id=str(self._server_id))
            self._server_id = uuid7()
            await self._store.renew(self._server_id, self._longest_run)
        self._held_until = now + HELD_SECONDS
        async with self._renewed:
            self._renewed.notify_all()

    async def _look(self) -> None:
        """Stop what others cancelled, ended or took."""
        starts = self._underway.older_than(LOOK_SECONDS)
        if not starts:
            return
        cancelled, lost = await self._store.find_stopped(starts)
        for run_id in cancelled:
            self._underway.stop(run_id, Stop.CANCELLED)
        for run_id in lost:
            self._underway.stop(run_id, Stop.LOST)

    async def _sweep(self) -> None:
        while swept := await self._store.sweep(self._server_id):
            # One that stopped in good order leaves nothing.
            tell = _log.warning if swept.handed_on or swept.ended else _log.info
            tell(
                "the runs of a dead server were taken from it",
                server_id=str(swept.server_id),
                runs_handed_on=swept.handed_on,
                runs_ended=swept.ended,
            )
