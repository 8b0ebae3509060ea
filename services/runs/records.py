"""A run as its row keeps it, in the two parts in which it is written, and as the contract shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import orjson
from google.protobuf.timestamp_pb2 import Timestamp

from promptwire import values
from promptwire.v1 import run_pb2
from services.prompts.formats import TYPES
from services.providers.adjustments import Adjustment
from services.providers.base import ChatAnswer
from services.runs.failure import Failure

TEMPLATE = "template"
# The contract says before each state what the column leaves out.
STATE = "STATE_"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A UUIDv7 begins with the milliseconds since the epoch.
RANDOM_BITS = 80
_OMITTED = "what was said of it is not kept, since the key omits payloads; see the reason"


class Start(NamedTuple):
    """What a run's row says from the start. `inputs` and `messages` are JSON; None when payloads are omitted.

    `start_time` is None and `attempt` 0 while the run waits for a worker. `spec` is a RunSpec, for whoever goes on with
    the run when its server cannot; None for a run that ends with its server. The run of a session has no version, and
    `draft` is the Session as the run began with it, kept as long as `spec`. The run of a graph (`is_flow`) has no
    provider, model and messages of its own; `pins` (JSON) gives by node id the versions of stored prompts which its
    nodes take, kept as long as `spec`. `adjustments` (JSON) is what a template's settings became for its model,
    `metadata` (JSON) what the run is to be found by, `webhook` (JSON) whom to tell of it. The run of inline content has
    no prompt.
    """

    project_id: UUID
    run_id: UUID
    prompt_id: UUID | None
    version_id: UUID | None
    version_number: int
    key_id: str
    end_user_id: str
    provider: str
    model: str
    inputs: str | None
    messages: str | None
    create_time: datetime
    start_time: datetime | None
    server_id: UUID | None
    attempt: int
    spec: bytes | None
    streamed: bool
    session_id: UUID | None
    draft: bytes | None
    is_flow: bool = False
    pins: str | None = None
    adjustments: str | None = None
    metadata: str | None = None
    webhook: str | None = None

    @property
    def keep_payloads(self) -> bool:
        """Whether the words of the run are kept."""
        return self.inputs is not None


class End(NamedTuple):
    """What a run's row says from the end. `outputs` and `error` are JSON; None when there are none, or are not kept.

    `attempt` is the token of the driver that writes it: the row must still name it. `reason` is that of the error,
    or of the first output that has one, by which the run is found. `adjustments` is what the start's became since the
    provider refused some settings; None: they stay.
    """

    project_id: UUID
    run_id: UUID
    attempt: int
    state: str
    outputs: str | None
    input_tokens: int | None
    output_tokens: int | None
    images: int | None
    finish_reason: str | None
    error: str | None
    end_time: datetime | None
    reason: str | None = None
    adjustments: str | None = None


CANCELLED = Failure("RUN_CANCELLED", "the caller left or passed its deadline, or the run was cancelled")
INTERRUPTED = Failure("INTERRUPTED", "the server that drove the run died or stopped; run it again")
POISONED = Failure("POISONED", "five servers that drove the run died; it is not started again")


def dump(json: object) -> str:
    """Give the text for a JSON column."""
    return orjson.dumps(json).decode()


def succeeded(start: Start, answer: ChatAnswer, output: Mapping[str, Any]) -> End:
    """Give the end of a run whose one node answered, with the output that was made of it."""
    return End(
        project_id=start.project_id,
        run_id=start.run_id,
        attempt=start.attempt,
        state="SUCCEEDED",
        outputs=dump([output]) if start.keep_payloads else None,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        images=0,
        finish_reason=answer.finish_reason,
        error=None,
        end_time=datetime.now(UTC),
        reason=find_reason([output]),
        adjustments=add_adjustments(start.adjustments, answer.adjustments),
    )


def dump_adjustments(adjustments: Sequence[Adjustment]) -> str | None:
    """Give the column of what was changed for a model; None for nothing."""
    return dump([asdict(it) for it in adjustments]) if adjustments else None


def add_adjustments(column: str | None, more: Sequence[Adjustment]) -> str | None:
    """Give the column with what was changed later on; None when that is nothing."""
    return dump([*orjson.loads(column or "[]"), *map(asdict, more)]) if more else None


def find_reason(outputs: Iterable[Mapping[str, Any]]) -> str | None:
    """Give the reason of the first output with an error."""
    return next((output["error"]["reason"] for output in outputs if "error" in output), None)


def failed(start: Start, failure: Failure, state: str = "FAILED") -> End:
    """Give the end of a run that has no output."""
    error = dump(asdict(failure))
    now = datetime.now(UTC)
    return End(start.project_id, start.run_id, start.attempt, state, None, 0, 0, 0, "", error, now, failure.reason)


def cancelled(start: Start) -> End:
    """Give the end of a run that was cancelled, or that nobody waited for any more."""
    return failed(start, CANCELLED, "CANCELLED")


def to_keep(start: Start, end: End) -> End:
    """Give the end to record. When payloads are omitted, so are the words of a node's failure, which may quote them.

    What fails the run as a whole is told in the server's own words, which stay.
    """
    if start.keep_payloads:
        return end
    failure = orjson.loads(end.error) if end.error is not None else {}
    return end._replace(error=dump({**failure, "message": _OMITTED})) if failure.get("node_id") else end


def dump_failure(start: Start, failure: Failure) -> str:
    """Give the column for why a node failed, without its words when payloads are omitted."""
    return dump({**asdict(failure), **({} if start.keep_payloads else {"message": _OMITTED})})


def without_payload(end: End) -> End:
    """Give the end to record in place of one that the database refuses."""
    failure = Failure("INTERNAL", "the run ended, but its end could not be recorded; the server's log has the rest")
    error = dump(asdict(failure))
    return end._replace(state="FAILED", outputs=None, finish_reason="", error=error, reason=failure.reason)


def least_id(milliseconds: int) -> UUID:
    """Give the least id of the runs created so long after the epoch."""
    return UUID(int=milliseconds << RANDOM_BITS)


def created(run_id: UUID) -> datetime:
    """Read the time of creation, exact to a millisecond, out of a run's id."""
    return EPOCH + timedelta(milliseconds=run_id.int >> RANDOM_BITS)


