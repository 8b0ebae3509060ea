"""A9: a server and a worker stand still for longer than their leases, then go on. What they say late is refused."""

import asyncio
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
import grpc.aio

from promptwire.v1 import run_pb2
from tests.chaos.answers import OK, Answer, Sight, sight_of
from tests.chaos.callers import calling
from tests.chaos.history import Gaps, Ledger, gaps
from tests.chaos.load import Told, persist
from tests.chaos.outcome import Outcome, at_least, at_most, exactly
from tests.chaos.provider import Order
from tests.chaos.rpc import Rpc, text_of
from tests.chaos.service import Service
from tests.chaos.stage import Scenario, Stage, begin, settle

PAUSE_SECONDS = 60.0
# So many leases are long enough for others to take the runs over and end all but the long ones.
LEASES = 2.2
LONG = ("long-waited", "long-streamed")
# With the kind a run's tag begins. All end while the drivers stand still, but for the long ones: when the drivers go
# on, the provider's answers to them lie there, and others are still at work on the runs.
KINDS = ("plain", "waited", "detached", "streamed", *LONG)
RUNS = 10
RUN_SECONDS = 1.0
WAIT_SECONDS = 120.0
CALL_SECONDS = 150.0
TAKE_OVER_SECONDS = 30.0
LATE_SECONDS = 10.0
# For a worker to say late what it has to say, which nobody else can see.
SETTLE_SECONDS = 1.0
LOOK_SECONDS = 0.1
NONE = Gaps(0, 0, 0)


@dataclass(slots=True)
class Seen:
    """What callers of the paused server were told, and those of the other one; streams before and after; times in s."""

    answers: list[Answer] = field(default_factory=list[Answer])
    repeats: list[Told] = field(default_factory=list[Told])
    streams: list[list[run_pb2.RunEvent]] = field(default_factory=list[list[run_pb2.RunEvent]])
    before: list[list[run_pb2.RunEvent]] = field(default_factory=list[list[run_pb2.RunEvent]])
    after: list[list[run_pb2.RunEvent]] = field(default_factory=list[list[run_pb2.RunEvent]])
    paused: float = 0.0
    late: float = 0.0


async def play(stage: Stage) -> Outcome:
    """Stop drivers with all kinds of runs under way, let others take these over, and let the drivers go on."""
    site, ledger, seen = stage.site, Ledger(), Seen()
    pause = stage.seconds(PAUSE_SECONDS, LEASES * stage.lease)
    lengths = dict.fromkeys(KINDS, RUN_SECONDS) | dict.fromkeys(LONG, pause - 0.7 * stage.lease)
    orders = [Order(f"{kind} {number}", lengths[kind]) for kind in KINDS for number in range(RUNS)]
    tenant = await site.tenant("a9")
    paused = [site.servers[0], site.workers[0]]
    async with calling(site, tenant) as callers:
        ours, other = callers.rpcs
        calls = [asyncio.ensure_future(_call(ours, order, seen)) for order in orders]
        for order in orders:
            await site.provider.until(order.tag, bool)
        began = time.monotonic()
        with _paused(paused):
            await _meanwhile(other, ledger, seen)
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - began)))
        seen.paused = time.monotonic() - began
        await asyncio.wait(calls[: -RUNS * len(LONG)])
        seen.late = time.monotonic() - began - seen.paused
        seen.answers = await asyncio.gather(*calls)
        await asyncio.sleep(SETTLE_SECONDS)
        runs = await settle(other, ledger)
        seen.after = [await _events(other, events[0].started.run.id) for events in seen.before]
    return judge(stage, ledger, seen, runs)


def kind_of(what: Order | Sight) -> str:
    """Give the kind of a run."""
    return what.tag.partition(" ")[0]


async def _call(rpc: Rpc, order: Order, seen: Seen) -> Answer:
    """Begin a run at the server that will stand still, and wait for what it says about it."""
    match kind_of(order):
        case "plain":
            return await rpc.create(order, timeout=CALL_SECONDS)
        case "waited" | "long-waited":
            told = await persist(lambda: _wait(rpc, order), seconds=CALL_SECONDS)
            return told.answer
        case "detached":
            return await rpc.create(order, detached=True)
        case _:
            events = await _stream(rpc, order)
            seen.streams.append(events)
            return Answer(OK, sight_of(events[-1].ended.run))


async def _wait(rpc: Rpc, order: Order) -> Answer:
    return await rpc.create(order, request_id=order.tag, wait=WAIT_SECONDS, timeout=CALL_SECONDS)


async def _stream(rpc: Rpc, order: Order) -> list[run_pb2.RunEvent]:
    """Read a stream to its end; when the server breaks it off, go on from there."""
    events: list[run_pb2.RunEvent] = []
    source = rpc.stream(order, request_id=order.tag, wait=WAIT_SECONDS)
    while not events or not events[-1].HasField("ended"):
        try:
            async for event in source:
                events.append(event)  # noqa: PERF401 - what came before it broke off stays
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            await asyncio.sleep(LOOK_SECONDS)
        source = rpc.watch(events[0].started.run.id, events[-1].sequence)
    return events


