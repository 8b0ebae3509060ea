"""Limits of a key over two servers on one database: exact under a hammer, and told with every answer on every wire."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import aiohttp
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from promptwire.v1 import key_service_pb2, prompt_pb2, run_pb2, run_service_pb2
from services.keys import scopes
from tests.conftest import clone
from tests.fakes.provider import Answer, FakeProvider, Received
from tests.journeys.stack import Stack
from tests.journeys.test_revocation import reason

WORKERS = 24


class Counting(FakeProvider):
    """Counts how many requests it has at a time."""

    now = most = 0

    async def _answer(self, request: aiohttp.web.Request, received: Received, answer: Answer) -> Any:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await super()._answer(request, received, answer)
        finally:
            self.now -= 1


class Told(NamedTuple):
    """What a call came to: a reason, or nothing when it was done; the fields, and the seconds until a retry."""

    reason: str
    policy: str
    left: str
    retry_after: int = 0


@pytest.fixture(scope="module")
async def servers(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sequence[Stack]]:
    """Start two servers, each with a facade, on one database and one provider."""
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(clone(postgres))
        fake = await stack.enter_async_context(Counting())
        first = await stack.enter_async_context(Stack(dsn, tmp_path_factory.mktemp("first"), fake=fake))
        second = Stack(dsn, tmp_path_factory.mktemp("second"), fake=fake)
        yield first, await stack.enter_async_context(second)


@pytest.fixture(scope="module")
async def version(servers: Sequence[Stack]) -> prompt_pb2.Version:
    return await servers[0].create_version("Explain the sea.")


async def make_key(stack: Stack, **limits: int) -> key_service_pb2.CreateKeyResponse:
    request = key_service_pb2.CreateKeyRequest(display_name="limited", scopes=scopes.RUN_SCOPES, **limits)
    return await stack.keys.CreateKey(request, metadata=stack.metadata(stack.admin))


async def change_key(stack: Stack, key_id: str, **limits: int) -> None:
    request = key_service_pb2.UpdateKeyRequest(id=key_id, update_mask=FieldMask(paths=list(limits)), **limits)
    await stack.keys.UpdateKey(request, metadata=stack.metadata(stack.admin))


def call_grpc(stack: Stack, secret: str, version_id: str) -> Callable[[], Awaitable[Told]]:
    """Give what runs a version by RPC."""
    request = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(version_id=version_id))

    async def call() -> Told:
        making = stack.runs.CreateRun(request, metadata=stack.metadata(secret))
        try:
            await making
        except grpc.aio.AioRpcError as error:
            return _from_metadata(error.trailing_metadata(), reason(error))
        return _from_metadata(await making.trailing_metadata(), "")

    return call


def _from_metadata(metadata: Any, told: str) -> Told:
    return Told(told, metadata.get("ratelimit-policy", ""), metadata.get("ratelimit", ""))


def call_rest(stack: Stack, secret: str, method: str, path: str, body: object = None) -> Callable[[], Awaitable[Told]]:
    """Give what makes a request."""

    async def call() -> Told:
        headers = {"Authorization": f"Bearer {secret}", "Accept": "application/problem+json"}
        async with stack.session.request(method, stack.base_url + path, headers=headers, json=body) as answer:
            told = "" if answer.status == 200 else (await answer.json(content_type=None))["reason"]
            assert (answer.status == 429) == (told in ("RATE_LIMITED", "TOO_MANY_RUNS"))
            policy, left = (answer.headers.get(name, "") for name in ("RateLimit-Policy", "RateLimit"))
            return Told(told, policy, left, int(answer.headers.get("Retry-After", 0)))

    return call


def runs(servers: Sequence[Stack], secret: str, version_id: str) -> list[Callable[[], Awaitable[Told]]]:
    """Give what runs a version: on each server, by RPC and in both dialects of REST."""
    return [
        run
        for stack in servers
        for run in (
            call_grpc(stack, secret, version_id),
            call_rest(stack, secret, "POST", "/api/runs", {"versionId": version_id}),
            call_rest(stack, secret, "POST", "/v1/runs", {"promptVersionId": version_id}),
        )
    ]


async def hammer(ways: Sequence[Callable[[], Awaitable[Told]]], enough: Callable[[list[Told]], bool]) -> list[Told]:
    """Call in all ways, many at a time, until it is enough; give what came of it."""
    told: list[Told] = []

    async def work(way: Callable[[], Awaitable[Told]]) -> None:
        while not enough(told):
            told.append(await way())

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for _, way in zip(range(WORKERS), itertools.cycle(ways), strict=False):
            group.create_task(work(way))
    return told


def count(told: list[Told], reason: str = "") -> int:
    return sum(one.reason == reason for one in told)


def left(told: Told) -> int:
    """Give how many runs are left."""
    return int(_read(told)[1])


def seconds(told: Told) -> int:
    """Give in how many seconds all are left."""
    return int(_read(told)[2])


def _read(told: Told) -> re.Match[str]:
    found = re.fullmatch(r'"default";r=([0-9]+);t=([1-9]|[1-5][0-9]|60)', told.left)
    assert found, told
    return found


async def test_a_hundred_a_minute_are_a_hundred_over_two_servers(
    servers: Sequence[Stack], version: prompt_pb2.Version
) -> None:
    key = await make_key(servers[0], requests_per_minute=100)
    ways = runs(servers, key.secret, version.id)
    for _ in range(2):
        told = await hammer(ways, lambda told: count(told) >= 100 and count(told, "RATE_LIMITED") >= 100)

        assert {one.reason for one in told} == {"", "RATE_LIMITED"}
        assert count(told) == 100
        assert {one.policy for one in told} == {'"default";q=100;w=60'}
        assert {left(one) for one in told if one.reason} == {0}
        assert {left(one) for one in told if not one.reason} == set(range(100))
        assert all(seconds(one) <= one.retry_after <= 60 for one in told if one.retry_after)
        # The minute passes.
        await servers[0].server.database.execute(
            "UPDATE key_use SET minute_start = minute_start - interval '1 minute' WHERE key_id = $1", key.key.id
        )


async def test_at_most_four_at_a_time_over_two_servers(servers: Sequence[Stack], version: prompt_pb2.Version) -> None:
    fake = servers[0].fake
    assert isinstance(fake, Counting)
    fake.most = 0
    key = await make_key(servers[0], concurrent_runs=4)
    ways = runs(servers, key.secret, version.id)
    gate = asyncio.Event()
    fake.script(*[Answer(gate=gate)] * 4)

    def enough(told: list[Told]) -> bool:
        if fake.now == 4 and count(told, "TOO_MANY_RUNS") >= 20:
            gate.set()
        return count(told) >= 50

    told = await hammer(ways, enough)

    assert {one.reason for one in told} == {"", "TOO_MANY_RUNS"}
    assert fake.most == 4
    assert {one.policy for one in told} == {""}
    # All that is needed for the next one is the end of the one before.
    await change_key(servers[0], key.key.id, concurrent_runs=1)
    for way in ways[:3] * 3:
        assert (await way()).reason == ""


async def test_a_caller_who_leaves_makes_room(servers: Sequence[Stack], version: prompt_pb2.Version) -> None:
    first, second = servers
    key = await make_key(first, concurrent_runs=1)
    gate = asyncio.Event()
    first.fake.script(Answer(gate=gate))
    asked = len(first.fake.requests)
    leaving = asyncio.create_task(call_grpc(first, key.secret, version.id)())
    await first.fake.received(asked + 1)
    again = call_grpc(second, key.secret, version.id)
    assert (await again()).reason == "TOO_MANY_RUNS"

    leaving.cancel()

    async with asyncio.timeout(5):
        while (await again()).reason:
            await asyncio.sleep(0.01)
    gate.set()


async def test_reads_and_refusals_are_told_what_is_left(servers: Sequence[Stack], version: prompt_pb2.Version) -> None:
    first, second = servers
    key = await make_key(first, requests_per_minute=2)
    reads = [
        call_rest(stack, key.secret, *request)
        for stack in servers
        for request in (
            ("GET", "/api/me"),
            ("GET", "/v1/me"),
            ("GET", "/api/keys"),
            ("GET", "/v1/runs/none"),
            ("POST", "/api/runs", {"versionId": 1}),
        )
    ]
    begin = (None, call_grpc(first, key.secret, version.id), runs(servers, key.secret, version.id)[4])
    for used, run in enumerate(begin):
        if run is not None:
            assert left(await run()) == 2 - used
        told = [await read() for read in reads]
        assert {one.policy for one in told} == {'"default";q=2;w=60'}
        assert {left(one) for one in told} == {2 - used}
        assert {one.reason for one in told} == {"", "SCOPE_MISSING", "FIELD_INVALID"}
    refused = await call_rest(second, key.secret, "POST", "/v1/runs", {"promptVersionId": version.id})()
    assert refused.reason == "RATE_LIMITED"
    assert 1 <= refused.retry_after <= 60


async def test_streams_count_and_are_told_before_they_end(
    servers: Sequence[Stack], version: prompt_pb2.Version
) -> None:
    first, second = servers
    key = await make_key(first, requests_per_minute=2)
    request = run_service_pb2.StreamRunRequest(spec=run_pb2.RunSpec(version_id=version.id))
    stream = first.runs.StreamRun(request, metadata=first.metadata(key.secret))
    assert left(_from_metadata(await stream.initial_metadata(), "")) == 1
    async for _ in stream:
        pass
    assert left(_from_metadata(await stream.trailing_metadata(), "")) == 1

    headers = {"Authorization": f"Bearer {key.secret}", "Accept": "text/event-stream"}
    for remaining, status in ((0, 200), (0, 429)):
        body = {"versionId": version.id}
        async with second.session.post(f"{second.base_url}/api/runs", headers=headers, json=body) as answer:
            assert answer.status == status
            assert left(Told("", "", answer.headers["RateLimit"])) == remaining
            await answer.read()


async def test_a_changed_limit_counts_on_every_server_within_a_second(
    servers: Sequence[Stack], version: prompt_pb2.Version
) -> None:
    first, second = servers
    key = await make_key(first, requests_per_minute=1)
    there = call_grpc(second, key.secret, version.id)
    assert [(await there()).reason for _ in range(2)] == ["", "RATE_LIMITED"]
    for limit in (2, 0):
        await change_key(first, key.key.id, requests_per_minute=limit)
        async with asyncio.timeout(1):
            while (await there()).reason:
                await asyncio.sleep(0.01)
    assert await there() == Told("", "", "")
