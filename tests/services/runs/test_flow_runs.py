"""Runs of graphs over a real database: node by node on record, whatever fails, and never asked twice."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from promptwire import values
from promptwire.v1.error_reason_pb2 import ErrorReason
from promptwire.v1.prompt_pb2 import OutputFormat, Variable, Version
from promptwire.v1.run_pb2 import Run, RunEvent
from services import errors
from services.caller import Caller
from services.db import Database
from services.jobs.worker import Again
from services.providers.adjustments import Adjustment
from services.providers.base import ChatAnswer, ChatRequest, ImageAnswer, ProviderError
from services.runs import flow_host, queue_store
from tests.journeys.graphs import graph
from tests.services.runs.conftest import Another, Make
from tests.services.runs.process import Process, Scripted, ask, echo

Graphs = Callable[..., Awaitable[Version]]
TWO = graph({"color": "Blue"}, {"joke": "A joke on {color}", "more": "More: {joke}"}, {"text": ["more"]})


@pytest.fixture
def make_flow(make_version: Make) -> Graphs:
    """Make a flow: `await make_flow(graph(...))`."""

    async def make(document: Mapping[str, Any], **fields: Any) -> Version:
        return await make_version(messages=[], graph=values.to_struct(document), **fields)

    return make


def failing(*words: str) -> Callable[[ChatRequest], Awaitable[ChatAnswer]]:
    """Fail for prompts that begin with one of these, and echo others."""

    async def behave(request: ChatRequest) -> ChatAnswer:
        if request.messages[-1]["content"].startswith(words):
            raise ProviderError("PROVIDER_REFUSED", "fake: no")
        return await echo(request)

    return behave


async def get(process: Process, me: Caller, run: Run) -> Run:
    return await process.store.get(me.project_id, UUID(run.id))


async def watch(process: Process, me: Caller, run: Run) -> list[RunEvent]:
    return [event async for event in process.watcher.watch(me.project_id, UUID(run.id), 0)]


def prompts(provider: Scripted) -> list[str]:
    return [request.messages[-1]["content"] for request in provider.requests]


async def test_a_run_says_what_each_node_did(process: Process, me: Caller, make_flow: Graphs) -> None:
    run = await process.create(me, await make_flow(TWO), {"color": "green"})
    assert run.state == Run.STATE_SUCCEEDED
    assert [(it.name, it.node_id, it.text) for it in run.outputs] == [
        ("text", "out text", "echo: More: echo: A joke on green")
    ]
    assert (run.usage.input_tokens, run.usage.output_tokens) == (10, 14)
    assert [(it.node_id, it.name, it.attempts, it.HasField("text")) for it in run.node_runs] == [
        ("joke", "joke", 1, False),
        ("more", "more", 1, False),
    ]
    kept = await get(process, me, run)
    assert [it.text for it in kept.node_runs] == ["echo: A joke on green", "echo: More: echo: A joke on green"]
    assert values.from_value(kept.node_runs[1].messages[0]) == {
        "role": "user",
        "content": "More: echo: A joke on green",
    }
    assert kept.node_runs[0].end_time.ToNanoseconds() <= kept.node_runs[1].start_time.ToNanoseconds()
    for node in kept.node_runs:
        node.ClearField("messages")
        node.ClearField("text")
    assert kept == run


async def test_stored_values_stand_in_unless_the_prompt_is_strict(
    process: Process, me: Caller, make_flow: Graphs, database: Database, provider: Scripted
) -> None:
    flow = await make_flow(graph({"color": "Blue", "item": ""}, {"a": "{color} {item}"}, {"o": ["a"]}))
    await process.create(me, flow, {"item": ""})
    assert prompts(provider) == ["Blue "]
    with pytest.raises(errors.InvalidArgument) as refused:
        await process.create(me, flow, {})
    assert [it.field for it in refused.value.violations] == ["spec.inputs.item"]
    await database.execute("UPDATE prompt SET strict_variables = true")
    process.planner._resolver.forget()
    with pytest.raises(errors.InvalidArgument) as refused:
        await process.create(me, flow, {})
    assert [it.field for it in refused.value.violations] == ["spec.inputs.color", "spec.inputs.item"]


async def test_a_branch_that_fails_leaves_the_others(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    flow = await make_flow(
        graph(
            {},
            {"bad": "BAD", "after": "{bad}", "good": "GOOD"},
            {"a": ["after", "good"], "b": ["after"], "c": ["good"]},
        )
    )
    provider.behaviour = failing("BAD")
    run = await process.create(me, flow)
    assert run.state == Run.STATE_SUCCEEDED
    assert [(it.name, it.text, it.error.node_id) for it in run.outputs] == [
        ("a", "echo: GOOD", "bad"),
        ("b", "", "bad"),
        ("c", "echo: GOOD", ""),
    ]
    nodes = {it.node_id: it for it in (await get(process, me, run)).node_runs}
    assert {it: nodes[it].state for it in nodes} == {
        "bad": Run.STATE_FAILED,
        "after": Run.STATE_FAILED,
        "good": Run.STATE_SUCCEEDED,
    }
    assert nodes["after"].error.metadata == {"failed_node_id": "bad"}
    assert prompts(provider).count("BAD") == 1


async def test_a_run_fails_when_every_output_does(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    flow = await make_flow(graph({}, {"bad": "BAD", "worse": "BAD too"}, {"a": ["bad"], "b": ["worse"]}))
    provider.behaviour = failing("BAD")
    run = await process.create(me, flow)
    assert run.state == Run.STATE_FAILED
    assert (run.error.node_id, run.error.message) == ("bad", "fake: no")
    assert not run.outputs
    assert (await get(process, me, run)).error == run.error


async def test_time_runs_out_for_what_is_still_under_way(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    async def behave(request: ChatRequest) -> ChatAnswer:
        if request.messages[-1]["content"] == "SLOW":
            await asyncio.Event().wait()
        return await echo(request)

    provider.behaviour = behave
    flow = await make_flow(graph({}, {"slow": "SLOW", "quick": "QUICK"}, {"a": ["slow"], "b": ["quick"]}))
    run = await process.create(me, flow, seconds=1)
    assert run.state == Run.STATE_SUCCEEDED
    assert [(it.name, it.text) for it in run.outputs] == [("a", ""), ("b", "echo: QUICK")]
    assert run.outputs[0].error.message == "the run passed its timeout of 1 s"


async def test_images_are_kept_and_named(process: Process, me: Caller, make_flow: Graphs, provider: Scripted) -> None:
    document = graph({"color": "Blue"}, {"a": "Text"}, {"all": ["a", "img", "a"]}, images={"img": "A {color} cat"})
    document["nodes"][1]["data"]["modelParams"] = {"model": "large", "size": "512x512", "temperature": 1}
    run = await process.create(me, await make_flow(document))
    assert [(it.prompt, it.model) for it in provider.images] == [("A Blue cat", "large")]
    assert [it.WhichOneof("value") for it in run.outputs] == ["text", "image"]
    assert {it.name for it in run.outputs} == {"all"}
    kept = run.outputs[1].image
    assert (kept.media_type, kept.placeholder) == ("image/png", False)
    found = await process.images.find(me.project_id, bytes.fromhex(kept.id), 1000)
    assert found is not None
    assert (found.size_bytes, found.data) == (kept.size_bytes, provider.picture.data)
    assert run.usage.images == 1
    node = next(it for it in (await get(process, me, run)).node_runs if it.node_id == "img")
    assert [it.parameter for it in node.adjustments] == ["temperature"]


async def test_what_is_no_image_fails_its_node(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    provider.picture = ImageAnswer(b"<svg/>", None)
    document = graph({}, {}, {"o": ["img"]}, images={"img": "A cat"})
    document["nodes"][0]["data"]["modelParams"] = {"model": "large"}
    run = await process.create(me, await make_flow(document))
    assert (run.state, run.error.node_id) == (Run.STATE_FAILED, "img")
    assert "must be a PNG" in run.error.message


async def test_a_node_may_take_a_stored_prompt(
    process: Process, me: Caller, make_flow: Graphs, make_version: Make, provider: Scripted
) -> None:
    await make_version("Tell {who} of {color}", alias="tell", parameters=values.to_struct({"temperature": 0.5}))
    action = {"promptId": "tell", "modelParams": {"model": "large"}}
    document = graph({"color": "Blue", "who": "me"}, {"a": action}, {"o": ["a"]}, edges=[("color", "a"), ("who", "a")])
    run = await process.create(me, await make_flow(document), {"who": "us"})
    assert run.outputs[0].text == "echo: Tell us of Blue"
    assert (provider.requests[0].model, provider.requests[0].parameters) == ("large", {"temperature": 0.5})


async def test_an_image_node_may_take_a_stored_prompt(
    process: Process, me: Caller, make_flow: Graphs, make_version: Make, provider: Scripted
) -> None:
    await make_version("A {color} fox", alias="picture", output_format=OutputFormat(type=OutputFormat.TYPE_IMAGE))
    document = graph({"color": "Red"}, {}, {"o": ["img"]}, images={"img": ""}, edges=[("color", "img")])
    [node] = (it for it in document["nodes"] if it["type"] == "imageNode")
    node["data"] |= {"promptId": "picture", "modelParams": {"model": "large"}}
    run = await process.create(me, await make_flow(document))
    assert [it.prompt for it in provider.images] == ["A Red fox"]
    assert run.outputs[0].HasField("image")


async def test_what_is_too_much_takes_nothing_from_what_fits(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_host, "MAX_CHARACTERS", 100)
    document = graph({}, {"large": "x" * 200, "small": "A "}, {"o": ["large"], "p": ["small"]})
    run = await process.create(me, await make_flow(document))
    assert [(it.text, it.HasField("error")) for it in run.outputs] == [("", True), ("echo: A ", False)]


async def test_what_the_nodes_of_a_run_are_asked_and_answer_has_a_bound(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_host, "MAX_CHARACTERS", 100)
    chain = {"a": "x" * 40, "b": "{a}", "c": "{b}"}
    run = await process.create(me, await make_flow(graph({}, chain, {"o": ["a"], "p": ["b"], "q": ["c"]})))
    assert run.state == Run.STATE_SUCCEEDED
    refused = ErrorReason.ERROR_REASON_FIELD_INVALID
    assert [it.error.reason for it in run.outputs] == [0, refused, refused]
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"promptId": "nobody"}, "no prompt has the id or alias 'nobody'"),
        ({"promptId": "tell", "promptLabel": "live"}, "live"),
        ({"promptId": "tell"}, "which needs who"),
        ({"promptId": "flow"}, "which is a flow itself"),
        ({"promptId": "picture"}, "which makes an image; take it in an image node"),
    ],
)
async def test_a_stored_prompt_that_cannot_be_taken_is_told(
    process: Process, me: Caller, make_flow: Graphs, make_version: Make, action: dict[str, str], words: str
) -> None:
    await make_version("Tell {who} of {color}", alias="tell")
    await make_flow(TWO, alias="flow")
    await make_version("A {color} fox", alias="picture", output_format=OutputFormat(type=OutputFormat.TYPE_IMAGE))
    flow = await make_flow(graph({"color": "Blue"}, {"a": action}, {"o": ["a"]}, edges=[("color", "a")]))
    with pytest.raises(errors.FailedPrecondition, match=words) as refused:
        await process.create(me, flow)
    assert refused.value.reason == "VERSION_NOT_RUNNABLE"


async def test_all_unknown_models_are_told(process: Process, me: Caller, make_flow: Graphs) -> None:
    document = graph({}, {"a": "A", "b": "B"}, {"o": ["a", "b"]})
    document["nodes"][0]["data"]["modelParams"] = {"model": "x-1"}
    document["nodes"][1]["data"]["modelParams"] = {"model": "x-2"}
    with pytest.raises(errors.InvalidArgument) as refused:
        await process.create(me, await make_flow(document))
    assert [it.field for it in refused.value.violations] == [
        f"graph.nodes[{index}].data.modelParams.model" for index in (0, 1)
    ]


async def test_a_way_to_an_output_through_an_unknown_node_is_refused(
    process: Process, me: Caller, make_flow: Graphs
) -> None:
    document = graph({}, {"a": "A"}, {"o": ["a"], "p": []})
    document["nodes"].append({"id": "code", "type": "codeNode"})
    document["edges"].append({"source": "code", "target": "a", "targetHandle": "variables"})
    with pytest.raises(errors.FailedPrecondition, match="codeNode"):
        await process.create(me, await make_flow(document))
    document["edges"].pop()
    assert (await process.create(me, await make_flow(document))).state == Run.STATE_SUCCEEDED


@pytest.mark.parametrize(
    "fields", [{"model": "large"}, {"parameters": values.to_struct({"temperature": 1})}], ids=lambda it: next(iter(it))
)
async def test_a_run_does_not_choose_for_the_nodes(
    process: Process, me: Caller, make_flow: Graphs, fields: dict[str, Any]
) -> None:
    with pytest.raises(errors.InvalidArgument, match="flow"):
        await process.create(me, await make_flow(TWO), **fields)


async def test_who_cancels_is_told_what_was_used(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    reached = asyncio.Event()

    async def behave(request: ChatRequest) -> ChatAnswer:
        if request.messages[-1]["content"].startswith("More"):
            reached.set()
            await asyncio.Event().wait()
        return await echo(request)

    provider.behaviour = behave
    call = process.begin(me, await make_flow(TWO), wait=60)
    await reached.wait()
    [start] = process.underway.older_than(0)
    run = await process.intake.cancel(me.project_id, start.run_id)
    assert (run.state, run.usage.input_tokens) == (Run.STATE_CANCELLED, 5)
    assert [it.state for it in run.node_runs] == [Run.STATE_SUCCEEDED, Run.STATE_CANCELLED]
    await call


class Dying:
    """Answers until a prompt that begins with a word: then it says so, and does not answer."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.reached = asyncio.Event()

    async def __call__(self, request: ChatRequest) -> ChatAnswer:
        if request.messages[-1]["content"].startswith(self.word):
            self.reached.set()
            await asyncio.Event().wait()
        return await echo(request)


