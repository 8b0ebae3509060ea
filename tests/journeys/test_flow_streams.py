"""Flows event by event over gRPC, on two servers: cut off at any event and read on anywhere, all see the same."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest

from promptwire import values
from promptwire.v1 import prompt_pb2
from promptwire.v1.run_pb2 import Run, RunEvent
from tests.conftest import clone
from tests.fakes.provider import Answer, FakeProvider
from tests.journeys.graphs import graph
from tests.journeys.reading import Reader, read, watch
from tests.journeys.stack import Stack

READERS = 34
BRANCHES = ("joke", "rhyme", "riddle")
# Each branch has a second node that takes the first one's answer.
GRAPH = graph(
    {"color": "Blue"},
    {
        **{name: f"A {name} about {{color}}" for name in BRANCHES},
        **{f"more {name}": f"More of {{{name}}}" for name in BRANCHES},
    },
    {name: [f"more {name}"] for name in BRANCHES},
)
PIECES = [f"word{number} " for number in range(12)]


@pytest.fixture(scope="module")
async def servers(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sequence[Stack]]:
    """Start two servers over one database, in front of one provider."""
    async with clone(postgres) as dsn, FakeProvider() as fake, AsyncExitStack() as stack:
        directories = [tmp_path_factory.mktemp("server") for _ in range(2)]
        yield [await stack.enter_async_context(Stack(dsn, it, fake=fake)) for it in directories]


@pytest.fixture(scope="module")
async def flow(servers: Sequence[Stack]) -> prompt_pb2.Version:
    return await servers[0].create_version(graph=values.to_struct(GRAPH))


def slow_answer() -> tuple[Answer, asyncio.Task[None]]:
    """Give an answer word by word, and what lets the words go."""
    gates = [asyncio.Event() for _ in PIECES]

    async def let_go() -> None:
        for gate in gates:
            await asyncio.sleep(0.04)
            gate.set()

    pieces = itertools.chain.from_iterable(zip(gates, PIECES, strict=True))
    return Answer(pieces=list(pieces)), asyncio.create_task(let_go())


def check(told: Sequence[RunEvent]) -> Run:
    """Ask of events what holds of those of every run of the flow; give the run."""
    assert [event.sequence for event in told] == list(range(1, len(told) + 1))
    assert told[0].HasField("started")
    text = "".join(PIECES)
    texts: dict[str, str] = {}
    ended: list[str] = []
    for event in told[1:-1]:
        if event.HasField("node_started"):
            node_id = event.node_started.node_id
            assert node_id not in texts, "a node was started twice"
            assert not node_id.startswith("more ") or node_id.removeprefix("more ") in ended
            texts[node_id] = ""
        elif event.HasField("text_delta"):
            assert event.text_delta.node_id not in ended, "a node told more after its end"
            texts[event.text_delta.node_id] += event.text_delta.text
        else:
            ended.append(event.node_ended.node_run.node_id)
    assert texts == dict.fromkeys([*BRANCHES, *(f"more {it}" for it in BRANCHES)], text)
    assert sorted(ended) == sorted(texts)
    run = told[-1].ended.run
    assert {output.name: output.text for output in run.outputs} == dict.fromkeys(BRANCHES, text)
    return run


async def test_streams_of_flows_cut_anywhere_lose_and_repeat_nothing(
    servers: Sequence[Stack], flow: prompt_pb2.Version
) -> None:
    answers = [slow_answer() for _ in range(READERS * 2 * len(BRANCHES))]
    servers[0].fake.script(*(answer for answer, _ in answers))
    readers = [Reader(servers, seed) for seed in range(READERS)]
    async with asyncio.timeout(90):
        await asyncio.gather(*(reader.read(flow) for reader in readers))
        for reader in readers:
            check(reader.told)
            for server in servers:
                assert await read(watch(server, reader.run_id)) == reader.told
    # Each leg but the first began where the stream had been cut.
    assert sum(reader.legs for reader in readers) >= 100
    await asyncio.gather(*(words for _, words in answers))
