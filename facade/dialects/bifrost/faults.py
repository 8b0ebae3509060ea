"""What is refused, in the dialect's own words, and the services' refusals translated into them."""

from collections.abc import Sequence
from dataclasses import replace

from facade import problem
from facade.problem import Problem

SCOPE = "prompts:write"
FOLDER, PROMPT = "FOLDER_NOT_FOUND", "PROMPT_NOT_FOUND"
VERSION, SESSION = "VERSION_NOT_FOUND", "SESSION_NOT_FOUND"
NO_MESSAGE = "at least one message must be included in the version"

_WORDS = {
    FOLDER: "folder not found",
    PROMPT: "prompt not found",
    VERSION: "version not found",
    "VERSION_DELETED": "version not found",
    "VERSION_OF_ANOTHER_PROMPT": "version does not belong to this prompt",
    SESSION: "session not found",
    "SESSION_EMPTY": NO_MESSAGE,
    "BODY_MALFORMED": "invalid request body",
}
# What the services call a field, and what a caller of this dialect calls it.
_FIELDS = (
    ("parameters", "model_params"),
    ("inputs", "variables"),
    ("base_version_id", "version_id"),
)
_PATH_FIELDS = ("id", "prompt_id")


def malformed() -> Problem:
    """The body is no JSON, no object, or holds a value of a wrong type."""
    return Problem(400, "BODY_MALFORMED", _WORDS["BODY_MALFORMED"], authenticated=True)


def refused(message: str) -> Problem:
    """The request lacks something, or names what cannot be."""
    return Problem(400, "FIELD_INVALID", message, authenticated=True)


def unauthorized() -> Problem:
    """The key works, but not here."""
    return problem.unauthenticated("SCOPE_MISSING", f"this needs a key with scope {SCOPE}")


def out_of_range(index: object, count: int) -> str:
    """Tell that a session of so many messages has none of this index."""
    return f"message index {index} out of range (0-{count - 1})"


def of_path(raised: Problem, missing: str) -> Problem:
    """Tell that the thing of the path is not there when its id is none that the services could have given."""
    if not any(fault.reason == "FIELD_INVALID" and fault.field in _PATH_FIELDS for fault in raised.faults):
        return raised
    return Problem(404, missing, _WORDS[missing], authenticated=True)


def of_body(raised: Problem, field: str, *missing: str) -> Problem:
    """Tell that a body names, in `field`, what is not there: unlike for a thing of the path, that is 400."""
    if raised.reason in missing or any(fault.field == field for fault in raised.faults):
        reason = raised.reason if raised.reason in (*missing, "VERSION_OF_ANOTHER_PROMPT") else missing[0]
        return Problem(400, reason, _WORDS[reason], authenticated=True)
    return raised


def of_commit(raised: Problem, indices: Sequence[int]) -> Problem:
    """Tell that a session without messages has not the first of those that are named, if any are."""
    if raised.reason != "SESSION_EMPTY" or not indices:
        return raised
    metadata = {"index": str(indices[0]), "count": "0"}
    return Problem(400, "MESSAGE_OUT_OF_RANGE", out_of_range(indices[0], 0), metadata=metadata, authenticated=True)


def message_of(raised: Problem) -> str:
    """Give the words for a problem, the same for each of its causes where the dialect knows but one."""
    match raised.reason:
        case "ROUTE_NOT_FOUND":
            return f"Route not found: {raised.path}"
        case "MESSAGE_OUT_OF_RANGE" if "count" in raised.metadata:
            return out_of_range(raised.metadata["index"], int(raised.metadata["count"]))
        case reason if reason in _WORDS:
            return _WORDS[reason]
        case _:
            faults = [replace(fault, field=field_of(fault.field)) for fault in raised.faults]
            return problem.invalid(*faults).message if faults else raised.message


def field_of(path: str) -> str:
    """Give the dialect's name for a proto path, such as `model_params.a` for `parameters.a`."""
    for theirs, ours in _FIELDS:
        if path == theirs or path.startswith((f"{theirs}.", f"{theirs}[")):
            return ours + path[len(theirs) :]
    return path
