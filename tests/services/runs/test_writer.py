"""Starts and ends of runs in batches, on a database that does not always do well."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest

from services.db import Database
from services.errors import DatabaseUnavailable
from services.providers.base import ChatAnswer
from services.runs import records
from services.runs import writer as writing
from services.runs.records import End, Failure, Start
from services.runs.writer import Writer
from tests.services.runs.outages import down, locked, wait_for_blocked
from tests.services.runs.telling import start


def end(begun: Start, text: str = "done") -> End:
    return records.succeeded(begun, ChatAnswer(text, 1, 2, "stop"), {"name": "output", "text": text})


def as_row(run: Start) -> str:
    """Give the row of a run that began, as JSON."""
    fields = {**run._asdict(), "spec": None, "state": "RUNNING"}
    return orjson.dumps(fields, default=str).decode()


async def state(database: Database, run: Start) -> str | None:
    row = await database.fetchrow("SELECT state FROM run WHERE run_id = $1", run.run_id)
    return row["state"] if row else None


async def ended(database: Database, run: Start) -> str:
    """Wait until a run has ended, and give its state."""
    async with asyncio.timeout(10):
        while (found := await state(database, run)) in (None, "RUNNING"):
            pass
    return found


async def test_a_run_is_begun_then_ended(writer: Writer, database: Database) -> None:
    run = start(end_user_id="user", version_id=None, version_number=0, session_id=uuid4(), draft=b"draft")
    await writer.begin(run)
    row = await database.fetchrow("SELECT * FROM run WHERE run_id = $1", run.run_id)
    assert row is not None
    assert {name: row[name] for name in Start._fields} == run._asdict()
    assert (row["state"], row["start_time"], row["end_time"]) == ("RUNNING", run.create_time, None)
    finish = end(run, "done\0")
    await writer.finish(finish)
    row = await database.fetchrow("SELECT * FROM run WHERE run_id = $1", run.run_id)
    assert row is not None
    assert {name: row[name] for name in End._fields} == finish._asdict()
    assert (row["session_id"], row["spec"], row["draft"]) == (run.session_id, None, None)


async def test_a_run_ends_once(writer: Writer, database: Database) -> None:
    run = start()
    await writer.begin(run)
    assert await writer.finish(end(run))
    assert not await writer.finish(records.failed(run, Failure("INTERNAL", "again")))
    assert await state(database, run) == "SUCCEEDED"


async def test_the_end_of_a_former_driver_is_refused_and_told(writer: Writer, database: Database) -> None:
    run = start()
    await writer.begin(run)
    await database.execute("UPDATE run SET attempt = 2, state = 'QUEUED'")
    taken = run._replace(attempt=2)
    assert not await writer.finish(end(run))
    assert not await writer.finish(end(taken))
    await database.execute("UPDATE run SET state = 'RUNNING'")
    assert not await writer.finish(end(run))
    assert await state(database, run) == "RUNNING"
    assert await writer.finish(end(taken))


async def test_rows_are_found_by_their_index_also_while_the_table_is_new(dsn: str, database: Database) -> None:
    before = await scans(database)
    writer = Writer(dsn)
    writer.open()
    # Postgres makes a plan for good at the sixth time, when the table still has next to no rows.
    for _ in range(12):
        await writer.begin(run := start())
        await writer.finish(end(run))
    await writer.close(5)
    # A connection that ends tells what it counted.
    async with asyncio.timeout(10):
        while (after := await scans(database))["by_index"] < before["by_index"] + 12:
            pass
    assert after["whole"] == before["whole"]


async def scans(database: Database) -> dict[str, int]:
    row = await database.fetchrow(
        "SELECT sum(seq_scan)::int AS whole, sum(idx_scan)::int AS by_index FROM pg_stat_user_tables "
        "WHERE relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'run'::regclass)"
    )
    assert row is not None
    return dict(row)


async def test_nobody_goes_on_with_a_run_that_has_ended(writer: Writer, database: Database) -> None:
    run = start(spec=b"what was asked")
    await writer.begin(run)
    assert await database.fetchrow("SELECT spec FROM run") == (b"what was asked",)
    await writer.finish(end(run))
    assert await database.fetchrow("SELECT spec FROM run") == (None,)


async def test_an_end_touches_no_other_projects_run(writer: Writer, database: Database) -> None:
    run = start()
    await writer.begin(run)
    await writer.finish(end(run._replace(project_id=uuid4())))
    assert await state(database, run) == "RUNNING"


async def test_what_gathers_while_a_statement_is_under_way_goes_in_one(
    writer: Writer, database: Database, dsn: str
) -> None:
    runs = [start() for _ in range(300)]
    async with asyncio.TaskGroup() as group, locked(dsn):
        group.create_task(writer.begin(runs[0]))
        await wait_for_blocked(dsn)
        for run in runs[1:]:
            group.create_task(writer.begin(run))
        await asyncio.sleep(0)
    row = await database.fetchrow("SELECT count(*) AS runs, count(DISTINCT xmin::text) AS statements FROM run")
    assert row is not None
    # The first alone, then as many as a batch takes, then the rest.
    assert (row["runs"], row["statements"]) == (300, 3)


async def test_large_rows_make_small_batches(
    writer: Writer, database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MAX_CHARACTERS", 2000)
    async with asyncio.TaskGroup() as group, locked(dsn):
        for _ in range(5):
            group.create_task(writer.begin(start(messages=f'"{"x" * 2000}"')))
        await wait_for_blocked(dsn)
    row = await database.fetchrow("SELECT count(*) AS runs, count(DISTINCT xmin::text) AS statements FROM run")
    assert row is not None
    assert (row["runs"], row["statements"]) == (5, 5)


@pytest.mark.parametrize("fault", [{"end_user_id": "\0"}, {"version_number": 2**80}, {"inputs": "{"}])
async def test_a_row_that_is_refused_fails_alone(
    writer: Writer, database: Database, dsn: str, fault: dict[str, Any]
) -> None:
    good, bad = [start() for _ in range(20)], start(**fault)
    async with locked(dsn):
        first = asyncio.create_task(writer.begin(start()))
        await wait_for_blocked(dsn)
        calls = [asyncio.create_task(writer.begin(run)) for run in (*good[:10], bad, *good[10:])]
        await asyncio.sleep(0)
    results = await asyncio.gather(first, *calls, return_exceptions=True)
    [refused] = [result for result in results if result is not None]
    assert refused is results[11]
    assert not isinstance(refused, DatabaseUnavailable)
    row = await database.fetchrow("SELECT count(*) AS runs FROM run WHERE state = 'RUNNING'")
    assert row == (21,)


async def test_an_end_that_is_refused_still_ends_its_run(writer: Writer, database: Database) -> None:
    run = start()
    await writer.begin(run)
    with pytest.raises(Exception, match="0x00"):
        await writer.finish(end(run)._replace(finish_reason="\0"))
    assert await ended(database, run) == "FAILED"


async def test_who_left_does_not_hold_up_the_others(writer: Writer, database: Database, dsn: str) -> None:
    run, left = start(), start()
    await writer.begin(run)
    await writer.begin(left)
    async with locked(dsn):
        leaving = asyncio.create_task(writer.finish(end(left)))
        await wait_for_blocked(dsn)
        leaving.cancel()
        staying = asyncio.create_task(writer.finish(end(run)))
        await asyncio.sleep(0)
    await staying
    assert await state(database, left) == "SUCCEEDED"


async def test_a_run_whose_caller_left_while_it_was_being_begun_is_ended(
    writer: Writer, database: Database, dsn: str
) -> None:
    sent, queued = start(), start()
    async with locked(dsn):
        calls = [asyncio.create_task(writer.begin(sent))]
        await wait_for_blocked(dsn)
        calls.append(asyncio.create_task(writer.begin(queued)))
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
    assert await ended(database, sent) == "CANCELLED"
    assert await state(database, queued) is None


async def test_a_lost_connection_is_made_anew_unseen(writer: Writer, database: Database) -> None:
    run = start()
    await writer.begin(run)
    await database.execute(
        """
        SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity
        WHERE datname = current_database()
          AND pid <> pg_backend_pid()
        """
    )
    await writer.finish(end(run))
    assert await state(database, run) == "SUCCEEDED"


async def test_a_connection_lost_in_the_middle_of_a_statement_is_made_anew_unseen(
    writer: Writer, database: Database, dsn: str
) -> None:
    first, second = start(), start()
    await writer.begin(first)
    async with locked(dsn):
        calls = [asyncio.create_task(writer.finish(end(first)))]
        pid = await wait_for_blocked(dsn)
        calls.append(asyncio.create_task(writer.begin(second)))
        await database.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.gather(*calls)
    assert await state(database, first) == "SUCCEEDED"
    assert await state(database, second) == "RUNNING"


async def test_in_an_outage_starts_fail_and_ends_are_kept(
    writer: Writer, database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [start() for _ in range(3)]
    for run in runs:
        await writer.begin(run)
    refused = start()
    async with down(dsn):
        with pytest.raises(DatabaseUnavailable):
            await writer.begin(refused)
        monkeypatch.setattr(writing, "PATIENCE_SECONDS", 0.05)
        calls = [writer.finish(end(run)) for run in runs]
        for result in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(result, DatabaseUnavailable)
    for run in runs:
        assert await ended(database, run) == "SUCCEEDED"
    assert await state(database, refused) is None
    monkeypatch.undo()
    await writer.begin(start())


async def test_an_error_that_speaks_of_no_row_loses_no_end(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start()
    await writer.begin(run)
    await database.execute("ALTER TABLE run RENAME TO gone")
    monkeypatch.setattr(writing, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(DatabaseUnavailable):
        await writer.finish(end(run))
    await database.execute("ALTER TABLE gone RENAME TO run")
    assert await ended(database, run) == "SUCCEEDED"


async def test_a_database_that_hangs_is_unavailable_and_what_it_did_begin_is_ended(
    writer: Writer, database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PATIENCE_SECONDS", 0.05)
    run = start()
    async with locked(dsn):
        with pytest.raises(DatabaseUnavailable):
            await writer.begin(run)
    assert await ended(database, run) == "CANCELLED"


async def test_a_start_that_was_given_up_and_is_committed_late_is_ended_nevertheless(
    writer: Writer, database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "AGAIN_SECONDS", [0.1 * number for number in range(1, 80)])
    await writer.begin(start())
    late = start()
    async with down(dsn):
        with pytest.raises(DatabaseUnavailable):
            await writer.begin(late)
    # By now its end was written, and there was nothing to end.
    await writer.begin(start())
    assert await state(database, late) is None
    await database.execute("INSERT INTO run SELECT * FROM jsonb_populate_record(NULL::run, $1)", as_row(late))
    assert await ended(database, late) == "CANCELLED"


async def test_closing_writes_what_waits(dsn: str, database: Database) -> None:
    writer = Writer(dsn)
    writer.open()
    run = start()
    await writer.begin(run)
    writer.record(end(run))
    await writer.close(5.0)
    assert await state(database, run) == "SUCCEEDED"


async def test_closing_does_not_wait_for_ever(dsn: str) -> None:
    writer = Writer(dsn)
    writer.open()
    run = start()
    await writer.begin(run)
    async with down(dsn):
        writer.record(end(run))
        await writer.close(0.05)
