"""What is deleted because it has served, and what stays; over a real database."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services import db
from services.db import Database
from services.runs import leftover_store, records
from services.runs.leftover_store import TABLES, LeftoverStore
from tests.services.runs import rows
from tests.services.runs.rows import PROJECT

OLD = timedelta(days=2)
# Longer ago than events are kept, and not.
LONG = timedelta(minutes=61)
SHORT = timedelta(minutes=59)


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[LeftoverStore]:
    connection = await db.connect(dsn)
    yield LeftoverStore(connection)
    await connection.close()


async def count(database: Database, table: str) -> int:
    row = await database.fetchrow(f"SELECT count(*) FROM {table}")
    assert row is not None
    return row["count"]


async def add_events(database: Database, run_id: UUID, number: int, age: timedelta) -> None:
    await database.execute(
        """
        INSERT INTO run_event (project_id, run_id, sequence, event, create_time)
        SELECT $1, $2, sequence, 'event', now() - $4::interval
        FROM generate_series(1, $3::int) AS sequence
        """,
        PROJECT,
        run_id,
        number,
        age,
    )


@pytest.mark.parametrize(
    ("state", "ended", "left"),
    [("SUCCEEDED", LONG, 0), ("FAILED", LONG, 0), ("SUCCEEDED", SHORT, 3), ("RUNNING", LONG, 3), ("QUEUED", LONG, 3)],
)
async def test_events_are_kept_for_an_hour_after_the_end_of_their_run(
    store: LeftoverStore, database: Database, state: str, ended: timedelta, left: int
) -> None:
    run_id = await rows.add(database, rows.now() - OLD, state=state, end=rows.now() - ended)
    await add_events(database, run_id, 3, OLD)
    assert await store.delete("run_event") == 3 - left
    assert await count(database, "run_event") == left


async def test_events_of_runs_that_are_gone_go_after_an_hour(store: LeftoverStore, database: Database) -> None:
    await add_events(database, rows.run_id(rows.now()), 2, LONG)
    await add_events(database, rows.run_id(rows.now()), 1, SHORT)
    assert await store.delete("run_event") == 2


async def test_runs_under_way_and_about_to_begin_go_on_counting(store: LeftoverStore, database: Database) -> None:
    runs = {state: await rows.add(database, rows.now() - OLD, state=state) for state in ("QUEUED", "RUNNING", "FAILED")}
    young = rows.run_id(rows.now())
    insert = """
        INSERT INTO key_run (project_id, key_id, run_project_id, run_id, create_time)
        VALUES ($1, 'key', $2, $3, now() - $4::interval)
    """
    # The key's own project is another one, as an operator's may be.
    for run_id, age in (*((run_id, LONG) for run_id in runs.values()), (rows.run_id(rows.now()), LONG), (young, SHORT)):
        await database.execute(insert, rows.run_id(rows.now()), PROJECT, run_id, age)
    assert await store.delete("key_run") == 2
    left = {row["run_id"] for row in await database.fetch("SELECT run_id FROM key_run")}
    assert left == {runs["QUEUED"], runs["RUNNING"], young}


async def test_counts_of_keys_without_limits_are_deleted(store: LeftoverStore, database: Database) -> None:
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, 'a project')", PROJECT)
    keys = [("minute", 10, 0, None), ("runs", 0, 10, None), ("free", 0, 0, None), ("revoked", 10, 10, rows.now())]
    for key_id, requests, runs, revoke_time in keys:
        await database.execute(
            """
            INSERT INTO key (
              project_id, key_id, display_name, owner, scopes, omit_payloads, secret_hash, requests_per_minute,
              concurrent_runs, revoke_time
            )
            VALUES ($1, $2, '', '', '{}', false, '', $3, $4, $5)
            """,
            PROJECT,
            key_id,
            requests,
            runs,
            revoke_time,
        )
    for key_id, *_ in (*keys, ("gone", 0, 0, None)):
        await database.execute("INSERT INTO key_use VALUES ($1, $2, 'epoch', 1)", PROJECT, key_id)
    assert await store.delete("key_use") == 3
    assert [row["key_id"] for row in await database.fetch("SELECT key_id FROM key_use")] == ["minute", "runs"]


async def test_request_ids_are_forgotten_when_they_count_as_absent(store: LeftoverStore, database: Database) -> None:
    await rows.add_request_id(database, timedelta(hours=24), "old")
    await rows.add_request_id(database, timedelta(hours=23, minutes=59), "young")
    assert await store.delete("request") == 1
    assert [row["request_id"] for row in await database.fetch("SELECT request_id FROM request")] == ["young"]


async def test_what_the_queue_noted_is_kept_for_a_day(store: LeftoverStore, database: Database) -> None:
    for table, number in (("pgqueuer_log", "job_id"), ("pgqueuer_statistics", "count")):
        insert = (
            f"INSERT INTO {table} (created, {number}, status, priority, entrypoint) VALUES ($1, 1, 'picked', 0, 'run')"
        )
        for age in (timedelta(hours=25), timedelta(hours=23)):
            await database.execute(insert, rows.now() - age)
        assert await store.delete(table) == 1
        assert await count(database, table) == 1


async def test_what_was_to_be_told_of_a_run_goes_with_it(store: LeftoverStore, database: Database) -> None:
    insert = "INSERT INTO delivery_due (project_id, run_id, position, host) VALUES ($1, $2, 0, 'a')"
    gone, kept = uuid4(), uuid4()
    for run_id in (gone, kept):
        await database.execute(insert, PROJECT, run_id)
    await database.execute(
        """
        INSERT INTO delivery (project_id, run_id, position, delivery_id, event, node_id, url)
        VALUES ($1, $2, 0, $2, 'end', '', 'https://a')
        """,
        PROJECT,
        kept,
    )
    assert await store.delete("delivery_due") == 1
    assert [row["run_id"] for row in await database.fetch("SELECT run_id FROM delivery_due")] == [kept]


async def test_old_runs_of_the_default_partition_are_deleted_once_they_ended(
    store: LeftoverStore, database: Database
) -> None:
    bound = rows.now() - OLD
    await rows.add(database, bound - timedelta(milliseconds=1))
    kept = [
        await rows.add(database, bound + timedelta(milliseconds=1)),
        await rows.add(database, bound - OLD, state="QUEUED"),
        await rows.add(database, bound - OLD, state="RUNNING"),
    ]
    assert await store.delete_runs(records.least_id(int(bound.timestamp() * 1000))) == 1
    assert {row["run_id"] for row in await database.fetch("SELECT run_id FROM run")} == set(kept)


async def test_node_runs_of_the_default_partition_are_deleted_once_their_run_is_gone(
    store: LeftoverStore, database: Database
) -> None:
    bound = rows.now() - OLD
    old, young = bound - timedelta(milliseconds=1), bound + timedelta(milliseconds=1)
    kept = [await rows.add(database, old), await rows.add(database, old, state="RUNNING"), rows.run_id(young)]
    for run_id in (*kept, rows.run_id(old), rows.run_id(old)):
        await rows.add_node(database, run_id)
    assert await store.delete_beside("node_run", records.least_id(int(bound.timestamp() * 1000))) == 2
    assert {row["run_id"] for row in await database.fetch("SELECT run_id FROM node_run")} == set(kept)


async def test_images_that_no_run_made_lately_are_deleted_page_by_page(
    store: LeftoverStore, database: Database
) -> None:
    # Bytes that stay in the row, so that there are many pages.
    data = [bytes([number]) * 1500 for number in range(30)]
    digests = [await rows.add_image(database, each, LONG if each[0] % 2 else SHORT) for each in data]
    assert await store.delete_images(rows.now() - timedelta(hours=1)) == 15
    assert {row["digest"] for row in await database.fetch("SELECT digest FROM image")} == set(digests[::2])


async def test_outputs_for_the_next_driver_are_left_out_once_there_is_none(
    store: LeftoverStore, database: Database
) -> None:
    runs = [await rows.add(database, rows.now(), state=state) for state in ("QUEUED", "RUNNING", "FAILED", "SUCCEEDED")]
    for run_id in (*runs, rows.run_id(rows.now())):
        await rows.add_node(database, run_id, "passing", is_passing=True)
        await rows.add_node(database, run_id, "kept")
    assert await store.forget_passing() == 3
    assert await store.forget_passing() == 0
    left = await database.fetch("SELECT run_id FROM node_run WHERE node_id = 'passing' AND output IS NOT NULL")
    assert {row["run_id"] for row in left} == set(runs[:2])
    assert await database.fetch("SELECT FROM node_run WHERE node_id = 'kept' AND output IS NULL") == []


async def test_outputs_for_the_next_driver_are_found_by_an_index_of_their_own(database: Database) -> None:
    async with database.transaction() as connection:
        # A table that is empty is read whole.
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN {leftover_store._PASSING}")
    assert any("on node_run_default" in row[0] and "Scan" in row[0] for row in plan)
    assert not any("Seq Scan" in row[0] for row in plan), plan


async def test_a_table_is_walked_in_many_statements(
    store: LeftoverStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftover_store, "PAGES", 2)
    old, young = rows.run_id(rows.now()), rows.run_id(rows.now())
    for _ in range(3):
        await add_events(database, old, 400, LONG)
        await add_events(database, young, 400, SHORT)
        old, young = rows.run_id(rows.now()), rows.run_id(rows.now())
    assert await store.delete("run_event") == 1200
    assert await store.delete("run_event") == 0
    assert await count(database, "run_event") == 1200


BOUNDED = {
    "run_default": (leftover_store._OLD_RUNS, PROJECT),
    "node_run_default": (leftover_store._OLD_BESIDE.format("node_run"), PROJECT),
    "image": (leftover_store._OLD_IMAGES, rows.now()),
}


@pytest.mark.parametrize("table", [*TABLES, *BOUNDED])
async def test_a_statement_reads_its_pages_only(database: Database, table: str) -> None:
    query, *bound = BOUNDED[table] if table in BOUNDED else (leftover_store._LEFTOVERS[table],)
    async with database.transaction() as connection:
        # Tables that are empty are read whole, or by whatever index there is.
        for way in ("seqscan", "indexscan", "bitmapscan"):
            await connection.execute(f"SET LOCAL enable_{way} = off")
        plan = await connection.fetch(f"EXPLAIN {query}", (0, 0), (128, 0), *bound)
    assert any(f"Tid Range Scan on {table}" in row[0] for row in plan), plan
