"""Runs a graph for the runner: from its plan, or from where its former driver left it, to its outputs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from services import errors
from services.images.keeper import ImageKeeper
from services.runs import flow_outputs, records
from services.runs.executor import Executor
from services.runs.feed import Feed
from services.runs.fenced_writer import FencedWriter
from services.runs.flow_executor import FlowExecutor
from services.runs.flow_host import FlowHost
from services.runs.flow_outputs import Collected
from services.runs.node_records import NodeRow
from services.runs.node_store import NodeStore
from services.runs.planner import FlowPlan
from services.runs.records import End, Start
from services.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class FlowEnd:
    """How a run of a graph ended: its record, its outputs as JSON, its nodes without messages and texts."""

    end: End
    outputs: Sequence[Mapping[str, Any]]
    nodes: Sequence[NodeRow]


class FlowRunner:
    """Runs graphs."""

    def __init__(
        self,
        executor: Executor,
        flows: FlowExecutor,
        images: ImageKeeper,
        nodes: NodeStore,
        writer: FencedWriter[NodeRow],
        metrics: Metrics,
        output_limit: int,
    ) -> None:
        self._executor = executor
        self._flows = flows
        self._images = images
        self._nodes = nodes
        self._writer = writer
        self._metrics = metrics
        self._output_limit = output_limit

    async def run(self, plan: FlowPlan, feed: Feed | None) -> FlowEnd:
        """Run a graph, or go on with one. Raises Fenced."""
        host = FlowHost(plan, feed, self._executor, self._images, self._writer, self._metrics)
        if plan.start.attempt > 1:
            await host.recall(self._nodes)
        outcomes = await self._flows.execute(plan.nodes, host.known, host)
        collected = flow_outputs.collect(plan.outputs, plan.values, outcomes, self._output_limit)
        nodes = list(host.rows.values())
        return FlowEnd(_to_end(plan.start, collected, nodes), collected.outputs, nodes)

    async def with_usage(self, end: End) -> End:
        """Give the end of a run that was broken off, with what its nodes had used by then, if the database tells."""
        try:
            nodes = await self._nodes.list_brief(end.project_id, end.run_id)
        except errors.DatabaseUnavailable:
            return end
        return _count(end, nodes)

    async def forget_passing(self, start: Start) -> None:
        """Leave out what was kept of a run for its next driver alone, since it has ended."""
        if start.keep_payloads or start.spec is None:
            return
        try:
            await self._nodes.forget_passing(start.project_id, start.run_id)
        except errors.DatabaseUnavailable:
            # Housekeeping does it.
            return


def _to_end(start: Start, collected: Collected, nodes: Iterable[NodeRow]) -> End:
    outputs, failure = collected.outputs, collected.failure
    end = End(
        project_id=start.project_id,
        run_id=start.run_id,
        attempt=start.attempt,
        state="SUCCEEDED" if failure is None else "FAILED",
        outputs=records.dump(outputs) if start.keep_payloads and failure is None else None,
        input_tokens=0,
        output_tokens=0,
        images=0,
        finish_reason="",
        error=records.dump(asdict(failure)) if failure is not None else None,
        end_time=datetime.now(UTC),
        reason=failure.reason if failure is not None else records.find_reason(outputs),
    )
    return _count(end, nodes)


def _count(end: End, nodes: Iterable[NodeRow]) -> End:
    ended = [node for node in nodes if node.position is not None]
    return end._replace(
        input_tokens=sum(node.input_tokens for node in ended),
        output_tokens=sum(node.output_tokens for node in ended),
        images=sum(node.images for node in ended),
    )
