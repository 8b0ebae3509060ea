"""One run, and every way in which it ends: once, on record."""

import asyncio
from typing import Any
from uuid import UUID

import orjson
import pytest
import structlog

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Variable, Version
from promptwire.v1.run_pb2 import ImageInput, Run, RunSpec
from services import errors
from services.caller import Caller
from services.db import Database
from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.runs import writer as writing
from services.runs.runner import Runner
from services.runs.specs import Limits, Spec, to_spec
from services.runs.store import RunStore
from services.telemetry import Metrics
from tests.services.runs.conftest import LIMITS, Make, Scripted, hang
from tests.services.runs.outages import down, locked, wait_for_blocked

PNG = b"\x89PNG\r\n\x1a\n" + b"secret pixels"
GIF = b"GIF89arest"


def spec(version: Version, inputs: dict[str, Any] | None = None, *, seconds: float = 300, **fields: Any) -> Spec:
    request = RunSpec(version_id=version.id, inputs=values.to_struct(inputs or {}), **fields)
    return to_spec(request, Limits(LIMITS.input_bytes, seconds))


async def rows(database: Database) -> list[Any]:
    return await database.fetch("SELECT * FROM run")


async def only(database: Database, state: str) -> Any:
    """Wait until the one run there is is in a state, and give its row."""
    while True:
        found = await rows(database)
        assert len(found) <= 1
        if found and found[0]["state"] == state:
            return found[0]


async def test_a_run_succeeds(
    runner: Runner, store: RunStore, me: Caller, make_version: Make, provider: Scripted
) -> None:
    version = await make_version("Hello {name}", parameters=values.to_struct({"temperature": 0.5, "seed": 1}))
    inputs = {"name": "Ann", "ignored": [1, {"a": None}]}
    overrides = values.to_struct({"seed": 2, "top_p": 1})
    run = await runner.run(me, spec(version, inputs, end_user_id="user", parameters=overrides))
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
    kept = await store.get(me.project_id, UUID(run.id))
    assert [values.from_value(message) for message in kept.node_runs[0].messages] == provider.requests[0].messages
    del kept.node_runs[0].messages[:]
    assert kept == run


