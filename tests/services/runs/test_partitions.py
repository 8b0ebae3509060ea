"""The spans of partitions: no gaps, none twice, never more than a list of runs can look into."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.runs import partitions
from services.runs.partitions import DAY, Partition

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def spans(found: list[Partition]) -> list[tuple[datetime, datetime]]:
    return [(partition.begin, partition.end) for partition in found]


def test_today_and_three_days_are_made_by_the_day() -> None:
    found = partitions.missing([], TODAY, NOON, 7)
    assert [partition.name for partition in found] == ["run_20261122", "run_20261123", "run_20261124", "run_20261125"]
    assert spans(found) == [(TODAY + day * DAY, TODAY + (day + 1) * DAY) for day in range(4)]


def test_new_ones_begin_where_the_existing_ones_end() -> None:
    existing = partitions.missing([], TODAY, NOON, 7)
    assert partitions.missing(existing, TODAY, NOON, 7) == []
    assert [partition.name for partition in partitions.missing(existing, TODAY, NOON + DAY, 7)] == ["run_20261126"]


def test_days_that_have_gone_by_without_a_partition_get_none() -> None:
    existing = partitions.missing([], TODAY, NOON, 7)
    found = partitions.missing(existing, TODAY + 30 * DAY, NOON + 30 * DAY, 7)
    assert found[0].begin == TODAY + 30 * DAY


@pytest.mark.parametrize(
    ("retention_days", "width"), [(0, 30), (1, 1), (30, 1), (59, 1), (90, 3), (365, 12), (3650, 121)]
)
def test_the_longer_runs_are_kept_the_wider_partitions_are(retention_days: int, width: int) -> None:
    found = partitions.missing([], TODAY, NOON, retention_days)
    assert {partition.end - partition.begin for partition in found} == {width * DAY}
    assert found[-1].end >= TODAY + 4 * DAY


def test_another_retention_goes_on_after_what_exists() -> None:
    [month] = partitions.missing([], TODAY, NOON, 0)
    later = month.end - timedelta(hours=1)
    assert spans(partitions.missing([month], TODAY, later, 7)) == [
        (month.end + day * DAY, month.end + (day + 1) * DAY) for day in range(3)
    ]


def test_a_partition_expires_with_its_youngest_run() -> None:
    existing = partitions.missing([], TODAY, NOON, 7)
    assert partitions.expired(existing, TODAY + 9 * DAY - timedelta(seconds=1), 7) == [existing[:1]]
    assert partitions.expired(existing, TODAY + 9 * DAY, 7) == [[existing[0]], [existing[1]]]
    assert partitions.expired(existing, TODAY + 900 * DAY, 0) == []


def test_node_runs_get_the_same_partitions() -> None:
    runs = partitions.missing([], TODAY, NOON, 90)
    nodes = partitions.beside("node_run", runs, [])
    assert {partition.table for partition in nodes} == {"node_run"}
    assert [partition.name for partition in nodes] == [f"node_{partition.name}" for partition in runs]
    assert spans(nodes) == spans(runs)
    assert partitions.beside("node_run", runs, nodes[:1]) == nodes[1:]
    assert partitions.beside("node_run", runs, nodes) == []


def test_partitions_of_a_span_expire_together() -> None:
    runs = partitions.missing([], TODAY, NOON, 7)
    nodes = partitions.beside("node_run", runs, [])
    found = partitions.expired([*runs, *nodes[1:]], TODAY + 9 * DAY, 7)
    assert found == [[runs[0]], [runs[1], nodes[1]]]


def test_ids_of_now_are_within_the_partition_of_today() -> None:
    now = datetime.now(UTC)
    today = Partition("run", "today", partitions.midnight(now), partitions.midnight(now) + DAY)
    # The day may change in between.
    assert today.least < UUID(int=uuid7().int) < today.bound or datetime.now(UTC).day != now.day