async def die_amid(process: Process, me: Caller, run: Run, dying: Dying, told: int) -> None:
    """Let the driver of a queued run die in the middle, once so many events are recorded."""
    job = asyncio.create_task(process.do_job(run, me.project_id))
    await dying.reached.wait()
    feed = process.feeds.find(me.project_id, UUID(run.id))
    assert feed is not None
    while feed._last < told:
        await asyncio.sleep(0)
    await process.die()
    await asyncio.gather(job, return_exceptions=True)


@pytest.mark.parametrize("omits", [False, True])
async def test_who_goes_on_asks_only_for_what_is_not_on_record(
    process: Process,
    another: Another,
    me: Caller,
    make_flow: Graphs,
    provider: Scripted,
    database: Database,
    omits: bool,
) -> None:
    me = replace(me, omit_payloads=omits)
    provider.behaviour = dying = Dying("More")
    run = await process.intake.queue(me, ask(await make_flow(TWO), {"color": "green"}))
    async with another() as other:
        await die_amid(process, me, run, dying, 5)
        assert await count_outputs(database) == 1
        provider.behaviour = echo
        await free(database)
        await other.do_job(run, me.project_id)
        done = await get(other, me, run)
        told = await watch(other, me, run)
    assert (done.state, done.attempt) == (Run.STATE_SUCCEEDED, 2)
    assert prompts(provider) == ["A joke on green", "More: echo: A joke on green", "More: echo: A joke on green"]
    assert {it.node_id: it.attempts for it in done.node_runs} == {"joke": 1, "more": 2}
    assert [it.sequence for it in told] == list(range(1, len(told) + 1))
    starts = [(it.node_started.node_id, it.node_started.attempt) for it in told if it.HasField("node_started")]
    assert starts == [("joke", 1), ("more", 1), ("more", 2)]
    assert [it.node_ended.node_run.node_id for it in told if it.HasField("node_ended")] == ["joke", "more"]
    # What was kept for the next driver alone is gone, and was never shown.
    assert await count_outputs(database) == (0 if omits else 2)
    assert [it.HasField("text") for it in done.node_runs] == [not omits] * 2


