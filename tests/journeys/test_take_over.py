"""Two servers and workers on one database: what one of them drives when it stops or dies is not lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import grpc
import grpc.aio
import pytest
from aiohttp.test_utils import unused_port

import services.config
from promptwire import values
from promptwire.v1 import error_reason_pb2, prompt_pb2, run_pb2, run_service_pb2
from services.server import Worker
from tests.conftest import clone
from tests.fakes.provider import Answer, FakeProvider
from tests.journeys.stack import Stack

INPUTS = {"topic": "the sea"}
ECHO = "echo: Explain the sea."
# How soon others act on a server that is found dead.
SOON_SECONDS = 10


class Site(NamedTuple):
    """Two servers over one database, their provider, and what it takes to start workers."""

    one: Stack
    two: Stack
    fake: FakeProvider
    dsn: str
    config: Path

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """Start a worker; it stops at the end of the block."""
        metrics = f"127.0.0.1:{unused_port()}"
        worker = Worker(services.config.Settings(metrics=metrics, grace=1, config=self.config), self.dsn)
        try:
            await worker.start()
            yield worker
        finally:
            await worker.stop()


@asynccontextmanager
async def open_site(postgres: str, directory: Path) -> AsyncIterator[Site]:
    """Start two servers on a database of their own."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        dsn, fake = await enter(clone(postgres)), await enter(FakeProvider())
        one, two = [await enter(Stack(dsn, directory, fake=fake)) for _ in range(2)]
        yield Site(one, two, fake, dsn, directory / "promptwire.toml")


