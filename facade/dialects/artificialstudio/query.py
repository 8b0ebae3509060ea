"""The query of `GET /api/generations`, all its faults found at once. Unknown names are ignored."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facade.dialects.artificialstudio import faults
from facade.problem import Fault
from promptwire.v1 import run_pb2

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
# The services give a thousand runs at a time.
MAX_OFFSET = 900

# No run is ever uploading here.
STATES: "Mapping[str, Sequence[run_pb2.Run.State]]" = {
    "pending": [run_pb2.Run.STATE_QUEUED],
    "processing": [run_pb2.Run.STATE_RUNNING],
    "uploading": [],
    "success": [run_pb2.Run.STATE_SUCCEEDED],
    "error": [run_pb2.Run.STATE_FAILED, run_pb2.Run.STATE_CANCELLED],
}

_NUMBER = re.compile("[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Page:
    """Which runs to list: so many, behind so many newer ones, in one of the states; in any where that is None."""

    limit: int
    offset: int
    states: "Sequence[run_pb2.Run.State] | None"


def read(query: Mapping[str, str]) -> Page:
    """Read the query. Raises Problem."""
    found: list[Fault] = []
    limit = _number("limit", query.get("limit", str(DEFAULT_LIMIT)), 1, MAX_LIMIT, found)
    offset = _number("offset", query.get("offset", "0"), 0, MAX_OFFSET, found)
    status = query.get("status")
    if status is not None and status not in STATES:
        found.append(_invalid("status", f"must be one of {', '.join(STATES)}"))
    faults.refuse(found)
    return Page(limit, offset, None if status is None else STATES[status])


def _number(field: str, text: str, least: int, most: int, found: list[Fault]) -> int:
    number = int(text) if _NUMBER.fullmatch(text) else -1
    if not least <= number <= most:
        found.append(_invalid(field, f"must be a whole number from {least} to {most}"))
        return 0
    return number


def _invalid(field: str, message: str) -> Fault:
    return faults.fault(field, faults.VALUE, message, "query")