def to_run(start: Start, end: End) -> run_pb2.Run:
    """Give the run without its inputs, messages and outputs. While it is under way its end has no end time."""
    run = run_pb2.Run(
        id=str(start.run_id),
        prompt_id=str(start.prompt_id or ""),
        version_id=str(start.version_id or ""),
        version_number=start.version_number,
        state=STATE + end.state,
        end_user_id=start.end_user_id,
        key_id=start.key_id,
        attempt=start.attempt,
        session_id=str(start.session_id or ""),
        # The run of a graph has no model of its own.
        makes_image=start.is_flow and bool(start.model),
        webhook_url=orjson.loads(start.webhook)["url"] if start.webhook is not None else "",
    )
    stamp(run.create_time, start.create_time)
    if start.start_time is not None:
        stamp(run.start_time, start.start_time)
    if end.end_time is not None:
        _end(run, end, end.end_time)
    if start.metadata is not None:
        run.metadata.update(orjson.loads(start.metadata))
    if not start.is_flow:
        _add_template(run, start, end)
    return run


def _add_template(run: run_pb2.Run, start: Start, end: End) -> None:
    """Add the one node run of a template: most of it stands in the run's row."""
    node = run.node_runs.add(
        node_id=TEMPLATE,
        state=run.state,
        provider=start.provider,
        model=start.model,
        finish_reason=end.finish_reason or "",
    )
    if start.start_time is not None:
        stamp(node.start_time, start.start_time)
    if end.end_time is not None:
        _end(node, end, end.end_time)
    if (adjustments := end.adjustments or start.adjustments) is not None:
        node.adjustments.extend(to_adjustments(adjustments))


