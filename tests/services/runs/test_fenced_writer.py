"""Runs that tell something at the same time share a statement; an outage is waited for."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from promptwire import values
from promptwire.v1.run_pb2 import Run
from services.caller import Caller
from services.db import Database
from services.providers.base import ChatAnswer, ChatRequest
from services.runs import fenced_writer
from services.runs.event_store import Batch, EventStore
from services.runs.fenced_writer import FencedWriter
from services.runs.store import RunStore
from tests.journeys.graphs import graph
from tests.services.runs.conftest import Make
from tests.services.runs.outages import down, locked, wait_for_blocked
from tests.services.runs.process import Process, Scripted
from tests.services.runs.telling import STARTED, batch, begin, end, kinds, stored, text

# So that what hangs fails.
SECONDS = 20.0


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


class Faulty(EventStore):
    """Raises a fault of the program's, the first time."""

    async def add(self, batches: Sequence[Batch]) -> set[tuple[UUID, int]]:
        self.add = super().add
        raise LookupError("a fault of the program's")


class Flows:
    """Flows of one node each, whose model answers when a test says so."""

    def __init__(self, process: Process, me: Caller, make_version: Make) -> None:
        self._process = process
        self._me = me
        self._make_version = make_version
        self._answers = defaultdict[str, asyncio.Future[ChatAnswer]](asyncio.Future)
        self.calls: dict[str, asyncio.Task[Run]] = {}
        self._versions: dict[str, str] = {}

    async def __call__(self, request: ChatRequest) -> ChatAnswer:
        return await self._answers[request.messages[-1]["content"]]

    async def begin(self, *prompts: str) -> None:
        """Begin a run for each prompt, and wait until all are asking."""
        for prompt in prompts:
            document = values.to_struct(graph({}, {"node": prompt}, {"o": ["node"]}))
            flow = await self._make_version(messages=[], graph=document)
            self._versions[prompt] = flow.id
            self.calls[prompt] = self._process.begin(self._me, flow)
        while len(await self._process.database.fetch("SELECT FROM node_run")) < len(prompts):
            await asyncio.sleep(0)

    @asynccontextmanager
    async def held_up(self, dsn: str, prompt: str) -> AsyncIterator[None]:
        """Let the statement that records the answer to a prompt not end before the block does."""
        async with locked(dsn, "node_run", "SHARE"):
            self._answers[prompt].set_result(ChatAnswer("done", 1, 2, "stop"))
            await wait_for_blocked(dsn)
            yield

    async def answer(self, prompt: str, text: str = "done", finish_reason: str = "stop") -> None:
        """Answer a prompt, and wait until that is to be recorded behind what is held up."""
        waiting = self._process.node_writer._waiting
        before = len(waiting)
        self._answers[prompt].set_result(ChatAnswer(text, 1, 2, finish_reason))
        while len(waiting) == before:
            await asyncio.sleep(0)

    async def cancel(self, prompt: str) -> None:
        """Cancel the run for a prompt; then it has ended."""
        starts = self._process.underway.older_than(0)
        [run_id] = [start.run_id for start in starts if str(start.version_id) == self._versions[prompt]]
        await self._process.intake.cancel(self._me.project_id, run_id)


@pytest.fixture
def flows(process: Process, me: Caller, make_version: Make, provider: Scripted) -> Flows:
    provider.behaviour = flows = Flows(process, me, make_version)
    return flows


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
    events: EventStore, store: RunStore, database: Database, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(fenced_writer, name, most)
    adding = FencedWriter(events)
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


async def test_who_left_holds_up_nobody_however_much_it_left(adding: FencedWriter, store: RunStore, dsn: str) -> None:
    runs = [await begin(store) for _ in range(3)]
    async with locked(dsn):
        first = adding.put(batch(runs[0], STARTED))
        await wait_for_blocked(dsn)
        left = adding.put(batch(runs[1], text("a" * fenced_writer.MAX_BYTES)))
        last = adding.put(batch(runs[2], STARTED))
        left.cancel()
    async with asyncio.timeout(SECONDS):
        assert await first
        assert await last


async def test_a_cancelled_run_with_much_to_record_holds_up_no_other(flows: Flows, dsn: str) -> None:
    await flows.begin("first", "left", "last")
    async with flows.held_up(dsn, "first"):
        await flows.answer("left", "a" * fenced_writer.MAX_BYTES)
        await flows.answer("last")
        await flows.cancel("left")
    async with asyncio.timeout(SECONDS):
        ends = {prompt: (await call).state for prompt, call in flows.calls.items()}
    assert ends == {"first": Run.STATE_SUCCEEDED, "left": Run.STATE_CANCELLED, "last": Run.STATE_SUCCEEDED}


async def test_what_is_refused_fails_alone(adding: FencedWriter, store: RunStore, database: Database, dsn: str) -> None:
    runs = [await begin(store) for _ in range(8)]
    async with locked(dsn):
        first = adding.put(batch(runs[0], STARTED))
        await wait_for_blocked(dsn)
        rest = [adding.put(batch(run, STARTED)) for run in runs[1:5]]
        refused = adding.put(batch(runs[5])._replace(rows=[(2**80, b"")]))
        rest += [adding.put(batch(run, STARTED)) for run in runs[6:]]
    async with asyncio.timeout(SECONDS):
        assert all(await asyncio.gather(first, *rest))
        with pytest.raises(Exception, match="out of"):
            await refused
    assert await statements(database) == [1, 3, 1, 1, 1]
    # From then on statements are as large as before, step by step.
    assert all(await asyncio.gather(*(adding.add(batch(run, text("a"), first=3)) for run in runs[:5])))
    assert (await statements(database))[5:] == [4, 1]


async def test_a_run_whose_answer_cannot_be_recorded_fails_alone(flows: Flows, dsn: str) -> None:
    await flows.begin("first", "bad", "good")
    async with flows.held_up(dsn, "first"):
        await flows.answer("bad", finish_reason="no text\0")
        await flows.answer("good")
    async with asyncio.timeout(SECONDS):
        ends = {prompt: (await call).state for prompt, call in flows.calls.items()}
    assert ends == {"first": Run.STATE_SUCCEEDED, "bad": Run.STATE_FAILED, "good": Run.STATE_SUCCEEDED}


async def test_a_fault_of_the_programs_is_told_to_those_it_concerns(database: Database, store: RunStore) -> None:
    adding = FencedWriter(Faulty(database))
    run = await begin(store)
    async with asyncio.timeout(SECONDS):
        with pytest.raises(LookupError):
            await adding.add(batch(run, STARTED))
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
