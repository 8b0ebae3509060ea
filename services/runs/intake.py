"""Takes in what is asked to run: within the limits, once for each request id, driven here or queued for a worker."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from uuid import UUID

from promptwire.v1 import run_pb2
from services import errors
from services.admission import Admission
from services.caller import Caller
from services.keys import claim as claims
from services.keys.claim import Claim
from services.keys.limiter import Limiter
from services.runs import records, specs
from services.runs.lease import Lease
from services.runs.planner import Planner
from services.runs.queue_store import QueueStore
from services.runs.records import Start
from services.runs.runner import Runner
from services.runs.specs import Limits, Spec
from services.runs.store import RunStore
from services.runs.underway import Drive, Stop, Underway

FIRST_LOOK_SECONDS = 0.05
LAST_LOOK_SECONDS = 0.5
CANCEL_SECONDS = 5.0
# A statement that was given up may be committed all the same, and late, as when a disk hangs: what it may have recorded
# is looked for after so many seconds each.
RESCUE_SECONDS = (0.0, 10.0, 60.0)
RESCUE_PAUSE_SECONDS = 1.0
UNFINISHED = (run_pb2.Run.STATE_QUEUED, run_pb2.Run.STATE_RUNNING)


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that began: now, or for a repeat of its request before. Without a task it is not driven here."""

    project_id: UUID
    run_id: UUID
    task: Drive | None
    is_repeat: bool = False


