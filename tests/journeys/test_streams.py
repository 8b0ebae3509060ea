"""Runs event by event over SSE: cut off anywhere and read on by another facade, nothing is lost or told twice."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from promptwire.v1 import prompt_pb2
from tests.conftest import clone
from tests.facade import events
from tests.facade.events import Event
from tests.fakes.provider import Answer
from tests.journeys.stack import Stack

WORDS = ("Rain ", "upon ", "the ", "roof\n\n", "and ", "däta: ", "again ", "\u2028.")
TEXT = "".join(WORDS)
# Longer than the services gather text for, so that each word is an event.
WORD_SECONDS = 0.15
READERS = 24


@pytest.fixture(scope="module")
async def streaming(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Give a stack whose runs no other test counts."""
    async with clone(postgres) as dsn, Stack(dsn, tmp_path_factory.mktemp("streaming")) as stack:
        yield stack


@pytest.fixture(scope="module")
async def version(streaming: Stack) -> prompt_pb2.Version:
    return await streaming.create_version("Explain {topic}.")


@pytest.fixture(scope="module")
async def facades(streaming: Stack) -> list[str]:
    """Give the URLs of two facades in front of the same server."""
    return [streaming.base_url, (await streaming.open_facade())[0]]


@pytest.fixture(autouse=True)
def forget_script(streaming: Stack) -> Iterator[None]:
    yield
    streaming.fake.reset()


def slowly() -> tuple[Answer, asyncio.Task[None]]:
    """Give an answer word by word, and what lets the words go."""
    gates = [asyncio.Event() for _ in WORDS]

    async def let_go() -> None:
        for gate in gates:
            await asyncio.sleep(WORD_SECONDS)
            gate.set()

    return Answer(pieces=[piece for pair in zip(gates, WORDS, strict=True) for piece in pair]), asyncio.create_task(
        let_go()
    )


def spec(version: prompt_pb2.Version) -> Mapping[str, Any]:
    return {"versionId": version.id, "inputs": {"topic": "rain"}}


