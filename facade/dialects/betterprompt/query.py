"""The query of `GET /v1/runs` as a ListRunsRequest, all its faults found at once. Unknown names are ignored."""

import re
from collections.abc import Mapping

from facade.dialects.betterprompt import faults
from facade.problem import Fault
from promptwire.v1 import run_pb2, run_service_pb2

DEFAULT_LIMIT = 10
MAX_LIMIT = 50
# The last second that a Timestamp can hold, in the year 9999.
MAX_SECONDS = 253_402_300_799

_NUMBER = re.compile("[0-9]{1,12}")
_STATES = {
    "queued": [run_pb2.Run.STATE_QUEUED],
    "running": [run_pb2.Run.STATE_RUNNING],
    "succeeded": [run_pb2.Run.STATE_SUCCEEDED],
    "failed": [run_pb2.Run.STATE_FAILED, run_pb2.Run.STATE_CANCELLED],
}


def to_list_runs(query: Mapping[str, str]) -> run_service_pb2.ListRunsRequest:
    """Read the query. Raises Problem."""
    found: list[Fault] = []
    request = run_service_pb2.ListRunsRequest(
        page_size=_number("limit", query.get("limit", str(DEFAULT_LIMIT)), 1, MAX_LIMIT, found),
        states=_states(query.get("status"), found),
    )
    _add_cursor(request, query, found)
    _add_times(request, query, found)
    faults.refuse(found)
    return request


def _states(status: str | None, found: list[Fault]) -> "list[run_pb2.Run.State]":
    if status is not None and status not in _STATES:
        found.append(_invalid("status", f"must be one of {', '.join(_STATES)}"))
    return _STATES.get(status or "", [])


def _add_cursor(request: run_service_pb2.ListRunsRequest, query: Mapping[str, str], found: list[Fault]) -> None:
    if "startingAfter" in query and "endingBefore" in query:
        found.append(_invalid("endingBefore", "cannot stand beside startingAfter; send one of them"))
    if "startingAfter" in query:
        request.older_than = faults.uuid("startingAfter", query["startingAfter"], found, "query")
    if "endingBefore" in query:
        request.newer_than = faults.uuid("endingBefore", query["endingBefore"], found, "query")


def _add_times(request: run_service_pb2.ListRunsRequest, query: Mapping[str, str], found: list[Fault]) -> None:
    if "since" in query:
        request.min_create_time.seconds = _number("since", query["since"], 0, MAX_SECONDS, found)
    if "until" in query:
        request.max_create_time.seconds = _number("until", query["until"], 0, MAX_SECONDS, found)
    both = request.HasField("min_create_time") and request.HasField("max_create_time")
    if both and not found and request.min_create_time.seconds >= request.max_create_time.seconds:
        found.append(_invalid("since", "must be less than until"))


def _number(field: str, text: str, least: int, most: int, found: list[Fault]) -> int:
    number = int(text) if _NUMBER.fullmatch(text) else -1
    if not least <= number <= most:
        found.append(_invalid(field, f"must be a whole number from {least} to {most}"))
        return 0
    return number


def _invalid(field: str, message: str) -> Fault:
    return faults.invalid(field, message, "query")
