"""Runs event by event: what is sent, who may come again from where, and what ends when the reader leaves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from facade import sse
from facade.native.writer import Writer
from promptwire.v1 import run_pb2
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_pb2 import NodeEnded, NodeStarted, Run, RunEnded, RunEvent, RunStarted, TextDelta
from services import errors
from tests.facade import events
from tests.facade.serving import KEY, Site
from tests.fakes.services import FakeServices

WATCH = "/api/runs/r/events"
ALL = (
    RunEvent(sequence=1, started=RunStarted(run=Run(id="r", state=Run.STATE_RUNNING))),
    RunEvent(sequence=2, node_started=NodeStarted(node_id="template", attempt=1)),
    RunEvent(sequence=3, text_delta=TextDelta(node_id="template", text='tea\n\n: "é"\u2028')),
    RunEvent(sequence=4, node_ended=NodeEnded(node_run=run_pb2.NodeRun(node_id="template"))),
    RunEvent(sequence=5, ended=RunEnded(run=Run(id="r", state=Run.STATE_SUCCEEDED))),
)
NAMES = ["started", "nodeStarted", "textDelta", "nodeEnded", "ended"]
SPEC = {"promptId": "haiku", "inputs": {"topic": "rain"}}


def watched(*given: RunEvent) -> list[pb.WatchRunResponse]:
    return [pb.WatchRunResponse(event=event) for event in given]


def streamed(*given: RunEvent) -> list[pb.StreamRunResponse]:
    return [pb.StreamRunResponse(event=event) for event in given]


@asynccontextmanager
async def reading(
    site: Site, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Open a stream."""
    given = {"Authorization": f"Bearer {KEY}", "Accept": "text/event-stream", **(headers or {})}
    async with asyncio.timeout(10), site.session.request(method, path, headers=given, **more) as response:
        yield response


async def test_events_are_told_one_by_one(site: Site, services: FakeServices) -> None:
    services.answers["WatchRun"] = watched(*ALL)
    async with reading(site, "GET", WATCH) as response:
        told = [event async for event in events.read(response)]
    assert (response.status, response.content_type) == (200, "text/event-stream")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert len(response.headers["X-Request-Id"]) == 32
    assert [(event.id, event.name) for event in told] == [(str(number), name) for number, name in enumerate(NAMES, 1)]
    assert [event.data for event in told] == [Writer().write(event) for event in ALL]
    assert services.asked("WatchRun")[0].request == pb.WatchRunRequest(id="r")


async def test_an_event_of_a_newer_server_is_told_without_a_name_of_its_own(site: Site, services: FakeServices) -> None:
    services.answers["WatchRun"] = watched(RunEvent(sequence=7))
    async with reading(site, "GET", WATCH) as response:
        told = [event async for event in events.read(response)]
    assert told == [events.Event("7", "message", {"sequence": "7"})]


@pytest.mark.parametrize(
    ("query", "header", "after"),
    [
        ("", "3", 3),
        ("", " 3 ", 3),
        ("?afterSequence=2", "", 2),
        ("?after_sequence=2", None, 2),
        ("?afterSequence=2", "3", 3),
    ],
)
async def test_who_comes_again_gets_what_is_behind_its_last_event(
    site: Site, services: FakeServices, query: str, header: str | None, after: int
) -> None:
    services.answers["WatchRun"] = watched(*ALL[after:])
    headers = {"Last-Event-ID": header} if header is not None else {}
    answer = await site.call("GET", WATCH + query, headers)
    assert answer.body.startswith(b"id: %d\n" % (after + 1))
    assert services.asked("WatchRun")[0].request == pb.WatchRunRequest(id="r", after_sequence=after)


@pytest.mark.parametrize("header", ["x", "-1", "1.0", "9" * 19, "1 2"])
async def test_a_last_event_that_is_none_is_refused(site: Site, services: FakeServices, header: str) -> None:
    answer = await site.call("GET", WATCH, {"Last-Event-ID": header})
    assert (answer.status, [error["header"] for error in answer.json["errors"]]) == (400, ["Last-Event-ID"])
    assert services.asked("WatchRun") == []


async def test_behind_the_last_event_there_is_nothing_to_come_for(site: Site, services: FakeServices) -> None:
    services.answers["WatchRun"] = []
    answer = await site.call("GET", WATCH, {"Last-Event-ID": "5"})
    assert (answer.status, answer.body) == (204, b"")


async def test_what_fails_before_the_first_event_is_a_problem(site: Site, services: FakeServices) -> None:
    services.answers["WatchRun"] = errors.NotFound("RUN_NOT_FOUND", "there is no run of this id")
    answer = await site.call("GET", WATCH)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    faults = [errors.Violation("after_sequence", "is too large")]
    services.answers["WatchRun"] = errors.InvalidArgument("FIELD_INVALID", "?", violations=faults)
    answer = await site.call("GET", f"{WATCH}?afterSequence=9")
    assert (answer.status, [error["query"] for error in answer.json["errors"]]) == (400, ["afterSequence"])


async def test_what_fails_in_the_middle_is_the_last_event(site: Site, services: FakeServices) -> None:
    async def answer(_: object, __: object) -> AsyncIterator[pb.WatchRunResponse]:
        for response in watched(*ALL[:2]):
            yield response
        raise errors.Unavailable("DRAINING", "the server is about to stop; go on with another")

    services.answers["WatchRun"] = answer
    async with reading(site, "GET", WATCH) as response:
        told = [event async for event in events.read(response)]
    assert [event.name for event in told] == ["started", "nodeStarted", "error"]
    assert told[-1].id == ""
    assert (told[-1].data["status"], told[-1].data["reason"]) == (503, "DRAINING")
    assert told[-1].data["requestId"] == response.headers["X-Request-Id"]