@asynccontextmanager
async def opened(
    stack: Stack, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Ask for events as the run key."""
    given = {"Authorization": f"Bearer {stack.run}", "Accept": "text/event-stream", **(headers or {})}
    url = path if path.startswith("http") else stack.base_url + path
    async with asyncio.timeout(30), stack.session.request(method, url, headers=given, **options) as response:
        yield response


async def read_all(response: aiohttp.ClientResponse) -> list[Event]:
    return [event async for event in events.read(response) if event.name != ":"]


def text_of(told: list[Event]) -> str:
    """Put the text together as a reader does."""
    return "".join(event.data["textDelta"]["text"] for event in told if event.name == "textDelta")


def check(told: list[Event]) -> str:
    """Ask of events what holds of those of every run; give the run's id."""
    assert [event.id for event in told] == [str(number) for number in range(1, len(told) + 1)]
    assert [event.data["sequence"] for event in told] == [event.id for event in told]
    assert [told[0].name, told[1].name, told[-2].name, told[-1].name] == [
        "started",
        "nodeStarted",
        "nodeEnded",
        "ended",
    ]
    assert text_of(told) == TEXT
    run = told[-1].data["ended"]["run"]
    assert (run["state"], run["outputs"][0]["text"]) == ("STATE_SUCCEEDED", TEXT)
    return run["id"]


async def test_a_run_is_told_as_it_goes_and_can_be_told_again(streaming: Stack, version: prompt_pb2.Version) -> None:
    answer, words = slowly()
    streaming.fake.script(answer)
    async with opened(streaming, "POST", "/api/runs", json=spec(version)) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        told = await read_all(response)
    await words
    run_id = check(told)
    assert len(told) > 6
    async with opened(streaming, "GET", f"/api/runs/{run_id}/events") as response:
        assert await read_all(response) == told
    async with opened(streaming, "GET", f"/api/runs/{run_id}/events", {"Last-Event-ID": told[-1].id}) as response:
        assert (response.status, await response.read()) == (204, b"")


async def test_a_run_that_was_not_streamed_has_events_too(streaming: Stack, version: prompt_pb2.Version) -> None:
    streaming.fake.script(Answer(TEXT))
    run = await streaming.create_run(version.id, {"topic": "rain"})
    async with opened(streaming, "GET", f"/api/runs/{run.id}/events") as response:
        assert check(await read_all(response)) == run.id


@pytest.mark.parametrize(("prefer", "state"), [("", "STATE_CANCELLED"), ("wait=300", "STATE_SUCCEEDED")])
async def test_who_leaves_ends_the_run_unless_it_is_to_go_on(
    streaming: Stack, version: prompt_pb2.Version, prefer: str, state: str
) -> None:
    answer, words = slowly()
    streaming.fake.script(answer)
    async with opened(streaming, "POST", "/api/runs", {"Prefer": prefer}, json=spec(version)) as response:
        started = await anext(events.read(response))
        response.close()
    run_id = started.data["started"]["run"]["id"]
    async with opened(streaming, "GET", f"/api/runs/{run_id}/events") as response:
        told = await read_all(response)
    assert told[-1].data["ended"]["run"]["state"] == state
    await words


async def test_unknown_runs_have_no_events(streaming: Stack) -> None:
    path = "/api/runs/01a20267-f200-726a-b816-816667e30c7f/events"
    status, answer = await streaming.rest("GET", path)
    assert (status, answer["reason"]) == (404, "RUN_NOT_FOUND")
    status, answer = await streaming.rest("GET", path.replace("01a2", "none"))
    assert (status, [error["path"] for error in answer["errors"]]) == (400, ["id"])


class Reader:
    """Reads a run's events, is cut off behind random bytes, and comes again, each time to a facade by chance."""

    def __init__(self, stack: Stack, facades: list[str], seed: int) -> None:
        self._stack = stack
        self._facades = facades
        self._chance = random.Random(seed)
        self.told: list[Event] = []
        self.cuts = 0

    async def read(self, version: prompt_pb2.Version) -> None:
        """Begin a run and read until its last event."""
        body = json.dumps(spec(version)).encode()
        headers = {"Prefer": "wait=300", "Content-Length": str(len(body))}
        await self._read_some("POST /api/runs", headers, body, least=600)
        run_id = self.told[0].data["started"]["run"]["id"]
        while self.told[-1].name != "ended":
            await self._read_some(f"GET /api/runs/{run_id}/events", {"Last-Event-ID": self.told[-1].id})

    async def _read_some(self, request: str, headers: Mapping[str, str], body: bytes = b"", least: int = 0) -> None:
        address = urlsplit(self._chance.choice(self._facades))
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        given = {"Host": "a", "Authorization": f"Bearer {self._stack.run}", "Accept": "text/event-stream", **headers}
        # Of HTTP/1.0, so that what comes is the events themselves.
        lines = [f"{request} HTTP/1.0", *(f"{name}: {value}" for name, value in given.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0], head
        data = await self._some(reader, least + self._chance.randrange(500))
        writer.transport.abort()
        self.cuts += 1
        self._take(data)

    async def _some(self, reader: asyncio.StreamReader, count: int) -> bytes:
        """Read so many bytes, until at least one event is whole, or up to the end."""
        data = b""
        while len(data) < count or b"\n\n" not in data:
            more = await reader.read(1 if data else max(1, count))
            if not more:
                break
            data += more
        return data

    def _take(self, data: bytes) -> None:
        """Take the events that came whole."""
        for part in data.decode(errors="replace").split("\n\n")[:-1]:
            if part.startswith("id: "):
                number, name, text = (line.partition(": ")[2] for line in part.split("\n"))
                self.told.append(Event(number, name, json.loads(text)))


async def test_streams_that_are_cut_anywhere_lose_nothing_and_tell_nothing_twice(
    streaming: Stack, version: prompt_pb2.Version, facades: list[str]
) -> None:
    answers = [slowly() for _ in range(READERS)]
    streaming.fake.script(*(answer for answer, _ in answers))
    readers = [Reader(streaming, facades, seed) for seed in range(READERS)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(reader.read(version) for reader in readers))
    assert len({check(reader.told) for reader in readers}) == READERS
    assert sum(reader.cuts for reader in readers) > 2 * READERS
    await asyncio.gather(*(words for _, words in answers))
