"""A database that stops, drops connections, has none left or goes silent: callers are told to retry, nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.embedded.postgres import SOCKET, EmbeddedPostgres
from services.keys import secret
from services.migrate import migrate
from services.server import SERVICES
from tests.conftest import FAST
from tests.fakes.provider import Answer
from tests.fakes.proxy import Proxy
from tests.journeys import hammer
from tests.journeys.hammer import INPUTS, OK, UNAVAILABLE, Hammer
from tests.journeys.stack import Stack

HANG_SECONDS = 10.0
READINESS_SECONDS = 5.0
RECOVERY_SECONDS = 3.0
CONNECTIONS = 20
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """Start a Postgres that a test may break, and must mend."""
    settings = FAST | {"max_connections": str(CONNECTIONS)}
    async with EmbeddedPostgres(tmp_path_factory.mktemp("own") / "data", settings=settings) as postgres:
        await migrate(postgres.dsn)
        yield postgres


@pytest.fixture(autouse=True)
async def mend(own: EmbeddedPostgres) -> AsyncIterator[None]:
    """Have the database up again for the next test, also when one fails."""
    yield
    await own.start()


@pytest.fixture(scope="module")
async def outage(own: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with Stack(own.dsn, tmp_path_factory.mktemp("outage")) as stack:
        yield stack


@pytest.fixture
async def calls(outage: Stack) -> dict[str, hammer.Call]:
    return await hammer.calls(outage)


async def health(stack: Stack) -> set[int]:
    """Ask for the health of every service and overall."""
    stub = health_pb2_grpc.HealthStub(stack.channel)
    answers = [stub.Check(health_pb2.HealthCheckRequest(service=name)) for name in ("", *SERVICES)]
    return {answer.status for answer in await asyncio.gather(*answers)}


async def page(stack: Stack, path: str, **headers: str) -> int:
    async with stack.session.get(stack.base_url + path, headers=headers) as response:
        return response.status


async def turned(stack: Stack, status: int, ready: int) -> float:
    """Wait until health and readiness are so; give how long that took (s)."""
    began = time.monotonic()
    async with asyncio.timeout(READINESS_SECONDS + RECOVERY_SECONDS):
        while await health(stack) != {status} or await page(stack, "/readyz") != ready:
            await asyncio.sleep(hammer.PAUSE_SECONDS)
    return time.monotonic() - began


async def test_a_database_that_stops_and_returns(
    own: EmbeddedPostgres, outage: Stack, calls: dict[str, hammer.Call]
) -> None:
    async with Hammer(calls) as callers:
        stopping = asyncio.create_task(own.stop())
        unready = await turned(outage, NOT_SERVING, 503)
        await stopping
        await callers.all_told(UNAVAILABLE)
        assert await page(outage, "/healthz") == 200
        for text, status in (("", 401), (outage.admin[:-1] + "?", 401), (secret.make(secret.new_id()), 503)):
            for path in ("/api/me", "/v1/me"):
                assert await page(outage, path, Authorization=f"Bearer {text}") == status
        await own.start()
        well, ready = await asyncio.gather(callers.all_told(OK), turned(outage, SERVING, 200))
    print(f"unready {unready:.2f} s, well {well:.2f} s, ready {ready:.2f} s, answers {callers.longest:.2f} s at most")
    assert unready < READINESS_SECONDS
    assert max(well, ready) < RECOVERY_SECONDS
    assert callers.longest < HANG_SECONDS
    await no_run_is_left(outage)


async def no_run_is_left(stack: Stack) -> None:
    """Wait until every run has ended."""
    async with asyncio.timeout(5):
        while await stack.server.database.fetchrow("SELECT 1 FROM run WHERE state = 'RUNNING' OR end_time IS NULL"):
            await asyncio.sleep(hammer.PAUSE_SECONDS)


@asynccontextmanager
async def under_way(stack: Stack) -> AsyncIterator[list[asyncio.Task[tuple[int, Any]]]]:
    """Begin a run over each REST API that the provider holds until the block ends."""
    version = await stack.create_version("Explain {topic}.")
    gate, count = asyncio.Event(), len(stack.fake.requests)
    stack.fake.script(Answer("the end", gate=gate), Answer("the end", gate=gate))
    native = stack.rest("POST", "/api/runs", json={"versionId": version.id, "inputs": INPUTS})
    body = {"promptVersionId": version.id, "inputs": {"textInputs": INPUTS}}
    tasks = [asyncio.create_task(call) for call in (native, stack.rest("POST", "/v1/runs", json=body))]
    await stack.fake.received(count + 2)
    try:
        yield tasks
    finally:
        gate.set()


async def test_a_run_under_way_when_the_database_stops_is_ended_once_it_is_back(
    own: EmbeddedPostgres, outage: Stack
) -> None:
    asked = len(outage.fake.requests)
    async with under_way(outage) as tasks:
        await own.stop()
    began = time.monotonic()
    answers = await asyncio.gather(*tasks)
    assert time.monotonic() - began < HANG_SECONDS
    assert [status for status, _ in answers] == [503, 503]
    await own.start()
    await turned(outage, SERVING, 200)
    await no_run_is_left(outage)
    query = "SELECT state, outputs FROM run ORDER BY run_id DESC LIMIT 2"
    rows = await outage.server.database.fetch(query)
    kept = ("SUCCEEDED", '[{"name":"output","text":"the end"}]')
    assert [(row["state"], row["outputs"]) for row in rows] == [kept, kept]
    assert len(outage.fake.requests) == asked + 2


async def test_a_run_that_cannot_be_recorded_is_not_begun(own: EmbeddedPostgres, outage: Stack) -> None:
    version = await outage.create_version("Explain {topic}.")
    asked = len(outage.fake.requests)
    await own.stop()
    for path, body in (
        ("/api/runs", {"versionId": version.id, "inputs": INPUTS}),
        ("/v1/runs", {"promptVersionId": version.id, "inputs": {"textInputs": INPUTS}}),
    ):
        assert (await outage.rest("POST", path, json=body))[0] == 503
    await own.start()
    await turned(outage, SERVING, 200)
    assert len(outage.fake.requests) == asked


# Ends the connections of all clients but those it is told of; waits up to so many milliseconds for the end of each.
CUT = """
    SELECT pg_terminate_backend(pid, $2)
    FROM pg_stat_activity
    WHERE datname IS NOT NULL
      AND pid <> ALL($1)
