"""What a scenario gets: the site, how much of it to do, chance with a seed, and what scenarios have in common."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import grpc.aio

from tests.chaos.answers import Answer, Sight
from tests.chaos.history import Ledger
from tests.chaos.outcome import Outcome
from tests.chaos.rpc import Rpc
from tests.chaos.service import Service
from tests.chaos.site import Site

LOOK_SECONDS = 1.0
LOOK_RUNS = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """`scale` is the share of the full counts to do, in (0, 1]; `lease` how long (s) a lease of a server lasts."""

    site: Site
    scale: float
    lease: float
    random: random.Random

    def count(self, full: int, least: int = 1) -> int:
        """Give the share of a full count."""
        return max(least, round(self.scale * full))

    def seconds(self, full: float, least: float) -> float:
        """Give the share of a full time."""
        return max(least, self.scale * full)

    async def pause(self, least: float, most: float) -> None:
        """Let a random time (s) pass."""
        await asyncio.sleep(self.random.uniform(least, most))

    async def crash(self, kinds: Sequence[Sequence[Service]], count: int, pause: tuple[float, float]) -> int:
        """Kill one of each kind after the other, in random order, and start it again at once; give how many it were.

        A random time (s) passes before each.
        """
        victims: list[Service] = []
        while len(victims) < count:
            victims += [self.random.choice(kind) for kind in self.random.sample(kinds, len(kinds))]
        for victim in victims[:count]:
            await self.pause(*pause)
            await victim.crash()
        return count


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault and what must hold: its ids in the list of scenarios, a title, and how it is played."""

    id: str
    title: str
    play: Callable[[Stage], Awaitable[Outcome]]


async def begin(ledger: Ledger, call: Awaitable[Answer]) -> Answer:
    """Make a call that begins a run, and note it when it was carried out."""
    answer = await call
    if answer.ok and answer.run is not None:
        ledger.accept(answer.run, time.time())
    return answer


@asynccontextmanager
async def looking(rpc: Rpc, ledger: Ledger) -> AsyncGenerator[None]:
    """Look at the newest runs every second meanwhile, so that an end that changes later is known."""
    task = asyncio.create_task(_keep_looking(rpc, ledger))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def settle(rpc: Rpc, ledger: Ledger, seconds: float = 90.0) -> list[Sight]:
    """Wait until no run is under way, but no longer than so; look at all runs, and give them."""
    deadline = time.monotonic() + seconds
    while await _list(rpc, "QUEUED", "RUNNING") != [] and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    runs = await rpc.list()
    for sight in runs:
        ledger.see(sight)
    return runs


async def _keep_looking(rpc: Rpc, ledger: Ledger) -> None:
    while True:
        for sight in await _list(rpc, most=LOOK_RUNS) or ():
            ledger.see(sight)
        await asyncio.sleep(LOOK_SECONDS)


async def _list(rpc: Rpc, *states: str, most: int | None = None) -> list[Sight] | None:
    """Give what a list shows, or None when there is nobody to ask."""
    try:
        return await rpc.list(*states, most=most)
    except grpc.aio.AioRpcError:
        return None
