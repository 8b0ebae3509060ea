"""Faults of a request in the dialect's own terms, and the proto's terms translated into them."""

import re

from facade import problem
from facade.problem import Fault, Problem

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# A hostile body may have a hundred thousand faults, and names of megabytes.
MAX_FAULTS = 100
MAX_FIELD = 200

# What the services call a field, and what a caller of this dialect calls it.
_FIELDS = (
    ("spec.version_id", "promptVersionId"),
    ("spec.inputs", "inputs.textInputs"),
    ("spec.images", "inputs.imageInputs"),
    ("spec.model", "runModel"),
    ("spec.parameters", "runOptions"),
    ("spec.request_id", "Idempotency-Key"),
    ("id", "promptId"),
    ("prompt_id", "promptId"),
    ("older_than", "startingAfter"),
    ("newer_than", "endingBefore"),
    ("min_create_time", "since"),
    ("max_create_time", "until"),
)


def invalid(field: str, message: str, where: str = "body") -> Fault:
    """A field does not hold what it must; the message says what to send instead."""
    return Fault(field[:MAX_FIELD], "FIELD_INVALID", message, where)


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID of 36 characters."""
    return _UUID.fullmatch(text) is not None


def uuid(field: str, value: object, found: list[Fault], where: str = "body") -> str:
    """Ask for a UUID, and give it."""
    if isinstance(value, str) and is_uuid(value):
        return value
    found.append(invalid(field, "must be a UUID" if value is not None else "is required: a UUID", where))
    return ""


def refuse(found: list[Fault]) -> None:
    """Raise Problem when there are faults, with the first hundred of them."""
    if found:
        raise problem.invalid(*found[:MAX_FAULTS])


def only_uuid(field: str, value: str, where: str = "path") -> str:
    """Give the id, which must be a UUID. Raises Problem."""
    found: list[Fault] = []
    given = uuid(field, value, found, where)
    refuse(found)
    return given


def of_prompt(raised: Problem, prompt_id: str) -> Problem:
    """Tell an id that could be a prompt's from a text that is neither a UUID nor an alias."""
    if raised.reason != "PROMPT_NOT_FOUND" or is_uuid(prompt_id):
        return raised
    fault = invalid("promptId", "is neither a UUID nor the alias of a prompt", "path")
    return Problem(400, fault.reason, f"{fault.field}: {fault.message}", (fault,), authenticated=True)


def field_of(path: str) -> str:
    """Give the dialect's name for a proto path, such as `inputs.textInputs.topic` for `spec.inputs.topic`."""
    for theirs, ours in _FIELDS:
        if path == theirs or path.startswith((f"{theirs}.", f"{theirs}[")):
            return ours + path[len(theirs) :]
    return path
