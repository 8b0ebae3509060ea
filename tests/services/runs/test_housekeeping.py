"""Rounds of housekeeping over a real database: what they leave behind, beside each other and beside runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from services import db
from services.db import Database
from services.runs import housekeeping, partition_store, partitions
from services.runs.housekeeping import Housekeeping
from services.runs.partition_store import PartitionStore
from services.runs.partitions import DAY, Partition, Table
from services.telemetry import Metrics
from tests.services.runs import rows

RETENTION = 7


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for locks that a test never gives back."""
    monkeypatch.setattr(partition_store, "LOCK_TRIES", 1)
    monkeypatch.setattr(partition_store, "LOCK_TIMEOUT", "20ms")


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[PartitionStore]:
    connection = await db.connect(dsn)
    yield PartitionStore(connection)
    await connection.close()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def keeper(dsn: str, metrics: Metrics) -> Housekeeping:
    return Housekeeping(dsn, RETENTION, metrics)


def day(number: int, table: Table = "run") -> Partition:
    """Give the partition of a day counted from today."""
    begin = partitions.midnight(rows.now()) + number * DAY
    return Partition(table, f"{table}_{begin:%Y%m%d}", begin, begin + DAY)


def days(*numbers: int, table: Table = "node_run") -> list[Partition]:
    """Give the partitions of days counted from today."""
    return [day(number, table) for number in numbers]


def counted(metrics: Metrics, what: str) -> float:
    return metrics.registry.get_sample_value("promptwire_housekeeping_total", {"what": what}) or 0.0


async def test_today_and_the_next_days_get_partitions_once(
    keeper: Housekeeping, store: PartitionStore, database: Database, metrics: Metrics
) -> None:
    await keeper.do_round()
    assert await store.list("run") == [day(number) for number in range(4)]
    await rows.add(database, rows.now())
    await keeper.do_round()
    assert await store.list("run") == [day(number) for number in range(4)]
    assert await rows.count_by_table(database) == {day(0).name: 1}
    assert counted(metrics, "partitions_made") == 4


async def test_runs_that_were_there_before_stay_and_days_to_come_get_partitions(
    keeper: Housekeeping, store: PartitionStore, database: Database
) -> None:
    for moment in (rows.now() - 2 * DAY, rows.now(), rows.now() + DAY):
        await rows.add(database, moment)
    await keeper.do_round()
    assert await store.list("run") == [day(2), day(3)]
    assert await rows.count_by_table(database) == {"run_default": 3}
    assert await rows.constraints(database) == 0


async def test_a_day_that_a_wrong_clock_wrote_into_stays_in_the_default_partition(
    keeper: Housekeeping, store: PartitionStore, database: Database
) -> None:
    await rows.add(database, rows.now() + 2 * DAY)
    with capture_logs() as logs:
        await keeper.do_round()
    assert await store.list("run") == [day(3)]
    assert await rows.constraints(database) == 0
    assert {"event": "runs of these days stay in the default partition", "partition": day(2).name} in [
        {name: log[name] for name in ("event", "partition") if name in log} for log in logs
    ]


async def test_only_partitions_whose_runs_are_all_old_enough_are_dropped(
    keeper: Housekeeping, store: PartitionStore, database: Database, metrics: Metrics
) -> None:
    for number in (-RETENTION - 2, -RETENTION - 1, -RETENTION):
        await store.create(day(number))
        await rows.add(database, day(number).begin)
    await keeper.do_round()
    assert (await store.list("run"))[0] == day(-RETENTION)
    assert await rows.count_by_table(database) == {day(-RETENTION).name: 1}
    assert counted(metrics, "partitions_dropped") == 2


@pytest.mark.parametrize("state", ["QUEUED", "RUNNING"])
async def test_a_run_that_has_not_ended_keeps_its_partition(
    keeper: Housekeeping, store: PartitionStore, database: Database, state: str
) -> None:
    old = day(-RETENTION - 5)
    await store.create(old)
    for each in (state, "SUCCEEDED"):
        await rows.add(database, old.begin, state=each)
    await keeper.do_round()
    assert await rows.count_by_table(database) == {old.name: 2}
    await database.execute("UPDATE run SET state = 'SUCCEEDED'")
    await keeper.do_round()
    assert await rows.count_by_table(database) == {}


async def test_old_runs_of_the_default_partition_are_deleted(
    keeper: Housekeeping, database: Database, metrics: Metrics
) -> None:
    for age, state in ((8, "FAILED"), (8, "RUNNING"), (6, "FAILED")):
        await rows.add(database, rows.now() - age * DAY, state=state)
    await keeper.do_round()
    assert await rows.count_by_table(database) == {"run_default": 2}
    assert counted(metrics, "run_default") == 1


