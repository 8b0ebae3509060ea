"""A node's part of a run of a graph, as its row keeps it and as the contract shows it."""

import dataclasses
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from promptwire import values
from promptwire.v1 import run_pb2
from services.images.kept import Kept
from services.runs import records
from services.runs.failure import Failure


class NodeRow(NamedTuple):
    """What a node's row says. `messages`, `output`, `image`, `error` and `adjustments` are JSON; None: there is none.

    The row of a node's end leaves out the messages that the row of its beginning gave, which stay.

    `attempt` is the token of the run's driver; `position` counts the nodes of the run in the order in which they ended,
    and is None before. `is_passing`: the output is kept for the run's next driver alone.
    """

    project_id: UUID
    run_id: UUID
    node_id: str
    name: str
    attempt: int
    position: int | None
    state: str
    attempts: int
    provider: str
    model: str
    messages: str | None
    output: str | None
    image: str | None
    finish_reason: str
    input_tokens: int
    output_tokens: int
    images: int
    error: str | None
    adjustments: str | None
    is_passing: bool
    start_time: datetime
    end_time: datetime | None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return sum(len(text) for text in (self.messages, self.output, self.error, self.adjustments) if text)

    @property
    def text(self) -> str:
        """The text that the node gave."""
        return orjson.loads(self.output) if self.output is not None else ""

    @property
    def kept(self) -> Kept | None:
        """The image that the node gave."""
        return Kept(**orjson.loads(self.image)) if self.image is not None else None

    @property
    def failure(self) -> Failure | None:
        """Why the node failed."""
        return Failure(**orjson.loads(self.error)) if self.error is not None else None


def to_row(row: asyncpg.Record) -> NodeRow:
    """Give the row of the database."""
    return NodeRow(*(row[name] for name in NodeRow._fields))


def dump_image(image: Kept | None) -> str | None:
    """Give the column of an image."""
    return records.dump(dataclasses.asdict(image)) if image is not None else None


def to_node_run(row: NodeRow, *, has_ended: bool = False) -> run_pb2.NodeRun:
    """Give the part of a run, with messages and text when the row has them. `has_ended`: the run has.

    A node that was under way when its run ended was cancelled.
    """
    node = run_pb2.NodeRun(
        node_id=row.node_id,
        name=row.name,
        state=records.STATE + ("CANCELLED" if has_ended and row.position is None else row.state),
        provider=row.provider,
        model=row.model,
        finish_reason=row.finish_reason,
        attempts=row.attempts,
        adjustments=records.to_adjustments(row.adjustments) if row.adjustments is not None else (),
    )
    records.stamp(node.start_time, row.start_time)
    if row.messages is not None:
        node.messages.extend(values.to_value(message) for message in orjson.loads(row.messages))
    if row.end_time is not None:
        _end(node, row, row.end_time)
    return node


def _end(node: run_pb2.NodeRun, row: NodeRow, end_time: datetime) -> None:
    records.stamp(node.end_time, end_time)
    node.usage.CopyFrom(
        run_pb2.Usage(input_tokens=row.input_tokens, output_tokens=row.output_tokens, images=row.images)
    )
    if row.error is not None:
        node.error.CopyFrom(records.to_error(orjson.loads(row.error)))
    if row.image is not None:
        node.image.CopyFrom(run_pb2.Image(**orjson.loads(row.image)))
    elif row.output is not None:
        node.text = row.text