@pytest.fixture(scope="module")
async def site(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Give servers that go on running."""
    async with open_site(postgres, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
async def stopping(postgres: str, tmp_path: Path) -> AsyncIterator[Site]:
    """Give servers that a test may stop."""
    async with open_site(postgres, tmp_path) as site:
        yield site


@pytest.fixture
def gate() -> Iterator[asyncio.Event]:
    """Hold the provider's answers back until a test lets them go; at its end they are let go anyway."""
    gate = asyncio.Event()
    yield gate
    gate.set()


Call = grpc.aio.UnaryUnaryCall[Any, run_service_pb2.CreateRunResponse]


async def begin(
    stack: Stack,
    version: prompt_pb2.Version,
    *,
    wait: int | None = None,
    detached: bool = False,
    request_id: str = "",
    secret: str = "",
) -> Call:
    """Ask for a run."""
    spec = run_pb2.RunSpec(version_id=version.id, inputs=values.to_struct(INPUTS), request_id=request_id)
    request = run_service_pb2.CreateRunRequest(spec=spec, detached=detached)
    if wait is not None:
        request.wait.FromSeconds(wait)
    return stack.runs.CreateRun(request, metadata=stack.metadata(secret or stack.run))


async def get(stack: Stack, run_id: str) -> run_pb2.Run:
    request = run_service_pb2.GetRunRequest(id=run_id)
    return (await stack.runs.GetRun(request, metadata=stack.metadata(stack.run))).run


async def cancel(stack: Stack, run_id: str) -> run_pb2.Run:
    request = run_service_pb2.CancelRunRequest(id=run_id)
    return (await stack.runs.CancelRun(request, metadata=stack.metadata(stack.run))).run


async def end_of(stack: Stack, run_id: str) -> run_pb2.Run:
    """Wait for the end of a run."""
    async with asyncio.timeout(SOON_SECONDS):
        while (run := await get(stack, run_id)).state in (run_pb2.Run.STATE_QUEUED, run_pb2.Run.STATE_RUNNING):
            await asyncio.sleep(0.02)
    return run


def reason(run: run_pb2.Run) -> str:
    return error_reason_pb2.ErrorReason.Name(run.error.reason).removeprefix("ERROR_REASON_")


async def refusal(stack: Stack, version: prompt_pb2.Version) -> grpc.StatusCode:
    """Ask for runs until they are refused, and give how."""
    async with asyncio.timeout(SOON_SECONDS):
        while True:
            call = await begin(stack, version)
            if await call.code() != grpc.StatusCode.OK:
                return await call.code()


async def newest(stack: Stack) -> str:
    """Give the id of the run that was begun last."""
    row = await stack.server.database.fetchrow("SELECT run_id FROM run ORDER BY run_id DESC LIMIT 1")
    assert row is not None
    return str(row["run_id"])


async def pronounce_dead(stack: Stack, run_id: str, *, attempt: int = 1) -> None:
    """Let a run be one of a server whose lease has lapsed, as if its driver were dead."""
    database, dead = stack.server.database, uuid4()
    await database.execute("INSERT INTO server (server_id, lease, longest_run) VALUES ($1, '0 s', '300 s')", dead)
    change = "UPDATE run SET server_id = $1, attempt = $2 WHERE run_id = $3"
    await database.execute(change, dead, attempt, UUID(run_id))


async def test_a_detached_run_is_done_by_a_worker(site: Site) -> None:
    version = await site.one.create_version("Explain {topic}.")
    queued = (await (await begin(site.one, version, detached=True))).run
    assert (queued.state, queued.attempt) == (run_pb2.Run.STATE_QUEUED, 0)
    async with site.worker():
        run = await end_of(site.two, queued.id)
    assert (run.id, run.state, run.attempt, run.outputs[0].text) == (queued.id, run_pb2.Run.STATE_SUCCEEDED, 1, ECHO)


async def test_several_workers_do_each_run_once(site: Site) -> None:
    version = await site.one.create_version("Explain {topic}.")
    asked = len(site.fake.requests)
    async with site.worker(), site.worker():
        calls = [await begin((site.one, site.two)[number % 2], version, detached=True) for number in range(40)]
        runs = [(await call).run for call in calls]
        ends = await asyncio.gather(*(end_of(site.one, run.id) for run in runs))
    assert {(run.state, run.attempt) for run in ends} == {(run_pb2.Run.STATE_SUCCEEDED, 1)}
    assert len(site.fake.requests) == asked + 40


async def test_a_run_of_a_dead_server_is_taken_over_and_its_callers_get_the_one_end(
    site: Site, gate: asyncio.Event
) -> None:
    version = await site.one.create_version("Explain {topic}.")
    count = len(site.fake.requests)
    site.fake.script(Answer("of the first", gate=gate), Answer("of the second"))
    first = await begin(site.one, version, wait=60, request_id="taken over")
    received = await site.fake.received(count + 1)
    retry = await begin(site.two, version, wait=60, request_id="taken over", secret=site.one.run)
    await pronounce_dead(site.one, await newest(site.one))
    async with site.worker():
        runs = [(await call).run for call in (first, retry)]
    # The first driver is told, and leaves its provider.
    async with asyncio.timeout(SOON_SECONDS):
        await received.left.wait()
    gate.set()
    assert runs[0] == runs[1]
    assert (runs[0].state, runs[0].attempt) == (run_pb2.Run.STATE_SUCCEEDED, 2)
    assert runs[0].outputs[0].text == "of the second"
    assert len(site.fake.requests) == count + 2


async def test_a_run_that_ends_with_its_server_is_told_to_be_interrupted(site: Site, gate: asyncio.Event) -> None:
    version = await site.one.create_version("Explain {topic}.")
    count = len(site.fake.requests)
    site.fake.script(Answer(gate=gate))
    call = await begin(site.one, version)
    await site.fake.received(count + 1)
    await pronounce_dead(site.one, await newest(site.one))
    run = (await call).run
    assert (run.state, reason(run)) == (run_pb2.Run.STATE_FAILED, "INTERRUPTED")
    assert await get(site.two, run.id) == await get(site.one, run.id)


async def test_a_run_whose_drivers_die_is_given_up_in_the_end(site: Site, gate: asyncio.Event) -> None:
    version = await site.one.create_version("Explain {topic}.")
    count = len(site.fake.requests)
    site.fake.script(Answer(gate=gate))
    call = await begin(site.one, version, wait=60)
    await site.fake.received(count + 1)
    await pronounce_dead(site.one, await newest(site.one), attempt=5)
    async with site.worker():
        run = (await call).run
    assert (run.state, run.attempt, reason(run)) == (run_pb2.Run.STATE_FAILED, 5, "POISONED")
    assert len(site.fake.requests) == count + 1


@pytest.mark.parametrize("detached", [False, True])
async def test_a_run_is_cancelled_by_any_server(site: Site, gate: asyncio.Event, detached: bool) -> None:
    version = await site.one.create_version("Explain {topic}.")
    count = len(site.fake.requests)
    site.fake.script(Answer(gate=gate))
    async with site.worker():
        call = await begin(site.one, version, wait=None if detached else 60, detached=detached)
        received = await site.fake.received(count + 1)
        run = await cancel(site.two, await newest(site.one))
        assert (run.state, reason(run)) == (run_pb2.Run.STATE_CANCELLED, "RUN_CANCELLED")
        async with asyncio.timeout(SOON_SECONDS):
            await received.left.wait()
        assert (await call).run.id == run.id


async def test_a_server_that_stops_answers_its_callers_and_hands_on_what_others_can_go_on_with(
    stopping: Site, gate: asyncio.Event
) -> None:
    site = stopping
    version = await site.one.create_version("Explain {topic}.")
    site.fake.script(Answer(gate=gate), Answer(gate=gate))
    plain, durable = await begin(site.one, version), await begin(site.one, version, wait=60)
    await site.fake.received(2)
    await site.one.server.stop()
    interrupted, handed_on = (await plain).run, (await durable).run
    assert (interrupted.state, reason(interrupted)) == (run_pb2.Run.STATE_FAILED, "INTERRUPTED")
    assert (handed_on.state, handed_on.attempt) == (run_pb2.Run.STATE_QUEUED, 1)
    assert await get(site.two, interrupted.id) is not None
    async with site.worker():
        run = await end_of(site.two, handed_on.id)
    assert (run.state, run.attempt, run.outputs[0].text) == (run_pb2.Run.STATE_SUCCEEDED, 2, ECHO)


async def test_a_server_that_stops_lets_runs_end_within_its_grace(stopping: Site, gate: asyncio.Event) -> None:
    version = await stopping.one.create_version("Explain {topic}.")
    patient = Stack(stopping.dsn, stopping.config.parent, fake=stopping.fake, server_settings={"grace": SOON_SECONDS})
    async with patient:
        stopping.fake.script(Answer("in time", gate=gate))
        call = await begin(patient, version)
        await stopping.fake.received(1)
        stop = asyncio.create_task(patient.server.stop())
        assert await refusal(patient, version) == grpc.StatusCode.UNAVAILABLE
        gate.set()
        assert (await call).run.outputs[0].text == "in time"
        await stop


async def test_a_worker_that_stops_hands_its_runs_on_at_once(stopping: Site, gate: asyncio.Event) -> None:
    site = stopping
    version = await site.one.create_version("Explain {topic}.")
    site.fake.script(*[Answer(gate=gate)] * 3)
    async with site.worker():
        calls = [await begin(site.one, version, detached=True) for _ in range(3)]
        runs = [(await call).run for call in calls]
        await site.fake.received(3)
    assert {(await get(site.one, run.id)).state for run in runs} == {run_pb2.Run.STATE_QUEUED}
    async with site.worker():
        ends = [await end_of(site.two, run.id) for run in runs]
    assert {(run.state, run.attempt) for run in ends} == {(run_pb2.Run.STATE_SUCCEEDED, 2)}
    # Nothing is left of the jobs.
    async with asyncio.timeout(SOON_SECONDS):
        while await site.one.server.database.fetch("SELECT FROM pgqueuer"):
            await asyncio.sleep(0.02)
