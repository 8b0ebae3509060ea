"""Begins runs whose events their callers get as they happen."""

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from promptwire.v1.run_pb2 import RunEvent, RunSpec
from services.caller import Caller
from services.runs import specs
from services.runs.intake import Intake
from services.runs.specs import Limits
from services.runs.underway import Underway
from services.runs.watcher import Watcher


class Streamer:
    """Begins runs, and watches each for the caller who began it."""

    def __init__(self, intake: Intake, underway: Underway, watcher: Watcher, limits: Limits) -> None:
        self._intake = intake
        self._underway = underway
        self._watcher = watcher
        self._limits = limits

    async def stream(self, caller: Caller, asked: RunSpec, wait: float | None) -> AsyncGenerator[RunEvent]:
        """Run, and give the events up to the end, or for `wait` seconds. Raises ServiceError.

        Left before the end, a run without `wait` ends as CANCELLED.
        """
        run_id = await self._begin(caller, asked, is_durable=wait is not None)
        self._underway.join(run_id)
        seconds = math.inf if wait is None else wait
        try:
            async with aclosing(self._watcher.watch(caller.project_id, run_id, 0, seconds)) as events:
                async for event in events:
                    yield event
        finally:
            self._underway.leave(run_id)

    async def _begin(self, caller: Caller, asked: RunSpec, *, is_durable: bool) -> UUID:
        """Begin the run, or find the one that the same request began before; it is not held on to here."""
        spec = specs.to_spec(asked, self._limits)
        begun = await self._intake.begin(caller, "StreamRun", asked, spec, is_durable=is_durable, is_streamed=True)
        return begun.run_id
