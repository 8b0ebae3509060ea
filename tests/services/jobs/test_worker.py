"""Workers over one queue: every job is done, by one of them, whatever becomes of the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from services.db import Database
from services.jobs import queue, worker
from services.jobs.worker import Again, Worker
from tests.services.runs.outages import down

KIND = "kind"
NAMES = [str(number) for number in range(6)]


class Work:
    """What is done of the jobs: it is counted, and waits for `go`."""

    def __init__(self) -> None:
        self.begun = Counter[str]()
        self.done = Counter[str]()
        self.go = asyncio.Event()
        self.trouble: list[BaseException] = []

    async def do(self, name: str) -> None:
        """Do a job, or raise what a test wants next."""
        self.begun[name] += 1
        if self.trouble:
            raise self.trouble.pop()
        await self.go.wait()
        self.done[name] += 1


@pytest.fixture
def work() -> Work:
    return Work()


class Workers:
    """Starts workers, and closes them at the end of a test."""

    def __init__(self, dsn: str, closing: AsyncExitStack) -> None:
        self._dsn = dsn
        self._closing = closing

    def start(self, work: Work, most: int = 4) -> Worker:
        """Start a worker."""
        started = Worker(self._dsn, KIND, work.do, most=most)
        started.start()
        self._closing.push_async_callback(started.close, 0)
        return started


@pytest.fixture
async def workers(dsn: str) -> AsyncIterator[Workers]:
    async with AsyncExitStack() as closing:
        yield Workers(dsn, closing)


async def put(database: Database, *names: str) -> None:
    async with database.connection() as connection:
        await queue.put(connection, KIND, names)


async def reach(counts: Counter[str], total: int) -> None:
    """Wait until so much was counted."""
    async with asyncio.timeout(15):
        while counts.total() < total:
            await asyncio.sleep(0.01)


async def left(database: Database) -> list[str]:
    return [row["status"] for row in await database.fetch("SELECT status FROM pgqueuer")]


async def empty(database: Database) -> None:
    """Wait until no job is left."""
    async with asyncio.timeout(15):
        while await left(database):
            await asyncio.sleep(0.01)


async def miss(database: Database) -> None:
    """Let so much time pass that other workers miss those that gave no sign."""
    await database.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 minute' WHERE status = 'picked'")


async def test_jobs_are_done_those_before_the_worker_and_those_after(
    workers: Workers, database: Database, work: Work
) -> None:
    work.go.set()
    await put(database, *NAMES[:3])
    workers.start(work)
    await reach(work.done, 3)
    await put(database, *NAMES[3:])
    await empty(database)
    assert work.done == Counter(NAMES)


async def test_a_worker_has_no_more_jobs_than_it_may_and_others_have_the_rest(
    workers: Workers, database: Database, work: Work
) -> None:
    await put(database, *NAMES)
    workers.start(work, most=4)
    await reach(work.begun, 4)
    other = Work()
    workers.start(other, most=4)
    await reach(other.begun, 2)
    assert work.begun + other.begun == Counter(NAMES)
    work.go.set()
    other.go.set()
    await empty(database)
    assert work.done + other.done == Counter(NAMES)


async def test_a_job_that_is_put_off_is_done_later(workers: Workers, database: Database, work: Work) -> None:
    work.go.set()
    work.trouble = [Again(0.2), Again(0)]
    workers.start(work)
    await put(database, "a")
    await empty(database)
    assert (work.begun["a"], work.done["a"]) == (3, 1)


async def test_a_job_that_breaks_is_tried_again_however_often_it_was_put_off(
    workers: Workers, database: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0.1)
    await put(database, "a")
    await database.execute("UPDATE pgqueuer SET attempts = 5000")
    work.go.set()
    work.trouble = [ZeroDivisionError("\0\ud800"), Again(0), ZeroDivisionError()]
    workers.start(work)
    await empty(database)
    assert (work.begun["a"], work.done["a"]) == (4, 1)


async def test_a_job_that_is_cancelled_is_not_done(workers: Workers, database: Database, work: Work) -> None:
    work.go.set()
    work.trouble = [asyncio.CancelledError()]
    workers.start(work)
    await put(database, "a")
    await reach(work.done, 1)
    assert work.begun["a"] == 2


async def test_the_job_of_a_worker_that_gives_no_sign_goes_to_another(
    workers: Workers, database: Database, work: Work
) -> None:
    await put(database, "a")
    workers.start(work)
    await reach(work.begun, 1)
    other = Work()
    other.go.set()
    workers.start(other)
    async with asyncio.timeout(15):
        while not other.done:
            # The first one does give signs, and may take its job again.
            await miss(database)
            await asyncio.sleep(0.02)


async def test_a_worker_that_stops_takes_no_more_and_does_what_it_has(
    workers: Workers, database: Database, work: Work
) -> None:
    await put(database, "a")
    stopped = workers.start(work)
    await reach(work.begun, 1)
    stopped.stop_taking()
    closing = asyncio.create_task(stopped.close(10))
    await put(database, "b")
    work.go.set()
    await closing
    assert work.done == Counter("a")
    assert await left(database) == ["queued"]


async def test_what_a_worker_has_when_it_must_stop_is_not_lost(
    workers: Workers, database: Database, work: Work
) -> None:
    await put(database, *NAMES[:3])
    stopped = workers.start(work)
    await reach(work.begun, 3)
    async with asyncio.timeout(5):
        await stopped.close(0.1)
    assert await left(database) == ["queued"] * 3
    work.go.set()
    workers.start(work)
    await empty(database)
    assert work.done == Counter(NAMES[:3])


async def test_an_outage_costs_no_job(workers: Workers, database: Database, work: Work, dsn: str) -> None:
    await put(database, "a")
    workers.start(work)
    await reach(work.begun, 1)
    async with down(dsn):
        work.go.set()
        await reach(work.done, 1)
    await put(database, "b")
    await empty(database)
    assert work.done == Counter("ab")


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_worker_stops_in_an_outage_too(
    workers: Workers, database: Database, work: Work, dsn: str, is_done: bool
) -> None:
    await put(database, "a")
    stopped = workers.start(work)
    await reach(work.begun, 1)
    async with down(dsn):
        if is_done:
            work.go.set()
            await reach(work.done, 1)
        async with asyncio.timeout(5):
            await stopped.close(0.1)
        assert not [task for task in asyncio.all_tasks() if "pgqueuer" in repr(task)]
    # The fixture's own connections were cut as well.
    fresh = await Database.open(dsn)
    assert len(await left(fresh)) == 1
    await fresh.close()


async def test_a_worker_starts_before_its_database_and_its_tables(
    workers: Workers, database: Database, work: Work, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0.1)
    await put(database, "a")
    await database.execute("ALTER TABLE pgqueuer RENAME TO hidden")
    work.go.set()
    async with down(dsn):
        workers.start(work)
        await asyncio.sleep(0)
    # The fixture's own connections were cut as well.
    fresh = await Database.open(dsn)
    await fresh.execute("ALTER TABLE hidden RENAME TO pgqueuer")
    await empty(fresh)
    await fresh.close()
    assert work.done == Counter("a")
