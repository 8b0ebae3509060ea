"""What the nodes of a run used is counted for the run, also when that ends without its driver."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_pb2 import Run, Usage
from services import caller
from services.caller import Caller
from services.db import Database
from services.providers.base import ChatAnswer, ChatRequest
from services.runs.queue_store import MAX_ATTEMPTS
from services.runs.servicer import RunServicer
from services.runs.underway import Stop
from tests.journeys.graphs import graph
from tests.services.runs.conftest import Make
from tests.services.runs.process import Process, Scripted, echo

Begin = Callable[..., Awaitable[UUID]]
# The image took 2 and 30 tokens, the joke 5 and 7; the last node has not ended.
USED = Usage(input_tokens=7, output_tokens=37, images=1)
GRAPH = graph(
    {},
    {"joke": "A joke", "last": "Last"},
    {"o": ["last", "image"]},
    {"image": "A cat"},
    [("joke", "last"), ("image", "last")],
)
GRAPH["nodes"][0]["data"]["modelParams"] = {"model": "large"}


@pytest.fixture(autouse=True)
def as_me(me: Caller) -> None:
    caller.enter(me)


@pytest.fixture
async def begin(process: Process, me: Caller, make_version: Make, provider: Scripted) -> AsyncIterator[Begin]:
    """Begin a run whose last node is under way: `await begin(wait=60)`; it gives the id."""
    reached = asyncio.Event()
    calls: list[asyncio.Task[Run]] = []

    async def behave(request: ChatRequest) -> ChatAnswer:
        if request.messages[-1]["content"] == "Last":
            reached.set()
            await asyncio.Event().wait()
        return await echo(request)

    async def begin(**fields: float) -> UUID:
        flow = await make_version(messages=[], graph=values.to_struct(GRAPH))
        calls.append(process.begin(me, flow, **fields))
        await reached.wait()
        [start] = process.underway.older_than(0)
        return start.run_id

    provider.behaviour = behave
    yield begin
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def lapse(database: Database) -> None:
    """Let the lease of whoever drove the run lapse."""
    await database.execute("UPDATE server SET lease = '0 s' WHERE server_id IN (SELECT server_id FROM run)")


async def check(process: Process, me: Caller, servicer: RunServicer, run_id: UUID, state: Run.State) -> None:
    """Hold the run against what its nodes used, and against the reports."""
    run = await process.store.get(me.project_id, run_id)
    assert (run.state, run.usage) == (state, USED)
    for group in ("GROUP_UNSPECIFIED", "GROUP_KEY", "GROUP_PROMPT", "GROUP_MODEL"):
        found = Usage()
        for bucket in (await servicer.GetUsage(pb.GetUsageRequest(group=group), None)).buckets:
            found.input_tokens += bucket.usage.input_tokens
            found.output_tokens += bucket.usage.output_tokens
            found.images += bucket.usage.images
        assert found == USED, group


async def test_of_a_run_that_ends_with_its_server(
    process: Process, begin: Begin, me: Caller, servicer: RunServicer, database: Database
) -> None:
    run_id = await begin()
    await process.die()
    await lapse(database)
    swept = await process.leases.sweep(uuid4())
    assert swept is not None
    assert (swept.handed_on, swept.ended) == (0, 1)
    await check(process, me, servicer, run_id, Run.STATE_FAILED)


async def test_of_a_run_whose_drivers_died_too_often(
    process: Process, begin: Begin, me: Caller, servicer: RunServicer, database: Database
) -> None:
    run_id = await begin(wait=60)
    await process.die()
    await lapse(database)
    await database.execute("UPDATE run SET attempt = $1", MAX_ATTEMPTS)
    assert await process.queue.take(me.project_id, run_id, uuid4()) is None
    await check(process, me, servicer, run_id, Run.STATE_FAILED)


async def test_of_a_run_that_is_cancelled_between_two_drivers(
    process: Process, begin: Begin, me: Caller, servicer: RunServicer
) -> None:
    run_id = await begin(wait=60)
    drive = process.underway.find(run_id)
    assert drive is not None
    process.underway.stop(run_id, Stop.HANDED_ON)
    assert (await drive).state == Run.STATE_QUEUED
    await process.queue.cancel(me.project_id, run_id)
    await check(process, me, servicer, run_id, Run.STATE_CANCELLED)


async def test_a_run_that_is_queued_again_says_nothing_yet(process: Process, begin: Begin, database: Database) -> None:
    await begin(wait=60)
    await process.die()
    await lapse(database)
    swept = await process.leases.sweep(uuid4())
    assert swept is not None
    assert (swept.handed_on, swept.ended) == (1, 0)
    [row] = await database.fetch("SELECT input_tokens, output_tokens, images FROM run")
    assert tuple(row) == (None, None, None)