async def _meanwhile(other: Rpc, ledger: Ledger, seen: Seen) -> None:
    """Ask the other server for the waited runs, wait until all but the long runs have ended, and read the streams."""
    orders = [Order(f"waited {number}", RUN_SECONDS) for number in range(RUNS)]
    seen.repeats = await asyncio.gather(*(_repeat(other, ledger, order) for order in orders))
    while {kind_of(run) for run in await other.list("QUEUED", "RUNNING")} - {*LONG}:
        await asyncio.sleep(LOOK_SECONDS)
    runs = await other.list()
    for run in runs:
        ledger.see(run)
    seen.before = [await _events(other, run.id) for run in runs if kind_of(run) == "streamed"]


async def _repeat(rpc: Rpc, ledger: Ledger, order: Order) -> Told:
    return await persist(
        lambda: begin(ledger, rpc.create(order, request_id=order.tag, wait=TAKE_OVER_SECONDS, timeout=CALL_SECONDS))
    )


async def _events(rpc: Rpc, run_id: str) -> list[run_pb2.RunEvent]:
    return [event async for event in rpc.watch(run_id)]


@contextmanager
def _paused(services: Sequence[Service]) -> Generator[None]:
    for service in services:
        service.pause()
    try:
        yield
    finally:
        for service in services:
            service.proceed()


def judge(stage: Stage, ledger: Ledger, seen: Seen, runs: Sequence[Sight]) -> Outcome:
    """Hold what was seen, and all runs at the end, against the bars."""
    by_id = {run.id: run for run in runs}
    durable = [run for run in runs if kind_of(run) != "plain"]
    plain = [run for run in runs if kind_of(run) == "plain"]
    stale = [run for run in durable if run.text != Order(run.tag).text(run.attempt)]
    differing = [answer for answer in seen.answers if not _agrees(answer, by_id)]
    broken = [events for events in seen.streams if not _whole(events)]
    return Outcome(
        f"SIGSTOP of a server and a worker for {seen.paused:.0f} s with {len(runs)} runs under way, plain, with a "
        "wait, detached, streamed with a wait, and so long that others still drive them at the SIGCONT",
        [
            at_least("runs that the others took over", sum(run.attempt > 1 for run in runs), RUNS),
            at_least("answers of the provider that came to drivers that had lost the run", _late(stage, runs), 1),
            exactly(
                "plain runs that ended FAILED, INTERRUPTED", sum(run.reason == "INTERRUPTED" for run in plain), RUNS
            ),
            exactly("other runs that succeeded", sum(run.state == "SUCCEEDED" for run in durable), 5 * RUNS),
            exactly("runs with a text other than that of their last attempt", len(stale), 0),
            exactly("ends that changed after the drivers went on", len(ledger.changed), 0),
            exactly("streams that changed after the drivers went on", sum(map(_differ, seen.before, seen.after)), 0),
            exactly("streams of the paused server with a gap, a repeated event or another text", len(broken), 0),
            exactly("answers of the paused server that differ from the record", len(differing), 0),
            at_most("longest until the paused server answered its callers", seen.late, LATE_SECONDS, "s"),
            exactly("callers of the other server, by request id, not answered", _unanswered(seen.repeats), 0),
            at_most(
                "longest that one of them waited", max(one.seconds for one in seen.repeats), TAKE_OVER_SECONDS, "s"
            ),
        ],
        evidence=[*ledger.evidence, *map(str, differing[:5]), *(f"{run}" for run in runs if not run.over)],
    )


def _agrees(answer: Answer, by_id: Mapping[str, Sight]) -> bool:
    """Whether an answer shows the run as it is recorded or says to come again; that of a detached run came before."""
    if answer.run is None:
        return answer.passing
    if not answer.run.over:
        return answer.run.state == "QUEUED"
    row = by_id[answer.run.id]
    return (answer.run.state, answer.run.text, answer.run.end_ms) == (row.state, row.text, row.end_ms)


def _whole(events: Sequence[run_pb2.RunEvent]) -> bool:
    numbered = gaps([event.sequence for event in events], len(events)) == NONE
    return numbered and text_of(events) == sight_of(events[-1].ended.run).text


def _differ(one: object, other: object) -> bool:
    return one != other


def _late(stage: Stage, runs: Sequence[Sight]) -> int:
    asked = stage.site.provider.asked
    return sum(request.answered for run in runs if run.attempt > 1 for request in asked[run.tag][:-1])


def _unanswered(repeats: Sequence[Told]) -> int:
    return sum(1 for one in repeats if one.answer.run is None or not one.answer.run.over)


SCENARIO = Scenario("A9", "Drivers that stand still and go on", play)
