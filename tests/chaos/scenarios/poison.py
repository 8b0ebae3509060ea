"""A8: a run that is the death of every driver that begins it. It is given up, and the runs of others hardly notice."""

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.figures import quantile
from tests.chaos.answers import Answer
from tests.chaos.callers import calling
from tests.chaos.load import Pour
from tests.chaos.outcome import Outcome, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rpc import Rpc
from tests.chaos.site import Site
from tests.chaos.stage import Scenario, Stage

STARTS = 5
CALLS_A_SECOND = 20.0
RUN_SECONDS = 0.3
PEACE_SECONDS = 30.0
# The share by which the p99 of others may rise when workers die once in so many seconds.
MORE, LEASE_SECONDS = 0.2, 10.0
PATIENCE_SECONDS = 150.0
LOOK_SECONDS = 0.1
FAIRLY = (
    "The others are driven by the servers, which the run does not kill; their time is that of the whole call. It is "
    "held against the time before and after, on the same processes, with the workers' restarts on the same CPUs."
)


@dataclass(slots=True)
class Others:
    """Waited runs of others, driven by servers: how long each took (s) in peace and meanwhile, and what went wrong."""

    peace: list[float] = field(default_factory=list[float])
    meanwhile: list[float] = field(default_factory=list[float])
    wrong: list[Answer] = field(default_factory=list[Answer])
    poisoned: bool = False

    async def call(self, rpc: Rpc, number: int) -> None:
        """Make one and note it."""
        began, poisoned = time.monotonic(), self.poisoned
        answer = await rpc.create(Order(f"other {number}", RUN_SECONDS))
        (self.meanwhile if poisoned else self.peace).append(time.monotonic() - began)
        if answer.run is None or answer.run.state != "SUCCEEDED":
            self.wrong.append(answer)


@asynccontextmanager
async def _keeping_alive(site: Site) -> AsyncGenerator[None]:
    """Let the provider kill drivers, and start them again."""
    drivers = site.drivers
    site.provider.kill = lambda name: drivers[name].signal(signal.SIGKILL)
    tasks = [asyncio.create_task(driver.keep_alive()) for driver in drivers.values()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for driver in drivers.values():
            await driver.revive()


async def play(stage: Stage) -> Outcome:
    """Let workers die of one run, and compare the time that waited runs take with the time before."""
    site, others = stage.site, Others()
    tenant = await site.tenant("a8")
    async with calling(site, tenant) as callers:

        def call(number: int) -> Awaitable[None]:
            return others.call(callers.rpcs[number % len(callers.rpcs)], number)

        async with _keeping_alive(site), Pour(call, CALLS_A_SECOND, stage.random):
            await asyncio.sleep(stage.seconds(PEACE_SECONDS, 1.5))
            others.poisoned = True
            begun = await callers.rpc.create(Order("poison", RUN_SECONDS, deadly=True), detached=True)
            assert begun.run is not None, begun
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (end := await callers.rpc.get(begun.run.id)).run or not end.run.over:
                    await asyncio.sleep(LOOK_SECONDS)
            others.poisoned = False
            await asyncio.sleep(stage.seconds(PEACE_SECONDS, 1.5))
    starts = len(site.provider.asked["poison"])
    peace, meanwhile = quantile(others.peace, 0.99), quantile(others.meanwhile, 0.99)
    return Outcome(
        f"a detached run whose driver is killed (kill -9) whenever the provider is asked for it, "
        f"under {CALLS_A_SECOND:.0f} waited runs a second of others",
        [
            exactly("times that it was begun", starts, STARTS),
            exactly("its end is FAILED, POISONED", end.run.reason == "POISONED" and end.run.state == "FAILED", True),
            told("runs of others in peace and meanwhile", len(others.peace) + len(others.meanwhile)),
            exactly("runs of others that did not succeed", len(others.wrong), 0),
            told("p99 of others before and after", peace, "s"),
            at_most("p99 of others meanwhile", meanwhile, (1 + MORE * LEASE_SECONDS / stage.lease) * peace, "s"),
        ],
        notes=[FAIRLY],
        evidence=[str(others.wrong[:5]), str(end)],
    )


SCENARIO = Scenario("A8", "A run that kills its drivers", play)
