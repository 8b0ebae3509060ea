"""Partitions over a real database: made and dropped beside runs, never in their way for long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from services import db
from services.db import Database
from services.runs import partition_store, partitions, writer
from services.runs.partition_store import FILL, PartitionStore
from services.runs.partitions import DAY, TABLES, Partition, Table
from tests.services.runs import rows

NOW = datetime(2031, 5, 6, 12, 0, tzinfo=UTC)
TODAY = partitions.midnight(NOW)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for locks that a test never gives back."""
    monkeypatch.setattr(partition_store, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(partition_store, "LOCK_TRIES", 2)
    monkeypatch.setattr(partition_store, "LOCK_PAUSE_SECONDS", 0.01)


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[db.Connection]:
    connection = await db.connect(dsn)
    yield connection
    await connection.close()


@pytest.fixture
def store(connection: db.Connection) -> PartitionStore:
    return PartitionStore(connection)


def day(number: int, table: Table = "run") -> Partition:
    """Give the partition of a day counted from today."""
    begin = TODAY + number * DAY
    return Partition(table, f"{table}_{begin:%Y%m%d}", begin, begin + DAY)


async def test_a_partition_takes_the_runs_of_its_days(store: PartitionStore, database: Database) -> None:
    for partition in (day(1), day(0)):
        await store.create(partition)
    assert await store.list("run") == [day(0), day(1)]
    for moment in (TODAY, TODAY + DAY, TODAY + 2 * DAY):
        await rows.add(database, moment)
    assert await rows.count_by_table(database) == {day(0).name: 1, day(1).name: 1, "run_default": 1}


@pytest.mark.parametrize("table", TABLES)
async def test_a_partition_is_built_as_the_default_one(store: PartitionStore, database: Database, table: Table) -> None:
    await store.create(day(0, table))
    query = """
        SELECT
          reloptions,
          ARRAY(
            SELECT attname || atttypid || attnotnull FROM pg_attribute WHERE attrelid = oid AND attnum > 0
          ) AS columns,
          ARRAY(SELECT conname FROM pg_constraint WHERE conrelid = oid AND contype = 'c') AS constraints,
          (SELECT count(*) FROM pg_index WHERE indrelid = oid AND indisvalid) AS indexes
        FROM pg_class
        WHERE relname = $1
    """
    [made], [default] = [await database.fetch(query, name) for name in (day(0, table).name, f"{table}_default")]
    assert made == default
    assert made["indexes"] >= 1
    assert made["reloptions"] == [f"fillfactor={FILL[table]}"]


async def test_each_table_has_its_own(store: PartitionStore, database: Database) -> None:
    await rows.add_node(database, rows.run_id(TODAY))
    for partition in (day(0), day(1), day(1, "node_run")):
        await store.create(partition)
    assert await store.default_is_empty("run")
    assert not await store.default_is_empty("node_run")
    with pytest.raises(asyncpg.CheckViolationError):
        await store.create(day(0, "node_run"))
    await store.create_behind_fence(day(2, "node_run"))
    assert await store.list("run") == [day(0), day(1)]
    assert await store.list("node_run") == [day(1, "node_run"), day(2, "node_run")]
    assert await rows.constraints(database) == 0
    for number in (1, 2, 3):
        await rows.add_node(database, rows.run_id(TODAY + number * DAY))
    taken = {"node_run_default": 2, day(1, "node_run").name: 1, day(2, "node_run").name: 1}
    assert await rows.count_by_table(database, "node_run") == taken


async def test_a_partition_is_not_made_over_runs_of_the_default_one(store: PartitionStore, database: Database) -> None:
    await rows.add(database, TODAY)
    with pytest.raises(asyncpg.CheckViolationError):
        await store.create(day(0))
    with pytest.raises(asyncpg.CheckViolationError):
        await store.create_behind_fence(day(0))
    assert await store.list("run") == []
    await rows.add(database, TODAY)


async def test_a_fence_spares_the_reading_under_a_lock_and_is_gone_afterwards(
    store: PartitionStore, connection: db.Connection, database: Database
) -> None:
    await rows.add(database, TODAY)
    told: list[str] = []
    connection.add_log_listener(lambda _, message: told.append(message.message))
    await connection.execute("SET client_min_messages = debug1")
    await store.create_behind_fence(day(2))
    assert 'updated partition constraint for default partition "run_default" is implied by existing constraints' in told
    assert await store.list("run") == [day(2)]
    assert await rows.constraints(database) == 0
    for moment in (TODAY + DAY, TODAY + 2 * DAY, TODAY + 3 * DAY):
        await rows.add(database, moment)
    assert await rows.count_by_table(database) == {day(2).name: 1, "run_default": 3}


async def test_a_fence_that_was_left_behind_is_taken_away(store: PartitionStore, database: Database) -> None:
    name = partition_store.fence_of("run")
    fence = f"CONSTRAINT {name} CHECK (run_id < '{day(2).least}') NOT VALID"
    await database.execute(f"ALTER TABLE run_default ADD {fence}")
    await store.remove_fence("run")
    assert await rows.constraints(database) == 0
    await rows.add(database, TODAY + 3 * DAY)


async def test_whoever_uses_the_tables_is_waited_for_only_a_moment(store: PartitionStore, database: Database) -> None:
    await store.create(day(0))
    await rows.add(database, TODAY)
    async with database.transaction() as busy:
        await busy.execute("UPDATE run SET end_time = now()")
        await busy.execute("SELECT FROM run_default")
        for work in (store.create(day(1)), store.create_behind_fence(day(2)), store.drop([day(0)])):
            with pytest.raises(asyncpg.LockNotAvailableError):
                await work
    assert await store.list("run") == [day(0)]


async def test_a_lock_is_tried_for_again(
    store: PartitionStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition_store, "LOCK_TRIES", 1000)
    async with database.transaction() as busy:
        await busy.execute("SELECT FROM run_default")
        making = asyncio.create_task(store.create(day(0)))
        query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while not await database.fetchrow(query):
            assert not making.done()
    await making
    assert await store.list("run") == [day(0)]


async def test_a_run_that_begins_while_its_partition_is_made_is_taken_by_it(
    store: PartitionStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition_store, "LOCK_TIMEOUT", "60s")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with database.transaction() as busy:
        await busy.execute("SELECT FROM run_default")
        work = [asyncio.create_task(store.create(day(0)))]
        while await database.fetchrow(waiting) != (1,):
            assert not work[0].done()
        work.append(asyncio.create_task(rows.add(database, TODAY)))
        while await database.fetchrow(waiting) != (2,):
            assert not work[1].done()
    await asyncio.gather(*work)
    assert await rows.count_by_table(database) == {day(0).name: 1}


async def test_partitions_are_dropped_together_or_not_at_all(store: PartitionStore, database: Database) -> None:
    together = [day(0), day(0, "node_run")]
    for partition in together:
        await store.create(partition)
    run_id = await rows.add(database, TODAY)
    await rows.add_node(database, run_id)
    async with database.transaction() as busy:
        await busy.execute("SELECT FROM node_run WHERE run_id = $1", run_id)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await store.drop(together)
    assert await store.list("run") == together[:1]
    await store.drop(together)
    assert await store.list("run") == await store.list("node_run") == []
    assert await rows.count_by_table(database) == await rows.count_by_table(database, "node_run") == {}


async def test_a_partition_is_dropped_with_its_runs_only(store: PartitionStore, database: Database) -> None:
    for number in (0, 1):
        await store.create(day(number))
        await rows.add(database, TODAY + number * DAY)
    await store.drop([day(0)])
    assert await store.list("run") == [day(1)]
    assert await rows.count_by_table(database) == {day(1).name: 1}


@pytest.mark.parametrize(("state", "is_unended"), [("QUEUED", True), ("RUNNING", True), ("FAILED", False)])
async def test_runs_that_have_not_ended_are_found(
    store: PartitionStore, database: Database, state: str, is_unended: bool
) -> None:
    for number in (0, 1):
        await store.create(day(number))
    await rows.add(database, TODAY, state=state)
    assert await store.holds_unended(day(0)) is is_unended
    assert await store.holds_unended(day(1)) is False


async def test_one_at_a_time_keeps_house(store: PartitionStore, connection: db.Connection, dsn: str) -> None:
    other = await db.connect(dsn)
    assert await store.try_lock()
    assert not await PartitionStore(other).try_lock()
    await connection.close()
    while not await PartitionStore(other).try_lock():
        await asyncio.sleep(0)
    await other.close()


async def test_the_writer_opens_only_the_partitions_of_what_it_writes(
    store: PartitionStore, connection: db.Connection
) -> None:
    for number in range(4):
        await store.create(day(number))
    statement = await connection.prepare(f"EXPLAIN {writer._WRITE}")
    ended = rows.run_id(TODAY + 2 * DAY)
    # Arrays are columns of rows; what else there is bounds their ids.
    arguments = [[] if parameter.kind == "array" else ended for parameter in statement.get_parameters()]
    # So often that the plan could have become one for all arguments.
    for _ in range(10):
        plan = "\n".join(row[0] for row in await statement.fetch(*arguments))
        assert f"Update on {day(2).name}" in plan
        assert not any(name in plan for name in (day(0).name, day(1).name, day(3).name, "run_default"))
