import pytest

from facade.dialects.betterprompt import query
from facade.problem import Problem
from promptwire.v1.run_pb2 import Run

RUN = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"


def faults_of(**given: str) -> list[str]:
    with pytest.raises(Problem) as raised:
        query.to_list_runs(given)
    return [fault.field for fault in raised.value.faults]


def test_nothing_asked_is_ten_of_all() -> None:
    request = query.to_list_runs({"unknown": "1"})
    assert [field.name for field, _ in request.ListFields()] == ["page_size"]
    assert request.page_size == 10


def test_everything_asked_is_handed_on() -> None:
    request = query.to_list_runs(
        {"limit": "50", "status": "running", "since": "0", "until": "1700000000", "endingBefore": RUN}
    )
    assert request.page_size == 50
    assert list(request.states) == [Run.STATE_RUNNING]
    assert request.HasField("min_create_time")
    assert request.max_create_time.seconds == 1_700_000_000
    assert (request.older_than, request.newer_than) == ("", RUN)


def test_after_a_run_come_the_older_ones() -> None:
    assert query.to_list_runs({"startingAfter": RUN}).older_than == RUN


def test_a_cancelled_run_has_failed_in_this_dialect() -> None:
    assert list(query.to_list_runs({"status": "failed"}).states) == [Run.STATE_FAILED, Run.STATE_CANCELLED]


@pytest.mark.parametrize("limit", ["0", "51", "-1", "1.0", "", "ten", "\u0661", "1" * 5000])
def test_the_limit_is_from_1_to_50(limit: str) -> None:
    assert faults_of(limit=limit) == ["limit"]


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("seconds", ["-1", "1e3", "253402300800", "2024-01-01", ""])
def test_times_are_unix_seconds(name: str, seconds: str) -> None:
    assert faults_of(**{name: seconds}) == [name]


def test_since_is_before_until() -> None:
    assert faults_of(since="5", until="5") == ["since"]


def test_one_cursor_at_a_time() -> None:
    assert faults_of(startingAfter=RUN, endingBefore=RUN) == ["endingBefore"]


def test_every_fault_is_found_at_once() -> None:
    assert faults_of(limit="x", status="done", startingAfter="1", since="x", until="y") == [
        "limit",
        "status",
        "startingAfter",
        "since",
        "until",
    ]
