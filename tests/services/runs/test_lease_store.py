"""Leases over a real database: who counts as alive, by uptime alone, and what becomes of a dead server's runs."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from services.db import Database
from services.runs import lease_store
from services.runs.lease_store import LEASE, MAX_TICK, SECOND_LOOK, SKEW, LeaseStore, Swept
from services.runs.records import Start
from services.runs.store import RunStore
from tests.services.runs import rows, telling
from tests.services.runs.outages import wait_for_blocked

LONGEST_RUN = timedelta(seconds=300)
HOUR = timedelta(hours=1)
ME, OTHER = uuid4(), uuid4()


@pytest.fixture
async def leases(database: Database) -> LeaseStore:
    """Give the leases that the server ME keeps; the project of the runs is there."""
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, 'runs')", telling.PROJECT)
    leases = LeaseStore(database)
    await leases.renew(ME, LONGEST_RUN)
    return leases


async def uptime(database: Database) -> timedelta:
    row = await database.fetchrow("SELECT value FROM uptime")
    assert row is not None
    return row["value"]


async def pass_time(database: Database, passed: timedelta) -> None:
    """Let so much time pass in which servers reached the database."""
    await database.execute("UPDATE uptime SET value = value + $1", passed)


async def leave(database: Database, passed: timedelta) -> None:
    """Let so much time pass in which nobody did."""
    await database.execute("UPDATE uptime SET tick_time = tick_time - $1::interval", passed)


async def row_of(database: Database, run: Start) -> Any:
    return await database.fetchrow("SELECT * FROM run WHERE run_id = $1", run.run_id)


async def jobs(database: Database) -> list[str]:
    return [row["payload"].decode() for row in await database.fetch("SELECT payload FROM pgqueuer ORDER BY id")]


async def begin(store: RunStore, server_id: UUID = OTHER, **fields: Any) -> Start:
    """Record a run that a server drives."""
    return await telling.begin(store, server_id=server_id, **fields)


async def test_a_server_is_dead_once_its_lease_has_passed_in_uptime(leases: LeaseStore, database: Database) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    await pass_time(database, LEASE - MAX_TICK)
    await leases.renew(ME, LONGEST_RUN)
    assert await leases.sweep(ME) is None
    await pass_time(database, MAX_TICK)
    assert await leases.sweep(ME) == Swept(OTHER, 0, 0)


async def test_an_outage_lapses_no_lease(leases: LeaseStore, database: Database) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    before = await uptime(database)
    await leave(database, HOUR)
    assert await leases.renew(ME, LONGEST_RUN)
    assert await uptime(database) - before == MAX_TICK
    assert await leases.sweep(ME) is None
    assert await leases.renew(OTHER, LONGEST_RUN)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_clock_that_jumps_lapses_no_lease_and_keeps_none(
    leases: LeaseStore, database: Database, jump: timedelta
) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    before = await uptime(database)
    await leave(database, jump)
    await leases.renew(ME, LONGEST_RUN)
    assert timedelta() <= await uptime(database) - before <= MAX_TICK
    # From then on it counts as before.
    before = await uptime(database)
    await leave(database, timedelta(seconds=1))
    await leases.renew(ME, LONGEST_RUN)
    assert timedelta(seconds=1) <= await uptime(database) - before < MAX_TICK


async def test_the_renewals_of_all_servers_make_up_the_uptime_together(leases: LeaseStore, database: Database) -> None:
    before = await uptime(database)
    for server_id in (ME, OTHER, ME, OTHER):
        await leave(database, timedelta(seconds=1))
        await leases.renew(server_id, LONGEST_RUN)
    assert timedelta(seconds=4) <= await uptime(database) - before < timedelta(seconds=4) + MAX_TICK


async def test_a_dead_servers_runs_are_ended_or_queued(leases: LeaseStore, database: Database, store: RunStore) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    plain, durable = await begin(store, spec=None), await begin(store, draft=b"draft")
    cancelled, asked = await begin(store, draft=b"draft"), await begin(store, spec=None)
    untouched = [await begin(store, ME), await begin(store, ME, spec=None), await begin(store)]
    await telling.end(store, untouched[2])
    await database.execute(
        "UPDATE run SET cancel_time = now() WHERE run_id = ANY($1)", [cancelled.run_id, asked.run_id]
    )
    kept = [await row_of(database, run) for run in untouched]
    await leases.end(OTHER)
    assert await leases.sweep(ME) == Swept(OTHER, 1, 3)
    for run, state, reason in (
        (plain, "FAILED", "INTERRUPTED"),
        (cancelled, "CANCELLED", "RUN_CANCELLED"),
        (asked, "CANCELLED", "RUN_CANCELLED"),
    ):
        row = await row_of(database, run)
        assert (row["state"], orjson.loads(row["error"])["reason"]) == (state, reason)
        assert (row["spec"], row["draft"], row["server_id"], row["attempt"]) == (None, None, None, 1)
        assert (row["input_tokens"], row["output_tokens"], row["finish_reason"]) == (0, 0, "")
        assert row["end_time"] is not None
    row = await row_of(database, durable)
    assert (row["state"], row["server_id"], row["spec"], row["attempt"]) == ("QUEUED", None, b"spec", 1)
    assert (row["draft"], row["error"], row["end_time"], row["input_tokens"]) == (b"draft", None, None, None)
    assert await jobs(database) == [f"{durable.project_id}/{durable.run_id}"]
    assert [await row_of(database, run) for run in untouched] == kept


async def test_a_run_that_has_a_job_gets_no_second_one(leases: LeaseStore, database: Database, store: RunStore) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    run = await begin(store)
    await leases.end(OTHER)
    await leases.sweep(ME)
    await database.execute("UPDATE run SET state = 'RUNNING', server_id = $1", OTHER)
    await database.execute("UPDATE server SET swept_uptime = NULL")
    assert await leases.sweep(ME) == Swept(OTHER, 1, 0)
    assert await jobs(database) == [f"{run.project_id}/{run.run_id}"]


async def test_runs_are_looked_for_as_far_back_as_the_dead_server_can_have_begun_one(
    leases: LeaseStore, database: Database, store: RunStore
) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    least = datetime.now(UTC) - LONGEST_RUN - SKEW
    found = await begin(store, run_id=rows.run_id(least + timedelta(seconds=5)))
    old = await begin(store, run_id=rows.run_id(least - timedelta(seconds=5)))
    await leases.end(OTHER)
    assert await leases.sweep(ME) == Swept(OTHER, 1, 0)
    assert [(await row_of(database, run))["state"] for run in (found, old)] == ["QUEUED", "RUNNING"]


async def test_after_an_outage_the_runs_from_before_it_are_looked_for_too(
    leases: LeaseStore, database: Database, store: RunStore
) -> None:
    """Their ends waited for the database, which their server may not survive for long."""
    await leases.renew(OTHER, LONGEST_RUN)
    run = await begin(store, run_id=rows.run_id(datetime.now(UTC) - LONGEST_RUN - SKEW - HOUR))
    await database.execute("UPDATE server SET renew_time = renew_time - $1::interval", HOUR)
    for _ in range(3):
        await leases.renew(OTHER, LONGEST_RUN)
    await leases.end(OTHER)
    await leases.sweep(ME)
    assert (await row_of(database, run))["state"] == "RUNNING"
    await database.execute("UPDATE run SET run_id = $1", rows.run_id(datetime.now(UTC) - SKEW - HOUR))
    await database.execute("UPDATE server SET swept_uptime = NULL")
    assert await leases.sweep(ME) == Swept(OTHER, 1, 0)


async def test_how_far_back_runs_are_looked_for_gets_less_again(leases: LeaseStore, database: Database) -> None:
    await database.execute("UPDATE server SET longest_run = $1::interval + '7 s'", LONGEST_RUN)
    found: list[timedelta] = []
    for _ in range(4):
        await database.execute("UPDATE server SET renew_time = renew_time - interval '2 s'")
        await leases.renew(ME, LONGEST_RUN)
        found += [row["longest_run"] for row in await database.fetch("SELECT longest_run FROM server")]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1] == LONGEST_RUN


async def test_what_a_server_begins_while_it_is_found_dead_is_found_by_a_second_look(
    leases: LeaseStore, database: Database, store: RunStore
) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    await leases.end(OTHER)
    assert await leases.sweep(ME) == Swept(OTHER, 0, 0)
    late = await begin(store)
    assert await leases.sweep(ME) is None
    await pass_time(database, SECOND_LOOK)
    await leave(database, timedelta(seconds=1))
    await leases.renew(ME, LONGEST_RUN)
    assert await leases.sweep(ME) == Swept(OTHER, 1, 0)
    assert (await row_of(database, late))["state"] == "QUEUED"
    assert await leases.sweep(ME) is None
    assert [row["server_id"] for row in await database.fetch("SELECT server_id FROM server")] == [ME]


async def test_a_server_that_was_found_dead_is_told_and_goes_on_under_another_id(
    leases: LeaseStore, database: Database
) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    await leases.end(OTHER)
    # Nobody has noticed yet.
    assert await leases.renew(OTHER, LONGEST_RUN)
    await leases.end(OTHER)
    await leases.sweep(ME)
    assert not await leases.renew(OTHER, LONGEST_RUN)
    assert await leases.renew(uuid4(), LONGEST_RUN)


async def test_a_server_does_not_find_itself_dead(leases: LeaseStore, database: Database) -> None:
    await pass_time(database, HOUR)
    assert await leases.sweep(ME) is None
    assert await leases.renew(ME, LONGEST_RUN)


async def test_of_two_who_look_at_once_one_takes_the_runs(
    leases: LeaseStore, database: Database, store: RunStore
) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    for _ in range(20):
        await begin(store)
    await leases.end(OTHER)
    swept = await asyncio.gather(*(leases.sweep(uuid4()) for _ in range(4)))
    assert [each for each in swept if each] == [Swept(OTHER, 20, 0)]
    assert len(set(await jobs(database))) == len(await jobs(database)) == 20


async def test_a_server_that_is_being_swept_holds_up_nobody_elses_renewal(leases: LeaseStore, dsn: str) -> None:
    await leases.renew(OTHER, LONGEST_RUN)
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await connection.fetch("SELECT FROM server WHERE server_id = $1 FOR UPDATE", OTHER)
        held_up = asyncio.create_task(leases.renew(OTHER, LONGEST_RUN))
        await wait_for_blocked(dsn)
        async with asyncio.timeout(lease_store.RENEW_SECONDS):
            assert await leases.renew(ME, LONGEST_RUN)
        assert not held_up.done()
    await connection.close()
    assert await held_up


async def test_a_driver_hears_of_runs_that_were_cancelled_ended_or_taken_elsewhere(
    leases: LeaseStore, database: Database, store: RunStore
) -> None:
    runs = [await begin(store, ME) for _ in range(5)]
    well, cancelled, ended, taken, queued = runs
    await database.execute("UPDATE run SET cancel_time = now() WHERE run_id = $1", cancelled.run_id)
    await telling.end(store, ended)
    await telling.take(database, taken)
    await database.execute("UPDATE run SET state = 'QUEUED' WHERE run_id = $1", queued.run_id)
    assert await leases.find_stopped(runs) == ({cancelled.run_id}, {ended.run_id, taken.run_id, queued.run_id})
    assert await leases.find_stopped([well]) == (set(), set())
