"""What a call was told, whatever the wire: OK with the run as it was, or a code and reason with when to come back."""

from dataclasses import dataclass

import grpc
import grpc.aio
import orjson
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from promptwire.v1 import error_reason_pb2, run_pb2

OK, BROKEN, SILENT = "OK", "broken connection", "no answer"
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
# What a caller may retry by the published policy; the last ones are told by the way there.
PASSING = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED", "429", "503", "504", BROKEN, SILENT, "DEADLINE_EXCEEDED"})


@dataclass(frozen=True, slots=True)
class Sight:
    """A run as it was seen at one time. Its end is in whole milliseconds (Unix), as the coarsest wire shows it."""

    id: str
    state: str
    text: str = ""
    attempt: int = 0
    end_ms: int | None = None
    reason: str = ""
    tag: str = ""

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call was told: OK; a gRPC code and reason, or an HTTP status and reason; or what became of it."""

    told: str
    run: Sight | None = None
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the call was carried out."""
        return self.told == OK

    @property
    def passing(self) -> bool:
        """Whether a caller may try again as it is."""
        return self.told in PASSING or self.told.partition(" ")[0] in PASSING


def sight_of(run: run_pb2.Run) -> Sight:
    """Look at a run."""
    order = run.inputs.fields["order"].string_value if "order" in run.inputs.fields else "{}"
    return Sight(
        id=run.id,
        state=run_pb2.Run.State.Name(run.state).removeprefix("STATE_"),
        text="".join(output.text for output in run.outputs),
        attempt=run.attempt,
        end_ms=run.end_time.ToMilliseconds() if run.HasField("end_time") else None,
        reason=reason_of(run.error) if run.HasField("error") else "",
        tag=orjson.loads(order).get("tag", ""),
    )


def reason_of(error: run_pb2.RunError) -> str:
    """Give the reason without its prefix."""
    return error_reason_pb2.ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")


def refusal(error: grpc.aio.AioRpcError) -> Answer:
    """Read a status."""
    rich = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for packed in rich.details if rich else ():
        packed.Unpack(info)
        packed.Unpack(retry)
    seconds = retry.retry_delay.ToTimedelta().total_seconds() or None
    if rich is None and error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return Answer(SILENT)
    return Answer(f"{error.code().name} {info.reason}".strip(), retry_after=seconds)
