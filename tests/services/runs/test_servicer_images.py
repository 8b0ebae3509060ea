"""The images of runs as callers have them: with tokens in every answer, for as long as they ask."""

import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.prompt_pb2 import Version
from promptwire.v1.run_pb2 import Image, Run, RunSpec
from services import caller, errors
from services.caller import Caller
from services.runs.servicer import RunServicer
from tests.journeys.graphs import graph
from tests.services.runs.conftest import Make
from tests.services.runs.process import Process, Scripted, to_duration

Call = Callable[..., Awaitable[Any]]
DAY = 86_400.0


@pytest.fixture
async def flow(make_version: Make) -> Version:
    """Make a flow that gives an image and a text."""
    document = graph({}, {"joke": "A joke"}, {"image": ["img"], "text": ["joke"]}, images={"img": "A cat"})
    document["nodes"][0]["data"]["modelParams"] = {"model": "large"}
    return await make_version(messages=[], graph=values.to_struct(document))


@pytest.fixture
def call(servicer: RunServicer, me: Caller) -> Call:
    """Call an RPC with the fields of its request: `await call("GetRun", id=...)`."""

    async def call(rpc: str, **fields: Any) -> Any:
        caller.enter(me)
        return await getattr(servicer, rpc)(getattr(pb, f"{rpc}Request")(**fields), None)

    return call


@pytest.fixture
def stream(servicer: RunServicer, me: Caller) -> Call:
    """Give all answers of an RPC that streams."""

    async def stream(rpc: str, **fields: Any) -> list[Any]:
        caller.enter(me)
        return [answer async for answer in getattr(servicer, rpc)(getattr(pb, f"{rpc}Request")(**fields), None)]

    return stream


def images(run: Run) -> list[Image]:
    """Give the images of a run: of its output, and of its node."""
    parts = [*run.outputs, *run.node_runs]
    return [part.image for part in parts if part.HasField("image")]


def lasts(image: Image, seconds: float) -> bool:
    """Whether a token that was just made works for so long."""
    left = image.expire_time.seconds - time.time()
    return bool(image.token) and seconds - 30 < left < seconds + 2


async def show(stream: Call, image: Image) -> bytes:
    return b"".join(part.chunk for part in await stream("GetImage", token=image.token))


@pytest.mark.parametrize(("asked", "seconds"), [({}, 3600.0), ({"image_lifetime": to_duration(DAY)}, DAY)])
async def test_images_have_tokens_for_as_long_as_is_asked(
    call: Call, stream: Call, flow: Version, provider: Scripted, asked: dict[str, Any], seconds: float
) -> None:
    made = (await call("CreateRun", spec=RunSpec(version_id=flow.id), **asked)).run
    got = (await call("GetRun", id=made.id, **asked)).run
    [listed] = (await call("ListRuns", **asked)).runs
    for run in (made, got):
        assert [lasts(image, seconds) for image in images(run)] == [True, True]
    assert all(lasts(image, seconds) for image in images(listed))
    assert images(listed)
    for image in (*images(made), *images(got), *images(listed)):
        assert await show(stream, image) == provider.picture.data


async def test_who_asks_again_gets_tokens_too(call: Call, flow: Version, process: Process, me: Caller) -> None:
    spec = RunSpec(version_id=flow.id, request_id="once")
    queued = (await call("CreateRun", spec=spec, detached=True)).run
    assert images(queued) == []
    await process.do_job(queued, me.project_id)
    again = (await call("CreateRun", spec=spec, detached=True, image_lifetime=to_duration(DAY))).run
    assert (again.id, again.state) == (queued.id, Run.STATE_SUCCEEDED)
    assert images(again)
    assert all(lasts(image, DAY) for image in images(again))


async def test_events_have_tokens_that_are_each_readers_own(
    call: Call, stream: Call, flow: Version, provider: Scripted, process: Process, me: Caller
) -> None:
    events = [answer.event for answer in await stream("StreamRun", spec=RunSpec(version_id=flow.id))]
    run_id = events[0].started.run.id
    watched = [answer.event for answer in await stream("WatchRun", id=run_id)]
    for told in (events, watched):
        nodes = [event.node_ended.node_run for event in told if event.WhichOneof("event") == "node_ended"]
        found = [node.image for node in nodes if node.HasField("image")] + images(told[-1].ended.run)
        assert [lasts(image, 3600.0) for image in found] == [True, True, True]
        assert await show(stream, found[0]) == provider.picture.data
    kept = [event async for event in process.watcher.watch(me.project_id, UUID(run_id), 0)]
    assert not any(image.token for image in images(kept[-1].ended.run))


async def test_what_is_wrong_is_told_together(call: Call, flow: Version) -> None:
    spec = RunSpec(version_id=flow.id)
    with pytest.raises(errors.InvalidArgument) as refused:
        await call("CreateRun", spec=spec, wait=to_duration(301), image_lifetime=to_duration(0.5))
    assert [fault.field for fault in refused.value.violations] == ["wait", "image_lifetime"]
    for rpc, fields in (("GetRun", {"id": "x"}), ("ListRuns", {"page_size": -1})):
        with pytest.raises(errors.InvalidArgument) as refused:
            await call(rpc, image_lifetime=to_duration(7 * DAY + 1), **fields)
        assert "image_lifetime" in [fault.field for fault in refused.value.violations]
        assert len(refused.value.violations) == 2


async def test_without_a_token_there_is_nothing_to_see(stream: Call) -> None:
    for token in ("", "nonsense", str(uuid4())):
        with pytest.raises(errors.NotFound) as refused:
            await stream("GetImage", token=token)
        assert refused.value.reason == "IMAGE_NOT_FOUND"