async def count_outputs(database: Database) -> int:
    """Count the texts that are kept."""
    row = await database.fetchrow("SELECT count(*) FROM node_run WHERE output IS NOT NULL")
    return row[0] if row else 0


async def free(database: Database) -> None:
    """Let the lease of whoever died lapse."""
    await database.execute("UPDATE server SET lease = '0 s' WHERE server_id IN (SELECT server_id FROM run)")


async def test_an_end_that_was_recorded_but_not_told_is_told_again(
    process: Process, another: Another, me: Caller, make_flow: Graphs, provider: Scripted, database: Database
) -> None:
    provider.behaviour = dying = Dying("More")
    run = await process.intake.queue(me, ask(await make_flow(TWO), {"color": "green"}))
    async with another() as other:
        await die_amid(process, me, run, dying, 5)
        # As if the driver had died just behind the commit of the first node.
        await database.execute("DELETE FROM run_event WHERE sequence > 2")
        provider.behaviour = echo
        await free(database)
        await other.do_job(run, me.project_id)
        told = await watch(other, me, run)
    text = ""
    for event in told:
        if event.HasField("node_started") and event.node_started.node_id == "joke":
            text = ""
        elif event.text_delta.node_id == "joke":
            text += event.text_delta.text
    assert text == "echo: A joke on green"
    assert [it.node_ended.node_run.node_id for it in told if it.HasField("node_ended")] == ["joke", "more"]
    assert prompts(provider).count("A joke on green") == 1


