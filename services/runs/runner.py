"""One run from its recorded start to its recorded end: it has exactly one, however it ends and whoever drives it."""

import asyncio
import dataclasses
import functools
import time
from collections.abc import Sequence

import structlog

from promptwire.v1 import run_pb2
from services import errors
from services.runs import events, node_records, records
from services.runs.executor import Executor, Node, NodeEnded
from services.runs.failure import BROKEN, Failure
from services.runs.feed import Feed, Feeds, Fenced
from services.runs.fetcher import ImageFetcher, ImageNotFetched
from services.runs.flow_runner import FlowEnd, FlowRunner
from services.runs.output_reader import OutputReader
from services.runs.planner import FlowPlan, Plan
from services.runs.queue_store import QueueStore
from services.runs.records import End
from services.runs.store import RunStore
from services.runs.underway import Drive, Stop, Underway
from services.telemetry import Metrics

_log = structlog.get_logger()


class Runner:
    """Drives runs and keeps the record."""

    def __init__(
        self,
        fetcher: ImageFetcher,
        executor: Executor,
        flows: FlowRunner,
        feeds: Feeds,
        reader: OutputReader,
        store: RunStore,
        queue: QueueStore,
        underway: Underway,
        metrics: Metrics,
    ) -> None:
        self._fetcher = fetcher
        self._executor = executor
        self._flows = flows
        self._feeds = feeds
        self._reader = reader
        self._store = store
        self._queue = queue
        self._underway = underway
        self._runs = {state: metrics.runs.labels(state) for state in ("SUCCEEDED", "FAILED", "CANCELLED")}
        self._input_tokens = metrics.tokens.labels("input")
        self._output_tokens = metrics.tokens.labels("output")
        self._provider_seconds = functools.cache(metrics.provider_seconds.labels)

    def drive(self, plan: Plan | FlowPlan) -> Drive:
        """Drive a run whose start is recorded, in a task that nothing but `Underway.stop` stops.

        It gives the run at its end, or as it is when another one drives it. It raises DatabaseUnavailable when the end
        cannot be recorded in time; then it is later.
        """
        # Open before the task begins, so that who watches from now on asks the feed, not the database.
        feed = self._feeds.open(plan.start) if plan.start.streamed else None
        return self._underway.add(plan.start, self._drive(plan, feed))

    async def end(self, plan_start: records.Start, failure: Failure, state: str = "FAILED") -> run_pb2.Run:
        """End a run that was taken, but cannot be driven."""
        return await self._break_off(plan_start, records.failed(plan_start, failure, state))

    async def _drive(self, plan: Plan | FlowPlan, feed: Feed | None) -> run_pb2.Run:
        try:
            return await self._drive_telling(plan, feed)
        except errors.ServiceError:
            raise
        except Exception as error:
            # Whatever it is, the run has an end.
            _log.error("run broken", run_id=str(plan.start.run_id), exc_info=error)
            return await self._break_off(plan.start, records.failed(plan.start, BROKEN))
        finally:
            if feed is not None:
                # Only now, so that those who watch find the end.
                await self._feeds.close(feed)

    async def _drive_telling(self, plan: Plan | FlowPlan, feed: Feed | None) -> run_pb2.Run:
        start, began = plan.start, time.perf_counter()
        try:
            if isinstance(plan, FlowPlan):
                outcome = await self._flows.run(plan, feed)
            else:
                outcome = await self._execute(plan, feed)
                self._provider_seconds(start.provider).observe(time.perf_counter() - began)
            if feed is not None:
                await feed.flush()
        except asyncio.CancelledError:
            return await self._stopped(plan, began)
        except Fenced:
            return await self._lost(start)
        self._underway.seal(start.run_id)
        match outcome:
            case FlowEnd():
                return await self._finish_flow(start, outcome, began)
            case Failure():
                return await self._finish(start, records.failed(start, outcome), began)
            case NodeEnded(answer=answer) if answer is not None and isinstance(plan, Plan):
                output = await self._reader.read(plan.format, answer)
                ended = records.succeeded(start, answer, output)
                return await self._finish(start, ended, began, (records.to_output(output),))
            case NodeEnded():
                return await self._finish(start, records.failed(start, events.to_failure(outcome)), began)

    async def _execute(self, plan: Plan, feed: Feed | None) -> NodeEnded | Failure:
        """Give what the run's node came to. Whatever goes wrong is a failure of the run. Raises Fenced."""
        limit = asyncio.timeout(plan.seconds)
        try:
            async with limit:
                return await self._ask(plan, feed)
        except Fenced:
            raise
        except ImageNotFetched as error:
            return Failure("IMAGE_NOT_FETCHED", str(error), {"index": str(error.index)}, plan.node.id)
        except Exception as error:
            if limit.expired():
                return Failure("RUN_TIMED_OUT", f"the run passed its timeout of {plan.seconds:g} s")
            _log.error("run broken", run_id=str(plan.start.run_id), exc_info=error)
            return BROKEN

    async def _ask(self, plan: Plan, feed: Feed | None) -> NodeEnded:
        deadline = time.monotonic() + plan.seconds
        node = await self._complete(plan)
        if feed is None:
            return await self._executor.execute(node, deadline)
        told = await feed.resume()
        return await self._executor.stream(node, deadline, feed.tell, told.attempts.get(node.id, 0) + 1)

    async def _complete(self, plan: Plan) -> Node:
        """Give the node with the images in its messages that the request gives by URL."""
        if not plan.images:
            return plan.node
        urls = await self._fetcher.fetch(plan.images)
        return dataclasses.replace(plan.node, messages=plan.render(urls))

    async def _stopped(self, plan: Plan | FlowPlan, began: float) -> run_pb2.Run:
        start = plan.start
        match self._underway.why(start.run_id):
            case Stop.CANCELLED:
                return await self._break_off(start, records.cancelled(start), began)
            case Stop.INTERRUPTED:
                return await self._break_off(start, records.failed(start, records.INTERRUPTED), began)
            case Stop.HANDED_ON:
                await self._queue.hand_on(start)
                _log.info("run handed on", run_id=str(start.run_id))
            case Stop.LOST:
                return await self._lost(start)
        return await self._store.get_listed(start.project_id, start.run_id)

    async def _lost(self, start: records.Start) -> run_pb2.Run:
        _log.warning("run lost to another driver", run_id=str(start.run_id), attempt=start.attempt)
        return await self._store.get_listed(start.project_id, start.run_id)

    async def _break_off(self, start: records.Start, end: End, began: float | None = None) -> run_pb2.Run:
        """End a run before it was done. Nodes of a graph may have used something by then."""
        return await self._finish(start, await self._flows.with_usage(end) if start.is_flow else end, began)

    async def _finish_flow(self, start: records.Start, ended: FlowEnd, began: float) -> run_pb2.Run:
        outputs = [records.to_output(output) for output in ended.outputs] if ended.end.state == "SUCCEEDED" else ()
        run = await self._finish(start, ended.end, began, outputs)
        if not run.node_runs:
            run.node_runs.extend(node_records.to_node_run(node) for node in ended.nodes)
        return run

    async def _finish(
        self, start: records.Start, end: End, began: float | None = None, outputs: Sequence[run_pb2.Output] = ()
    ) -> run_pb2.Run:
        self._tell(start, end, time.perf_counter() - began if began is not None else 0.0)
        run = records.to_run(start, end)
        if not await self._store.finish(records.to_keep(start, end)):
            kept = await self._store.get_listed(start.project_id, start.run_id)
            # It may be this end, of which only the confirmation was lost.
            if (kept.attempt, kept.end_time) != (run.attempt, run.end_time):
                return kept
        if start.is_flow:
            await self._flows.forget_passing(start)
        if start.session_id is not None:
            # The request has not all of them: some are the session's.
            records.show_inputs(run, start.inputs)
        run.outputs.extend(outputs)
        return run

    def _tell(self, start: records.Start, end: End, seconds: float) -> None:
        self._runs[end.state].inc()
        self._input_tokens.inc(end.input_tokens or 0)
        self._output_tokens.inc(end.output_tokens or 0)
        _log.info(
            "run ended",
            run_id=str(end.run_id),
            **_what(start),
            state=end.state,
            reason=end.reason,
            provider=start.provider,
            model=start.model,
            attempt=start.attempt,
            input_tokens=end.input_tokens,
            output_tokens=end.output_tokens,
            seconds=round(seconds, 4),
        )


def _what(start: records.Start) -> dict[str, str]:
    """Say what was run."""
    if start.session_id is not None:
        return {"session_id": str(start.session_id)}
    if start.version_id is None:
        return {}
    return {"version_id": str(start.version_id)}
