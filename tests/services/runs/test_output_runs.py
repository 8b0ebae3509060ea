"""Runs of versions with an output format, over a real database: whatever the model gives, the run says what it is."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from promptwire import values
from promptwire.v1.error_reason_pb2 import ErrorReason
from promptwire.v1.prompt_pb2 import OutputFormat
from promptwire.v1.run_pb2 import Output, Run
from services.caller import Caller
from services.providers.base import ChatAnswer, ChatRequest, ImageAnswer, ProviderError
from tests.services.runs.asking import row_of
from tests.services.runs.conftest import Another, Draft, Make
from tests.services.runs.process import Process, Scripted, ask

SCHEMA = {"type": "object", "properties": {"stars": {"type": "integer", "maximum": 5}}, "required": ["stars"]}
JSON = OutputFormat(type=OutputFormat.TYPE_JSON, schema=values.to_struct(SCHEMA))
ANY_JSON = OutputFormat(type=OutputFormat.TYPE_JSON)
LIST = OutputFormat(type=OutputFormat.TYPE_LIST)
IMAGE = OutputFormat(type=OutputFormat.TYPE_IMAGE)


def answering(provider: Scripted, text: str, finish_reason: str = "stop") -> None:
    async def behave(_: ChatRequest) -> ChatAnswer:
        return ChatAnswer(text, 1, 2, finish_reason)

    provider.behaviour = behave


def reason(output: Output) -> str:
    return ErrorReason.Name(output.error.reason).removeprefix("ERROR_REASON_") if output.HasField("error") else ""


def json_of(output: Output) -> Any:
    return values.from_value(output.json) if output.HasField("json") else None


async def get(process: Process, me: Caller, run: Run) -> Run:
    return await process.store.get(me.project_id, UUID(run.id))


@pytest.mark.parametrize(
    ("form", "text", "finish_reason", "json", "fault", "path"),
    [
        (JSON, '{"stars": 4}', "stop", {"stars": 4}, "", ""),
        (JSON, '```json\n{"stars": 4}\n```', "stop", {"stars": 4}, "", ""),
        (JSON, '{"stars": 4', "length", None, "OUTPUT_CUT_OFF", ""),
        (JSON, '{"stars": 4}', "length", None, "OUTPUT_CUT_OFF", ""),
        (JSON, '{"stars": 4', "stop", None, "OUTPUT_NOT_JSON", ""),
        (JSON, "Four stars, I would say.", "stop", None, "OUTPUT_NOT_JSON", ""),
        (JSON, '{"stars": 7}', "stop", None, "OUTPUT_BREAKS_SCHEMA", "/stars"),
        (JSON, "[4]", "stop", None, "OUTPUT_BREAKS_SCHEMA", ""),
        (JSON, "[" * 100_000, "stop", None, "OUTPUT_NOT_JSON", ""),
        (ANY_JSON, "[" * 40 + "]" * 40, "stop", None, "OUTPUT_NOT_JSON", ""),
        (ANY_JSON, f"[{'1,' * 400_000}1]", "stop", None, "OUTPUT_NOT_JSON", ""),
        (ANY_JSON, "", "stop", None, "OUTPUT_NOT_JSON", ""),
        (ANY_JSON, "null", "stop", None, "", ""),
        (ANY_JSON, '"a\\u0000"', "stop", None, "OUTPUT_NOT_JSON", ""),
        (LIST, "- one\n- two", "stop", ["one", "two"], "", ""),
        (LIST, "- one\n- tw", "length", ["one", "tw"], "OUTPUT_CUT_OFF", ""),
        (LIST, "", "stop", [], "", ""),
    ],
    ids=range(17),
)
async def test_an_answer_is_read_or_told_what_it_is(
    process: Process,
    me: Caller,
    make_version: Make,
    provider: Scripted,
    form: OutputFormat,
    text: str,
    finish_reason: str,
    json: Any,
    fault: str,
    path: str,
) -> None:
    answering(provider, text, finish_reason)
    run = await process.create(me, await make_version("Review it", output_format=form))
    assert (run.state, run.HasField("error")) == (Run.STATE_SUCCEEDED, False)
    [output] = run.outputs
    assert (output.name, output.text, output.format) == ("output", text, form.type)
    assert (json_of(output), reason(output), output.error.path) == (json, fault, path)
    assert output.HasField("json") == (fault == "" or form is LIST)
    kept = await get(process, me, run)
    assert kept.outputs == run.outputs
    assert (await row_of(process.database))["reason"] == (fault or None)


async def test_a_large_output_is_read_beside_others(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    text = '{"stars": 4, "why": "%s"}' % ("so " * 200_000)
    answering(provider, text)
    [output] = (await process.create(me, await make_version("Review it", output_format=JSON))).outputs
    assert json_of(output)["stars"] == 4


async def test_a_schema_that_would_take_for_ever_ends_in_an_error(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    levels = {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}, {"$ref": f"#/$defs/a{i + 1}"}]} for i in range(60)}
    schema = {"$defs": levels | {"a60": {}}, "$ref": "#/$defs/a0"}
    form = OutputFormat(type=OutputFormat.TYPE_JSON, schema=values.to_struct(schema))
    answering(provider, "3")
    [output] = (await process.create(me, await make_version("Review it", output_format=form))).outputs
    assert (reason(output), output.text) == ("OUTPUT_BREAKS_SCHEMA", "3")


async def test_the_provider_is_asked_for_json_and_told_the_schema(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    answering(provider, '{"stars": 1}')
    run = await process.create(me, await make_version("Review it", output_format=JSON))
    [request] = provider.requests
    assert request.parameters["response_format"]["json_schema"]["schema"] == SCHEMA
    system, user = request.messages
    assert (system["role"], user) == ("system", {"role": "user", "content": "Review it"})
    assert '"stars"' in system["content"]
    kept = await get(process, me, run)
    assert [values.from_value(it) for it in kept.node_runs[0].messages] == request.messages
    assert not kept.node_runs[0].adjustments


async def test_a_version_that_says_itself_how_to_ask_is_left_to_it(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    answering(provider, "{}")
    own = {"response_format": {"type": "text"}}
    await process.create(me, await make_version("Hi", output_format=ANY_JSON, parameters=values.to_struct(own)))
    assert provider.requests[0].parameters == own


async def test_a_list_is_asked_for_in_the_version_s_own_words(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    await process.create(me, await make_version("List it", output_format=LIST))
    assert provider.requests[0].messages == [{"role": "user", "content": "List it"}]
    assert provider.requests[0].parameters == {}


async def test_a_session_is_read_as_its_draft_says(
    process: Process, me: Caller, make_session: Draft, provider: Scripted
) -> None:
    answering(provider, "- one\n- two")
    session = await make_session("List it", output_format=LIST)
    [output] = (await process.intake.create(me, ask(session), None)).outputs
    assert json_of(output) == ["one", "two"]


async def test_what_is_read_is_not_kept_when_payloads_are_omitted(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    answering(provider, '{"stars": 7}')
    shy = Caller(me.key_id, me.project_id, me.project, me.scopes, omit_payloads=True)
    run = await process.create(shy, await make_version("Review it", output_format=JSON))
    assert run.outputs[0].text == '{"stars": 7}'
    assert not (await get(process, me, run)).outputs
    assert (await row_of(process.database))["reason"] == "OUTPUT_BREAKS_SCHEMA"


async def test_a_template_makes_an_image(process: Process, me: Caller, make_version: Make, provider: Scripted) -> None:
    messages = [{"role": "system", "content": "Oil on canvas"}, {"role": "user", "content": "A {thing}"}]
    version = await make_version(
        messages=[values.to_value(it) for it in messages], output_format=IMAGE, model="fake/painter"
    )
    run = await process.create(me, version, {"thing": "fox"})
    assert run.state == Run.STATE_SUCCEEDED
    [output] = run.outputs
    assert (output.name, output.node_id, output.image.media_type, output.image.placeholder) == (
        *("output", "", "image/png"),
        False,
    )
    assert run.usage.images == 1
    [request] = provider.images
    assert request.prompt == "Oil on canvas\n\nA fox"
    kept = await get(process, me, run)
    assert kept.outputs == run.outputs
    [node] = kept.node_runs
    assert (node.node_id, node.image, values.from_value(node.messages[1])["content"]) == (
        *("template", output.image),
        "A fox",
    )
    assert values.from_struct(kept.inputs) == {"thing": "fox"}


async def test_an_image_s_model_and_settings_can_be_chosen(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    version = await make_version("A fox", output_format=IMAGE, parameters=values.to_struct({"size": "1024x1024"}))
    settings = values.to_struct({"quality": "high", "temperature": 0.5})
    spec = ask(version, model="fake/other", parameters=settings)
    run = await process.intake.create(me, spec, None)
    assert (provider.images[0].model, provider.images[0].parameters) == (
        "other",
        {"size": "1024x1024", "quality": "high"},
    )
    assert [it.parameter for it in run.node_runs[0].adjustments] == ["temperature"]


async def test_an_image_that_cannot_be_made_fails_the_run(
    process: Process, me: Caller, make_version: Make, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> ImageAnswer:
        raise ProviderError("PROVIDER_REFUSED", "fake: no")

    monkeypatch.setattr(provider, "image", refuse)
    run = await process.create(me, await make_version("A fox", output_format=IMAGE, model="fake/painter"))
    assert (run.state, run.error.reason) == (Run.STATE_FAILED, ErrorReason.ERROR_REASON_PROVIDER_REFUSED)


async def test_another_server_goes_on_with_an_image(
    process: Process, me: Caller, make_version: Make, provider: Scripted, another: Another
) -> None:
    run = await process.intake.queue(me, ask(await make_version("A fox", output_format=IMAGE, model="fake/painter")))
    async with another() as other:
        await other.do_job(run, me.project_id)
        done = await get(other, me, run)
    assert (done.state, len(done.outputs)) == (Run.STATE_SUCCEEDED, 1)


async def test_metadata_goes_with_the_run(process: Process, me: Caller, make_version: Make) -> None:
    given: Mapping[str, str] = {"plan": "pro", "ünïcode": "日本"}
    run = await process.intake.create(me, ask(await make_version(), metadata=given), None)
    assert dict(run.metadata) == given
    assert dict((await get(process, me, run)).metadata) == given
    events = [event async for event in process.watcher.watch(me.project_id, UUID(run.id), 0)]
    assert dict(events[0].started.run.metadata) == dict(events[-1].ended.run.metadata) == given
