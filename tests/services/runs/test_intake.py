"""What is asked to run: begun once for each request, waited for as asked, seen to when its caller or server goes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from promptwire.v1.prompt_pb2 import Variable, Version
from promptwire.v1.run_pb2 import Run
from services import errors
from services.caller import Caller
from services.db import Database
from services.runs import intake as taking_in
from services.runs import lease, queue_store
from services.runs.underway import Stop
from tests.services.runs.conftest import Another, Make
from tests.services.runs.outages import down, locked, wait_for_blocked
from tests.services.runs.process import Gate, Process, Scripted, ask, hang

ID = "request-1"
# As many runs as a process of a test drives at a time.
SLOTS = 8


@pytest.fixture
async def version(make_version: Make) -> Version:
    return await make_version("Hello {name}", variables=[Variable(name="name")])


@pytest.fixture
def gate(provider: Scripted) -> Gate:
    """Hold the provider's answers back."""
    provider.behaviour = gate = Gate()
    return gate


async def row_of(database: Database, run: Run | None = None) -> Any:
    """Give the row of a run, or of the only one."""
    found = await database.fetch("SELECT * FROM run WHERE run_id = COALESCE($1, run_id)", run and UUID(run.id))
    assert len(found) == 1
    return found[0]


async def ended(database: Database, run: Run | None = None) -> tuple[str, str | None]:
    """Wait until a run has ended, and give its state and the reason of its error."""
    async with asyncio.timeout(10):
        while (row := await row_of(database, run))["end_time"] is None:
            await asyncio.sleep(0)
    return row["state"], row["error"] and orjson.loads(row["error"])["reason"]


async def leave(call: asyncio.Task[Run]) -> None:
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def found(process: Process, me: Caller, run: Run) -> Run:
    return await process.store.get_listed(me.project_id, UUID(run.id))


async def do_job(process: Process, me: Caller, run: Run) -> None:
    await process.taker.do(queue_store.to_name(me.project_id, UUID(run.id)))


async def test_a_run_that_ends_in_time_is_the_answer(process: Process, me: Caller, version: Version) -> None:
    run = await process.create(me, version, {"name": "Ann"}, wait=60)
    assert (run.state, run.outputs[0].text, run.attempt) == (Run.STATE_SUCCEEDED, "echo: Hello Ann", 1)
    assert run == await found(process, me, run)


@pytest.mark.parametrize("wait", [0, 0.05])
async def test_a_run_that_takes_longer_than_the_caller_waits_goes_on(
    process: Process, me: Caller, version: Version, gate: Gate, wait: float
) -> None:
    run = await process.create(me, version, {"name": "Ann"}, wait=wait)
    assert (run.state, run.inputs["name"], run.attempt) == (Run.STATE_RUNNING, "Ann", 1)
    gate.open()
    assert (await process.drive_of(run)).state == Run.STATE_SUCCEEDED
    assert (await found(process, me, run)).outputs[0].text == "done"


async def test_a_run_with_a_wait_outlives_its_caller(
    process: Process, database: Database, me: Caller, version: Version, provider: Scripted, gate: Gate
) -> None:
    call = process.begin(me, version, wait=60)
    await provider.asked.wait()
    await leave(call)
    gate.open()
    assert await ended(database) == ("SUCCEEDED", None)


async def test_what_others_need_to_go_on_is_kept_only_if_they_may(
    process: Process, database: Database, me: Caller, version: Version, gate: Gate
) -> None:
    plain = process.begin(me, version)
    durable = process.begin(me, version, wait=60)
    detached = await process.intake.queue(me, ask(version))
    async with asyncio.timeout(10):
        while len(rows := await database.fetch("SELECT spec IS NOT NULL AS kept, streamed FROM run")) < 3:
            await asyncio.sleep(0)
    assert sorted((row["kept"], row["streamed"]) for row in rows) == [(False, False), (True, False), (True, True)]
    gate.open()
    await asyncio.gather(plain, durable, do_job(process, me, detached))
    assert await database.fetch("SELECT FROM run WHERE spec IS NOT NULL") == []


