"""C1, C2, C3, C5, C6: receivers that are down or dead, workers that die around a delivery, a new secret amid them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import standardwebhooks

from promptwire import values
from promptwire.v1 import run_pb2, run_service_pb2
from promptwire.v1.run_service_pb2_grpc import RunServiceStub
from promptwire.v1.webhook_pb2 import Webhook
from tests.chaos.outcome import Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rpc import open_channel
from tests.chaos.site import Tenant
from tests.chaos.stage import Scenario, Stage
from tests.fakes.receiver import Heard, Receiver, Says

EVENTS = 1000
DOWN_SECONDS = 10.0
# Behind the return of a receiver: the gap of which a part has passed by then, and the time that the rest may take.
DRAIN_SECONDS = 30.0
KILLS = 50
# As many as are tried at a time at one host.
BATCH = 8
RECEIVERS = 100
ROUNDS = 10
MAX_DELAY_SECONDS = 0.1
ROTATED_EVENTS = 10_000
# Runs at a time.
FLOCK = 16
SETTLE_SECONDS = 120.0
BOTH = (Webhook.EVENT_START, Webhook.EVENT_END)


@dataclass(frozen=True, slots=True)
class Caller:
    """Begins runs that tell receivers."""

    runs: Any
    tenant: Tenant
    secret: str

    async def run(self, tag: str, url: str, events: Sequence[Any] = ()) -> run_pb2.Run:
        """Run, and give the run at its end."""
        inputs = values.to_struct({"order": str(Order(tag))})
        webhook = Webhook(url=url, events=events)
        spec = run_pb2.RunSpec(version_id=self.tenant.version_id, inputs=inputs, webhook=webhook, request_id=tag)
        request = run_service_pb2.CreateRunRequest(spec=spec)
        return (await self.runs.CreateRun(request, metadata=_metadata(self.tenant.run), timeout=60)).run

    async def flock(self, tag: str, url: str, count: int) -> set[str]:
        """Run so many times, some at a time, each with both events; give the runs' ids."""
        numbers = iter(range(count))

        async def follow() -> list[str]:
            return [(await self.run(f"{tag}-{number}", url, BOTH)).id for number in numbers]

        return {run_id for ids in await asyncio.gather(*(follow() for _ in range(FLOCK))) for run_id in ids}

    async def rotate(self) -> str:
        """Give a new secret of the project's webhooks, which signs beside the one before it."""
        request = run_service_pb2.RotateWebhookSecretRequest()
        return (await self.runs.RotateWebhookSecret(request, metadata=_metadata(self.tenant.admin), timeout=30)).secret


@asynccontextmanager
async def calling(stage: Stage, name: str) -> AsyncGenerator[Caller]:
    """Give a caller of a project of its own."""
    tenant = await stage.site.tenant(name)
    async with open_channel(stage.site.target, retrying=True) as channel:
        runs: Any = RunServiceStub(channel)
        request = run_service_pb2.GetWebhookSecretRequest()
        answer = await runs.GetWebhookSecret(request, metadata=_metadata(tenant.admin), timeout=30)
        yield Caller(runs, tenant, answer.secret)


async def play_down(stage: Stage) -> Outcome:
    """C1: the receiver is down while runs end, and comes back."""
    count = stage.count(EVENTS // 2, 10)
    down = stage.seconds(DOWN_SECONDS, 1.0)
    async with calling(stage, "c1") as caller, Receiver() as receiver:
        url = f"{receiver.url}/hook"
        await receiver.stop()
        until = asyncio.get_running_loop().time() + down
        made = [await caller.run(f"c1-{number}", url, BOTH) for number in range(count)]
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))
        await receiver.start()
        began = time.monotonic()
        await _hear(receiver, 2 * count)
        drained = time.monotonic() - began
        heard = list(receiver.heard)
    by_run = _by_run(heard)
    wrong = [run.id for run in made if [it.json["type"] for it in by_run[run.id]] != ["run.started", "run.succeeded"]]
    return Outcome(
        f"{2 * count} events of {count} runs while their receiver is down for {down:g} s, which stand for "
        f"{down / 60 * 60:g} minutes: the gaps between tries are 60 times as short",
        [
            exactly("events delivered", len({it.id for it in heard}), 2 * count),
            exactly("runs whose events came twice, or in another order", len(wrong), 0),
            exactly("signatures that do not verify", _count_unsigned(heard, caller.secret), 0),
            at_most("until all were delivered, behind its return", drained, DRAIN_SECONDS, "s"),
        ],
        evidence=wrong[:10],
    )


