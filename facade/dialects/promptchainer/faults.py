"""What is refused, in the dialect's own terms, and what of a failed run its callers are told."""

from dataclasses import replace

from facade import problem
from facade.problem import Fault, Problem
from promptwire.v1 import error_reason_pb2, run_pb2

# A flow is named by an id or an alias of up to so many characters.
MAX_ID = 64
MAX_FAULTS = 100
MAX_FIELD = 200
NOT_FOUND = "PROMPT_NOT_FOUND"

# What the services call a field, and what a caller of this dialect calls it.
_FIELDS = (
    ("spec.inputs", "variables"),
    ("spec.prompt_id", "flowId"),
    ("spec.number", "version"),
    ("spec.request_id", "Idempotency-Key"),
    ("graph.nodes", "nodes"),
    ("graph.edges", "edges"),
    ("strict_variables", "strictVariables"),
    ("prompt_id", "flowId"),
    ("page_token", "cursor"),
    ("page_size", "limit"),
)
_PREFIX = "ERROR_REASON_"
# What a failed run is to who waited for it; anything else is a failure of the server.
_RUN_STATUS = {
    "RUN_TIMED_OUT": 504,
    "RUN_CANCELLED": 409,
    "INTERRUPTED": 503,
    "FIELD_INVALID": 422,
    "VARIABLE_MISSING": 422,
    "IMAGE_NOT_FETCHED": 502,
    "OUTPUT_TOO_LARGE": 502,
}


def invalid(field: str, message: str, where: str = "body") -> Fault:
    """A field does not hold what it must; the message says what to send instead."""
    return Fault(field[:MAX_FIELD], "FIELD_INVALID", message, where)


def refuse(found: list[Fault]) -> None:
    """Raise Problem when there are faults."""
    if found:
        raise problem.invalid(*found[:MAX_FAULTS])


def flow_not_found() -> Problem:
    """Make the problem of a flow that is not there, or is another project's."""
    return Problem(404, NOT_FOUND, "Flow not found")


def flow_id(text: str) -> str:
    """Give the id of a flow, of any form. Raises Problem 404 when it can be none."""
    if not 0 < len(text) <= MAX_ID or "\0" in text:
        raise flow_not_found()
    return text


def of_run(run: run_pb2.Run) -> Problem:
    """Make the problem of a run that failed or was cancelled."""
    reason = error_reason_pb2.ErrorReason.Name(run.error.reason).removeprefix(_PREFIX)
    status = 502 if reason.startswith("PROVIDER_") else _RUN_STATUS.get(reason, 500)
    return Problem(status, reason, run.error.message, metadata={"run_id": run.id}, authenticated=True)


def message_of(raised: Problem) -> str:
    """Give the words for a problem, with the caller's names for fields."""
    if raised.reason == NOT_FOUND:
        return "Flow not found"
    if not raised.faults:
        return raised.message
    return problem.invalid(*(replace(fault, field=field_of(fault.field)) for fault in raised.faults)).message


def list_faults(raised: Problem) -> list[dict[str, str]]:
    """List the faults of a request."""
    return [{"path": field_of(fault.field), "message": fault.message} for fault in raised.faults[:MAX_FAULTS]]


def field_of(path: str) -> str:
    """Give the dialect's name for a proto path, such as `variables.color` for `spec.inputs.color`."""
    for theirs, ours in _FIELDS:
        if path == theirs or path.startswith((f"{theirs}.", f"{theirs}[")):
            return ours + path[len(theirs) :]
    return path
