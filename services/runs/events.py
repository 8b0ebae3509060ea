"""What happens in a run, in the contract's words: told by the engine as it happens, or derived from the run's record.

RunStarted and RunEnded are derived for every run. Those of a run that was not streamed are derived all: as it goes on
there are more of them, and those that were there stay as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from promptwire.v1.run_pb2 import (
    NodeEnded,
    NodeRun,
    NodeStarted,
    Run,
    RunEnded,
    RunEvent,
    RunStarted,
    TextDelta,
)
from services.runs import executor, node_records, records
from services.runs.failure import Failure
from services.runs.node_records import NodeRow
from services.runs.records import Start

# The sequence of RunStarted; what is stored of a run comes behind it.
FIRST = 1
# Characters from which on a text is not made longer by what follows it.
PIECE = 2048
UNFINISHED = (Run.STATE_QUEUED, Run.STATE_RUNNING)


@dataclass(frozen=True, slots=True)
class FlowNodeEnded:
    """A node of a graph came to its end, as its row says."""

    node_id: str
    row: NodeRow


Event = executor.Event | FlowNodeEnded


def gather(pending: list[Event], event: Event) -> None:
    """Put an event behind those that wait to be told. A node's texts that follow each other become one, up to a length.

    What waits of a node's text is void when the node is started anew.
    """
    if isinstance(event, executor.NodeStarted):
        pending[:] = [it for it in pending if not isinstance(it, executor.TextDelta) or it.node_id != event.node_id]
    if not isinstance(event, executor.TextDelta):
        pending.append(event)
        return
    text = event.text
    # Nodes of a graph speak at the same time: the last event of this one is only a few events back.
    index = next((it for it in reversed(range(len(pending))) if pending[it].node_id == event.node_id), None)
    last = pending[index] if index is not None else None
    if index is not None and isinstance(last, executor.TextDelta) and len(last.text) < PIECE:
        del pending[index]
        text = last.text + text
    pending.extend(executor.TextDelta(event.node_id, text[i : i + PIECE]) for i in range(0, len(text), PIECE))


def to_event(start: Start, event: Event, sequence: int) -> RunEvent:
    """Give what the engine told as the event of this number."""
    match event:
        case executor.NodeStarted():
            started = NodeStarted(node_id=event.node_id, attempt=event.attempt)
            return RunEvent(sequence=sequence, node_started=started)
        case executor.TextDelta():
            return RunEvent(sequence=sequence, text_delta=TextDelta(node_id=event.node_id, text=event.text))
        case executor.NodeEnded():
            return RunEvent(sequence=sequence, node_ended=NodeEnded(node_run=_to_node_run(start, event)))
        case FlowNodeEnded():
            node = node_records.to_node_run(event.row._replace(messages=None, output=None))
            return RunEvent(sequence=sequence, node_ended=NodeEnded(node_run=node))


def to_keep(start: Start, event: RunEvent) -> RunEvent:
    """Give the event to record; when payloads are omitted its text is left out, but not the event."""
    if start.keep_payloads or not event.HasField("text_delta"):
        return event
    return RunEvent(sequence=event.sequence, text_delta=TextDelta(node_id=event.text_delta.node_id))


def to_failure(event: executor.NodeEnded) -> Failure:
    """Give why a node failed."""
    error = event.error
    assert error is not None
    metadata = {**error.metadata, "attempts": str(event.attempts)}
    return Failure(error.reason, error.message, metadata, event.node_id)


def started(run: Run) -> RunEvent:
    """Give the first event of a run, which is the same at any time: the run as it was accepted."""
    accepted = Run(
        id=run.id,
        prompt_id=run.prompt_id,
        version_id=run.version_id,
        version_number=run.version_number,
        state=Run.STATE_QUEUED,
        end_user_id=run.end_user_id,
        key_id=run.key_id,
        create_time=run.create_time,
        session_id=run.session_id,
        metadata=run.metadata,
        makes_image=run.makes_image,
        webhook_url=run.webhook_url,
    )
    if run.start_time == run.create_time:
        # It began at once; one that was queued began later, even if by a moment.
        accepted.MergeFrom(Run(state=Run.STATE_RUNNING, start_time=run.start_time, attempt=1))
    return RunEvent(sequence=FIRST, started=RunStarted(run=accepted))


def ended(run: Run, sequence: int) -> RunEvent:
    """Give the last event of a run."""
    return RunEvent(sequence=sequence, ended=RunEnded(run=run))


def derive(run: Run) -> list[RunEvent]:
    """Give the events of the run of a template that was not streamed, as far as it is."""
    [node] = run.node_runs
    events = [started(run)]
    events += [RunEvent(node_started=NodeStarted(node_id=node.node_id, attempt=i + 1)) for i in range(run.attempt)]
    if run.state not in UNFINISHED:
        events += [RunEvent(text_delta=TextDelta(node_id=node.node_id, text=it.text)) for it in run.outputs if it.text]
        events += [RunEvent(node_ended=NodeEnded(node_run=node))] if run.attempt else []
        events += [ended(run, 0)]
    return _numbered(events)


def derive_flow(run: Run) -> list[RunEvent]:
    """Give the events of the run of a graph that was not streamed, as far as it is: node by node, in the order in which
    they ended. `run` has the texts of its nodes, which it loses here.
    """
    events = [started(run)]
    for node in run.node_runs:
        events += _derive_node(node)
        node.ClearField("messages")
        if node.HasField("text"):
            node.ClearField("text")
    if run.state not in UNFINISHED:
        events += [ended(run, 0)]
    return _numbered(events)


def _derive_node(node: NodeRun) -> list[RunEvent]:
    if node.state not in (Run.STATE_SUCCEEDED, Run.STATE_FAILED):
        return []
    told = NodeRun()
    told.CopyFrom(node)
    told.ClearField("messages")
    if told.HasField("text"):
        told.ClearField("text")
    return [
        *(RunEvent(node_started=NodeStarted(node_id=node.node_id, attempt=i + 1)) for i in range(node.attempts)),
        *([RunEvent(text_delta=TextDelta(node_id=node.node_id, text=node.text))] if node.text else []),
        RunEvent(node_ended=NodeEnded(node_run=told)),
    ]


def _to_node_run(start: Start, event: executor.NodeEnded) -> NodeRun:
    if event.answer is None:
        end = records.failed(start, to_failure(event))
    else:
        end = records.succeeded(start, event.answer, {})
    [node] = records.to_run(start, records.to_keep(start, end)).node_runs
    return node


def _numbered(events: Iterable[RunEvent]) -> list[RunEvent]:
    numbered = list(events)
    for sequence, event in enumerate(numbered, FIRST):
        event.sequence = sequence
    return numbered
