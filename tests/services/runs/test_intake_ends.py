"""Runs that are cancelled, handed on or taken over, servers that stop and databases that fail, for their callers."""

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID, uuid4

import pytest

from promptwire.v1.prompt_pb2 import Version
from promptwire.v1.run_pb2 import Run
from services import errors
from services.caller import Caller
from services.db import Database
from services.runs import intake as taking_in
from services.runs import lease
from services.runs.records import Start
from services.runs.underway import Stop
from tests.services.runs.asking import ID, ended, fail_after_commit, found, leave, only_run, row_of
from tests.services.runs.conftest import Another
from tests.services.runs.outages import down, locked, wait_for_blocked
from tests.services.runs.process import Gate, Process, Scripted, ask, hang


async def test_a_run_under_way_here_is_cancelled(
    process: Process, me: Caller, version: Version, provider: Scripted
) -> None:
    provider.behaviour = hang
    call = process.begin(me, version)
    await provider.asked.wait()
    run = await process.intake.cancel(me.project_id, UUID((await only_run(process)).id))
    assert (run.state, run.inputs.fields.keys()) == (Run.STATE_CANCELLED, set())
    assert (await call).state == Run.STATE_CANCELLED
    assert await process.intake.cancel(me.project_id, UUID(run.id)) == run


