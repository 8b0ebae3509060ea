"""What is refused, in the dialect's own terms: each fault with its field and a code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from facade.problem import Fault, Problem, invalid

# A prompt is named by an id or an alias of up to so many characters.
MAX_ID = 64
# A hostile body may have a hundred thousand faults, and names of megabytes.
MAX_FAULTS = 100
MAX_FIELD = 200

REQUIRED, TYPE, VALUE, UNKNOWN, URL = "required", "invalid_type", "invalid_value", "unrecognized_keys", "invalid_url"
NO_PROMPT, NO_RUN = "PROMPT_NOT_FOUND", "RUN_NOT_FOUND"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# What the services call a field, and what a caller of this dialect calls it.
_FIELDS = (
    ("spec.prompt_id", "model"),
    ("spec.model", "model"),
    ("spec.inputs", "input"),
    ("spec.parameters", "input"),
    ("spec.webhook.url", "webhook"),
    ("spec.webhook.events", "webhook_events_filter"),
    ("spec.request_id", "Idempotency-Key"),
)


@dataclass(frozen=True, slots=True)
class Coded(Fault):
    """A fault that this dialect found itself, with its code."""

    code: str = VALUE


def fault(field: str, code: str, message: str, where: str = "body") -> Fault:
    """A field does not hold what it must; the message says what to send instead."""
    return Coded(field[:MAX_FIELD], "FIELD_INVALID", message, where, code)


def missing(field: str, value: object, what: str) -> Fault:
    """A field that must hold something is empty, or holds something else."""
    if value in (None, ""):
        return fault(field, REQUIRED, f"is required: {what}")
    return fault(field, TYPE, f"must be {what}")


def refuse(found: list[Fault]) -> None:
    """Raise Problem when there are faults."""
    if found:
        raise invalid(*found[:MAX_FAULTS])


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID of 36 characters."""
    return _UUID.fullmatch(text) is not None


def check_run_id(text: str) -> str:
    """Give the id of a generation. Raises Problem 404 when it can be none."""
    if not is_uuid(text):
        raise Problem(404, NO_RUN, "Generation not found")
    return text


def check_prompt_id(text: str, thing: str) -> str:
    """Give the id of a prompt, of any form. Raises Problem 404 when it can be none."""
    if not 0 < len(text) <= MAX_ID or "\0" in text:
        raise Problem(404, NO_PROMPT, f"{thing} not found")
    return text


def of_thing(raised: Problem, thing: str) -> Problem:
    """Give a problem of the services in the words of who calls a prompt a `Model` or a `Tool`."""
    return replace(raised, message=f"{thing} not found") if raised.reason == NO_PROMPT else raised


def in_terms(found: Iterable[Fault]) -> list[Fault]:
    """Give the first hundred faults with the caller's names for fields."""
    return [replace(it, field=field_of(it.field)) for it in list(found)[:MAX_FAULTS]]


def to_json(found: Fault) -> dict[str, str]:
    """Print a fault, whose field is the caller's."""
    return {"field": found.field, "message": found.message, "code": _code(found)}


def field_of(path: str) -> str:
    """Give the dialect's name for a proto path, such as `input.size` for `spec.parameters.size`."""
    if path.startswith("spec.inline.messages"):
        return "input.prompt"
    for theirs, ours in _FIELDS:
        if path == theirs or path.startswith((f"{theirs}.", f"{theirs}[")):
            return ours + path[len(theirs) :]
    return path


def _code(found: Fault) -> str:
    if isinstance(found, Coded):
        return found.code
    if found.field == "webhook":
        return URL
    return REQUIRED if found.reason == "VARIABLE_MISSING" else VALUE