def unfinished(start: Start, state: str = "RUNNING") -> run_pb2.Run:
    """Give a run that has not ended, without inputs and messages."""
    return to_run(
        start, End(start.project_id, start.run_id, start.attempt, state, None, None, None, None, None, None, None)
    )


def to_start(row: Mapping[str, Any]) -> Start:
    """Give the part of a row that is known from the start."""
    return _pick(Start, row)


def to_whole_run(row: Mapping[str, Any]) -> run_pb2.Run:
    """Give the run of a row with its inputs and outputs, and with its messages when the row has them."""
    run = to_run(_pick(Start, row), _pick(End, row))
    show_inputs(run, row["inputs"])
    if row["messages"] is not None:
        run.node_runs[0].messages.extend(values.to_value(message) for message in orjson.loads(row["messages"]))
    if row["outputs"] is not None:
        run.outputs.extend(to_output(output) for output in orjson.loads(row["outputs"]))
    if row["stars"] is not None:
        run.rating.stars, run.rating.comment = row["stars"], row["rating_comment"]
        stamp(run.rating.rate_time, row["rate_time"])
    return run


def show_inputs(run: run_pb2.Run, inputs: str | None) -> None:
    """Add to a run the inputs that its row keeps."""
    if inputs is not None:
        run.inputs.CopyFrom(values.to_struct(orjson.loads(inputs)))


def to_output(json: Mapping[str, Any]) -> run_pb2.Output:
    """Give an output of a row."""
    output = run_pb2.Output(name=json["name"], node_id=json.get("node_id", ""))
    if "text" in json:
        output.text = json["text"]
    if "image" in json:
        output.image.CopyFrom(run_pb2.Image(**json["image"]))
    if "format" in json:
        output.format = TYPES[json["format"]]
    if "json" in json:
        output.json.CopyFrom(values.to_value(json["json"]))
    if "error" in json:
        output.error.CopyFrom(to_error(json["error"]))
    return output


def to_error(failure: Mapping[str, Any]) -> run_pb2.RunError:
    """Give the error for the JSON of a Failure."""
    return run_pb2.RunError(
        reason=f"ERROR_REASON_{failure['reason']}",
        message=failure["message"],
        metadata=failure["metadata"],
        node_id=failure["node_id"],
        path=failure.get("path", ""),
    )


def to_adjustments(column: str) -> list[run_pb2.Adjustment]:
    """Give what was changed for a model."""
    return [_to_adjustment(it) for it in orjson.loads(column)]


def _to_adjustment(json: Mapping[str, Any]) -> run_pb2.Adjustment:
    adjustment = run_pb2.Adjustment(parameter=json["parameter"], renamed=json["renamed"])
    adjustment.given.CopyFrom(values.to_value(json["given"]))
    if json["sent"] is not None:
        adjustment.sent.CopyFrom(values.to_value(json["sent"]))
    return adjustment


def _end(part: run_pb2.Run | run_pb2.NodeRun, end: End, end_time: datetime) -> None:
    """Fill in what a run and its one node have in common at their end."""
    part.usage.input_tokens = end.input_tokens or 0
    part.usage.output_tokens = end.output_tokens or 0
    part.usage.images = end.images or 0
    stamp(part.end_time, end_time)
    if end.error is not None:
        part.error.CopyFrom(to_error(orjson.loads(end.error)))


def stamp(field: Timestamp, moment: datetime) -> None:
    """Set a timestamp."""
    since = moment - EPOCH
    field.seconds = since.days * 86400 + since.seconds
    field.nanos = since.microseconds * 1000


Part = TypeVar("Part", Start, End)


def _pick(kind: type[Part], row: Mapping[str, Any]) -> Part:
    return kind(*(row[name] for name in kind._fields))
