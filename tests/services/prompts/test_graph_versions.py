"""Versions, sessions and documents that hold graphs, as callers of PromptService have them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import Variable
from services import errors
from services.prompts import graphs
from tests.journeys.graphs import graph
from tests.services.prompts.conftest import Calls

GRAPH = graph({"color": "Blue", "item": ""}, {"joke": "A {color} {item}"}, {"text": ["joke"], "more": ["joke"]})
# What editors keep beside what runs.
GRAPH |= {"viewport": {"x": 1.5, "y": -2, "zoom": 1}, "extra": [None, True, "ä", {"deep": [1, 2.5]}]}
GRAPH["nodes"].append({"id": "note", "type": "stickyNote", "data": {"text": "{{7*7}}"}, "selected": False})
HELLO = values.to_value({"role": "user", "content": "Hello"})


async def prompt(service: Calls, **fields: Any) -> str:
    return (await service.CreatePrompt(pb.CreatePromptRequest(name="A flow", **fields))).prompt.id


async def flow(service: Calls, prompt_id: str, document: Any = None) -> pb.CreateVersionResponse:
    request = pb.CreateVersionRequest(prompt_id=prompt_id, graph=values.to_struct(document or GRAPH))
    return await service.CreateVersion(request)


async def test_a_graph_comes_back_as_it_was_given(service: Calls) -> None:
    made = await flow(service, await prompt(service))
    version = made.version
    assert values.from_struct(version.graph) == GRAPH
    assert list(version.variables) == [
        Variable(name="color", type=Variable.TYPE_TEXT, default_value="Blue", allow_empty=True),
        Variable(name="item", type=Variable.TYPE_TEXT, required=True, allow_empty=True),
    ]
    assert list(version.outputs) == ["text", "more"]
    assert [(it.field, it.message.split(",")[0]) for it in made.warnings] == [
        ("graph.nodes[5]", "is of the type 'stickyNote'")
    ]
    got = (await service.GetVersion(pb.GetVersionRequest(id=version.id))).version
    listed = (await service.ListVersions(pb.ListVersionsRequest(prompt_id=version.prompt_id))).versions
    latest = (await service.GetPrompt(pb.GetPromptRequest(id=version.prompt_id))).prompt.latest_version
    assert got == version == listed[0] == latest


async def test_a_variable_that_nothing_uses_is_not_required(service: Calls) -> None:
    document = graph({"color": "Blue"}, {"joke": "A {color}"}, {"text": ["joke"]})
    document["nodes"].append({"id": "idle", "type": "variableNode", "data": {"variable": {"label": "size"}}})
    made = await flow(service, await prompt(service), document)
    assert [(it.name, it.required) for it in made.version.variables] == [("color", False), ("size", False)]
    assert [it.message for it in made.warnings] == ["leads to no output: its value is not asked for"]


async def test_a_graph_of_very_many_values_is_refused(service: Calls) -> None:
    document = {**GRAPH, "junk": [[0]] * 200_000}
    with pytest.raises(errors.InvalidArgument) as refused:
        await flow(service, await prompt(service), document)
    [fault] = refused.value.violations
    assert (fault.field, fault.reason) == ("graph", "GRAPH_INVALID")
    assert "at most 300000 are kept" in fault.message


async def test_a_draft_that_is_no_graph_any_more_is_told_and_not_committed(
    service: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = pb.CreateSessionRequest(prompt_id=await prompt(service), graph=values.to_struct(GRAPH))
    session = (await service.CreateSession(request)).session
    monkeypatch.setattr("services.prompts.graph.MAX_NODES", 1)
    update = pb.UpdateSessionRequest(id=session.id, name="Another", update_mask=FieldMask(paths=["name"]))
    [warning] = (await service.UpdateSession(update)).warnings
    assert warning.field == "graph.nodes"
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.CommitSession(pb.CommitSessionRequest(id=session.id))
    assert refused.value.reason == "GRAPH_INVALID"


async def test_a_large_graph_is_read_and_made_beside_others(service: Calls) -> None:
    document = {**GRAPH, "notes": ["x" * 1000] * 1000}
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    others = asyncio.create_task(count())
    made = (await flow(service, await prompt(service), document)).version
    got = (await service.GetVersion(pb.GetVersionRequest(id=made.id))).version
    others.cancel()
    assert values.from_struct(got.graph) == document
    assert turns > 100


async def test_all_faults_of_a_graph_are_told(service: Calls) -> None:
    document = {"nodes": [{"id": "a", "type": "outputNode"}, {"id": "a"}], "edges": [{"source": "b", "target": "c"}]}
    with pytest.raises(errors.InvalidArgument) as refused:
        await flow(service, await prompt(service), document)
    assert refused.value.reason == "GRAPH_INVALID"
    assert [it.field for it in refused.value.violations] == [
        *("graph.nodes[0].data", "graph.nodes[1].id", "graph.nodes[1].type"),
        *("graph.edges[0].source", "graph.edges[0].target"),
    ]
    assert {it.reason for it in refused.value.violations} == {"GRAPH_INVALID"}


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [HELLO]},
        {"variables": [Variable(name="a")]},
        {"model": "m"},
        {"provider": "p"},
        {"parameters": values.to_struct({"temperature": 1})},
    ],
    ids=lambda it: next(iter(it)),
)
async def test_a_graph_takes_the_place_of_all_else(service: Calls, fields: dict[str, Any]) -> None:
    request = pb.CreateVersionRequest(prompt_id=await prompt(service), graph=values.to_struct(GRAPH), **fields)
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.CreateVersion(request)
    assert [it.field for it in refused.value.violations] == [next(iter(fields))]


async def test_a_graph_may_be_larger_than_messages_but_not_without_bound(
    service: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = graph({}, {"a": "x" * 2_000_000}, {"o": ["a"]})
    prompt_id = await prompt(service)
    assert (await flow(service, prompt_id, large)).version.number == 1
    monkeypatch.setattr(graphs, "MAX_BYTES", 1_000_000)
    with pytest.raises(errors.InvalidArgument, match="graph: takes") as refused:
        await flow(service, prompt_id, large)
    assert refused.value.reason == "GRAPH_INVALID"


def nest(document: Struct) -> None:
    inner = document.fields["odd"]
    for _ in range(33):
        inner = inner.list_value.values.add()


def put_infinity(document: Struct) -> None:
    document.fields["odd"].number_value = float("inf")


@pytest.mark.parametrize(("spoil", "field"), [(nest, "graph.odd" + "[0]" * 31), (put_infinity, "graph.odd")])
async def test_what_comes_not_back_equal_is_a_fault_of_the_graph(
    service: Calls, spoil: Callable[[Struct], None], field: str
) -> None:
    request = pb.CreateVersionRequest(prompt_id=await prompt(service), graph=values.to_struct(GRAPH))
    spoil(request.graph)
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.CreateVersion(request)
    assert (refused.value.reason, [it.field for it in refused.value.violations]) == ("GRAPH_INVALID", [field])


async def test_a_draft_holds_messages_or_a_graph(service: Calls) -> None:
    prompt_id = await prompt(service)
    version = (await flow(service, prompt_id)).version
    begun = pb.CreateSessionRequest(prompt_id=prompt_id, base_version_id=version.id)
    session = (await service.CreateSession(begun)).session
    assert values.from_struct(session.graph) == GRAPH
    assert not session.variables
    saved = await service.UpdateSession(
        pb.UpdateSessionRequest(id=session.id, messages=[HELLO], update_mask={"paths": ["messages"]})  # type: ignore[arg-type]
    )
    assert not saved.session.HasField("graph")
    again = pb.UpdateSessionRequest(id=session.id, graph=values.to_struct(GRAPH), update_mask={"paths": ["graph"]})  # type: ignore[arg-type]
    saved = await service.UpdateSession(again)
    assert not saved.session.messages
    assert len(saved.warnings) == 1
    committed = await service.CommitSession(pb.CommitSessionRequest(id=session.id))
    assert (committed.version.graph, committed.version.number) == (version.graph, 2)
    assert committed.version.variables == version.variables
    with pytest.raises(errors.InvalidArgument):
        await service.CommitSession(pb.CommitSessionRequest(id=session.id, message_indices=[0]))


async def test_a_setting_does_not_cost_a_draft_its_graph(service: Calls) -> None:
    prompt_id = await prompt(service)
    version = (await flow(service, prompt_id)).version
    begun = pb.CreateSessionRequest(prompt_id=prompt_id, base_version_id=version.id)
    session = (await service.CreateSession(begun)).session
    mask: Any = {"paths": ["model"]}
    with pytest.raises(errors.InvalidArgument, match="the session holds a graph"):
        await service.UpdateSession(pb.UpdateSessionRequest(id=session.id, model="m", update_mask=mask))
    assert (await service.GetSession(pb.GetSessionRequest(id=session.id))).session.graph == session.graph
    begun.model = "m"
    with pytest.raises(errors.InvalidArgument, match="the session holds a graph"):
        await service.CreateSession(begun)


async def test_flows_are_listed_apart(service: Calls) -> None:
    template, plain, empty = await prompt(service), await prompt(service), await prompt(service)
    await service.CreateVersion(pb.CreateVersionRequest(prompt_id=template, messages=[HELLO]))
    await flow(service, plain)
    for wanted, found in ((True, [plain]), (False, [empty, template]), (None, [empty, plain, template])):
        listed = (await service.ListPrompts(pb.ListPromptsRequest(flow=wanted))).prompts
        assert [it.id for it in listed] == found
    await service.CreateVersion(pb.CreateVersionRequest(prompt_id=plain, messages=[HELLO]))
    assert not (await service.ListPrompts(pb.ListPromptsRequest(flow=True))).prompts


async def test_strictness_is_kept_and_changed(service: Calls) -> None:
    prompt_id = await prompt(service, strict_variables=True)
    assert (await service.GetPrompt(pb.GetPromptRequest(id=prompt_id))).prompt.strict_variables
    mask: Any = {"paths": ["strict_variables"]}
    changed = await service.UpdatePrompt(pb.UpdatePromptRequest(id=prompt_id, update_mask=mask))
    assert not changed.prompt.strict_variables
    changed = await service.UpdatePrompt(pb.UpdatePromptRequest(id=prompt_id, strict_variables=True))
    assert changed.prompt.strict_variables
    assert (await service.ListPrompts(pb.ListPromptsRequest())).prompts[0].strict_variables


async def test_an_export_of_flows_comes_back_equal(service: Calls, other_service: Calls) -> None:
    prompt_id = await prompt(service, strict_variables=True)
    await flow(service, prompt_id)
    await flow(service, prompt_id, graph({"a": "1"}, {}, {"o": ["a"]}))
    exported = (await service.ExportPrompts(pb.ExportPromptsRequest())).document
    assert all(not it.variables and it.HasField("graph") for it in exported.prompts[0].versions)
    for created in ([1, 2], []):
        done = await other_service.ImportPrompts(pb.ImportPromptsRequest(document=exported))
        assert list(done.prompts[0].created_versions) == created
    again = (await other_service.ExportPrompts(pb.ExportPromptsRequest())).document
    assert again == exported
    exported.prompts[0].versions[1].graph.CopyFrom(values.to_struct({"nodes": [{}], "edges": []}))
    with pytest.raises(errors.InvalidArgument) as refused:
        await other_service.ImportPrompts(pb.ImportPromptsRequest(document=exported))
    assert refused.value.violations[0].field == "document.prompts[0].versions[1].graph.nodes[0].id"