async def test_a_stored_prompt_stays_the_one_that_the_run_began_with(
    process: Process,
    another: Another,
    me: Caller,
    make_flow: Graphs,
    make_version: Make,
    provider: Scripted,
    database: Database,
) -> None:
    size = Variable(name="size", type=Variable.TYPE_TEXT, default_value="big")
    first = await make_version("More of {joke}, {size}", alias="tell", variables=[size])
    action = {"promptId": "tell"}
    flow = await make_flow(graph({}, {"joke": "A joke", "b": action}, {"o": ["b"]}, edges=[("joke", "b")]))
    provider.behaviour = dying = Dying("A joke")
    run = await process.intake.queue(me, ask(flow))
    await make_version("Less of {joke}", prompt_id=first.prompt_id)
    # What was no fault when the run began is none now.
    await database.execute("UPDATE prompt SET strict_variables = true WHERE prompt_id = $1", UUID(first.prompt_id))
    async with another() as other:
        await die_amid(process, me, run, dying, 2)
        provider.behaviour = echo
        await free(database)
        await other.do_job(run, me.project_id)
        done = await get(other, me, run)
    assert done.outputs[0].text == "echo: More of echo: A joke, big"


async def test_a_run_that_was_not_streamed_has_its_events_all_the_same(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    provider.behaviour = failing("BAD")
    run = await process.create(me, await make_flow(graph({}, {"a": "A", "b": "BAD {a}"}, {"o": ["a"], "p": ["b"]})))
    told = await watch(process, me, run)
    assert [it.WhichOneof("event") for it in told] == [
        *("started", "node_started", "text_delta", "node_ended", "node_started", "node_ended", "ended")
    ]
    assert told[2].text_delta.text == "echo: A"
    assert told[3].node_ended.node_run == run.node_runs[0]
    assert told[-1].ended.run == await process.store.get_listed(me.project_id, UUID(run.id))


async def test_a_template_tells_what_its_settings_became(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    version = await make_version("Hello", parameters=values.to_struct({"best_of": 3, "temperature": 0.5}))
    run = await process.create(me, version)
    assert [(it.parameter, values.from_value(it.given)) for it in run.node_runs[0].adjustments] == [("best_of", 3)]
    assert provider.requests[0].parameters == {"temperature": 0.5}
    assert (await get(process, me, run)).node_runs[0].adjustments == run.node_runs[0].adjustments


REFUSED = Adjustment("stop", "x")


async def test_what_the_provider_refused_of_a_template_s_settings_is_told_and_kept(
    process: Process, me: Caller, make_version: Make, provider: Scripted
) -> None:
    async def behave(request: ChatRequest) -> ChatAnswer:
        return replace(await echo(request), adjustments=(REFUSED,))

    provider.behaviour = behave
    version = await make_version("Hello", parameters=values.to_struct({"best_of": 3, "stop": "x"}))
    run = await process.create(me, version)
    assert [it.parameter for it in run.node_runs[0].adjustments] == ["best_of", "stop"]
    assert (await get(process, me, run)).node_runs[0].adjustments == run.node_runs[0].adjustments
    told = await watch(process, me, run)
    assert told[-1].ended.run.node_runs[0].adjustments == run.node_runs[0].adjustments


async def test_what_the_provider_refused_of_a_node_s_settings_is_told_and_kept(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    async def behave(request: ChatRequest) -> ChatAnswer:
        return replace(await echo(request), adjustments=(REFUSED,))

    provider.behaviour = behave
    provider.picture = replace(provider.picture, adjustments=(REFUSED,))
    document = graph({}, {"a": "A"}, {"o": ["a", "img"]}, images={"img": "A cat"})
    for node in document["nodes"]:
        node["data"]["modelParams"] = {"best_of": 3} if node["id"] == "a" else {"model": "large"}
    run = await process.create(me, await make_flow(document))
    found = {it.node_id: [change.parameter for change in it.adjustments] for it in run.node_runs}
    assert found == {"a": ["best_of", "stop"], "img": ["stop"]}
    kept = (await get(process, me, run)).node_runs
    assert {it.node_id: [change.parameter for change in it.adjustments] for it in kept} == found


async def test_a_job_of_a_run_that_has_ended_is_done(process: Process, me: Caller, make_flow: Graphs) -> None:
    run = await process.intake.queue(me, ask(await make_flow(TWO)))
    await process.taker.do(queue_store.to_name(me.project_id, UUID(run.id)))
    try:
        await process.do_job(run, me.project_id)
    except Again:
        pytest.fail("the job was put off")
