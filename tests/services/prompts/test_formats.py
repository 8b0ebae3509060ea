"""Output formats of versions, sessions and documents, as callers of PromptService have them."""

from typing import Any

import pytest

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import ImageVariable, OutputFormat
from services import errors
from tests.journeys.graphs import graph
from tests.services.prompts.conftest import Calls

SCHEMA = {"type": "object", "properties": {"stars": {"type": "integer"}}, "required": ["stars"], "title": "ä"}
JSON = OutputFormat(type=OutputFormat.TYPE_JSON, schema=values.to_struct(SCHEMA))
LIST = OutputFormat(type=OutputFormat.TYPE_LIST)
TEXT = OutputFormat(type=OutputFormat.TYPE_TEXT)
HELLO = values.to_value({"role": "user", "content": "Hello"})


async def prompt(service: Calls, **fields: Any) -> str:
    return (await service.CreatePrompt(pb.CreatePromptRequest(name="A prompt", **fields))).prompt.id


async def version(service: Calls, form: OutputFormat | None, **fields: Any) -> Any:
    prompt_id = fields.pop("prompt_id", None) or await prompt(service)
    request = pb.CreateVersionRequest(prompt_id=prompt_id, messages=[HELLO], output_format=form, **fields)
    return (await service.CreateVersion(request)).version


@pytest.mark.parametrize("form", [JSON, LIST, OutputFormat(type=OutputFormat.TYPE_IMAGE)])
async def test_a_format_comes_back_as_it_was_given(service: Calls, form: OutputFormat) -> None:
    made = await version(service, form)
    assert made.output_format == form
    got = (await service.GetVersion(pb.GetVersionRequest(id=made.id))).version
    listed = (await service.ListVersions(pb.ListVersionsRequest(prompt_id=made.prompt_id))).versions
    latest = (await service.GetPrompt(pb.GetPromptRequest(id=made.prompt_id))).prompt.latest_version
    assert got == made == listed[0] == latest


@pytest.mark.parametrize("form", [None, TEXT, OutputFormat()])
async def test_text_is_no_format_of_its_own(service: Calls, form: OutputFormat | None) -> None:
    assert not (await version(service, form)).HasField("output_format")


@pytest.mark.parametrize(
    ("form", "more", "fields"),
    [
        ({"type": 9}, {}, ["output_format.type"]),
        ({"type": "TYPE_LIST", "schema": {}}, {}, ["output_format.schema"]),
        ({"schema": {"type": "string"}}, {}, ["output_format.schema"]),
        ({"type": "TYPE_JSON", "schema": {"type": "foo"}}, {}, ["output_format.schema"]),
        ({"type": "TYPE_JSON", "schema": {"$ref": "https://example.com/s"}}, {}, ["output_format.schema"]),
        ({"type": "TYPE_JSON", "schema": {"enum": ["x" * 70_000]}}, {}, ["output_format.schema"]),
        ({"type": "TYPE_JSON", "schema": {"enum": ["x" * 700_000]}}, {}, ["output_format.schema"]),
        ({"type": "TYPE_IMAGE"}, {"images": [ImageVariable()]}, ["images"]),
        ({"type": 9, "schema": {}}, {"model": "m" * 256}, ["model", "output_format.type", "output_format.schema"]),
    ],
    ids=range(9),
)
async def test_every_fault_is_told(service: Calls, form: Any, more: Any, fields: list[str]) -> None:
    schema = values.to_struct(form["schema"]) if "schema" in form else None
    given = OutputFormat(type=form.get("type"), schema=schema)
    with pytest.raises(errors.InvalidArgument) as refused:
        await version(service, given, **more)
    assert [fault.field for fault in refused.value.violations] == fields
    prompt_id = await prompt(service)
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.CreateSession(pb.CreateSessionRequest(prompt_id=prompt_id, output_format=given, **more))
    assert [fault.field for fault in refused.value.violations] == fields


async def test_a_graph_has_no_format(service: Calls) -> None:
    document = values.to_struct(graph({"color": "blue"}, {}, {"text": ["color"]}))
    request = pb.CreateVersionRequest(prompt_id=await prompt(service), graph=document, output_format=LIST)
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.CreateVersion(request)
    assert [fault.field for fault in refused.value.violations] == ["output_format"]
    request.output_format.CopyFrom(TEXT)
    assert not (await service.CreateVersion(request)).version.HasField("output_format")


async def test_a_session_takes_saves_and_commits_a_format(service: Calls) -> None:
    base = await version(service, JSON)
    request = pb.CreateSessionRequest(prompt_id=base.prompt_id, base_version_id=base.id)
    session = (await service.CreateSession(request)).session
    assert session.output_format == session.base_version.output_format == JSON
    change = pb.UpdateSessionRequest(id=session.id, output_format=LIST, update_mask={"paths": ["output_format"]})
    saved = (await service.UpdateSession(change)).session
    assert (saved.output_format, list(saved.messages)) == (LIST, [HELLO])
    committed = (await service.CommitSession(pb.CommitSessionRequest(id=session.id))).version
    assert committed.output_format == LIST
    cleared = (await service.UpdateSession(pb.UpdateSessionRequest(id=session.id, messages=[HELLO]))).session
    assert not cleared.HasField("output_format")


async def test_a_session_that_gets_a_graph_loses_its_format(service: Calls) -> None:
    request = pb.CreateSessionRequest(prompt_id=await prompt(service), messages=[HELLO], output_format=LIST)
    session = (await service.CreateSession(request)).session
    document = values.to_struct(graph({"color": "blue"}, {}, {"text": ["color"]}))
    change = pb.UpdateSessionRequest(id=session.id, graph=document, update_mask={"paths": ["graph"]})
    assert not (await service.UpdateSession(change)).session.HasField("output_format")


async def test_a_document_carries_formats_and_tells_versions_apart_by_them(
    service: Calls, other_service: Calls
) -> None:
    prompt_id = await prompt(service, alias="review")
    for form in (None, JSON, LIST):
        await version(service, form, prompt_id=prompt_id)
    document = (await service.ExportPrompts(pb.ExportPromptsRequest())).document
    formats = [it.output_format if it.HasField("output_format") else None for it in document.prompts[0].versions]
    assert formats == [None, JSON, LIST]
    brought = await other_service.ImportPrompts(pb.ImportPromptsRequest(document=document))
    assert list(brought.prompts[0].created_versions) == [1, 2, 3]
    again = await other_service.ImportPrompts(pb.ImportPromptsRequest(document=document))
    assert (list(again.prompts[0].created_versions), again.prompts[0].found_versions) == ([], 3)
    [theirs] = (await other_service.ExportPrompts(pb.ExportPromptsRequest())).document.prompts
    assert [it.output_format for it in theirs.versions][1:] == [JSON, LIST]


async def test_a_schema_in_a_document_is_checked_in_its_place(service: Calls) -> None:
    document = (await service.ExportPrompts(pb.ExportPromptsRequest())).document
    made = document.prompts.add(alias="review", name="Review")
    made.versions.add(number=1, messages=[HELLO])
    made.versions.add(number=2, messages=[HELLO], output_format=JSON).output_format.schema.update({"type": "foo"})
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.ImportPrompts(pb.ImportPromptsRequest(document=document))
    [fault] = refused.value.violations
    assert fault.field == "document.prompts[0].versions[1].output_format.schema"
    assert fault.message.startswith("/type: ")