async def play_kills_before(stage: Stage) -> Outcome:
    """C2: workers die between the commit of a run's end and the try."""
    kills = stage.count(KILLS, 2)
    async with calling(stage, "c2") as caller, Receiver() as receiver:
        url = f"{receiver.url}/hook"
        made: list[str] = []
        for number in range(kills):
            tags = [f"c2-{number}-{each}" for each in range(BATCH)]
            made += [run.id for run in await asyncio.gather(*(caller.run(tag, url) for tag in tags))]
            await stage.pause(0.0, 0.1)
            await asyncio.gather(*(worker.crash() for worker in stage.site.workers))
        await _hear_all(receiver, made)
        by_run = _by_run(receiver.heard)
    lost = [run_id for run_id in made if not by_run[run_id]]
    return Outcome(
        f"kill -9 of both workers within 0.1 s of the end of {BATCH} runs, {kills} times",
        [
            told("runs", len(made)),
            exactly("events lost", len(lost), 0),
            exactly("events told under several ids", _count_renamed(by_run), 0),
            told("events that came more than once", sum(len(it) > 1 for it in by_run.values())),
        ],
        evidence=lost[:10],
    )


async def play_kills_behind(stage: Stage) -> Outcome:
    """C3: workers die between the receiver's 200 and their note of it."""
    batches = stage.count(-(-KILLS // BATCH), 1)
    async with calling(stage, "c3") as caller, Receiver() as receiver:
        url = f"{receiver.url}/hook"
        made: list[str] = []
        for number in range(batches):
            gate = asyncio.Event()
            receiver.script(*[Says(gate=gate)] * BATCH)
            before = len(receiver.heard)
            tags = [f"c3-{number}-{each}" for each in range(BATCH)]
            made += [run.id for run in await asyncio.gather(*(caller.run(tag, url) for tag in tags))]
            await receiver.wait(before + BATCH, SETTLE_SECONDS)
            # It has them: what it says now, nobody hears.
            await asyncio.gather(*(worker.kill() for worker in stage.site.workers))
            gate.set()
            await asyncio.gather(*(worker.start() for worker in stage.site.workers))
        await _hear(receiver, 2 * len(made))
        by_run = _by_run(receiver.heard)
    once = [run_id for run_id in made if len(by_run[run_id]) < 2]
    return Outcome(
        f"kill -9 of both workers while {BATCH} deliveries are at the receiver, {batches} times",
        [
            at_least("deliveries that were taken, and not noted", len(made), batches * BATCH),
            exactly("of these not told again", len(once), 0),
            exactly("told again under another id", _count_renamed(by_run), 0),
        ],
        evidence=once[:10],
    )


async def play_dead(stage: Stage) -> Outcome:
    """C5: one of many receivers takes connections and never answers."""
    receivers, rounds = stage.count(RECEIVERS, 5), stage.count(ROUNDS, 2)
    async with calling(stage, "c5") as caller, AsyncExitStack() as stack:
        made = [await stack.enter_async_context(Receiver()) for _ in range(receivers)]
        alone = await _measure(caller, made[1:], rounds, "alone")
        made[0].default = Says(gate=asyncio.Event())
        flood = [caller.run(f"c5-dead-{number}", made[0].url) for number in range(4 * BATCH)]
        await asyncio.gather(*flood)
        await made[0].wait(1, SETTLE_SECONDS)
        beside = await _measure(caller, made[1:], rounds, "beside")
    return Outcome(
        f"{rounds} events to each of {receivers - 1} receivers, alone and beside one that never answers, for which "
        f"{4 * BATCH} wait",
        [
            told("p99 of the others' delay, alone", alone, "s"),
            told("p99 of the others' delay, beside it", beside, "s"),
            at_most("by which it grows", beside - alone, MAX_DELAY_SECONDS, "s"),
        ],
        notes=["Delay is from the answer to CreateRun to the arrival of the event."],
    )


async def play_rotation(stage: Stage) -> Outcome:
    """C6: a project's secret is rotated while its events are told, with the grace that nobody asked to change."""
    count = stage.count(ROTATED_EVENTS // 2, 40)
    async with calling(stage, "c6") as caller, Receiver() as receiver:
        await caller.flock("c6-before", receiver.url, count // 4)
        before = asyncio.create_task(caller.flock("c6-beside", receiver.url, count // 4))
        await receiver.wait(2 * (count // 4) + 2, SETTLE_SECONDS)
        new = await caller.rotate()
        late = await caller.flock("c6-behind", receiver.url, count - 2 * (count // 4))
        await before
        await _hear(receiver, 2 * count)
        heard = list(receiver.heard)
    behind = [it for it in heard if it.json["data"]["run_id"] in late]
    return Outcome(
        f"{2 * count} events of {count} runs, {FLOCK} at a time; the secret is rotated amid them",
        [
            exactly("events delivered", len({it.id for it in heard}), 2 * count),
            exactly("of all, those that the old secret does not verify", _count_unsigned(heard, caller.secret), 0),
            exactly("events of runs that began after the rotation", len(behind), 2 * len(late)),
            exactly("of these, those that the new secret does not verify", _count_unsigned(behind, new), 0),
            told("of all, those that both verify", len(heard) - _count_unsigned(heard, new)),
        ],
    )


async def _measure(caller: Caller, receivers: Sequence[Receiver], rounds: int, name: str) -> float:
    """Give the 99th percentile of the seconds between a run's end and the arrival of its event."""
    delays: list[float] = []
    for number in range(rounds):
        for index, receiver in enumerate(receivers):
            before = len(receiver.heard)
            run = await caller.run(f"c5-{name}-{number}-{index}", receiver.url)
            ended = asyncio.get_running_loop().time()
            [heard] = [
                it for it in await receiver.wait(before + 1, SETTLE_SECONDS) if it.json["data"]["run_id"] == run.id
            ]
            delays.append(max(0.0, heard.time - ended))
    return quantiles(delays, n=100)[98]


async def _hear(receiver: Receiver, count: int) -> None:
    """Wait for so many requests, but no longer than a time: what did not come shows in the figures."""
    try:
        await receiver.wait(count, SETTLE_SECONDS)
    except TimeoutError:
        return


async def _hear_all(receiver: Receiver, runs: Sequence[str]) -> None:
    until = time.monotonic() + SETTLE_SECONDS
    while not set(runs) <= _by_run(receiver.heard).keys() and time.monotonic() < until:
        await asyncio.sleep(0.2)


def _by_run(heard: Sequence[Heard]) -> dict[str, list[Heard]]:
    found: dict[str, list[Heard]] = defaultdict(list)
    for it in heard:
        found[it.json["data"]["run_id"]].append(it)
    return found


def _count_renamed(by_run: dict[str, list[Heard]]) -> int:
    return sum(len({it.id for it in heard}) > 1 for heard in by_run.values())


def _count_unsigned(heard: Sequence[Heard], secret: str) -> int:
    verifier = standardwebhooks.Webhook(secret)
    unsigned = 0
    for it in heard:
        try:
            verifier.verify(it.body, dict(it.headers))
        except standardwebhooks.WebhookVerificationError:
            unsigned += 1
    return unsigned


def _metadata(secret: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {secret}"),)


SCENARIOS = (
    Scenario("C1", "A receiver of webhooks that is down", play_down),
    Scenario("C2", "Workers killed before they try a delivery", play_kills_before),
    Scenario("C3", "Workers killed before they note a delivery", play_kills_behind),
    Scenario("C5", "A receiver that never answers, among others", play_dead),
    Scenario("C6", "A new secret of webhooks amid deliveries", play_rotation),
)
