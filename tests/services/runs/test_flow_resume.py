"""Runs of graphs that change hands, or run out of time: what is on record counts, once, and nobody is asked in vain."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from promptwire.v1.error_reason_pb2 import ErrorReason
from promptwire.v1.run_pb2 import Run, RunError
from services import engine
from services.caller import Caller
from services.config import Settings
from services.db import Database
from services.engine import Engine
from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.providers.config import Config, ModelSettings, ProviderSettings
from services.providers.registry import Registry
from services.runs import executor, flow_host
from services.runs.node_records import NodeRow
from services.telemetry import Metrics
from tests.journeys.graphs import graph
from tests.services.runs import test_flow_runs
from tests.services.runs.conftest import Another
from tests.services.runs.process import Gate, Process, Scripted, ask, echo, hang
from tests.services.runs.test_flow_runs import TWO, Dying, Graphs, die_amid, failing, free, get, prompts

# The fixture: imported by its name, it would be one that every test's argument hides.
make_flow = test_flow_runs.make_flow

# A node that fails, two that it leads to, and one that is under way when the driver dies.
BRANCHES = graph(
    {},
    {"bad": "BAD", "after": "{bad}", "last": "{after}", "slow": "SLOW"},
    {"a": ["after"], "b": ["last", "slow"], "c": ["slow"]},
)
# What is told by then: the run and two nodes began, one failed, and two were skipped.
TOLD = 6


class DyingBesideAFailure(Dying):
    """Fails for BAD, and dies at SLOW."""

    def __init__(self) -> None:
        super().__init__("SLOW")

    async def __call__(self, request: ChatRequest) -> ChatAnswer:
        return await (failing("BAD")(request) if prompt(request) == "BAD" else super().__call__(request))


class Clock:
    """The clock that says how much of a flow's time is left: it goes on by itself, and a test sets it forward."""

    perf_counter = staticmethod(time.perf_counter)

    def __init__(self) -> None:
        self._ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def set_forward(self, seconds: float) -> None:
        self._ahead += seconds


class HeldEnds:
    """Holds the statements back that record ends of nodes, until a test lets them go."""

    def __init__(self, process: Process) -> None:
        self._add = process.nodes.add
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()

    async def add(self, rows: Sequence[NodeRow]) -> set[tuple[UUID, int]]:
        if any(row.position is not None for row in rows):
            self.reached.set()
            await self.let_go.wait()
        return await self._add(rows)


def prompt(request: ChatRequest) -> str:
    return request.messages[-1]["content"]


def reason(error: RunError) -> str:
    return ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")


def used(run: Run) -> tuple[int, int]:
    return run.usage.input_tokens, run.usage.output_tokens


def used_by_nodes(run: Run) -> tuple[int, int]:
    usages = [it.usage for it in run.node_runs]
    return sum(it.input_tokens for it in usages), sum(it.output_tokens for it in usages)


def side_by_side(count: int) -> dict[str, object]:
    """Give a graph of nodes that do not need each other."""
    names = [f"n{number}" for number in range(count)]
    return graph({}, dict.fromkeys(names, "A"), {"o": names})


@asynccontextmanager
async def opened(settings: Settings, dsn: str, database: Database) -> AsyncGenerator[Engine]:
    """Open what drives runs, as a server and a worker have it."""
    lease_database = await Database.open(dsn, size=2)
    opened = Engine(settings, dsn, database, lease_database, Metrics())
    opened.open()
    try:
        yield opened
    finally:
        await opened.drain()
        await opened.close()
        await lease_database.close()


@pytest.fixture
async def resumed(
    process: Process, another: Another, me: Caller, make_flow: Graphs, provider: Scripted, database: Database
) -> Run:
    """Give a run of BRANCHES whose driver died after the failure, and which another one ended."""
    provider.behaviour = dying = DyingBesideAFailure()
    run = await process.intake.queue(me, ask(await make_flow(BRANCHES)))
    async with another() as other:
        await die_amid(process, me, run, dying, TOLD)
        provider.behaviour = echo
        await free(database)
        await other.do_job(run, me.project_id)
        return await get(other, me, run)


async def test_the_nodes_of_every_driver_count(
    process: Process, another: Another, me: Caller, make_flow: Graphs, provider: Scripted, database: Database
) -> None:
    provider.behaviour = dying = Dying("More")
    run = await process.intake.queue(me, ask(await make_flow(TWO)))
    async with another() as other:
        await die_amid(process, me, run, dying, 5)
        provider.behaviour = echo
        await free(database)
        await other.do_job(run, me.project_id)
        done = await get(other, me, run)
    assert {it.node_id: it.attempts for it in done.node_runs} == {"joke": 1, "more": 2}
    assert used(done) == used_by_nodes(done) == (10, 14)


