"""What is asked to run: begun once for each request, waited for as asked, and within what runs may hold."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import Version
from promptwire.v1.run_pb2 import Run
from promptwire.v1.session_pb2 import Session
from services import errors
from services.caller import Caller
from services.db import Database
from tests.services.runs.asking import ID, ended, fail_after_commit, found, leave, only_run, row_of
from tests.services.runs.conftest import Another, Draft
from tests.services.runs.process import Gate, Process, Scripted, ask, hang

# As many runs as a process of a test drives at a time.
SLOTS = 8


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
    await asyncio.gather(plain, durable, process.do_job(detached, me.project_id))
    assert await database.fetch("SELECT FROM run WHERE spec IS NOT NULL") == []


@pytest.mark.parametrize("wait", [None, 60])
async def test_a_run_of_a_session_is_answered_with_the_inputs_that_it_had(
    process: Process, database: Database, me: Caller, make_session: Draft, wait: float | None
) -> None:
    session = await make_session("Hello {name}, {topic}", inputs={"name": "Ann"})
    run = await process.create(me, session, {"topic": "tea"}, wait=wait)
    assert (run.state, run.outputs[0].text) == (Run.STATE_SUCCEEDED, "echo: Hello Ann, tea")
    assert (run.session_id, run.prompt_id, run.version_id) == (session.id, session.prompt_id, "")
    assert values.from_struct(run.inputs) == {"name": "Ann", "topic": "tea"}
    assert run == await found(process, me, run)
    discreet = await process.create(replace(me, omit_payloads=True), session, {"topic": "tea"}, wait=wait)
    assert not discreet.HasField("inputs")
    assert "Ann" not in str(dict(await row_of(database, discreet)))


async def test_the_draft_is_kept_only_for_those_who_may_go_on(
    process: Process, database: Database, me: Caller, make_session: Draft, provider: Scripted, gate: Gate
) -> None:
    session = await make_session()
    for wait, kept in ((None, False), (60, True)):
        provider.asked.clear()
        call = process.begin(me, session, wait=wait)
        await provider.asked.wait()
        assert ((await row_of(database, await only_run(process)))["draft"] is not None) == kept
        gate.open()
        await call
        provider.behaviour = gate = Gate()
    assert await database.fetch("SELECT FROM run WHERE draft IS NOT NULL") == []


async def test_a_session_that_is_not_there_is_refused(process: Process, me: Caller) -> None:
    with pytest.raises(errors.NotFound) as caught:
        await process.create(me, Session(id="7"))
    assert (caught.value.reason, caught.value.metadata) == ("SESSION_NOT_FOUND", {"session_id": "7"})


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
    await process.do_job(discreet, me.project_id)
    assert "Ann" not in str(dict(await row_of(database, discreet)))


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
    await process.do_job(runs[0], me.project_id)
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


@pytest.mark.parametrize(("fields", "connections"), [({}, 0), ({"wait": 60}, 0), ({"request_id": ID}, 2)])
async def test_a_run_that_ends_in_time_costs_its_record_and_no_query_more(
    process: Process,
    me: Caller,
    version: Version,
    fields: dict[str, Any],
    connections: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await process.create(me, version)
    connection, used = process.database.connection, list[None]()

    def count() -> Any:
        used.append(None)
        return connection()

    monkeypatch.setattr(process.database, "connection", count)
    await process.create(me, version, **fields)
    assert len(used) == connections


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