class Intake:
    """Begins runs, waits for them and cancels them, for callers."""

    def __init__(
        self,
        planner: Planner,
        runner: Runner,
        store: RunStore,
        queue: QueueStore,
        underway: Underway,
        lease: Lease,
        limiter: Limiter,
        admission: Admission,
        limits: Limits,
    ) -> None:
        self._planner = planner
        self._runner = runner
        self._store = store
        self._queue = queue
        self._underway = underway
        self._lease = lease
        self._limiter = limiter
        self._admission = admission
        self._limits = limits
        self._draining = False
        self._rescues: set[asyncio.Task[None]] = set()

    def drain(self) -> None:
        """Begin no more runs."""
        self._draining = True

    async def close(self) -> None:
        """Leave what is still to be seen to: the runs of a server that is gone are swept."""
        for task in self._rescues:
            task.cancel()
        if self._rescues:
            await asyncio.wait(self._rescues)

    async def create(self, caller: Caller, asked: run_pb2.RunSpec, wait: float | None) -> run_pb2.Run:
        """Run, and give the run at its end, or as it is after `wait` seconds; that it failed is an answer too.

        Raises ServiceError when it did not begin. Being cancelled ends a run without `wait` as CANCELLED.
        """
        spec = specs.to_spec(asked, self._limits)
        begun = await self.begin(caller, "CreateRun", asked, spec, is_durable=wait is not None)
        run = await self._wait(begun, wait)
        if not caller.omit_payloads and not run.HasField("inputs"):
            run.inputs.CopyFrom(spec.given)
        return run

    async def queue(self, caller: Caller, asked: run_pb2.RunSpec) -> run_pb2.Run:
        """Queue a run for a worker, and give it as it is. Raises ServiceError when it cannot begin."""
        spec = specs.to_spec(asked, self._limits)
        claim = await self._claim(caller, "CreateRun", asked)
        if isinstance(claim, UUID):
            return await self._store.get_listed(caller.project_id, claim)
        await self._limiter.admit(caller)
        start = (await self._planner.plan(caller, spec)).start
        start = start._replace(start_time=None, attempt=0, spec=asked.SerializeToString(), streamed=True)
        run_id = await self._record(caller, start, claim)
        if run_id != start.run_id:
            return await self._store.get_listed(caller.project_id, run_id)
        run = records.unfinished(start, "QUEUED")
        records.show_inputs(run, start.inputs)
        return run

    async def begin(
        self,
        caller: Caller,
        rpc: str,
        asked: run_pb2.RunSpec,
        spec: Spec,
        *,
        is_durable: bool,
        is_streamed: bool = False,
    ) -> Begun:
        """Begin to drive a run, or find the one that the same request began before. Raises ServiceError."""
        claim = await self._claim(caller, rpc, asked)
        if isinstance(claim, UUID):
            return Begun(caller.project_id, claim, self._underway.find(claim), is_repeat=True)
        await self._limiter.admit(caller)
        await self._admission.enter()
        try:
            plan = await self._planner.plan(caller, spec)
            start = plan.start._replace(
                server_id=await self._lease.hold(),
                spec=asked.SerializeToString() if is_durable or spec.webhook else None,
                streamed=is_streamed,
                draft=plan.start.draft if is_durable or spec.webhook else None,
            )
            run_id = await self._record(caller, start, claim)
        except BaseException:
            self._admission.leave()
            raise
        if run_id != start.run_id:
            self._admission.leave()
            return Begun(caller.project_id, run_id, self._underway.find(run_id), is_repeat=True)
        task = self._runner.drive(plan.beginning(start))
        task.add_done_callback(lambda _: self._admission.leave())
        return Begun(caller.project_id, run_id, task)

    async def cancel(self, project_id: UUID, run_id: UUID) -> run_pb2.Run:
        """Cancel a run; give it as it is after at most 5 s. Raises NotFound, FailedPrecondition when it has ended."""
        run = await self._store.get_listed(project_id, run_id)
        if run.state == run_pb2.Run.STATE_CANCELLED:
            return run
        if run.state not in UNFINISHED:
            state = run_pb2.Run.State.Name(run.state).removeprefix(records.STATE)
            metadata = {"run_id": str(run_id), "state": state}
            raise errors.FailedPrecondition("RUN_ENDED", f"the run has ended as {state}", metadata=metadata)
        until = time.monotonic() + CANCEL_SECONDS
        await self._queue.cancel(project_id, run_id)
        self._underway.stop(run_id, Stop.CANCELLED)
        if task := self._underway.find(run_id):
            await asyncio.wait((task,), timeout=CANCEL_SECONDS)
        return await self._look(project_id, run_id, until)

    async def _claim(self, caller: Caller, rpc: str, asked: run_pb2.RunSpec) -> Claim | UUID | None:
        """Give what the request claims, or the run that it began before. Raises Unavailable while the server stops."""
        if self._draining:
            raise _stopping()
        if not asked.request_id:
            return None
        claim = claims.to_claim(caller, rpc, asked)
        return await self._queue.find_by_claim(claim) or claim

    async def _record(self, caller: Caller, start: Start, claim: Claim | None) -> UUID:
        """Record the run; give its id, or that of the run which the same request began at the same time."""
        if self._draining:
            raise _stopping()
        await self._limiter.reserve(caller, start.run_id)
        if claim is None and start.start_time is not None:
            await self._store.begin(start)
            return start.run_id
        try:
            run_id = await self._queue.create(start, claim)
        except errors.AlreadyExists:
            await self._limiter.release(caller, start.run_id)
            raise
        except BaseException:
            if start.start_time is not None:
                self._rescue(start)
            raise
        if run_id != start.run_id:
            await self._limiter.release(caller, start.run_id)
        return run_id

    def _rescue(self, start: Start) -> None:
        """See to a run that may have been recorded though that failed: nobody was told of it, and nobody drives it."""
        task = asyncio.create_task(self._keep_rescuing(start))
        self._rescues.add(task)
        task.add_done_callback(self._rescues.discard)

    async def _keep_rescuing(self, start: Start) -> None:
        for seconds in RESCUE_SECONDS:
            await asyncio.sleep(seconds)
            with contextlib.suppress(errors.DatabaseUnavailable):
                if start.spec is None:
                    await self._store.finish(records.cancelled(start))
                else:
                    await self._hand_on(start)

    async def _hand_on(self, start: Start) -> None:
        """Hand a run on, so that a repeat of its request finds it done; in an outage, after that."""
        while True:
            try:
                return await self._queue.hand_on(start)
            except errors.DatabaseUnavailable:
                await asyncio.sleep(RESCUE_PAUSE_SECONDS)

    async def _wait(self, begun: Begun, seconds: float | None) -> run_pb2.Run:
        """Wait for the end of a run, here or elsewhere. While the server stops, one that has not ended is an answer."""
        until = time.monotonic() + (self._limits.run_seconds if seconds is None else seconds)
        if begun.task is not None:
            run = await self._wait_here(begun.run_id, begun.task, seconds)
            if run is not None and (run.state not in UNFINISHED or self._draining):
                return run
        run = await self._look(begun.project_id, begun.run_id, until)
        if begun.is_repeat and self._draining and run.state in UNFINISHED:
            # Another server joins the run as well as this one did.
            raise _stopping()
        return run

    async def _wait_here(self, run_id: UUID, task: Drive, seconds: float | None) -> run_pb2.Run | None:
        """Give a run once its drive here is over; None after the time. Who leaves may end it."""
        self._underway.join(run_id)
        done = set[Drive]()
        try:
            done, _ = await asyncio.wait((task,), timeout=seconds)
        finally:
            if not done:
                self._underway.leave(run_id)
        return task.result() if done else None

    async def _look(self, project_id: UUID, run_id: UUID, until: float) -> run_pb2.Run:
        """Look again and again for the end of a run; give it as it is after the time, or when the server stops."""
        pause = FIRST_LOOK_SECONDS
        while True:
            run = await self._store.get_listed(project_id, run_id)
            if run.state not in UNFINISHED or self._draining or time.monotonic() + pause > until:
                return run
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_LOOK_SECONDS)


def _stopping() -> errors.Unavailable:
    return errors.Unavailable("DRAINING", "the server is about to stop; retry with another server", retry_after=1.0)