async def test_the_record_is_there_before_the_provider_is_asked(
    runner: Runner, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def look(_: ChatRequest) -> ChatAnswer:
        [row] = await rows(database)
        return ChatAnswer(row["state"])

    provider.behaviour = look
    run = await runner.run(me, spec(await make_version()))
    assert run.outputs[0].text == "RUNNING"


async def test_a_providers_failure_is_a_failed_run(
    runner: Runner, store: RunStore, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def refuse(_: ChatRequest) -> ChatAnswer:
        raise ProviderError("PROVIDER_REFUSED", "fake: too long", metadata={"status": "400"})

    provider.behaviour = refuse
    run = await runner.run(me, spec(await make_version()))
    assert (run.state, list(run.outputs), run.node_runs[0].state) == (Run.STATE_FAILED, [], Run.STATE_FAILED)
    assert run.error == run.node_runs[0].error
    assert (run.error.message, run.error.node_id) == ("fake: too long", "template")
    assert dict(run.error.metadata) == {"status": "400", "attempts": "1"}
    assert run.HasField("usage")
    kept = await store.get(me.project_id, UUID(run.id))
    assert kept.error == run.error


async def test_a_run_that_takes_too_long_fails_and_its_provider_is_left(
    runner: Runner, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = hang
    run = await runner.run(me, spec(await make_version(), seconds=0.05))
    assert (run.state, provider.cancelled) == (Run.STATE_FAILED, True)
    assert "0.05 s" in run.error.message
    [row] = await rows(database)
    assert orjson.loads(row["error"])["reason"] == "RUN_TIMED_OUT"


async def test_a_time_out_that_is_not_the_runs_is_a_fault_of_ours(
    runner: Runner, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def time_out(_: ChatRequest) -> ChatAnswer:
        raise TimeoutError

    provider.behaviour = time_out
    run = await runner.run(me, spec(await make_version()))
    assert run.error.message.startswith("the server failed")


async def test_a_fault_of_ours_is_a_failed_run_too_and_is_logged(
    runner: Runner, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def break_down(_: ChatRequest) -> ChatAnswer:
        raise ZeroDivisionError("a secret of the code")

    provider.behaviour = break_down
    with structlog.testing.capture_logs() as logs:
        run = await runner.run(me, spec(await make_version()))
    assert (run.state, "secret" in run.error.message) == (Run.STATE_FAILED, False)
    assert [line["event"] for line in logs] == ["run broken", "run ended"]
    [row] = await rows(database)
    assert orjson.loads(row["error"])["reason"] == "INTERNAL"


async def test_a_caller_who_leaves_cancels_the_provider_and_the_run(
    runner: Runner, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = hang
    call = asyncio.create_task(runner.run(me, spec(await make_version())))
    await provider.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert provider.cancelled
    row = await only(database, "CANCELLED")
    error = orjson.loads(row["error"])
    assert error["reason"] == "RUN_CANCELLED"
    assert error["message"] == "the caller left, passed its deadline, or the server stopped"
    assert row["end_time"] is not None


async def test_a_caller_who_leaves_while_the_run_is_being_begun_never_reaches_the_provider(
    runner: Runner, database: Database, dsn: str, me: Caller, make_version: Make, provider: Scripted
) -> None:
    version = await make_version()
    async with locked(dsn):
        call = asyncio.create_task(runner.run(me, spec(version)))
        await wait_for_blocked(dsn)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    await only(database, "CANCELLED")
    assert provider.requests == []


async def test_a_caller_who_leaves_while_the_end_is_being_recorded_changes_nothing(
    runner: Runner, database: Database, dsn: str, me: Caller, make_version: Make, provider: Scripted
) -> None:
    go = asyncio.Event()

    async def wait(_: ChatRequest) -> ChatAnswer:
        await go.wait()
        return ChatAnswer("done")

    provider.behaviour = wait
    call = asyncio.create_task(runner.run(me, spec(await make_version())))
    await provider.asked.wait()
    async with locked(dsn):
        go.set()
        await wait_for_blocked(dsn)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    await only(database, "SUCCEEDED")


async def test_without_a_database_a_run_does_not_begin(
    runner: Runner, dsn: str, me: Caller, make_version: Make, provider: Scripted
) -> None:
    version = await make_version()
    await runner.run(me, spec(version))
    async with down(dsn):
        with pytest.raises(errors.DatabaseUnavailable):
            await runner.run(me, spec(version))
    assert len(provider.requests) == 1


async def test_an_end_that_cannot_be_recorded_is_told_and_recorded_later(
    runner: Runner,
    database: Database,
    dsn: str,
    me: Caller,
    make_version: Make,
    provider: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go = asyncio.Event()

    async def wait(_: ChatRequest) -> ChatAnswer:
        await go.wait()
        return ChatAnswer("done")

    provider.behaviour = wait
    call = asyncio.create_task(runner.run(me, spec(await make_version())))
    await provider.asked.wait()
    monkeypatch.setattr(writing, "PATIENCE_SECONDS", 0.05)
    async with down(dsn):
        go.set()
        with pytest.raises(errors.DatabaseUnavailable):
            await call
    await only(database, "SUCCEEDED")


@pytest.mark.parametrize(
    ("inputs", "fields", "reason", "faults"),
    [
        ({}, {}, "VARIABLE_MISSING", ["spec.inputs.name"]),
        ({"name": []}, {}, "FIELD_INVALID", ["spec.inputs.name"]),
        ({}, {"images": [ImageInput(data=PNG)]}, "FIELD_INVALID", ["spec.images", "spec.inputs.name"]),
        ({"name": "x"}, {"model": "gpt-9"}, "MODEL_UNKNOWN", ["spec.model"]),
    ],
)
async def test_what_cannot_begin_leaves_no_run(
    runner: Runner,
    database: Database,
    me: Caller,
    make_version: Make,
    provider: Scripted,
    inputs: dict[str, Any],
    fields: dict[str, Any],
    reason: str,
    faults: list[str],
) -> None:
    version = await make_version("Hello {name}", variables=[Variable(name="name", required=True)])
    with pytest.raises(errors.InvalidArgument) as caught:
        await runner.run(me, spec(version, inputs, **fields))
    assert caught.value.reason == reason
    assert [fault.field for fault in caught.value.violations] == faults
    assert provider.requests == []
    assert await rows(database) == []


async def test_a_version_without_chat_messages_cannot_be_run(
    runner: Runner, database: Database, me: Caller, make_version: Make
) -> None:
    version = await make_version()
    await database.execute("UPDATE version SET messages = '[1]'")
    with pytest.raises(errors.FailedPrecondition) as caught:
        await runner.run(me, spec(version))
    assert (caught.value.reason, caught.value.metadata) == ("VERSION_NOT_RUNNABLE", {"version_id": version.id})


async def test_a_prompt_that_is_rendered_too_long_is_refused(runner: Runner, me: Caller, make_version: Make) -> None:
    version = await make_version("{a}" * 1000)
    with pytest.raises(errors.InvalidArgument, match="characters"):
        await runner.run(me, spec(version, {"a": "x" * 9000}))


@pytest.mark.parametrize(
    ("own", "named", "asked"),
    [
        (("", ""), "", "small"),
        (("", "large"), "", "large"),
        (("fake", "any"), "", "any"),
        (("fake", "any"), "large", "large"),
        (("gone", "any"), "fake/other", "other"),
    ],
)
async def test_the_requests_model_goes_before_the_versions_provider_and_model(
    runner: Runner, me: Caller, make_version: Make, provider: Scripted, own: tuple[str, str], named: str, asked: str
) -> None:
    version = await make_version(provider=own[0], model=own[1])
    run = await runner.run(me, spec(version, model=named))
    assert provider.requests[0].model == run.node_runs[0].model == asked


async def test_a_versions_provider_that_is_not_configured_is_an_unknown_model(
    runner: Runner, me: Caller, make_version: Make
) -> None:
    with pytest.raises(errors.InvalidArgument, match="'gone'") as caught:
        await runner.run(me, spec(await make_version(provider="gone", model="any")))
    assert caught.value.reason == "MODEL_UNKNOWN"


async def test_images_reach_the_provider_and_not_the_record(
    runner: Runner, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def describe(_: ChatRequest) -> ChatAnswer:
        return ChatAnswer("two images")

    provider.behaviour = describe
    version = await make_version("Look", images=[ImageVariable(), ImageVariable()])
    await runner.run(me, spec(version, images=[ImageInput(data=PNG), ImageInput(data=GIF)]))
    sent = [part["image_url"]["url"] for part in provider.requests[0].messages[0]["content"][1:]]
    assert sent[0].startswith("data:image/png;base64,")
    assert sent[1].startswith("data:image/gif;base64,")
    [row] = await rows(database)
    kept = [part["image_url"]["url"] for part in orjson.loads(row["messages"])[0]["content"][1:]]
    assert all(url.startswith("image:sha256:") for url in kept)
    assert kept[0] != kept[1]


async def test_a_key_that_omits_payloads_leaves_none(
    runner: Runner, store: RunStore, database: Database, me: Caller, make_version: Make
) -> None:
    discreet = Caller(me.key_id, me.project_id, me.project, me.scopes, omit_payloads=True)
    run = await runner.run(discreet, spec(await make_version("Hello {name}"), {"name": "Ann"}))
    assert run.outputs[0].text == "echo: Hello Ann"
    assert not run.HasField("inputs")
    [row] = await rows(database)
    assert (row["inputs"], row["messages"], row["outputs"], row["output_tokens"]) == (None, None, None, 7)
    kept = await store.get(me.project_id, UUID(run.id))
    assert (list(kept.outputs), kept.HasField("inputs"), kept.state) == ([], False, Run.STATE_SUCCEEDED)


async def test_a_key_that_omits_payloads_leaves_no_words_of_the_provider(
    runner: Runner, store: RunStore, database: Database, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def refuse(_: ChatRequest) -> ChatAnswer:
        raise ProviderError("PROVIDER_REFUSED", "fake: 'Hello Ann' is forbidden", metadata={"status": "400"})

    provider.behaviour = refuse
    discreet = Caller(me.key_id, me.project_id, me.project, me.scopes, omit_payloads=True)
    run = await runner.run(discreet, spec(await make_version("Hello {name}"), {"name": "Ann"}))
    assert run.error.message == "fake: 'Hello Ann' is forbidden"
    [row] = await rows(database)
    assert "Ann" not in str(dict(row))
    kept = await store.get(me.project_id, UUID(run.id))
    assert (kept.state, kept.error.reason, kept.error.metadata) == (run.state, run.error.reason, run.error.metadata)
    assert "not kept" in kept.error.message


async def test_a_key_that_omits_payloads_keeps_the_servers_own_words(
    runner: Runner, store: RunStore, me: Caller, make_version: Make, provider: Scripted
) -> None:
    provider.behaviour = hang
    discreet = Caller(me.key_id, me.project_id, me.project, me.scopes, omit_payloads=True)
    run = await runner.run(discreet, spec(await make_version(), seconds=0.05))
    assert (await store.get(me.project_id, UUID(run.id))).error == run.error


async def test_a_model_list_that_fails_for_a_moment_is_no_unknown_model(
    runner: Runner, me: Caller, make_version: Make, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Any:
        raise ProviderError("PROVIDER_UNREACHABLE", "fake: refused")

    version = await make_version()
    monkeypatch.setattr(provider, "models", fail)
    assert (await runner.run(me, spec(version, model="other"))).state == Run.STATE_SUCCEEDED
    provider.behaviour = fail
    run = await runner.run(me, spec(version, model="other"))
    assert (run.state, run.error.message) == (Run.STATE_FAILED, "fake: refused")
    monkeypatch.undo()
    with pytest.raises(errors.InvalidArgument) as caught:
        await runner.run(me, spec(version, model="other"))
    assert caught.value.reason == "MODEL_UNKNOWN"


async def test_a_run_is_counted_and_told_in_one_line_without_its_payload(
    runner: Runner, me: Caller, make_version: Make, metrics: Metrics
) -> None:
    version = await make_version("Hello {name}")
    with structlog.testing.capture_logs() as logs:
        run = await runner.run(me, spec(version, {"name": "Ann"}, end_user_id="user-7"))
    [line] = logs
    assert (line["event"], line["run_id"], line["state"]) == ("run ended", run.id, "SUCCEEDED")
    assert not {"Ann", "user-7"} & set(str(line).split("'"))
    registry = metrics.registry
    assert registry.get_sample_value("promptwire_runs_total", {"state": "SUCCEEDED"}) == 1
    assert registry.get_sample_value("promptwire_tokens_total", {"direction": "output"}) == 7
    assert registry.get_sample_value("promptwire_provider_seconds_count", {"provider": "fake"}) == 1
