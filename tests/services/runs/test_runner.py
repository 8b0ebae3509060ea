"""One run, and every way in which it ends: once, on record."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
import structlog

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable
from promptwire.v1.run_pb2 import ImageInput, Run
from services import errors
from services.caller import Caller
from services.db import Database
from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.runs import records
from services.runs import writer as writing
from services.runs.records import Failure
from services.runs.underway import Stop
from services.telemetry import Metrics
from tests.services.runs.conftest import Make
from tests.services.runs.outages import down, locked, wait_for_blocked
from tests.services.runs.process import Gate, Process, Scripted, hang

PNG = b"\x89PNG\r\n\x1a\n" + b"secret pixels"
GIF = b"GIF89arest"
ERROR = records.dump({"reason": "POISONED", "message": "five died", "metadata": {}, "node_id": ""})


async def rows(database: Database) -> list[Any]:
    return await database.fetch("SELECT * FROM run")


async def only(database: Database, state: str) -> Any:
    """Wait until the one run there is is in a state, and give its row."""
    while True:
        found = await rows(database)
        assert len(found) <= 1
        if found and found[0]["state"] == state:
            return found[0]


async def test_a_run_succeeds(process: Process, me: Caller, make_version: Make, provider: Scripted) -> None:
    version = await make_version("Hello {name}", parameters=values.to_struct({"temperature": 0.5, "seed": 1}))
    inputs = {"name": "Ann", "ignored": [1, {"a": None}]}
    overrides = values.to_struct({"seed": 2, "top_p": 1})
    run = await process.create(me, version, inputs, end_user_id="user", parameters=overrides)
    assert provider.requests == [
        ChatRequest([{"role": "user", "content": "Hello Ann"}], "small", {"temperature": 0.5, "seed": 2, "top_p": 1})
    ]
    assert (run.state, [(output.name, output.text) for output in run.outputs]) == (
        Run.STATE_SUCCEEDED,
        [("output", "echo: Hello Ann")],
    )
    assert (run.prompt_id, run.version_id, run.version_number) == (version.prompt_id, version.id, 1)
    assert (run.key_id, run.end_user_id) == ("key1", "user")
    assert values.from_struct(run.inputs) == inputs
    assert (run.usage.input_tokens, run.usage.output_tokens) == (5, 7)
    assert not run.HasField("error")
    assert run.create_time.ToMilliseconds() == UUID(run.id).int >> 80
    assert run.create_time == run.start_time
    assert run.start_time.ToDatetime() <= run.end_time.ToDatetime()
    [node] = run.node_runs
    assert (node.node_id, node.state, node.provider, node.model) == ("template", run.state, "fake", "small")
    assert (node.finish_reason, node.usage, node.end_time) == ("stop", run.usage, run.end_time)
    # What is kept is what was answered, and the messages too.
    kept = await process.store.get(me.project_id, UUID(run.id))
    assert [values.from_value(message) for message in kept.node_runs[0].messages] == provider.requests[0].messages
    del kept.node_runs[0].messages[:]
    assert kept == run


async def test_the_record_is_there_before_the_provider_is_asked(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def look(_: ChatRequest) -> ChatAnswer:
        [row] = await rows(database)
        return ChatAnswer(row["state"])

    provider.behaviour = look
    run = await process.create(me, await make_version())
    assert run.outputs[0].text == "RUNNING"


async def test_a_providers_failure_is_a_failed_run(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def refuse(_: ChatRequest) -> ChatAnswer:
        raise ProviderError("PROVIDER_REFUSED", "fake: too long", metadata={"status": "400"})

    provider.behaviour = refuse
    run = await process.create(me, await make_version())
    assert (run.state, list(run.outputs), run.node_runs[0].state) == (Run.STATE_FAILED, [], Run.STATE_FAILED)
    assert run.error == run.node_runs[0].error
    assert (run.error.message, run.error.node_id) == ("fake: too long", "template")
    assert dict(run.error.metadata) == {"status": "400", "attempts": "1"}
    assert run.HasField("usage")
    kept = await process.store.get(me.project_id, UUID(run.id))
    assert kept.error == run.error


async def test_a_run_that_takes_too_long_fails_and_its_provider_is_left(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = hang
    run = await process.create(me, await make_version(), seconds=0.05)
    assert (run.state, provider.cancelled) == (Run.STATE_FAILED, True)
    assert "0.05 s" in run.error.message
    [row] = await rows(database)
    assert orjson.loads(row["error"])["reason"] == "RUN_TIMED_OUT"


async def test_a_time_out_that_is_not_the_runs_is_a_fault_of_ours(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def time_out(_: ChatRequest) -> ChatAnswer:
        raise TimeoutError

    provider.behaviour = time_out
    run = await process.create(me, await make_version())
    assert run.error.message.startswith("the server failed")


async def test_a_fault_of_ours_is_a_failed_run_too_and_is_logged(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def break_down(_: ChatRequest) -> ChatAnswer:
        raise ZeroDivisionError("a secret of the code")

    provider.behaviour = break_down
    with structlog.testing.capture_logs() as logs:
        run = await process.create(me, await make_version())
    assert (run.state, "secret" in run.error.message) == (Run.STATE_FAILED, False)
    assert [line["event"] for line in logs] == ["run broken", "run ended"]
    [row] = await rows(database)
    assert orjson.loads(row["error"])["reason"] == "INTERNAL"


@pytest.mark.parametrize("text", ["\ud800", "x\0"])
async def test_an_answer_that_cannot_be_recorded_ends_the_run_too(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted, text: str
) -> None:
    async def answer(_: ChatRequest) -> ChatAnswer:
        return ChatAnswer(text, finish_reason="\0")

    provider.behaviour = answer
    run = await process.create(me, await make_version())
    assert (run.state, list(run.outputs)) == (Run.STATE_FAILED, [])
    [row] = await rows(database)
    assert (row["state"], orjson.loads(row["error"])["reason"]) == ("FAILED", "INTERNAL")


async def test_a_caller_who_leaves_cancels_the_provider_and_the_run(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = hang
    call = process.begin(me, await make_version())
    await provider.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    row = await only(database, "CANCELLED")
    assert provider.cancelled
    error = orjson.loads(row["error"])
    assert error["reason"] == "RUN_CANCELLED"
    assert error["message"] == "the caller left or passed its deadline, or the run was cancelled"
    assert row["end_time"] is not None


async def test_a_caller_who_leaves_while_the_run_is_being_begun_never_reaches_the_provider(
    process: Process, database: Database, dsn: str, me: Caller, make_version: Make, provider: Scripted
) -> None:
    version = await make_version()
    async with locked(dsn):
        call = process.begin(me, version)
        await wait_for_blocked(dsn)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    await only(database, "CANCELLED")
    assert provider.requests == []


async def test_a_caller_who_leaves_while_the_end_is_being_recorded_changes_nothing(
    process: Process, database: Database, dsn: str, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = gate = Gate()
    call = process.begin(me, await make_version())
    await provider.asked.wait()
    async with locked(dsn):
        gate.open()
        await wait_for_blocked(dsn)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    await only(database, "SUCCEEDED")


async def test_without_a_database_a_run_does_not_begin(
    process: Process, dsn: str, me: Caller, make_version: Make, provider: Scripted
) -> None:
    version = await make_version()
    await process.create(me, version)
    async with down(dsn):
        with pytest.raises(errors.DatabaseUnavailable):
            await process.create(me, version)
    assert len(provider.requests) == 1


async def test_an_end_that_cannot_be_recorded_is_told_and_recorded_later(
    process: Process,
    database: Database,
    dsn: str,
    me: Caller,
    make_version: Make,
    provider: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider.behaviour = gate = Gate()
    call = process.begin(me, await make_version())
    await provider.asked.wait()
    monkeypatch.setattr(writing, "PATIENCE_SECONDS", 0.05)
    async with down(dsn):
        gate.open()
        with pytest.raises(errors.DatabaseUnavailable):
            await call
    await only(database, "SUCCEEDED")


async def test_images_reach_the_provider_and_not_the_record(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def describe(_: ChatRequest) -> ChatAnswer:
        return ChatAnswer("two images")

    provider.behaviour = describe
    version = await make_version("Look", images=[ImageVariable(), ImageVariable()])
    await process.create(me, version, images=[ImageInput(data=PNG), ImageInput(data=GIF)])
    sent = [part["image_url"]["url"] for part in provider.requests[0].messages[0]["content"][1:]]
    assert sent[0].startswith("data:image/png;base64,")
    assert sent[1].startswith("data:image/gif;base64,")
    [row] = await rows(database)
    kept = [part["image_url"]["url"] for part in orjson.loads(row["messages"])[0]["content"][1:]]
    assert all(url.startswith("image:sha256:") for url in kept)
    assert kept[0] != kept[1]


async def test_a_key_that_omits_payloads_leaves_none(
    process: Process, database: Database, me: Caller, make_version: Make
) -> None:
    discreet = replace(me, omit_payloads=True)
    run = await process.create(discreet, await make_version("Hello {name}"), {"name": "Ann"})
    assert run.outputs[0].text == "echo: Hello Ann"
    assert not run.HasField("inputs")
    [row] = await rows(database)
    assert (row["inputs"], row["messages"], row["outputs"], row["output_tokens"]) == (None, None, None, 7)
    kept = await process.store.get(me.project_id, UUID(run.id))
    assert (list(kept.outputs), kept.HasField("inputs"), kept.state) == ([], False, Run.STATE_SUCCEEDED)


async def test_a_key_that_omits_payloads_leaves_no_words_of_the_provider(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def refuse(_: ChatRequest) -> ChatAnswer:
        raise ProviderError("PROVIDER_REFUSED", "fake: 'Hello Ann' is forbidden", metadata={"status": "400"})

    provider.behaviour = refuse
    discreet = replace(me, omit_payloads=True)
    run = await process.create(discreet, await make_version("Hello {name}"), {"name": "Ann"})
    assert run.error.message == "fake: 'Hello Ann' is forbidden"
    [row] = await rows(database)
    assert "Ann" not in str(dict(row))
    kept = await process.store.get(me.project_id, UUID(run.id))
    assert (kept.state, kept.error.reason, kept.error.metadata) == (run.state, run.error.reason, run.error.metadata)
    assert "not kept" in kept.error.message


async def test_a_key_that_omits_payloads_keeps_the_servers_own_words(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = hang
    discreet = replace(me, omit_payloads=True)
    run = await process.create(discreet, await make_version(), seconds=0.05)
    assert (await process.store.get(me.project_id, UUID(run.id))).error == run.error


async def test_a_run_is_counted_and_told_in_one_line_without_its_payload(
    process: Process, me: Caller, make_version: Make, metrics: Metrics
) -> None:
    version = await make_version("Hello {name}")
    with structlog.testing.capture_logs() as logs:
        run = await process.create(me, version, {"name": "Ann"}, end_user_id="user-7")
    [line] = logs
    assert (line["event"], line["run_id"], line["state"]) == ("run ended", run.id, "SUCCEEDED")
    assert not {"Ann", "user-7"} & set(str(line).split("'"))
    registry = metrics.registry
    assert registry.get_sample_value("promptwire_runs_total", {"state": "SUCCEEDED"}) == 1
    assert registry.get_sample_value("promptwire_tokens_total", {"direction": "output"}) == 7
    assert registry.get_sample_value("promptwire_provider_seconds_count", {"provider": "fake"}) == 1


@pytest.fixture
async def under_way(process: Process, me: Caller, make_version: Make, provider: Scripted) -> UUID:
    """Give the id of a run under way that others could go on with."""
    provider.behaviour = Gate()
    return UUID((await process.create(me, await make_version(), wait=0)).id)


@pytest.mark.parametrize(
    ("why", "state", "reason", "jobs"),
    [
        (Stop.CANCELLED, "CANCELLED", "RUN_CANCELLED", 0),
        (Stop.INTERRUPTED, "FAILED", "INTERRUPTED", 0),
        (Stop.HANDED_ON, "QUEUED", None, 1),
        (Stop.LOST, "RUNNING", None, 0),
    ],
)
async def test_a_run_that_is_stopped_ends_as_the_reason_says(
    process: Process,
    database: Database,
    provider: Scripted,
    under_way: UUID,
    why: Stop,
    state: str,
    reason: str | None,
    jobs: int,
) -> None:
    await provider.asked.wait()
    drive = process.underway.find(under_way)
    assert drive is not None
    process.underway.stop(under_way, why)
    told = await drive
    [row] = await rows(database)
    assert (row["state"], provider.cancelled) == (state, True)
    assert Run.State.Name(told.state) == f"STATE_{state}"
    assert (row["error"] and orjson.loads(row["error"])["reason"]) == reason
    assert (row["spec"] is None) == (reason is not None)
    assert len(await database.fetch("SELECT FROM pgqueuer")) == jobs


async def test_a_driver_that_was_replaced_writes_nothing_and_answers_what_the_row_says(
    process: Process, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = gate = Gate("late")
    call = process.begin(me, await make_version())
    await provider.asked.wait()
    [row] = await rows(database)
    await database.execute("UPDATE run SET attempt = 2, state = 'FAILED', end_time = now(), error = $1", ERROR)
    [before] = await rows(database)
    gate.open()
    run = await call
    assert (run.id, run.state, run.attempt) == (str(row["run_id"]), Run.STATE_FAILED, 2)
    assert (run.error.message, list(run.outputs)) == ("five died", [])
    assert await rows(database) == [before]


async def test_an_end_that_was_recorded_unheard_is_answered_as_it_was(
    process: Process, me: Caller, make_version: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = process.store.finish

    async def lose_the_answer(end: records.End) -> bool:
        assert await finish(end)
        return False

    monkeypatch.setattr(process.store, "finish", lose_the_answer)
    run = await process.create(replace(me, omit_payloads=True), await make_version("Hello"))
    assert (run.state, run.outputs[0].text) == (Run.STATE_SUCCEEDED, "echo: Hello")


async def test_a_run_that_cannot_be_driven_is_ended(process: Process, database: Database, under_way: UUID) -> None:
    [start] = process.underway.older_than(0)
    run = await process.runner.end(start, Failure("MODEL_UNKNOWN", "no such model"))
    assert (run.id, run.state, run.error.message) == (str(under_way), Run.STATE_FAILED, "no such model")
    [row] = await rows(database)
    assert (row["state"], row["spec"]) == ("FAILED", None)