async def test_a_detached_run_is_answered_as_it_waits_in_the_queue(
    process: Process, database: Database, me: Caller, version: Version, provider: Scripted
) -> None:
    run = await process.intake.queue(me, ask(version, {"name": "Ann"}, end_user_id="user"))
    assert (run.state, run.attempt, run.inputs["name"]) == (Run.STATE_QUEUED, 0, "Ann")
    assert not run.HasField("start_time")
    assert run == await found(process, me, run)
    assert len(await database.fetch("SELECT FROM pgqueuer")) == 1
    assert provider.requests == []
    discreet = await process.intake.queue(replace(me, omit_payloads=True), ask(version, {"name": "Ann"}))
    assert not discreet.HasField("inputs")
    await do_job(process, me, discreet)
    assert "Ann" not in str(dict(await row_of(database, discreet)))


# Repeats.


async def test_a_repeat_joins_the_run_under_way(
    process: Process, me: Caller, version: Version, provider: Scripted, gate: Gate
) -> None:
    calls = [process.begin(me, version, {"name": "Ann"}, request_id=ID) for _ in range(5)]
    await provider.asked.wait()
    calls += [process.begin(me, version, {"name": "Ann"}, request_id=ID, wait=wait) for wait in (None, 60)]
    gate.open()
    first, *others = await asyncio.gather(*calls)
    assert (first.state, first.outputs[0].text) == (Run.STATE_SUCCEEDED, "done")
    assert others == [first] * 6
    assert len(provider.requests) == 1


async def test_a_repeat_joins_the_run_of_another_server(
    process: Process, another: Another, me: Caller, version: Version, provider: Scripted, gate: Gate
) -> None:
    async with another() as other:
        first = process.begin(me, version, request_id=ID)
        await provider.asked.wait()
        repeat = other.begin(me, version, request_id=ID)
        passing = await other.create(me, version, request_id=ID, wait=0.1)
        assert passing.state == Run.STATE_RUNNING
        gate.open()
        assert await first == await repeat
        assert passing.id == (await first).id
    assert len(provider.requests) == 1


async def test_of_requests_to_two_servers_at_once_one_begins_a_run(
    process: Process, another: Another, database: Database, me: Caller, version: Version, provider: Scripted
) -> None:
    async with another() as other:
        calls = [each.create(me, version, request_id=ID) for each in (process, other) * 5]
        runs = await asyncio.gather(*calls)
    assert {run.id for run in runs} == {str((await row_of(database))["run_id"])}
    assert {run.outputs[0].text for run in runs} == {"echo: Hello "}
    assert len(provider.requests) == 1


async def test_a_repeat_after_the_end_gets_the_run_again(
    process: Process, another: Another, me: Caller, version: Version, provider: Scripted
) -> None:
    run = await process.create(me, version, request_id=ID, wait=60)
    async with another() as other:
        for each in (process, other):
            assert await each.create(me, version, request_id=ID) == run
            assert await each.intake.queue(me, ask(version, request_id=ID)) == run
    assert len(provider.requests) == 1


async def test_a_repeat_of_a_detached_request_is_the_same_run(
    process: Process, me: Caller, version: Version, provider: Scripted
) -> None:
    runs = await asyncio.gather(*(process.intake.queue(me, ask(version, request_id=ID)) for _ in range(5)))
    assert len({run.id for run in runs}) == 1
    repeat = process.begin(me, version, request_id=ID, wait=60)
    await do_job(process, me, runs[0])
    assert ((await repeat).id, (await repeat).state) == (runs[0].id, Run.STATE_SUCCEEDED)
    assert len(provider.requests) == 1


