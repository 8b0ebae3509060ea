"""Does the jobs of runs: takes the run that a job names and drives it, or leaves it to whoever drives it."""

import asyncio
from uuid import UUID

from promptwire.v1 import run_pb2
from services import errors
from services.jobs.worker import Again
from services.runs import queue_store, records, specs
from services.runs.failure import Failure
from services.runs.intake import UNFINISHED
from services.runs.lease import Lease
from services.runs.planner import FlowPlan, Plan, Planner
from services.runs.queue_store import QueueStore, Taken
from services.runs.runner import Runner
from services.runs.specs import Limits
from services.runs.store import RunStore
from services.runs.underway import Underway

# How long a job waits that finds its run driven by another: until that one has done it, or its lease has lapsed.
ELSEWHERE_SECONDS = 3.0
# How long it waits when its run was handed on, or taken from its driver.
QUEUED_SECONDS = 0.2
# How long it waits after an outage of the database: by then the end of a run that was driven here is written.
OUTAGE_SECONDS = 5.0
PAUSE_SECONDS = 0.5


class Taker:
    """Takes runs out of the queue. A job is done when its run has ended, not before: it outlives the run's driver."""

    def __init__(
        self,
        planner: Planner,
        runner: Runner,
        store: RunStore,
        queue: QueueStore,
        underway: Underway,
        lease: Lease,
        limits: Limits,
    ) -> None:
        self._planner = planner
        self._runner = runner
        self._store = store
        self._queue = queue
        self._underway = underway
        self._lease = lease
        self._limits = limits

    async def do(self, name: str) -> None:
        """Do the job of this name. Raises Again when its run has not ended."""
        try:
            state = await self._do(*queue_store.from_name(name))
        except errors.DatabaseUnavailable:
            raise Again(OUTAGE_SECONDS) from None
        if state in UNFINISHED:
            raise Again(QUEUED_SECONDS if state == run_pb2.Run.STATE_QUEUED else ELSEWHERE_SECONDS)

    async def _do(self, project_id: UUID, run_id: UUID) -> run_pb2.Run.State | None:
        """Drive a run if it is free; give the state that it is in then, None when it is not there any more."""
        if self._underway.find(run_id) is None:
            taken = await self._queue.take(project_id, run_id, await self._lease.hold())
            if taken is not None:
                await self._drive(taken)
        return await self._find_state(project_id, run_id)

    async def _drive(self, taken: Taken) -> None:
        """Drive a run to its end, which may be that it cannot be driven."""
        start = taken.start
        if taken.cancel_time is not None:
            await self._runner.end(start, records.CANCELLED, "CANCELLED")
            return
        try:
            plan = await self._plan(taken)
        except errors.ServiceError as error:
            await self._runner.end(start, Failure(error.reason, error.message, error.metadata))
            return
        # What cancels this job does not cancel the run.
        await asyncio.wait((self._runner.drive(plan),))

    async def _plan(self, taken: Taken) -> Plan | FlowPlan:
        """Plan the run. While the database is in trouble this waits: nobody else takes the run of a living server."""
        # It was admitted, and whom to tell of it is on record: a rule that changed since must not end it.
        limits = Limits(self._limits.input_bytes, self._limits.run_seconds)
        spec = specs.to_spec(run_pb2.RunSpec.FromString(taken.spec), limits)
        while True:
            try:
                return await self._planner.resume(taken.start, spec)
            except errors.Unavailable:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _find_state(self, project_id: UUID, run_id: UUID) -> run_pb2.Run.State | None:
        try:
            return (await self._store.get_listed(project_id, run_id)).state
        except errors.NotFound:
            # Its retention is over.
            return None
