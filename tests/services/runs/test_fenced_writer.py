"""Runs that tell something at the same time share a statement; an outage is waited for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from services.db import Database
from services.runs import fenced_writer
from services.runs.event_store import Batch, EventStore
from services.runs.fenced_writer import FencedWriter
from services.runs.store import RunStore
from tests.services.runs.outages import down, locked, wait_for_blocked
from tests.services.runs.telling import STARTED, batch, begin, end, kinds, stored, text


@pytest.fixture
def events(database: Database) -> EventStore:
    return EventStore(database)


@pytest.fixture
async def adding(events: EventStore) -> AsyncIterator[FencedWriter]:
    adding = FencedWriter(events)
    yield adding
    await adding.close()


class Troubled(EventStore):
    """Notes each statement that failed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.failures = asyncio.Queue[Exception]()

    async def add(self, batches: Sequence[Batch]) -> set[tuple[UUID, int]]:
        try:
            return await super().add(batches)
        except Exception as error:
            self.failures.put_nowait(error)
            raise


async def statements(database: Database) -> list[int]:
    """Give how many events each statement wrote."""
    rows = await database.fetch("SELECT count(*) FROM run_event GROUP BY xmin::text ORDER BY min(create_time)")
    return [row[0] for row in rows]


async def test_what_gathers_while_a_statement_is_under_way_goes_in_one(
    adding: FencedWriter, store: RunStore, database: Database, dsn: str
) -> None:
    runs = [await begin(store) for _ in range(20)]
    async with asyncio.TaskGroup() as group, locked(dsn):
        group.create_task(adding.add(batch(runs[0], STARTED)))
        await wait_for_blocked(dsn)
        rest = [group.create_task(adding.add(batch(run, STARTED, text("a")))) for run in runs[1:]]
        await asyncio.sleep(0)
    assert all(task.result() for task in rest)
    assert await statements(database) == [1, 38]


@pytest.mark.parametrize(("name", "most"), [("MAX_BATCHES", 2), ("MAX_BYTES", 30)])
async def test_a_statement_is_bounded(
    adding: FencedWriter, store: RunStore, database: Database, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(fenced_writer, name, most)
    runs = [await begin(store) for _ in range(6)]
    assert all(await asyncio.gather(*(adding.add(batch(run, text("123456"))) for run in runs)))
    assert await statements(database) == [2, 2, 2]


async def test_each_run_is_told_whether_it_is_still_its_drivers(adding: FencedWriter, store: RunStore) -> None:
    runs = [await begin(store) for _ in range(4)]
    await end(store, runs[1])
    assert await asyncio.gather(*(adding.add(batch(run, STARTED)) for run in runs)) == [True, False, True, True]


async def test_a_connection_lost_in_the_middle_is_made_anew_unseen(
    adding: FencedWriter, store: RunStore, database: Database, events: EventStore, dsn: str
) -> None:
    run = await begin(store)
    async with locked(dsn):
        adding_one = asyncio.create_task(adding.add(batch(run, STARTED, text("a"))))
        pid = await wait_for_blocked(dsn)
        await database.execute("SELECT pg_terminate_backend($1)", pid)
    assert await adding_one
    assert kinds(await stored(events, run)) == ["node_started", "text_delta"]


async def test_an_outage_is_waited_for(
    database: Database, store: RunStore, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fenced_writer, "PAUSE_SECONDS", 0.01)
    events = Troubled(database)
    run = await begin(store)
    async with down(dsn):
        call = asyncio.create_task(FencedWriter(events).add(batch(run, STARTED)))
        for _ in range(2):
            await events.failures.get()
    assert await call
    assert kinds(await stored(events, run)) == ["node_started"]


async def test_who_left_holds_up_nobody(adding: FencedWriter, store: RunStore, dsn: str) -> None:
    runs = [await begin(store) for _ in range(3)]
    async with locked(dsn):
        calls = [asyncio.create_task(adding.add(batch(runs[0], STARTED)))]
        await wait_for_blocked(dsn)
        calls += [asyncio.create_task(adding.add(batch(run, STARTED))) for run in runs[1:]]
        await asyncio.sleep(0)
        for call in calls[:2]:
            call.cancel()
    assert await calls[2]


async def test_a_fault_of_ours_is_told_to_those_it_concerns(adding: FencedWriter, store: RunStore) -> None:
    run = await begin(store)
    with pytest.raises(Exception, match="out of"):
        await adding.add(batch(run)._replace(rows=[(2**80, b"")]))
    assert await adding.add(batch(run, STARTED))


async def test_closing_leaves_what_waits(events: EventStore, store: RunStore, dsn: str) -> None:
    adding = FencedWriter(events)
    runs = [await begin(store) for _ in range(2)]
    async with locked(dsn):
        calls = [asyncio.create_task(adding.add(batch(runs[0], STARTED)))]
        await wait_for_blocked(dsn)
        calls.append(asyncio.create_task(adding.add(batch(runs[1], STARTED))))
        await asyncio.sleep(0)
        await adding.close()
        await asyncio.wait(calls)
    assert all(call.cancelled() for call in calls)
