"""Runs that change hands over a real database: one driver at a time, and one run for one request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services import errors
from services.db import Database
from services.keys.claim import Claim
from services.runs import queue_store, records
from services.runs.lease_store import LeaseStore
from services.runs.queue_store import MAX_ATTEMPTS, QueueStore
from services.runs.records import Start
from services.runs.store import RunStore
from tests.services.runs import telling
from tests.services.runs.telling import PROJECT, start

LONGEST_RUN = timedelta(seconds=300)
ME, OTHER = uuid4(), uuid4()
CLAIM = Claim(PROJECT, "key1", "CreateRun", "request-1", b"what is asked")


@pytest.fixture
async def queue(database: Database) -> QueueStore:
    """Give the queue of a project's runs, with two servers that are alive."""
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, 'runs')", PROJECT)
    for server_id in (ME, OTHER):
        await LeaseStore(database).renew(server_id, LONGEST_RUN)
    return QueueStore(database)


@pytest.fixture
def kill(database: Database) -> Callable[[UUID], Awaitable[None]]:
    """Let a server's lease lapse."""
    return LeaseStore(database).end


def queued(**fields: Any) -> Start:
    """Give the start of a run that waits for a worker."""
    return start(start_time=None, attempt=0, server_id=None, **fields)


async def row_of(database: Database, run: Start) -> Any:
    return await database.fetchrow("SELECT * FROM run WHERE run_id = $1", run.run_id)


async def state_of(database: Database, run: Start) -> tuple[str, str | None]:
    """Give the state of a run and the reason of its error."""
    row = await row_of(database, run)
    return row["state"], row["error"] and orjson.loads(row["error"])["reason"]


async def jobs(database: Database) -> list[str]:
    return [row["payload"].decode() for row in await database.fetch("SELECT payload FROM pgqueuer ORDER BY id")]


def name(run: Start) -> str:
    return queue_store.to_name(run.project_id, run.run_id)


async def test_a_queued_run_is_there_with_its_job(queue: QueueStore, database: Database) -> None:
    run = queued()
    assert await queue.create(run, None) == run.run_id
    row = await row_of(database, run)
    assert {field: row[field] for field in Start._fields} == run._asdict()
    assert row["state"] == "QUEUED"
    assert await jobs(database) == [name(run)]
    assert queue_store.from_name(name(run)) == (run.project_id, run.run_id)


async def test_a_run_that_its_request_drives_has_no_job(queue: QueueStore, database: Database) -> None:
    run = start()
    await queue.create(run, CLAIM)
    assert await state_of(database, run) == ("RUNNING", None)
    assert await jobs(database) == []


async def test_a_job_that_cannot_be_put_leaves_no_run_and_no_claim(queue: QueueStore, database: Database) -> None:
    await database.execute("ALTER TABLE pgqueuer RENAME TO gone")
    with pytest.raises(Exception, match="pgqueuer"):
        await queue.create(queued(), CLAIM)
    assert await database.fetch("SELECT FROM run") == await database.fetch("SELECT FROM request") == []


@pytest.mark.parametrize("make", [start, queued])
async def test_of_requests_at_once_with_one_id_one_makes_a_run(
    queue: QueueStore, database: Database, make: Callable[[], Start]
) -> None:
    runs = [make() for _ in range(8)]
    made = await asyncio.gather(*(queue.create(run, CLAIM) for run in runs))
    assert len(set(made)) == 1
    [row] = await database.fetch("SELECT run_id FROM run")
    assert row["run_id"] == made[0]
    assert len(await jobs(database)) == (make is queued)
    assert await queue.find_by_claim(CLAIM) == made[0]


async def test_a_request_id_is_for_one_content(queue: QueueStore, database: Database) -> None:
    assert await queue.find_by_claim(CLAIM) is None
    await queue.create(start(), CLAIM)
    other = replace(CLAIM, fingerprint=b"something else")
    for use in (queue.find_by_claim(other), queue.create(start(), other)):
        with pytest.raises(errors.AlreadyExists) as caught:
            await use
        assert caught.value.reason == "REQUEST_ID_REUSED"
    assert len(await database.fetch("SELECT FROM run")) == 1


async def test_a_request_id_is_free_again_after_a_day(queue: QueueStore, database: Database) -> None:
    first, second = start(), start()
    await queue.create(first, CLAIM)
    await database.execute("UPDATE request SET create_time = now() - interval '23 hours 59 minutes'")
    assert await queue.create(start(), CLAIM) == first.run_id
    await database.execute("UPDATE request SET create_time = now() - interval '24 hours'")
    assert await queue.find_by_claim(CLAIM) is None
    assert await queue.create(second, replace(CLAIM, fingerprint=b"something else")) == second.run_id


async def test_a_queued_run_is_taken_once(queue: QueueStore, database: Database) -> None:
    run = queued()
    await queue.create(run, None)
    taken = await asyncio.gather(*(queue.take(PROJECT, run.run_id, server_id) for server_id in (ME, OTHER)))
    [one] = [each for each in taken if each]
    assert one.start.server_id in (ME, OTHER)
    assert one.start == run._replace(
        server_id=one.start.server_id, attempt=1, start_time=one.start.start_time, spec=b"spec"
    )
    assert (one.spec, one.cancel_time) == (b"spec", None)
    row = await row_of(database, run)
    assert (row["state"], row["attempt"], row["server_id"]) == ("RUNNING", 1, one.start.server_id)
    assert row["start_time"] == one.start.start_time is not None


