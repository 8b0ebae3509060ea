"""Runs event by event over gRPC, on two servers: cut off at any event and read on anywhere, all see the same."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from promptwire.v1 import prompt_pb2
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_pb2 import Run, RunEvent
from tests.conftest import clone
from tests.fakes.provider import Answer, FakeProvider
from tests.journeys.reading import WAIT, Reader, over, read, stream, watch
from tests.journeys.stack import Stack

READERS = 40
WORDS = [f"word{number} " for number in range(60)]
TEXT = "".join(WORDS)


@pytest.fixture(scope="module")
async def servers(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sequence[Stack]]:
    """Start two servers over one database, in front of one provider."""
    async with clone(postgres) as dsn, FakeProvider() as fake, AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_server(dsn, tmp_path_factory.mktemp("server"), fake)) for _ in range(2)]


def _server(dsn: str, directory: Path, fake: FakeProvider, **more: Any) -> Stack:
    return Stack(dsn, directory, fake=fake, **more)


@pytest.fixture(scope="module")
async def version(servers: Sequence[Stack]) -> prompt_pb2.Version:
    return await servers[0].create_version("Explain the sea.")


@pytest.fixture(autouse=True)
def forget_script(servers: Sequence[Stack]) -> Iterator[None]:
    yield
    servers[0].fake.reset()


def text_of(told: Sequence[RunEvent]) -> str:
    """Put the text together as a reader does."""
    text = ""
    for event in told:
        text = "" if event.HasField("node_started") else text + event.text_delta.text
    return text


def check(told: Sequence[RunEvent], attempts: Sequence[int] = (1,)) -> Run:
    """Ask of events what holds of those of every run; give the run."""
    assert [event.sequence for event in told] == list(range(1, len(told) + 1))
    assert [event.node_started.attempt for event in told if event.HasField("node_started")] == list(attempts)
    assert (told[0].WhichOneof("event"), told[-2].WhichOneof("event")) == ("started", "node_ended")
    assert text_of(told) == TEXT
    assert told[-1].ended.run.outputs[0].text == TEXT
    return told[-1].ended.run


def slowly(seconds: float) -> tuple[Answer, asyncio.Task[None]]:
    """Give an answer word by word, and what lets the words go."""
    gates = [asyncio.Event() for _ in WORDS]

    async def let_go() -> None:
        for gate in gates:
            await asyncio.sleep(seconds / len(gates))
            gate.set()

    pieces = itertools.chain.from_iterable(zip(gates, WORDS, strict=True))
    return Answer(pieces=list(pieces)), asyncio.create_task(let_go())


async def test_streams_cut_at_any_event_and_read_on_anywhere_are_the_same_as_one_that_was_not_cut(
    servers: Sequence[Stack], version: prompt_pb2.Version
) -> None:
    answers = [slowly(2.0) for _ in range(READERS)]
    servers[0].fake.script(*(answer for answer, _ in answers))
    readers = [Reader(servers, seed) for seed in range(READERS)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(reader.read(version) for reader in readers))
        for reader in readers:
            check(reader.told)
            for server in servers:
                assert await read(watch(server, reader.run_id)) == reader.told
    assert sum(reader.legs for reader in readers) > 2 * READERS
    await asyncio.gather(*(words for _, words in answers))


async def test_many_watch_one_run_from_both_servers_and_see_the_same(
    servers: Sequence[Stack], version: prompt_pb2.Version
) -> None:
    answer, words = slowly(1.0)
    servers[0].fake.script(answer)
    async with asyncio.timeout(60):
        call = stream(servers[0], version)
        first = (await call.read()).event
        watching = [watch(server, first.started.run.id) for server in servers for _ in range(10)]
        told = [first, *await read(call)]
        seen = await asyncio.gather(*(read(call) for call in watching))
    check(told)
    assert seen == [told] * len(watching)
    await words


async def test_a_reader_that_stands_still_holds_up_nobody(
    servers: Sequence[Stack], version: prompt_pb2.Version
) -> None:
    # In all less than a client takes in one message by default, which is how the whole run comes at the end.
    large = "x" * 4_000_000
    servers[0].fake.script(Answer(pieces=[large[:2_000_000], large[2_000_000:]]))
    async with asyncio.timeout(60):
        still = stream(servers[0], version)
        first = (await still.read()).event
        told = await read(watch(servers[1], first.started.run.id))
        assert text_of(told[:-2]) == large
        assert [first, *await read(still)] == told


async def test_one_who_leaves_cancels_the_run_unless_it_is_to_go_on(
    servers: Sequence[Stack], version: prompt_pb2.Version
) -> None:
    for wait, state in ((None, Run.STATE_CANCELLED), (WAIT, Run.STATE_SUCCEEDED)):
        answer, words = slowly(1.0)
        servers[0].fake.script(answer)
        async with asyncio.timeout(30):
            [first] = await read(stream(servers[0], version, wait), 1)
            told = await read(watch(servers[1], first.started.run.id))
        assert told[-1].ended.run.state == state
        await words


async def test_a_run_is_not_watched_from_another_project(servers: Sequence[Stack], version: prompt_pb2.Version) -> None:
    gate = asyncio.Event()
    servers[0].fake.script(Answer(gate=gate))
    call = stream(servers[0], version)
    run_id = (await call.read()).event.started.run.id
    other = await servers[0].create_key("elsewhere")
    call_of_other = servers[0].runs.WatchRun(pb.WatchRunRequest(id=run_id), metadata=servers[0].metadata(other))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call_of_other.read()
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    gate.set()
    assert over(await read(call))


async def test_a_run_whose_server_stops_goes_on_elsewhere_and_so_does_its_stream(postgres: str, tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with clone(postgres) as dsn, FakeProvider() as fake, AsyncExitStack() as stack:
        other = await stack.enter_async_context(_server(dsn, tmp_path, fake, with_worker=True))
        version = await other.create_version("Explain the sea.")
        fake.script(Answer(pieces=["void ", gate]), Answer(pieces=WORDS))
        async with asyncio.timeout(60):
            async with _server(dsn, tmp_path, fake) as stopping:
                call = stream(stopping, version)
                told = await read_to(call, "text_delta")
                ending = asyncio.create_task(stopping.server.stop())
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    told += await read(call)
                await ending
            assert reason_of(refused.value) == "DRAINING"
            run_id = told[0].started.run.id
            told += await read(watch(other, run_id, told[-1].sequence))
            assert await read(watch(other, run_id)) == told
        assert check(told, attempts=(1, 2)).attempt == 2
        gate.set()


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """Give the reason of a refusal."""
    status, info = rpc_status.from_call(error), error_details_pb2.ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    return info.reason


async def read_to(call: Any, kind: Any) -> list[RunEvent]:
    """Read up to an event of a kind."""
    told = [(await call.read()).event]
    while not told[-1].HasField(kind):
        told.append((await call.read()).event)
    return told
