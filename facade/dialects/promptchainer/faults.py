"""What is refused, in the dialect's own terms, and what of a failed run its callers are told."""

import re
from contextlib import suppress
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
# What is said in place of the services' words; a name in braces is one of the problem's metadata.
_WORDS = {
    NOT_FOUND: "Flow not found",
    "PROMPT_HAS_NO_VERSION": "the flow has no version to run; save one first",
    "VERSION_NOT_FOUND": "the flow has no version {number}",
    "VERSION_DELETED": "version {number} of the flow was deleted; choose another one",
    "ALIAS_TAKEN": "another flow or prompt has the alias {alias!r}; choose another one",
}
_FAULTS = {"page_token": "must come out of the header `Link` of an answer; start again without it"}
# Where callers of REST find what the services' words have an RPC for.
_RPCS = (("ListModels", "`GET /api/models`"),)
# Where a run of a flow is asked for whose id is empty, and so a slash all that is left of it.
_RUN_OF_NOTHING = re.compile("/api/flows/run/*")
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
    more = len(found) - MAX_FAULTS
    told = [Fault("", "FIELD_INVALID", f"and {more} more faults; mend these first")] if more > 0 else []
    if found:
        raise problem.invalid(*found[:MAX_FAULTS], *told)


def flow_not_found() -> Problem:
    """Make the problem of a flow that is not there, or is another project's."""
    return Problem(404, NOT_FOUND, "Flow not found")


def flow_id(text: str) -> str:
    """Give the id of a flow, of any form. Raises Problem 404 when it can be none."""
    if not 0 < len(text) <= MAX_ID or "\0" in text:
        raise flow_not_found()
    return text


def no_version(number: int, newest: int) -> Problem:
    """Make the problem of a version that is not there. Numbers are never given again: one below the newest was."""
    reason = "VERSION_DELETED" if number < newest else "VERSION_NOT_FOUND"
    told = {"number": str(number)}
    return Problem(404, reason, _WORDS[reason].format_map(told), metadata=told, authenticated=True)


def of_run(run: run_pb2.Run) -> Problem:
    """Make the problem of a run that failed or was cancelled."""
    reason = error_reason_pb2.ErrorReason.Name(run.error.reason).removeprefix(_PREFIX)
    status = 502 if reason.startswith("PROVIDER_") else _RUN_STATUS.get(reason, 500)
    return Problem(status, reason, run.error.message, metadata={"run_id": run.id}, authenticated=True)


def in_terms(raised: Problem) -> Problem:
    """Give a problem in the words of who called, and with the caller's names for fields."""
    if raised.reason == "METHOD_NOT_ALLOWED" and _RUN_OF_NOTHING.fullmatch(raised.path):
        raised = replace(raised, status=404, reason=NOT_FOUND, headers={})
    if raised.faults:
        faults = tuple(replace(it, message=_FAULTS.get(it.field) or _over_rest(it.message)) for it in raised.faults)
        return problem.renamed(replace(raised, faults=faults), field_of)
    message = _over_rest(raised.message)
    with suppress(KeyError):
        message = _WORDS[raised.reason].format_map(raised.metadata)
    return replace(raised, message=message)


def list_faults(told: Problem) -> list[dict[str, str]]:
    """List the faults of a request."""
    return [{"path": fault.field, "message": fault.message} for fault in told.faults]


def _over_rest(words: str) -> str:
    for rpc, path in _RPCS:
        words = words.replace(rpc, path)
    return words


def field_of(path: str) -> str:
    """Give the dialect's name for a proto path, such as `variables.color` for `spec.inputs.color`."""
    for theirs, ours in _FIELDS:
        if path == theirs or path.startswith((f"{theirs}.", f"{theirs}[")):
            return ours + path[len(theirs) :]
    return path