async def test_a_run_under_way_elsewhere_is_cancelled_by_its_driver(
    process: Process,
    another: Another,
    me: Caller,
    version: Version,
    provider: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOOK_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(lease, name, 0.1)
    provider.behaviour = hang
    async with another() as other:
        call = other.begin(me, version)
        await provider.asked.wait()
        run = await process.intake.cancel(me.project_id, UUID((await only_run(other)).id))
        assert run.state == Run.STATE_CANCELLED
        assert (await call).error.message == run.error.message


async def test_a_run_whose_driver_does_not_answer_is_told_as_it_is(
    process: Process, another: Another, me: Caller, version: Version, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "CANCEL_SECONDS", 0.1)
    async with another() as other:
        run = await other.create(me, version, wait=0)
        await other.die()
        told = await process.intake.cancel(me.project_id, UUID(run.id))
        assert (told.id, told.state) == (run.id, Run.STATE_RUNNING)
        await process.leases.sweep(await process.lease.hold())
    assert (await found(process, me, run)).state == Run.STATE_CANCELLED


async def test_a_queued_run_is_cancelled(process: Process, me: Caller, version: Version) -> None:
    queued = await process.intake.queue(me, ask(version))
    run = await process.intake.cancel(me.project_id, UUID(queued.id))
    assert (run.id, run.state) == (queued.id, Run.STATE_CANCELLED)
    await process.do_job(run, me.project_id)


async def test_a_run_that_has_ended_is_not_cancelled(process: Process, me: Caller, version: Version) -> None:
    run = await process.create(me, version)
    with pytest.raises(errors.FailedPrecondition) as caught:
        await process.intake.cancel(me.project_id, UUID(run.id))
    assert (caught.value.reason, caught.value.metadata["state"]) == ("RUN_ENDED", "SUCCEEDED")
    for project_id, run_id in ((uuid4(), UUID(run.id)), (me.project_id, uuid4())):
        with pytest.raises(errors.NotFound):
            await process.intake.cancel(project_id, run_id)


async def test_who_waits_for_a_run_that_another_took_over_gets_its_end(
    process: Process, another: Another, database: Database, me: Caller, version: Version, provider: Scripted
) -> None:
    provider.behaviour = hang
    call = process.begin(me, version, wait=60)
    await provider.asked.wait()
    run = await only_run(process)
    await database.execute("UPDATE run SET server_id = gen_random_uuid()")
    provider.behaviour = Gate("by another")
    provider.behaviour.open()
    async with another() as other:
        await other.do_job(run, me.project_id)
    process.underway.stop(UUID(run.id), Stop.LOST)
    told = await call
    assert (told.id, told.outputs[0].text, told.attempt) == (run.id, "by another", 2)


async def test_a_server_that_stops_begins_nothing(
    process: Process, database: Database, me: Caller, version: Version
) -> None:
    process.intake.drain()
    for asked in (process.create(me, version), process.intake.queue(me, ask(version))):
        with pytest.raises(errors.Unavailable) as caught:
            await asked
        assert (caught.value.reason, caught.value.retry_after) == ("DRAINING", 1.0)
    assert await database.fetch("SELECT FROM run") == []


async def test_a_request_that_is_on_its_way_when_the_server_stops_begins_nothing(
    process: Process, database: Database, me: Caller, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = process.planner.plan

    async def stop_first(*arguments: Any) -> Any:
        process.intake.drain()
        return await plan(*arguments)

    monkeypatch.setattr(process.planner, "plan", stop_first)
    with pytest.raises(errors.Unavailable, match="another server"):
        await process.create(me, version)
    assert await database.fetch("SELECT FROM run") == []


async def test_callers_of_a_server_that_stops_get_an_answer(
    process: Process, database: Database, me: Caller, version: Version, provider: Scripted
) -> None:
    provider.behaviour = hang
    plain, durable = process.begin(me, version), process.begin(me, version, wait=60)
    async with asyncio.timeout(10):
        while len(provider.requests) < 2:
            await asyncio.sleep(0)
    process.intake.drain()
    await process.underway.drain(0)
    assert ((await plain).state, (await durable).state) == (Run.STATE_FAILED, Run.STATE_QUEUED)
    assert "run it again" in (await plain).error.message
    assert len(await database.fetch("SELECT FROM pgqueuer")) == 1


async def test_who_waits_for_a_run_of_another_server_is_sent_there_by_one_that_stops(
    process: Process, another: Another, me: Caller, version: Version, provider: Scripted, gate: Gate
) -> None:
    async with another() as other:
        first = other.begin(me, version, request_id=ID)
        await provider.asked.wait()
        repeat = process.begin(me, version, request_id=ID)
        await asyncio.wait((repeat,), timeout=0.1)
        process.intake.drain()
        with pytest.raises(errors.Unavailable, match="another server"):
            await repeat
        gate.open()
        assert (await first).state == Run.STATE_SUCCEEDED


async def test_a_run_that_was_recorded_unheard_is_there_for_a_repeat_of_its_request(
    process: Process,
    another: Another,
    database: Database,
    me: Caller,
    version: Version,
    provider: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        fail_after_commit(process, patch)
        with pytest.raises(errors.DatabaseUnavailable):
            await process.create(me, version, request_id=ID, wait=60)
    async with asyncio.timeout(10):
        while (await row_of(database))["state"] != "QUEUED":
            await asyncio.sleep(0)
    run = Run(id=str((await row_of(database))["run_id"]))
    async with another() as other:
        repeats = [each.begin(me, version, request_id=ID, wait=60) for each in (process, other)]
        await other.do_job(run, me.project_id)
        told = await asyncio.gather(*repeats)
    assert [(each.id, each.state, each.attempt) for each in told] == [(run.id, Run.STATE_SUCCEEDED, 2)] * 2
    assert len(provider.requests) == 1


async def test_a_run_that_was_recorded_unheard_and_that_nobody_goes_on_with_is_ended(
    process: Process, database: Database, me: Caller, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_after_commit(process, monkeypatch)
    with pytest.raises(errors.DatabaseUnavailable):
        await process.create(me, version, request_id=ID)
    assert await ended(database) == ("CANCELLED", "RUN_CANCELLED")


async def test_a_run_that_is_recorded_after_it_was_given_up_is_seen_to(
    process: Process, database: Database, me: Caller, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "RESCUE_SECONDS", [0.0, *[0.05] * 100])
    create, hand_on = process.queue.create, process.queue.hand_on
    given_up, looked = list[Awaitable[UUID]](), asyncio.Event()

    async def give_up(*arguments: Any) -> UUID:
        given_up.append(create(*arguments))
        raise errors.DatabaseUnavailable

    async def look(start: Start) -> None:
        await hand_on(start)
        looked.set()

    monkeypatch.setattr(process.queue, "create", give_up)
    monkeypatch.setattr(process.queue, "hand_on", look)
    with pytest.raises(errors.DatabaseUnavailable):
        await process.create(me, version, request_id=ID, wait=60)
    await looked.wait()
    await asyncio.gather(*given_up)
    async with asyncio.timeout(10):
        while (await row_of(database))["state"] != "QUEUED":
            await asyncio.sleep(0)


async def test_a_caller_who_leaves_while_the_run_is_being_recorded_is_a_run_that_others_find(
    process: Process, database: Database, me: Caller, version: Version, provider: Scripted, dsn: str
) -> None:
    async with locked(dsn):
        call = process.begin(me, version, request_id=ID, wait=60)
        await wait_for_blocked(dsn)
        await leave(call)
    run = await process.create(me, version, request_id=ID, wait=0)
    assert (run.id, len(provider.requests)) == (str((await row_of(database))["run_id"]), 1)


async def test_without_a_database_nothing_begins_and_nothing_is_left(
    process: Process, me: Caller, version: Version, dsn: str, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.create(me, version)
    monkeypatch.setattr("services.runs.lease.PATIENCE_SECONDS", 0.1)
    async with down(dsn):
        for fields in ({}, {"wait": 60}, {"request_id": ID}):
            with pytest.raises(errors.DatabaseUnavailable):
                await process.create(me, version, **fields)
        with pytest.raises(errors.DatabaseUnavailable):
            await process.intake.queue(me, ask(version))
    assert (await process.create(me, version, request_id=ID)).state == Run.STATE_SUCCEEDED
    assert len(provider.requests) == 2