async def test_a_retry_that_overtakes_the_end_of_the_call_before_keeps_the_run_alive(
    process: Process, me: Caller, version: Version, provider: Scripted, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = process.begin(me, version, request_id=ID)
    await provider.asked.wait()
    join, joined = process.underway.join, asyncio.Event()

    def tell(run_id: UUID) -> None:
        join(run_id)
        joined.set()

    monkeypatch.setattr(process.underway, "join", tell)
    retry = process.begin(me, version, request_id=ID)
    await joined.wait()
    await leave(call)
    gate.open()
    assert (await retry).state == Run.STATE_SUCCEEDED


async def only_run(process: Process) -> Run:
    [start] = process.underway.older_than(0)
    return Run(id=str(start.run_id))


async def test_a_request_id_stands_for_one_content_of_one_key(
    process: Process, database: Database, me: Caller, version: Version
) -> None:
    run = await process.create(me, version, {"name": "Ann"}, request_id=ID)
    for use in (process.create, lambda *asked, **fields: process.intake.queue(asked[0], ask(*asked[1:], **fields))):
        with pytest.raises(errors.AlreadyExists) as caught:
            await use(me, version, {"name": "Bob"}, request_id=ID)
        assert (caught.value.reason, caught.value.metadata) == ("REQUEST_ID_REUSED", {"request_id": ID})
    other = await process.create(replace(me, key_id="key2"), version, {"name": "Bob"}, request_id=ID)
    assert other.id != run.id
    assert len(await database.fetch("SELECT FROM run")) == 2


# Ends from outside.


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
    await do_job(process, me, run)


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
        await do_job(other, me, run)
    process.underway.stop(UUID(run.id), Stop.LOST)
    told = await call
    assert (told.id, told.outputs[0].text, told.attempt) == (run.id, "by another", 2)


# Servers that stop, and databases that fail.


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


Trouble = Callable[[Process], None]


def fail_after_commit(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs be recorded whose requests are told that they were not."""
    create = process.queue.create

    async def create_and_fail(*arguments: Any) -> UUID:
        await create(*arguments)
        raise errors.DatabaseUnavailable

    monkeypatch.setattr(process.queue, "create", create_and_fail)


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
        await do_job(other, me, run)
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
    monkeypatch.setattr(taking_in, "RESCUE_SECONDS", [0.05] * 100)
    create, given_up = process.queue.create, list[Awaitable[UUID]]()

    async def give_up(*arguments: Any) -> UUID:
        given_up.append(create(*arguments))
        raise errors.DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(process.queue, "create", give_up)
        with pytest.raises(errors.DatabaseUnavailable):
            await process.create(me, version, request_id=ID, wait=60)
    # By now it was looked for, and not found.
    await process.create(me, version)
    await database.execute("DELETE FROM run")
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


# What runs hold.


async def test_every_way_out_gives_the_slot_back(
    process: Process, me: Caller, version: Version, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.create(me, version, request_id=ID)
    unknown = Version(id=str(uuid4()))

    async def leave_early() -> None:
        provider.asked.clear()
        provider.behaviour = hang
        call = process.begin(me, version)
        await provider.asked.wait()
        await leave(call)

    async def begin_in_vain() -> None:
        with monkeypatch.context() as patch:
            fail_after_commit(process, patch)
            with pytest.raises(errors.DatabaseUnavailable):
                await process.create(me, version, request_id=str(uuid4()))

    async def plan_in_vain() -> None:
        with pytest.raises(errors.NotFound):
            await process.create(me, unknown)

    async def begin_twice() -> None:
        # Both find no run that began before.
        with monkeypatch.context() as patch:
            patch.setattr(process.queue, "find_by_claim", nothing)
            await process.create(me, version, request_id=ID)

    async def nothing(_: object) -> None:
        return None

    for way_out in (leave_early, begin_in_vain, plan_in_vain, begin_twice):
        for _ in range(SLOTS + 1):
            await way_out()
    provider.behaviour = Gate()
    provider.behaviour.open()
    assert (await process.create(me, version)).state == Run.STATE_SUCCEEDED


async def test_a_run_keeps_its_slot_until_its_end(process: Process, me: Caller, version: Version, gate: Gate) -> None:
    for _ in range(SLOTS):
        await process.create(me, version, wait=0)
    waiting = process.begin(me, version)
    await asyncio.wait((waiting,), timeout=0.1)
    assert len(process.underway) == SLOTS
    gate.open()
    assert (await waiting).state == Run.STATE_SUCCEEDED


async def test_a_key_has_no_more_runs_at_a_time_than_it_may(
    process: Process, me: Caller, version: Version, provider: Scripted, gate: Gate
) -> None:
    limited = replace(me, concurrent_runs=1)
    call = process.begin(limited, version, request_id=ID)
    await provider.asked.wait()
    for again in (process.create(limited, version), process.intake.queue(limited, ask(version))):
        with pytest.raises(errors.ResourceExhausted) as caught:
            await again
        assert caught.value.reason == "TOO_MANY_RUNS"
    # A repeat is no run of its own.
    repeat = process.begin(limited, version, request_id=ID)
    gate.open()
    assert (await repeat).id == (await call).id
    assert (await process.create(limited, version)).state == Run.STATE_SUCCEEDED
