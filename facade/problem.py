"""What went wrong, in neutral words: an RPC's status or a refusal of the facade. Each dialect has its own envelope."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as Packed
from google.rpc import error_details_pb2
from grpc_status import rpc_status

HTTP_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
# Reasons that have a status of their own in every dialect.
REASON_STATUS = {"REQUEST_ID_REUSED": 422, "IMAGE_EXPIRED": 410}
# What the facade itself refuses, beside the reasons of the services: the status, and what to do.
OWN_REASONS = {
    "BODY_MALFORMED": (400, "The body is not strict JSON, or not an object. Names must not occur twice."),
    "REQUEST_INVALID": (400, "The request is no valid HTTP, or its body is not encoded as its headers say."),
    "ROUTE_NOT_FOUND": (404, "There is no such path."),
    "METHOD_NOT_ALLOWED": (405, "The path takes other methods; the header `Allow` names them."),
    "BODY_TOO_LARGE": (413, "The body is over the limit of this server (16 MB unless set otherwise)."),
    "MESSAGE_TOO_LARGE": (
        413,
        "The request or its answer is over the limit of a gRPC message. Ask for a smaller page.",
    ),
    "SERVICE_UNAVAILABLE": (503, "The gRPC server cannot be reached. Retry after the seconds of `Retry-After`."),
    "DEADLINE_EXCEEDED": (504, "The gRPC server did not answer in time. Retry."),
    "RUN_UNFINISHED": (504, "The run lasts longer than the caller waits, and goes on. Ask for it by its id."),
}
RETRY_SECONDS = 1
MAX_SENTENCES = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a request: the field (a path as the proto or the dialect names it), its reason, what to do.

    `where` is the part of the request that the field is in: `body`, `query`, `path` or `header`.
    """

    field: str
    reason: str
    message: str
    where: str = "body"


@dataclass(slots=True, eq=False)
class Problem(Exception):
    """Why a request is refused. `status` is the HTTP status that a dialect uses unless its page says otherwise."""

    status: int
    reason: str
    message: str
    faults: tuple[Fault, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    retry_after: int | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    # True when the services have had their say about the caller's key, so that the problem may be told.
    authenticated: bool = False
    # Those of the request, for envelopes that show them; known only once the application prints the problem.
    request_id: str = ""
    path: str = ""


def malformed(message: str) -> Problem:
    """The body is not the JSON that it must be."""
    return Problem(400, "BODY_MALFORMED", message)


def invalid(*faults: Fault) -> Problem:
    """One or more fields do not hold what they must."""
    words = "; ".join(f"{fault.field}: {fault.message}".removeprefix(": ") for fault in faults[:MAX_SENTENCES])
    more = f"; and {len(faults) - MAX_SENTENCES} more faults" if len(faults) > MAX_SENTENCES else ""
    return Problem(400, faults[0].reason, words + more, faults)


def renamed(refused: Problem, field_of: Callable[[str], str]) -> Problem:
    """Give a problem with other names for its fields."""
    if not refused.faults:
        return refused
    faults = tuple(replace(fault, field=field_of(fault.field)) for fault in refused.faults)
    named = {"field": faults[0].field} if "field" in refused.metadata else {}
    return replace(refused, faults=faults, message=invalid(*faults).message, metadata=refused.metadata | named)


def unauthenticated(reason: str, message: str) -> Problem:
    """The request carries no key that works."""
    return Problem(401, reason, message, authenticated=True)


def unavailable(message: str) -> Problem:
    """The services cannot serve now, but may in a moment."""
    return Problem(503, "SERVICE_UNAVAILABLE", message, retry_after=RETRY_SECONDS, authenticated=True)


def internal() -> Problem:
    """A fault of ours; the log has the rest."""
    message = "the server failed; its log has the rest, under this answer's X-Request-Id"
    return Problem(500, "INTERNAL", message, authenticated=True)


def from_rpc(error: grpc.aio.AioRpcError) -> Problem:
    """Read the Problem out of an RPC's google.rpc.Status, or out of its bare code when the server said nothing."""
    rich = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    if rich is None:
        return _without_details(error)
    problem = Problem(HTTP_STATUS.get(error.code(), 500), "INTERNAL", rich.message, authenticated=True)
    for packed in rich.details:
        _add(problem, packed)
    problem.status = REASON_STATUS.get(problem.reason, problem.status)
    if problem.status in (429, 503) and problem.retry_after is None:
        problem.retry_after = RETRY_SECONDS
    return problem


def _add(problem: Problem, packed: Packed) -> None:
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    if packed.Unpack(info):
        problem.reason = info.reason
        problem.metadata = dict(info.metadata)
    elif packed.Unpack(bad):
        problem.faults = tuple(Fault(item.field, item.reason, item.description) for item in bad.field_violations)
    elif packed.Unpack(retry):
        problem.retry_after = max(1, math.ceil(retry.retry_delay.ToNanoseconds() / 1e9))


def _without_details(error: grpc.aio.AioRpcError) -> Problem:
    match error.code():
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            return unavailable("the service cannot be reached; retry in a second")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return Problem(504, "DEADLINE_EXCEEDED", "the service did not answer in time; retry", authenticated=True)
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            message = "the request or its answer is over the limit of a gRPC message"
            return Problem(413, "MESSAGE_TOO_LARGE", message, authenticated=True)
        case _:
            return internal()