async def test_a_run_is_taken_from_a_dead_server_only(
    queue: QueueStore, store: RunStore, kill: Callable[[UUID], Awaitable[None]]
) -> None:
    run = await telling.begin(store, server_id=OTHER)
    assert await queue.take(PROJECT, run.run_id, ME) is None
    await kill(OTHER)
    taken = await queue.take(PROJECT, run.run_id, ME)
    assert taken is not None
    assert (taken.start.attempt, taken.start.server_id, taken.start.start_time) == (2, ME, run.start_time)


async def test_a_run_of_a_server_that_is_not_known_any_more_is_free(queue: QueueStore, store: RunStore) -> None:
    run = await telling.begin(store, server_id=uuid4())
    assert await queue.take(PROJECT, run.run_id, ME) is not None


async def test_a_run_that_a_server_took_and_does_not_drive_is_taken_by_it_again(queue: QueueStore) -> None:
    run = queued()
    await queue.create(run, None)
    attempts = [await queue.take(PROJECT, run.run_id, ME) for _ in range(2)]
    assert [taken and taken.start.attempt for taken in attempts] == [1, 2]


async def test_a_run_that_ends_with_its_server_is_never_taken(
    queue: QueueStore, store: RunStore, database: Database, kill: Callable[[UUID], Awaitable[None]]
) -> None:
    run = await telling.begin(store, server_id=OTHER, spec=None)
    await kill(OTHER)
    assert await queue.take(PROJECT, run.run_id, ME) is None
    assert await state_of(database, run) == ("RUNNING", None)


async def test_a_run_that_has_ended_is_not_taken(queue: QueueStore, store: RunStore, database: Database) -> None:
    run = await telling.begin(store)
    await telling.end(store, run)
    assert await queue.take(PROJECT, run.run_id, ME) is None
    assert await state_of(database, run) == ("SUCCEEDED", None)


async def test_a_run_whose_drivers_died_five_times_is_poisoned(
    queue: QueueStore, database: Database, kill: Callable[[UUID], Awaitable[None]]
) -> None:
    run = queued(draft=b"draft")
    await queue.create(run, None)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        driver = uuid4()
        await LeaseStore(database).renew(driver, LONGEST_RUN)
        taken = await queue.take(PROJECT, run.run_id, driver)
        assert taken is not None
        assert (taken.start.attempt, taken.start.draft) == (attempt, b"draft")
        # As long as it lives, nobody ends it.
        assert await queue.take(PROJECT, run.run_id, ME) is None
        assert await state_of(database, run) == ("RUNNING", None)
        await kill(driver)
    assert await queue.take(PROJECT, run.run_id, ME) is None
    assert await state_of(database, run) == ("FAILED", "POISONED")
    row = await row_of(database, run)
    assert (row["spec"], row["draft"], row["attempt"], row["end_time"] is None) == (None, None, MAX_ATTEMPTS, False)


async def test_a_run_is_handed_on_by_its_driver_alone(queue: QueueStore, database: Database, store: RunStore) -> None:
    run = await telling.begin(store, server_id=ME)
    await queue.hand_on(run._replace(attempt=2))
    assert (await state_of(database, run), await jobs(database)) == (("RUNNING", None), [])
    await queue.hand_on(run)
    assert (await state_of(database, run), await jobs(database)) == (("QUEUED", None), [name(run)])
    # Once more it changes nothing, and neither does a late end.
    await queue.hand_on(run)
    assert not await store.finish(_end(run))
    assert (await state_of(database, run), await jobs(database)) == (("QUEUED", None), [name(run)])
    taken = await queue.take(PROJECT, run.run_id, OTHER)
    assert taken is not None
    assert not await store.finish(_end(run))
    await queue.hand_on(run)
    assert await store.finish(_end(taken.start))
    assert await state_of(database, run) == ("SUCCEEDED", None)


async def test_a_queued_run_is_cancelled_at_once(queue: QueueStore, database: Database) -> None:
    run = queued(draft=b"draft")
    await queue.create(run, None)
    await queue.cancel(PROJECT, run.run_id)
    assert await state_of(database, run) == ("CANCELLED", "RUN_CANCELLED")
    row = await row_of(database, run)
    assert (row["spec"], row["draft"], row["input_tokens"], row["end_time"] is None) == (None, None, 0, False)
    assert await queue.take(PROJECT, run.run_id, ME) is None


async def test_the_driver_of_a_run_is_asked_to_cancel_it(
    queue: QueueStore, database: Database, store: RunStore
) -> None:
    run = await telling.begin(store, server_id=OTHER)
    await queue.cancel(PROJECT, run.run_id)
    assert await state_of(database, run) == ("RUNNING", None)
    asked = (await row_of(database, run))["cancel_time"]
    await queue.cancel(PROJECT, run.run_id)
    assert (await row_of(database, run))["cancel_time"] == asked is not None
    await queue.hand_on(run)
    taken = await queue.take(PROJECT, run.run_id, ME)
    assert taken is not None
    assert taken.cancel_time == asked


async def test_a_run_that_has_ended_is_not_cancelled(queue: QueueStore, database: Database, store: RunStore) -> None:
    run = await telling.begin(store)
    await telling.end(store, run)
    before = await row_of(database, run)
    await queue.cancel(PROJECT, run.run_id)
    assert await row_of(database, run) == before


async def test_another_projects_run_is_not_touched(queue: QueueStore, database: Database) -> None:
    run, other = queued(), uuid4()
    await queue.create(run, None)
    await queue.cancel(other, run.run_id)
    assert await queue.take(other, run.run_id, ME) is None
    assert await state_of(database, run) == ("QUEUED", None)


def _end(run: Start) -> Any:
    return records.succeeded(run, telling.DONE, telling.to_output(telling.DONE))
