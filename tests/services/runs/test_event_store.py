"""Events of runs are recorded by the driver that the row names, once, and by nobody else."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from promptwire.v1 import run_pb2
from promptwire.v1.run_pb2 import RunEvent
from services.db import Database
from services.errors import NotFound
from services.runs.event_store import Batch, EventStore, Told
from services.runs.executor import NodeStarted
from services.runs.store import RunStore
from tests.services.runs.outages import wait_for_blocked
from tests.services.runs.telling import ENDED, NODE, STARTED, batch, begin, end, kinds, start, stored, take, text


@pytest.fixture
def events(database: Database) -> EventStore:
    return EventStore(database)


async def test_events_are_listed_in_order_with_what_the_row_says(events: EventStore, store: RunStore) -> None:
    run = await begin(store)
    assert await events.add([batch(run, STARTED, text("a"))]) == {(run.run_id, 1)}
    assert await events.add([batch(run, text("b"), ENDED, first=4)]) == {(run.run_id, 1)}
    page = await events.list(run.project_id, run.run_id, after=2, limit=2)
    assert [event.sequence for event in page.events] == [3, 4]
    assert (page.last, page.attempt, page.has_ended, page.are_kept, page.is_streamed) == (5, 1, False, True, True)
    await end(store, run)
    page = await events.list(run.project_id, run.run_id, after=5, limit=2)
    assert (page.events, page.last, page.has_ended) == ([], 5, True)


async def test_a_run_without_events_has_one_that_is_derived(events: EventStore, store: RunStore) -> None:
    run = await begin(store, streamed=False)
    page = await events.list(run.project_id, run.run_id, after=0, limit=10)
    assert (page.events, page.last, page.are_kept, page.is_streamed) == ([], 1, False, False)
    assert await events.find_told(run) == Told()


async def test_a_run_that_is_not_there_has_none(events: EventStore, store: RunStore) -> None:
    run = await begin(store)
    for project_id, run_id in ((run.project_id, uuid4()), (uuid4(), run.run_id)):
        with pytest.raises(NotFound) as caught:
            await events.list(project_id, run_id, after=0, limit=10)
        assert caught.value.reason == "RUN_NOT_FOUND"


async def test_events_are_forgotten_an_hour_after_the_end(
    events: EventStore, store: RunStore, database: Database
) -> None:
    run = await begin(store)
    await events.add([batch(run, STARTED)])
    await end(store, run)
    for age, are_kept in (("59 minutes", True), ("61 minutes", False)):
        await database.execute(f"UPDATE run SET end_time = now() - interval '{age}'")
        page = await events.list(run.project_id, run.run_id, after=0, limit=10)
        assert (page.are_kept, page.is_streamed) == (are_kept, True)


async def test_the_same_again_changes_nothing(events: EventStore, store: RunStore) -> None:
    run = await begin(store)
    for _ in range(2):
        assert await events.add([batch(run, STARTED, text("a"))]) == {(run.run_id, 1)}
    assert kinds(await stored(events, run)) == ["node_started", "text_delta"]


async def test_only_the_driver_of_the_row_adds_to_a_run_that_goes_on(
    events: EventStore, store: RunStore, database: Database
) -> None:
    driven, taken, over = [await begin(store) for _ in range(3)]
    other, nobodys = driven._replace(project_id=uuid4()), start()
    await take(database, taken)
    await end(store, over)
    batches = [batch(run, STARTED) for run in (driven, taken, over, nobodys)]
    assert await events.add(batches) == {(driven.run_id, 1)}
    assert await events.add([batch(other, STARTED)]) == set()
    assert len(await stored(events, driven)) == 1
    assert not [*await stored(events, taken), *await stored(events, over)]
    row = await database.fetchrow("SELECT count(*) AS rows FROM run_event")
    assert row == (1,)


async def test_a_former_and_a_new_driver_in_one_statement_are_told_apart(
    events: EventStore, store: RunStore, database: Database
) -> None:
    former = await begin(store)
    new = await take(database, former)
    assert await events.add([batch(former, text("old")), batch(new, text("new"))]) == {(new.run_id, 2)}
    assert [event.text_delta.text for event in await stored(events, new)] == ["new"]


async def test_what_was_handed_on_has_no_driver(events: EventStore, store: RunStore, database: Database) -> None:
    run = await begin(store)
    await database.execute("UPDATE run SET state = 'QUEUED', server_id = NULL")
    assert await events.add([batch(run, STARTED)]) == set()


async def test_a_driver_waits_for_a_take_over_that_is_under_way_and_loses(
    events: EventStore, store: RunStore, database: Database, dsn: str
) -> None:
    run = await begin(store)
    async with database.transaction() as connection:
        await connection.execute("UPDATE run SET attempt = attempt + 1")
        late = asyncio.create_task(events.add([batch(run, STARTED)]))
        await wait_for_blocked(dsn)
    assert await late == set()
    assert not await stored(events, run)


async def test_a_take_over_waits_for_events_that_are_being_recorded_and_sees_them(
    events: EventStore, store: RunStore, database: Database, dsn: str
) -> None:
    run = await begin(store)
    blocker = await asyncpg.connect(dsn)
    async with blocker.transaction():
        # The driver's statement comes as far as its insert, which waits for this one.
        await blocker.execute(
            "INSERT INTO run_event (project_id, run_id, sequence, event) VALUES ($1, $2, 2, '')",
            run.project_id,
            run.run_id,
        )
        adding = asyncio.create_task(events.add([batch(run, STARTED, text("a"))]))
        await wait_for_blocked(dsn)
        taking = asyncio.create_task(take(database, run))
        while (await database.fetchrow("SELECT count(*) FROM pg_locks WHERE NOT granted")) != (2,):
            pass
        assert not taking.done()
        await blocker.execute("DELETE FROM run_event")
    assert await adding == {(run.run_id, 1)}
    await taking
    assert (await events.find_told(run)).last == 3
    await blocker.close()


async def test_drivers_and_take_overs_at_once_leave_no_gap_and_no_repeat(
    events: EventStore, store: RunStore, database: Database
) -> None:
    run = await begin(store)
    told = list[str]()

    async def drive(attempt: int) -> None:
        """Take the run, and tell of it until another one takes it."""
        row = await database.fetchrow("UPDATE run SET attempt = attempt + 1 RETURNING attempt")
        assert row is not None
        driver = run._replace(attempt=row["attempt"])
        last = (await events.find_told(run)).last
        for index in range(20):
            words = f"{attempt}.{index}"
            if not await events.add([batch(driver, text(words), first=last + 1 + index)]):
                return
            told.append(words)

    await asyncio.gather(*(drive(attempt) for attempt in range(5)))
    kept = await stored(events, run)
    assert [event.sequence for event in kept] == list(range(2, len(kept) + 2))
    assert [event.text_delta.text for event in kept] == told


async def test_who_takes_a_run_learns_where_its_events_end(events: EventStore, store: RunStore) -> None:
    run = await begin(store)
    again = NodeStarted(NODE, 2)
    await events.add([batch(run, STARTED, text("a"), again, *[text("b")] * 100)])
    told = await events.find_told(run)
    assert (told.last, told.attempts) == (104, {NODE: 2})
    assert await events.find_told(run._replace(run_id=uuid4())) == Told()


async def test_who_takes_a_graph_learns_of_each_of_its_nodes(events: EventStore, store: RunStore) -> None:
    run = await begin(store)
    run = run._replace(is_flow=True)
    made = [
        RunEvent(node_started=run_pb2.NodeStarted(node_id="a", attempt=1)),
        RunEvent(node_ended=run_pb2.NodeEnded(node_run=run_pb2.NodeRun(node_id="a"))),
        RunEvent(node_started=run_pb2.NodeStarted(node_id="b", attempt=1)),
        RunEvent(node_started=run_pb2.NodeStarted(node_id="a", attempt=2)),
        RunEvent(node_ended=run_pb2.NodeEnded(node_run=run_pb2.NodeRun(node_id="c"))),
    ]
    for sequence, event in enumerate(made, 2):
        event.sequence = sequence
    rows = [(event.sequence, event.SerializeToString()) for event in made]
    await events.add([Batch(run.project_id, run.run_id, run.attempt, rows)])
    told = await events.find_told(run)
    assert (told.last, told.attempts, set(told.ended)) == (6, {"a": 2, "b": 1}, {"c"})
