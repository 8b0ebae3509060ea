"""The jobs of runs: done when the run has ended, by whomever; put off as long as it has not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
import pytest

from promptwire import values
from promptwire.v1.run_pb2 import Run
from promptwire.v1.session_pb2 import Session
from services import errors
from services.caller import Caller
from services.db import Database
from services.jobs.worker import Again
from services.prompts.version_store import VersionStore
from services.providers.base import ChatAnswer, ChatRequest
from services.runs import planner, queue_store, taker
from services.runs.underway import Stop
from tests.services.runs.conftest import Another, Draft, Make
from tests.services.runs.outages import down
from tests.services.runs.process import Gate, Process, Scripted, ask, hang

Do = Callable[[Process, Run], Awaitable[float | None]]


@pytest.fixture
def do(me: Caller) -> Do:
    """Do the job of a run; give for how long it was put off, None when it is done."""

    async def do(process: Process, run: Run) -> float | None:
        try:
            await process.taker.do(queue_store.to_name(me.project_id, UUID(run.id)))
        except Again as again:
            return again.seconds
        return None

    return do


Queue = Callable[..., Awaitable[Run]]


@pytest.fixture
def queue(process: Process, me: Caller, make_version: Make) -> Queue:
    """Queue a run: `await queue("Hello {name}", {"name": "Ann"})`."""

    async def queue(text: str = "Hello", inputs: dict[str, Any] | None = None, **fields: Any) -> Run:
        return await process.intake.queue(me, ask(await make_version(text), inputs, **fields))

    return queue


@pytest.fixture
def kept(database: Database) -> Callable[[Run], Awaitable[Any]]:
    """Give the row of a run."""

    async def kept(run: Run) -> Any:
        return await database.fetchrow("SELECT * FROM run WHERE run_id = $1", UUID(run.id))

    return kept


def reason(row: Any) -> str | None:
    return row["error"] and orjson.loads(row["error"])["reason"]


async def test_a_queued_run_is_driven_to_its_end(process: Process, queue: Queue, do: Do, kept: Any) -> None:
    run = await queue("Hello {name}", {"name": "Ann"})
    assert await do(process, run) is None
    row = await kept(run)
    assert (row["state"], row["attempt"], row["spec"]) == ("SUCCEEDED", 1, None)
    assert orjson.loads(row["outputs"])[0]["text"] == "echo: Hello Ann"
    assert row["start_time"] >= row["create_time"]


async def test_a_queued_run_of_a_session_runs_the_draft_that_it_was_queued_with(
    process: Process,
    me: Caller,
    make_session: Draft,
    save: Callable[[Session, str], Awaitable[None]],
    do: Do,
    kept: Any,
) -> None:
    session = await make_session("Hello {name}, {topic}", inputs={"name": "Ann", "topic": "none"})
    run = await process.intake.queue(me, ask(session, {"topic": "tea"}))
    assert (run.session_id, run.version_id, run.version_number) == (session.id, "", 0)
    assert values.from_struct(run.inputs) == {"name": "Ann", "topic": "tea"}
    await save(session, "Good bye")
    assert (await kept(run))["draft"] is not None
    assert await do(process, run) is None
    row = await kept(run)
    assert (row["state"], row["spec"], row["draft"]) == ("SUCCEEDED", None, None)
    assert orjson.loads(row["outputs"])[0]["text"] == "echo: Hello Ann, tea"
    assert orjson.loads(row["inputs"]) == {"name": "Ann", "topic": "tea"}


async def test_a_run_of_a_session_that_was_deleted_goes_on(
    process: Process, database: Database, me: Caller, make_session: Draft, do: Do, kept: Any
) -> None:
    run = await process.intake.queue(me, ask(await make_session("Hello")))
    await database.execute("DELETE FROM session")
    assert await do(process, run) is None
    assert (await kept(run))["state"] == "SUCCEEDED"


async def test_the_job_of_a_run_that_has_ended_is_done(
    process: Process, queue: Queue, do: Do, provider: Scripted
) -> None:
    run = await queue()
    assert [await do(process, run) for _ in range(2)] == [None, None]
    assert len(provider.requests) == 1


async def test_the_job_of_a_run_that_is_not_kept_any_more_is_done(
    process: Process, queue: Queue, do: Do, database: Database
) -> None:
    run = await queue()
    await database.execute("DELETE FROM run")
    assert await do(process, run) is None


async def test_the_job_of_a_run_that_is_driven_elsewhere_is_put_off(
    process: Process, another: Another, queue: Queue, do: Do, provider: Scripted
) -> None:
    provider.behaviour = gate = Gate()
    run = await queue()
    async with another() as other:
        doing = asyncio.create_task(do(other, run))
        await provider.asked.wait()
        assert await do(process, run) == taker.ELSEWHERE_SECONDS
        gate.open()
        assert await doing is None
        assert await do(process, run) is None
    assert len(provider.requests) == 1


async def test_the_job_of_a_run_that_is_driven_here_is_put_off(
    process: Process, me: Caller, make_version: Make, do: Do, provider: Scripted
) -> None:
    provider.behaviour = gate = Gate()
    run = await process.create(me, await make_version(), wait=0)
    assert await do(process, run) == taker.ELSEWHERE_SECONDS
    gate.open()
    await process.drive_of(run)
    assert len(provider.requests) == 1


async def test_the_run_of_a_dead_server_is_taken_over(
    process: Process, another: Another, queue: Queue, do: Do, kept: Any, provider: Scripted
) -> None:
    provider.behaviour = hang
    run = await queue()
    async with another() as other:
        doing = asyncio.create_task(do(other, run))
        await provider.asked.wait()
        await other.die()
        provider.behaviour = Gate("again")
        provider.behaviour.open()
        assert await do(process, run) is None
        await doing
    row = await kept(run)
    assert (row["state"], row["attempt"]) == ("SUCCEEDED", 2)
    assert orjson.loads(row["outputs"])[0]["text"] == "again"


async def test_a_run_that_is_handed_on_is_put_off_for_a_moment_only(
    process: Process, queue: Queue, do: Do, provider: Scripted, kept: Any
) -> None:
    provider.behaviour = hang
    run = await queue()
    doing = asyncio.create_task(do(process, run))
    await provider.asked.wait()
    await process.underway.drain(0)
    assert await doing == taker.QUEUED_SECONDS
    assert ((await kept(run))["state"], (await kept(run))["attempt"]) == ("QUEUED", 1)


async def test_who_stops_the_job_does_not_stop_the_run(
    process: Process, queue: Queue, do: Do, provider: Scripted
) -> None:
    provider.behaviour = gate = Gate()
    run = await queue()
    doing = asyncio.create_task(do(process, run))
    await provider.asked.wait()
    doing.cancel()
    await asyncio.wait((doing,))
    drive = process.drive_of(run)
    gate.open()
    assert (await drive).state == Run.STATE_SUCCEEDED


async def test_a_run_that_is_to_be_cancelled_is_not_begun(
    process: Process, queue: Queue, do: Do, kept: Any, database: Database, provider: Scripted
) -> None:
    run = await queue()
    await database.execute("UPDATE run SET cancel_time = now()")
    assert await do(process, run) is None
    row = await kept(run)
    assert (row["state"], reason(row), provider.requests) == ("CANCELLED", "RUN_CANCELLED", [])


async def test_a_run_whose_version_was_deleted_fails_with_that_reason(
    process: Process,
    another: Another,
    queue: Queue,
    do: Do,
    kept: Any,
    database: Database,
    me: Caller,
    provider: Scripted,
) -> None:
    run = await queue()
    await VersionStore(database).delete(me.project_id, run.version_id)
    async with another() as other:
        assert await do(other, run) is None
    row = await kept(run)
    assert (row["state"], reason(row), provider.requests) == ("FAILED", "VERSION_DELETED", [])


async def test_a_run_whose_model_is_gone_fails_with_that_reason(
    process: Process, queue: Queue, do: Do, kept: Any, database: Database
) -> None:
    run = await queue()
    await database.execute("UPDATE run SET provider = 'gone'")
    assert await do(process, run) is None
    row = await kept(run)
    assert (row["state"], reason(row)) == ("FAILED", "MODEL_UNKNOWN")


async def test_a_job_that_meets_an_outage_is_put_off(
    process: Process, queue: Queue, do: Do, kept: Any, dsn: str
) -> None:
    run = await queue()
    async with down(dsn):
        assert await do(process, run) == taker.OUTAGE_SECONDS
    assert await do(process, run) is None
    assert (await kept(run))["attempt"] == 1


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_an_outage_while_a_run_is_driven_costs_no_second_start(
    process: Process,
    queue: Queue,
    do: Do,
    kept: Any,
    database: Database,
    dsn: str,
    provider: Scripted,
    is_streamed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not is_streamed:
        # The end of one that is streamed comes after the outage, and has time to be recorded.
        monkeypatch.setattr("services.runs.writer.PATIENCE_SECONDS", 0.1)
    provider.behaviour = gate = Gate()
    run = await queue()
    await database.execute("UPDATE run SET streamed = $1", is_streamed)
    doing = asyncio.create_task(do(process, run))
    await provider.asked.wait()
    async with down(dsn):
        gate.open()
        # One that is streamed waits until its events are recorded.
        await asyncio.wait((doing,), timeout=0.5)
        assert doing.done() is not is_streamed
    assert await doing == (None if is_streamed else taker.OUTAGE_SECONDS)
    async with asyncio.timeout(10):
        while (await kept(run))["state"] != "SUCCEEDED":
            await asyncio.sleep(0)
    assert await do(process, run) is None
    assert ((await kept(run))["attempt"], len(provider.requests)) == (1, 1)


async def test_an_outage_between_the_take_and_the_start_is_waited_for(
    process: Process, queue: Queue, do: Do, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taker, "PAUSE_SECONDS", 0.01)
    resume, tries = process.planner.resume, iter([errors.DatabaseUnavailable(), errors.DatabaseUnavailable()])

    async def fail_first(*arguments: Any) -> planner.Plan:
        for error in tries:
            raise error
        return await resume(*arguments)

    monkeypatch.setattr(process.planner, "resume", fail_first)
    run = await queue()
    assert await do(process, run) is None
    assert ((await kept(run))["state"], (await kept(run))["attempt"]) == ("SUCCEEDED", 1)


async def test_a_run_that_was_taken_in_an_outage_unheard_is_taken_again(
    process: Process, queue: Queue, do: Do, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = process.queue.take

    async def lose_the_answer(*arguments: Any) -> None:
        await take(*arguments)
        raise errors.DatabaseUnavailable

    run = await queue()
    with monkeypatch.context() as patch:
        patch.setattr(process.queue, "take", lose_the_answer)
        assert await do(process, run) == taker.OUTAGE_SECONDS
    assert (await kept(run))["state"] == "RUNNING"
    assert await do(process, run) is None
    assert ((await kept(run))["state"], (await kept(run))["attempt"]) == ("SUCCEEDED", 2)


async def test_a_run_that_was_lost_to_another_is_left_to_it(
    process: Process, queue: Queue, do: Do, kept: Any, database: Database, provider: Scripted
) -> None:
    async def lose(_: ChatRequest) -> ChatAnswer:
        await database.execute("UPDATE run SET attempt = 9, server_id = gen_random_uuid()")
        await database.execute("INSERT INTO server SELECT server_id, '1 day', '300 s' FROM run")
        process.underway.stop(UUID(run.id), Stop.LOST)
        await asyncio.Event().wait()
        raise AssertionError

    provider.behaviour = lose
    run = await queue()
    assert await do(process, run) == taker.ELSEWHERE_SECONDS
    row = await kept(run)
    assert (row["state"], row["attempt"]) == ("RUNNING", 9)
    assert await do(process, run) == taker.ELSEWHERE_SECONDS
    assert len(provider.requests) == 1
