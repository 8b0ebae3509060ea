"""What is refused, in the words of who called, and what of a failed run its callers are told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from facade import problem
from facade.dialects.promptitude import log_ids
from facade.problem import Fault, Problem
from promptwire.v1 import error_reason_pb2, run_pb2

# A prompt is named by an id or an alias of up to so many characters.
MAX_ID = 64
# A hostile body may have a hundred thousand faults, and names of megabytes.
MAX_FAULTS = 100
MAX_FIELD = 200

NO_PROMPT, NO_VERSION, NO_RUN = "PROMPT_NOT_FOUND", "VERSION_NOT_FOUND", "RUN_NOT_FOUND"

_PREFIX = "ERROR_REASON_"
# What a failed run is to who waited for it; anything else is a failure of the server.
_RUN_STATUS = {
    "RUN_TIMED_OUT": 504,
    "RUN_CANCELLED": 409,
    "INTERRUPTED": 503,
    "FIELD_INVALID": 400,
    "VARIABLE_MISSING": 400,
    "IMAGE_NOT_FETCHED": 502,
    "OUTPUT_TOO_LARGE": 502,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the callers of a path call the thing that they run, and the fields that the services name otherwise."""

    thing: str
    fields: tuple[tuple[str, str], ...]


PROMPT = Terms(
    "Prompt",
    (
        ("spec.prompt_id", "prompt.promptId"),
        ("spec.version_id", "prompt.versionId"),
        ("spec.inputs", "prompt.inputs"),
        ("spec.end_user_id", "endUserId"),
        ("spec.request_id", "Idempotency-Key"),
    ),
)
FLOW = Terms(
    "Flow",
    (
        ("spec.prompt_id", "flowId"),
        ("spec.inputs", "flow.inputs"),
        ("spec.end_user_id", "userId"),
        ("spec.request_id", "Idempotency-Key"),
    ),
)


def invalid(field: str, message: str, where: str = "body") -> Fault:
    """A field does not hold what it must; the message says what to send instead."""
    return Fault(field[:MAX_FIELD], "FIELD_INVALID", message, where)


def refuse(found: list[Fault]) -> None:
    """Raise Problem when there are faults."""
    if found:
        raise problem.invalid(*found[:MAX_FAULTS])


def not_found(thing: str, reason: str, *, authenticated: bool = False) -> Problem:
    """Make the problem of a thing that is not there, or is another project's."""
    return Problem(404, reason, f"{thing} not found", authenticated=authenticated)


def check_id(text: str, terms: Terms) -> str:
    """Give the id of a prompt or flow, of any form. Raises Problem 404 when it can be none."""
    if not 0 < len(text) <= MAX_ID or "\0" in text:
        raise not_found(terms.thing, NO_PROMPT)
    return text


def in_terms(raised: Problem, terms: Terms) -> Problem:
    """Give a problem of the services in the words of who called."""
    if raised.reason == NO_PROMPT:
        return replace(raised, message=f"{terms.thing} not found")
    if not raised.faults:
        return raised
    found = tuple(replace(fault, field=_field_of(fault.field, terms)) for fault in raised.faults)
    return replace(raised, faults=found, message=list_all(found))


def of_run(run: run_pb2.Run) -> Problem:
    """Make the problem of a run that failed or was cancelled; it tells the log id."""
    known = run.error.reason in error_reason_pb2.ErrorReason.values()
    reason = error_reason_pb2.ErrorReason.Name(run.error.reason).removeprefix(_PREFIX) if known else "INTERNAL"
    status = 502 if reason.startswith("PROVIDER_") else _RUN_STATUS.get(reason, 500)
    told = {"log_id": log_ids.encode(run.id)}
    return Problem(status, reason, run.error.message, metadata=told, authenticated=True)


def list_all(found: Sequence[Fault]) -> str:
    """Give the words for faults, one after another."""
    words = "; ".join(f"{fault.field}: {fault.message}" for fault in found[:MAX_FAULTS])
    more = len(found) - MAX_FAULTS
    return f"{words}; and {more} more faults" if more > 0 else words


def _field_of(path: str, terms: Terms) -> str:
    for theirs, ours in terms.fields:
        if path == theirs or path.startswith((f"{theirs}.", f"{theirs}[")):
            return ours + path[len(theirs) :]
    return path