async def test_a_node_that_is_asked_again_counts_once(
    dsn: str, me: Caller, make_flow: Graphs, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "FIRST_PAUSE", 0.0)
    tries = iter([ProviderError("PROVIDER_FAILED", "busy", retryable=True)] * 2)

    async def fail_first(request: ChatRequest) -> ChatAnswer:
        for error in tries:
            raise error
        return await echo(request)

    provider.behaviour = fail_first
    small = ModelSettings("fake", "small")
    models = Registry(
        Config({"fake": ProviderSettings("http://fake", retries=2)}, {}, "small", small), {"fake": provider}
    )
    async with Process.open(dsn, models) as process:
        run = await process.create(me, await make_flow(TWO))
        kept = await get(process, me, run)
    assert {it.node_id: it.attempts for it in kept.node_runs} == {"joke": 3, "more": 1}
    assert used(run) == used(kept) == used_by_nodes(kept) == (10, 14)


async def test_the_end_of_a_node_is_told_once_it_is_on_record(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, gate = HeldEnds(process), Gate()
    monkeypatch.setattr(process.nodes, "add", held.add)
    provider.behaviour = lambda request: gate(request) if prompt(request) == "B" else echo(request)
    run = await process.intake.queue(me, ask(await make_flow(graph({}, {"a": "A", "b": "B"}, {"o": ["a", "b"]}))))
    job = asyncio.create_task(process.do_job(run, me.project_id))
    await held.reached.wait()
    gate.open()
    told, events = list[str | None](), process.watcher.watch(me.project_id, UUID(run.id), 0)
    async for event in events:
        told.append(event.WhichOneof("event"))
        # It comes behind whatever was told of the other node.
        if event.text_delta.node_id == "b":
            break
    assert told.count("text_delta") == 2
    assert "node_ended" not in told
    held.let_go.set()
    assert [event.WhichOneof("event") async for event in events] == ["node_ended", "node_ended", "ended"]
    await job


@pytest.mark.parametrize(("good", "text"), [("GOOD", "echo: GOOD"), ("EMPTY", "")])
async def test_a_run_whose_only_output_is_good_in_part_succeeds(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted, good: str, text: str
) -> None:
    async def behave(request: ChatRequest) -> ChatAnswer:
        return ChatAnswer("") if prompt(request) == "EMPTY" else await failing("BAD")(request)

    provider.behaviour = behave
    run = await process.create(me, await make_flow(graph({}, {"bad": "BAD", "good": good}, {"o": ["bad", "good"]})))
    assert run.state == Run.STATE_SUCCEEDED
    assert [(it.text, reason(it.error), it.error.node_id) for it in run.outputs] == [(text, "PROVIDER_REFUSED", "bad")]
    assert (await get(process, me, run)).outputs == run.outputs


@pytest.mark.parametrize(("sizes", "texts"), [((600_000, 600_000), (600_000, 0)), ((1_000_001,) * 2, None)], ids=str)
async def test_a_run_gives_what_its_limit_leaves_and_fails_when_that_is_nothing(
    process: Process,
    me: Caller,
    make_flow: Graphs,
    provider: Scripted,
    sizes: Sequence[int],
    texts: Sequence[int] | None,
) -> None:
    async def behave(request: ChatRequest) -> ChatAnswer:
        return ChatAnswer("x" * sizes["AB".index(prompt(request))])

    provider.behaviour = behave
    run = await process.create(me, await make_flow(graph({}, {"a": "A", "b": "B"}, {"o": ["a"], "p": ["b"]})))
    if texts is None:
        assert (run.state, reason(run.error)) == (Run.STATE_FAILED, "OUTPUT_TOO_LARGE")
    else:
        assert run.state == Run.STATE_SUCCEEDED
        assert tuple(len(it.text) for it in run.outputs) == texts
        assert [reason(it.error) for it in run.outputs] == ["UNSPECIFIED", "OUTPUT_TOO_LARGE"]


async def test_who_goes_on_tells_the_same_cause_of_what_was_skipped(
    process: Process, resumed: Run, another: Another, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    provider.behaviour = failing("BAD")
    async with another() as other:
        undisturbed = await other.create(me, await make_flow(BRANCHES))
    assert (resumed.attempt, resumed.state) == (2, Run.STATE_SUCCEEDED)
    assert [(reason(it.error), it.error.node_id) for it in resumed.outputs] == [
        *[("PROVIDER_REFUSED", "bad")] * 2,
        ("UNSPECIFIED", ""),
    ]
    assert resumed.outputs == undisturbed.outputs


async def test_who_goes_on_does_not_ask_a_node_that_failed(resumed: Run, provider: Scripted) -> None:
    assert prompts(provider) == ["BAD", "SLOW", "SLOW"]
    assert {it.node_id: (it.state, it.attempts) for it in resumed.node_runs} == {
        "bad": (Run.STATE_FAILED, 1),
        "after": (Run.STATE_FAILED, 0),
        "last": (Run.STATE_FAILED, 0),
        "slow": (Run.STATE_SUCCEEDED, 2),
    }


async def test_who_lost_its_run_amid_a_node_is_told_so_and_asks_for_no_other(
    process: Process, another: Another, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    late, soon = Gate("late"), Gate("soon")
    behaviours = iter((late, soon))

    async def behave(request: ChatRequest) -> ChatAnswer:
        return await next(behaviours, echo)(request)

    provider.behaviour = behave
    run = await process.create(me, await make_flow(TWO), wait=0)
    while not (await get(process, me, run)).node_runs:
        await asyncio.sleep(0)
    drive = process.drive_of(run)
    provider.asked.clear()
    # It goes on with the run, but everybody takes it for dead.
    await process.lease.close()
    async with another() as other:
        job = asyncio.create_task(other.do_job(run, me.project_id))
        await provider.asked.wait()
        with capture_logs() as logs:
            late.open()
            await drive
        assert prompts(provider) == ["A joke on Blue"] * 2
        assert [it["attempt"] for it in logs if it["event"] == "run lost to another driver"] == [1]
        soon.open()
        await job
        done = await get(other, me, run)
    assert (done.state, done.attempt) == (Run.STATE_SUCCEEDED, 2)
    assert [(it.node_id, it.attempts, it.text) for it in done.node_runs] == [
        ("joke", 2, "soon"),
        ("more", 1, "echo: More: soon"),
    ]


async def test_the_nodes_of_a_chain_share_the_time_of_their_run(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(flow_host, "time", clock)

    async def take_a_while(request: ChatRequest) -> ChatAnswer:
        clock.set_forward(36)
        # Here whoever is asked without any time left is stopped.
        await asyncio.sleep(0)
        return await echo(request)

    provider.behaviour = take_a_while
    flow = await make_flow(graph({}, {"a": "A", "b": "B {a}", "c": "C {b}"}, {"o": ["c"]}))
    run = await process.create(me, flow, seconds=60)
    assert (run.state, reason(run.error), run.error.node_id) == (Run.STATE_FAILED, "RUN_TIMED_OUT", "c")
    assert [it.state for it in run.node_runs] == [*[Run.STATE_SUCCEEDED] * 2, Run.STATE_FAILED]


async def test_nobody_is_asked_once_the_time_of_the_run_is_over(
    process: Process, me: Caller, make_flow: Graphs, provider: Scripted
) -> None:
    provider.behaviour = hang
    run = await process.create(me, await make_flow(side_by_side(40)), seconds=1)
    assert (run.state, reason(run.error)) == (Run.STATE_FAILED, "RUN_TIMED_OUT")
    assert len(run.node_runs) == 40
    assert len(provider.requests) == 8


async def test_a_server_asks_as_many_at_a_time_for_a_run_as_its_setting_says(
    dsn: str,
    database: Database,
    me: Caller,
    make_flow: Graphs,
    models: Registry,
    provider: Scripted,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_settings: Callable[[Settings], Registry] = lambda _: models  # noqa: E731
    monkeypatch.setattr(engine, "_models", of_settings)
    async with opened(Settings.model_validate({"node_concurrency": 2, "grace": 1}), dsn, database) as server:
        run = await server.intake.create(me, ask(await make_flow(side_by_side(6))), 0)
        name = me.project_id, UUID(run.id)
        # By the time that these are on record, all that are asked at once have been.
        while len((await server.runs.get(*name)).node_runs) < 2:
            await asyncio.sleep(0)
        assert len(provider.requests) == 2
        gate.open()
        told = [event async for event in server.watcher.watch(*name, 0)]
    assert told[-1].ended.run.state == Run.STATE_SUCCEEDED
    assert len(provider.requests) == 6
