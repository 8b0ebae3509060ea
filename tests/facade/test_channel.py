"""One channel to several servers: calls go to all of them in turn, but not to one that is about to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from facade.config import Settings
from facade.core import Caller, Core
from promptwire.v1 import run_pb2, run_service_pb2
from tests.fakes.services import FakeServices

CALLER = Caller("pw_a", "r1")


@pytest.fixture
async def pair() -> AsyncIterator[tuple[FakeServices, FakeServices]]:
    """Start two servers."""
    async with FakeServices() as one, FakeServices() as other:
        for services in (one, other):
            services.answers["CreateRun"] = run_service_pb2.CreateRunResponse(run=run_pb2.Run(id=services.target))
        yield one, other


@pytest.fixture
async def core(pair: tuple[FakeServices, FakeServices]) -> AsyncIterator[Core]:
    """Open the way to both."""
    async with AsyncExitStack() as stack:
        core = Core.open(Settings(grpc_target="ipv4:" + ",".join(services.target for services in pair)))
        stack.push_async_callback(core.close)
        yield core


async def who_answers(core: Core, expected: set[str]) -> None:
    """Begin runs until those servers, and no others, answer ten in a row."""
    async with asyncio.timeout(10):
        while {await answer(core) for _ in range(10)} != expected:
            await asyncio.sleep(0.01)


async def answer(core: Core) -> str:
    """Begin a run; give which server did."""
    return (await core.call(core.runs.CreateRun, run_service_pb2.CreateRunRequest(), CALLER)).run.id


async def test_calls_go_to_all_servers_that_take_them(pair: tuple[FakeServices, FakeServices], core: Core) -> None:
    one, other = pair
    await who_answers(core, {one.target, other.target})
    await one.set_taking_calls(False)
    await who_answers(core, {other.target})
    await one.set_taking_calls(True)
    await who_answers(core, {one.target, other.target})


async def test_a_server_whose_database_is_gone_is_still_called(
    pair: tuple[FakeServices, FakeServices], core: Core
) -> None:
    one, other = pair
    for services in pair:
        await services.set_serving(False)
    await who_answers(core, {one.target, other.target})


async def test_a_server_that_is_gone_is_left_out(pair: tuple[FakeServices, FakeServices], core: Core) -> None:
    one, other = pair
    await who_answers(core, {one.target, other.target})
    await one.stop()
    await who_answers(core, {other.target})
