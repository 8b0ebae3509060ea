"""One run from start to end: recorded before its provider is asked, and with exactly one end, however it ends."""

import asyncio
import functools
import time

import structlog

from promptwire.v1 import run_pb2
from services.caller import Caller
from services.providers.base import ChatAnswer
from services.runs import records
from services.runs.executor import Event, Executor, NodeEnded
from services.runs.planner import Plan, Planner
from services.runs.records import End, Failure
from services.runs.specs import Spec
from services.runs.store import RunStore
from services.telemetry import Metrics

_log = structlog.get_logger()


class Runner:
    """Runs versions and keeps the record."""

    def __init__(self, planner: Planner, executor: Executor, store: RunStore, metrics: Metrics) -> None:
        self._planner = planner
        self._executor = executor
        self._store = store
        self._runs = {state: metrics.runs.labels(state) for state in ("SUCCEEDED", "FAILED", "CANCELLED")}
        self._input_tokens = metrics.tokens.labels("input")
        self._output_tokens = metrics.tokens.labels("output")
        self._provider_seconds = functools.cache(metrics.provider_seconds.labels)

    async def run(self, caller: Caller, spec: Spec) -> run_pb2.Run:
        """Run, and give the run at its end; that it failed is an answer too. Raises ServiceError when it did not begin.

        Being cancelled ends the run as CANCELLED. After DatabaseUnavailable an end that was reached is still recorded.
        """
        plan = await self._planner.plan(caller, spec)
        await self._store.begin(plan.start)
        began = time.perf_counter()
        try:
            outcome = await self._execute(plan)
        except asyncio.CancelledError:
            end = records.cancelled(plan.start)
            self._store.finish_later(end)
            self._tell(plan, end, time.perf_counter() - began)
            raise
        end = _to_end(plan, outcome)
        self._tell(plan, end, time.perf_counter() - began)
        await self._store.finish(end if plan.keep_payloads else records.without_words(end))
        return _to_answer(plan, spec, end, outcome)

    async def _execute(self, plan: Plan) -> ChatAnswer | Failure:
        """Give what the run's node came to. Whatever goes wrong is a failure of the run."""
        events: list[Event] = []
        limit = asyncio.timeout(plan.seconds)
        try:
            async with limit:
                await self._executor.execute(plan.node, time.monotonic() + plan.seconds, events.append)
        except Exception as error:
            if limit.expired():
                return Failure("RUN_TIMED_OUT", f"the run passed its timeout of {plan.seconds:g} s")
            _log.error("run broken", run_id=str(plan.start.run_id), exc_info=error)
            return Failure("INTERNAL", "the server failed; its log has the rest, under the run's id")
        return _to_outcome(events[-1])

    def _tell(self, plan: Plan, end: End, seconds: float) -> None:
        self._runs[end.state].inc()
        self._input_tokens.inc(end.input_tokens or 0)
        self._output_tokens.inc(end.output_tokens or 0)
        self._provider_seconds(plan.start.provider).observe(seconds)
        _log.info(
            "run ended",
            run_id=str(end.run_id),
            version_id=str(plan.start.version_id),
            state=end.state,
            reason=records.reason(end),
            provider=plan.start.provider,
            model=plan.start.model,
            input_tokens=end.input_tokens,
            output_tokens=end.output_tokens,
            seconds=round(seconds, 4),
        )


def _to_outcome(event: Event) -> ChatAnswer | Failure:
    """Give the outcome of a run of one node by its last event."""
    assert isinstance(event, NodeEnded)
    if event.answer is not None:
        return event.answer
    error = event.error
    assert error is not None
    metadata = {**error.metadata, "attempts": str(event.attempts)}
    return Failure(error.reason, error.message, metadata, event.node_id)


def _to_end(plan: Plan, outcome: ChatAnswer | Failure) -> End:
    if isinstance(outcome, Failure):
        return records.failed(plan.start, outcome)
    return records.succeeded(plan.start, outcome, keep_payloads=plan.keep_payloads)


def _to_answer(plan: Plan, spec: Spec, end: End, outcome: ChatAnswer | Failure) -> run_pb2.Run:
    run = records.to_run(plan.start, end)
    if plan.keep_payloads:
        run.inputs.CopyFrom(spec.given)
    if isinstance(outcome, ChatAnswer):
        run.outputs.add(name=records.OUTPUT, text=outcome.text)
    return run