async def test_node_runs_have_the_partitions_of_runs(
    keeper: Housekeeping, store: PartitionStore, database: Database, metrics: Metrics
) -> None:
    await keeper.do_round()
    run_id = await rows.add(database, rows.now())
    await rows.add_node(database, run_id)
    await keeper.do_round()
    assert await store.list("node_run") == days(*range(4))
    assert await rows.count_by_table(database, "node_run") == {day(0, "node_run").name: 1}
    assert counted(metrics, "node_run_partitions_made") == 4


async def test_node_runs_get_the_partition_that_is_under_way_when_runs_have_it(
    keeper: Housekeeping, store: PartitionStore
) -> None:
    """As after an upgrade, with a partition of many days."""
    month = Partition("run", "run_month", day(-10).begin, day(20).begin)
    await store.create(day(-20))
    await store.create(month)
    await keeper.do_round()
    [made] = await store.list("node_run")
    assert (made.name, made.begin, made.end) == ("node_run_month", month.begin, month.end)


async def test_node_runs_that_were_there_before_stay_and_days_to_come_get_partitions(
    keeper: Housekeeping, store: PartitionStore, database: Database
) -> None:
    for number in range(-1, 4):
        await store.create(day(number))
    await rows.add_node(database, await rows.add(database, rows.now()))
    await keeper.do_round()
    assert await store.list("node_run") == days(2, 3)
    assert await rows.count_by_table(database, "node_run") == {"node_run_default": 1}
    assert await rows.constraints(database) == 0


async def test_node_runs_are_dropped_with_their_runs(
    keeper: Housekeeping, store: PartitionStore, database: Database, metrics: Metrics
) -> None:
    for number in (-RETENTION - 2, -RETENTION):
        for table in partitions.TABLES:
            await store.create(day(number, table))
        await rows.add_node(database, await rows.add(database, day(number).begin))
    await keeper.do_round()
    assert await rows.count_by_table(database, "node_run") == {day(-RETENTION, "node_run").name: 1}
    assert (await store.list("node_run"))[0] == day(-RETENTION, "node_run")
    assert counted(metrics, "partitions_dropped") == len(partitions.TABLES)


async def test_node_runs_stay_with_a_run_that_has_not_ended(
    keeper: Housekeeping, store: PartitionStore, database: Database
) -> None:
    for table in partitions.TABLES:
        await store.create(day(-RETENTION - 5, table))
    run_id = await rows.add(database, day(-RETENTION - 5).begin, state="RUNNING")
    await rows.add_node(database, run_id, is_passing=True)
    await keeper.do_round()
    [node] = await database.fetch("SELECT output FROM node_run")
    assert node["output"] is not None
    await database.execute("UPDATE run SET state = 'SUCCEEDED'")
    await keeper.do_round()
    assert await database.fetch("SELECT FROM node_run") == []


async def test_node_runs_of_the_default_partition_go_with_their_runs(
    keeper: Housekeeping, store: PartitionStore, database: Database, metrics: Metrics
) -> None:
    for age, state in ((8, "FAILED"), (8, "RUNNING"), (6, "FAILED")):
        await rows.add_node(database, await rows.add(database, rows.now() - age * DAY, state=state))
    # As of runs that had a partition before their nodes did.
    await store.create(day(-RETENTION - 2))
    await rows.add_node(database, await rows.add(database, day(-RETENTION - 2).begin))
    await keeper.do_round()
    nodes = await database.fetch("SELECT run_id FROM node_run ORDER BY run_id")
    assert nodes == await database.fetch("SELECT run_id FROM run ORDER BY run_id")
    assert len(nodes) == 2
    assert counted(metrics, "node_run_default") == 2


@pytest.mark.parametrize(("retention", "left"), [(RETENTION, 1), (0, 2)])
async def test_images_are_kept_as_long_as_runs(
    dsn: str, database: Database, metrics: Metrics, retention: int, left: int
) -> None:
    await rows.add_image(database, b"old", RETENTION * DAY + timedelta(hours=1))
    young = await rows.add_image(database, b"young", RETENTION * DAY - timedelta(hours=1))
    await Housekeeping(dsn, retention, metrics).do_round()
    found = {row["digest"] for row in await database.fetch("SELECT digest FROM image")}
    assert young in found
    assert len(found) == left
    assert counted(metrics, "image") == 2 - left


async def test_runs_are_kept_for_ever_unless_told_otherwise(
    dsn: str, store: PartitionStore, database: Database, metrics: Metrics
) -> None:
    old = day(-1000)
    await store.create(old)
    await rows.add(database, old.begin)
    await rows.add(database, rows.now() - 2000 * DAY)
    await rows.add_node(database, rows.run_id(rows.now() - 2000 * DAY))
    await Housekeeping(dsn, 0, metrics).do_round()
    assert await rows.count_by_table(database) == {old.name: 1, "run_default": 1}
    assert await rows.count_by_table(database, "node_run") == {"node_run_default": 1}