"""


async def cut(dsn: str) -> None:
    """End all connections but one's own."""
    connection = await asyncpg.connect(dsn)
    try:
        assert await connection.fetch(CUT, [connection.get_server_pid()], 5000)
    finally:
        await connection.close()


async def test_connections_that_are_cut_while_idle_are_made_anew(
    own: EmbeddedPostgres, outage: Stack, calls: dict[str, hammer.Call]
) -> None:
    await asyncio.gather(*(call() for call in calls.values()))
    await cut(own.dsn)
    assert [await call() for call in calls.values()] == [OK] * len(calls)


async def test_connections_that_are_cut_under_load_cost_a_retry_at_most(
    own: EmbeddedPostgres, outage: Stack, calls: dict[str, hammer.Call]
) -> None:
    async with Hammer(calls) as callers:
        for _ in range(5):
            await cut(own.dsn)
            assert await callers.all_told(OK) < RECOVERY_SECONDS
    await no_run_is_left(outage)


async def test_connections_that_are_cut_during_a_run_do_not_harm_it(own: EmbeddedPostgres, outage: Stack) -> None:
    async with under_way(outage) as tasks:
        await cut(own.dsn)
    native, betterprompt = await asyncio.gather(*tasks)
    assert (native[0], native[1]["run"]["state"]) == (200, "STATE_SUCCEEDED")
    assert (betterprompt[0], betterprompt[1]["runStatus"]) == (200, "succeeded")
    await no_run_is_left(outage)


@asynccontextmanager
async def all_taken(dsn: str) -> AsyncIterator[None]:
    """Take every connection that the server has, those of others too."""
    async with AsyncExitStack() as stack:
        taken: list[asyncpg.Connection] = []
        while len(taken) < CONNECTIONS:
            tries = [asyncpg.connect(dsn) for _ in range(CONNECTIONS - len(taken))]
            made = await asyncio.gather(*tries, return_exceptions=True)
            for connection in (each for each in made if isinstance(each, asyncpg.Connection)):
                stack.push_async_callback(connection.close)
                taken.append(connection)
            await taken[0].execute(CUT, [connection.get_server_pid() for connection in taken], 0)
        yield


async def test_connections_that_others_have_taken(
    own: EmbeddedPostgres, outage: Stack, calls: dict[str, hammer.Call]
) -> None:
    async with Hammer(calls) as callers:
        async with all_taken(own.dsn):
            await callers.all_told(UNAVAILABLE)
            assert await turned(outage, NOT_SERVING, 503) < READINESS_SECONDS
        well, ready = await asyncio.gather(callers.all_told(OK), turned(outage, SERVING, 200))
    print(f"well {well:.2f} s, ready {ready:.2f} s, {callers.longest:.2f} s at most")
    assert max(well, ready) < RECOVERY_SECONDS
    assert callers.longest < HANG_SECONDS
    await no_run_is_left(outage)


async def test_a_database_that_goes_silent(dsn: str, tmp_path: Path) -> None:
    """Sockets stay open and say nothing, as when a cable is cut."""
    name, _, sockets = dsn.partition("@/")[2].partition("&")[0].partition("?host=")
    async with Proxy(Path(sockets) / SOCKET) as proxy:
        proxied = f"postgresql://postgres@{proxy.address}/{name}?sslmode=disable"
        async with Stack(proxied, tmp_path) as stack, Hammer(await hammer.calls(stack)) as callers:
            proxy.go_dead()
            assert await turned(stack, NOT_SERVING, 503) < READINESS_SECONDS
            await callers.all_told(UNAVAILABLE)
            assert await page(stack, "/healthz") == 200
            proxy.come_back()
            well, ready = await asyncio.gather(callers.all_told(OK), turned(stack, SERVING, 200))
    print(f"well {well:.2f} s, ready {ready:.2f} s, {callers.longest:.2f} s at most")
    assert callers.longest < HANG_SECONDS