async def test_what_fails_behind_the_last_event_is_nothing(site: Site, services: FakeServices) -> None:
    async def answer(_: object, __: object) -> AsyncIterator[pb.WatchRunResponse]:
        for response in watched(*ALL):
            yield response
        raise errors.Internal

    services.answers["WatchRun"] = answer
    async with reading(site, "GET", WATCH) as response:
        assert [event.name async for event in events.read(response)] == NAMES


async def test_a_new_run_is_streamed_to_who_asks_for_events(site: Site, services: FakeServices) -> None:
    services.answers["StreamRun"] = streamed(*ALL)
    headers = {"Idempotency-Key": "order-7", "Prefer": "respond-async, wait=400"}
    async with reading(site, "POST", "/api/runs", headers, json=SPEC) as response:
        assert [event.name async for event in events.read(response)] == NAMES
    assert response.headers["Preference-Applied"] == "wait=300"
    request = services.asked("StreamRun")[0].request
    assert (request.spec.prompt_id, request.spec.request_id, request.wait.seconds) == ("haiku", "order-7", 300)
    assert [received.method for received in services.requests] == ["StreamRun"]


async def test_without_a_preference_the_run_ends_with_its_reader(site: Site, services: FakeServices) -> None:
    services.answers["StreamRun"] = streamed(*ALL)
    answer = await site.call("POST", "/api/runs", {"Accept": "text/event-stream"}, json=SPEC)
    assert "Preference-Applied" not in answer.headers
    assert not services.asked("StreamRun")[0].request.HasField("wait")


async def test_a_run_that_cannot_begin_is_a_problem_in_the_terms_of_the_body(
    site: Site, services: FakeServices
) -> None:
    faults = [errors.Violation("spec.inputs.topic", "is required", "VARIABLE_MISSING")]
    services.answers["StreamRun"] = errors.InvalidArgument("VARIABLE_MISSING", "no topic", violations=faults)
    answer = await site.call("POST", "/api/runs", {"Accept": "text/event-stream"}, json=SPEC)
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, ["#/inputs/topic"])


@pytest.fixture
def left() -> asyncio.Event:
    """Tell that an RPC was cancelled."""
    return asyncio.Event()


def going_on(left: asyncio.Event, *first: RunEvent) -> Callable[[Any, Any], AsyncIterator[pb.WatchRunResponse]]:
    """Give events, and then nothing more."""

    async def answer(_: object, __: object) -> AsyncIterator[pb.WatchRunResponse]:
        for response in watched(*first):
            yield response
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    return answer


async def test_a_reader_that_leaves_ends_the_rpc(site: Site, services: FakeServices, left: asyncio.Event) -> None:
    services.answers["WatchRun"] = going_on(left, *ALL[:1])
    async with reading(site, "GET", WATCH) as response:
        assert (await anext(events.read(response))).name == "started"
        response.close()
        await left.wait()


async def test_a_reader_that_leaves_before_the_first_event_ends_the_rpc(
    site: Site, services: FakeServices, left: asyncio.Event
) -> None:
    services.answers["WatchRun"] = going_on(left)
    waiting = asyncio.create_task(site.call("GET", WATCH))
    async with asyncio.timeout(10):
        while not services.asked("WatchRun"):
            await asyncio.sleep(0)
        waiting.cancel()
        await left.wait()


async def test_head_tells_what_a_stream_would_be_and_ends_it(
    site: Site, services: FakeServices, left: asyncio.Event
) -> None:
    services.answers["WatchRun"] = going_on(left, *ALL[:1])
    answer = await site.call("HEAD", WATCH)
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "text/event-stream", b"")
    await left.wait()


async def test_silence_is_broken_by_comments(
    site: Site, services: FakeServices, left: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "KEEP_ALIVE_SECONDS", 0.01)
    services.answers["WatchRun"] = going_on(left)
    async with reading(site, "GET", WATCH) as response:
        told = events.read(response)
        assert [await anext(told) for _ in range(2)] == [events.Event("", ":", "keep-alive")] * 2
    await left.wait()


async def test_an_event_that_is_late_comes_after_the_comments(
    site: Site, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "KEEP_ALIVE_SECONDS", 0.01)
    ready = asyncio.Event()

    async def answer(_: object, __: object) -> AsyncIterator[pb.WatchRunResponse]:
        await ready.wait()
        raise errors.NotFound("RUN_NOT_FOUND", "there is no run of this id")
        yield pb.WatchRunResponse()

    services.answers["WatchRun"] = answer
    async with reading(site, "GET", WATCH) as response:
        told = events.read(response)
        assert (await anext(told)).name == ":"
        ready.set()
        assert [event.data["status"] async for event in told if event.name == "error"] == [404]


async def test_no_more_is_fetched_than_is_read(site: Site, services: FakeServices, left: asyncio.Event) -> None:
    sent = 0
    event = RunEvent(sequence=1, text_delta=TextDelta(node_id="template", text="a" * 100_000))

    async def answer(_: object, __: object) -> AsyncIterator[pb.WatchRunResponse]:
        nonlocal sent
        try:
            while sent < 1000:
                yield pb.WatchRunResponse(event=event)
                sent += 1
        finally:
            left.set()

    services.answers["WatchRun"] = answer
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, limit=1)
    writer.write(f"GET {WATCH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())
    await reader.read(1)
    await standing_still(lambda: sent)
    assert 0 < sent < 500
    writer.transport.abort()
    await left.wait()


async def standing_still(count: Callable[[], int]) -> None:
    """Wait until a number no longer changes."""
    before, same = -1, 0
    async with asyncio.timeout(10):
        while same < 20:
            await asyncio.sleep(0.01)
            same = same + 1 if count() == before else 0
            before = count()