async def test_rounds_at_the_same_time_do_not_hinder_each_other(
    dsn: str, store: PartitionStore, metrics: Metrics
) -> None:
    await asyncio.gather(*(Housekeeping(dsn, RETENTION, metrics).do_round() for _ in range(5)))
    assert len(await store.list("run")) == 4
    assert counted(metrics, "partitions_made") == 4


async def test_a_round_is_skipped_while_another_is_under_way(
    keeper: Housekeeping, store: PartitionStore, metrics: Metrics
) -> None:
    assert await store.try_lock()
    await keeper.do_round()
    assert await store.list("run") == []


async def test_what_cannot_be_done_is_left_and_the_rest_is_done(
    keeper: Housekeeping, store: PartitionStore, database: Database
) -> None:
    await rows.add_request_id(database, timedelta(days=2))
    async with database.transaction() as busy:
        await busy.execute("SELECT FROM run")
        with capture_logs() as logs:
            await keeper.do_round()
        assert await store.list("run") == []
        assert await database.fetch("SELECT FROM request") == []
    assert logs[-1]["undone"] == ["partitions_made"]
    assert logs[-1]["request"] == 1
    await keeper.do_round()
    assert len(await store.list("run")) == 4


async def test_a_round_that_loses_its_connection_is_over(
    keeper: Housekeeping, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose(*_: object) -> None:
        query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1"
        await database.execute(query, partition_store.LOCK)

    monkeypatch.setattr(PartitionStore, "remove_fence", lose)
    with pytest.raises(db.TROUBLE):
        await keeper.do_round()


async def test_runs_begin_and_end_beside_a_round(
    keeper: Housekeeping, store: PartitionStore, database: Database
) -> None:
    await rows.add(database, rows.now() - DAY)
    stop = asyncio.Event()
    added: list[Any] = []

    async def run() -> None:
        while not stop.is_set():
            added.append(await rows.add(database, rows.now(), state="RUNNING"))
            await database.execute("UPDATE run SET state = 'FAILED' WHERE run_id = $1", added[-1])

    running = [asyncio.create_task(run()) for _ in range(4)]
    # A lock is not always had at the first try beside so many.
    while len(await store.list("run")) < 2:
        await keeper.do_round()
    await store.create(day(-20))
    while day(-20) in await store.list("run"):
        await keeper.do_round()
    stop.set()
    await asyncio.gather(*running)
    ended = await database.fetch("SELECT run_id FROM run WHERE state = 'FAILED'")
    assert {row["run_id"] for row in ended} == set(added)
    assert len(added) > 10


async def test_it_begins_with_a_round_and_ends_at_once(keeper: Housekeeping, store: PartitionStore) -> None:
    keeper.start()
    while len(await store.list("run")) < 4:
        assert keeper._task is not None
        assert not keeper._task.done()
    await keeper.close()


async def test_it_tries_again_when_the_database_is_away(
    dsn: str, store: PartitionStore, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "AGAIN_SECONDS", 0.0)
    connect, refused = db.connect, 3

    async def refuse(dsn: str) -> db.Connection:
        nonlocal refused
        refused -= 1
        if refused >= 0:
            raise ConnectionRefusedError
        return await connect(dsn)

    monkeypatch.setattr(db, "connect", refuse)
    keeper = Housekeeping(dsn, RETENTION, metrics)
    keeper.start()
    while len(await store.list("run")) < 4:
        await asyncio.sleep(0)
    await keeper.close()
    assert refused == -1


async def test_it_ends_in_the_middle_of_a_round(keeper: Housekeeping, database: Database) -> None:
    monitor = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    await rows.add_request_id(database, timedelta(days=2))
    async with database.transaction() as busy:
        await busy.execute("SELECT FROM request FOR UPDATE")
        keeper.start()
        while not await database.fetchrow(monitor):
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await keeper.close()
    assert len(await database.fetch("SELECT FROM request")) == 1


@pytest.mark.parametrize(("run_days", "image_days", "left"), [(0, 7, 1), (0, 0, 2), (30, 7, 1), (7, 30, 1), (30, 0, 2)])
async def test_images_may_go_before_their_runs(
    dsn: str, database: Database, metrics: Metrics, run_days: int, image_days: int, left: int
) -> None:
    await rows.add_image(database, b"old", 7 * DAY + timedelta(hours=1))
    await rows.add_image(database, b"young", 7 * DAY - timedelta(hours=1))
    await Housekeeping(dsn, run_days, metrics, image_days=image_days).do_round()
    assert len(await database.fetch("SELECT FROM image")) == left
