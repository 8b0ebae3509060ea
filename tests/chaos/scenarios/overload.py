"""B3: ten times as many calls as the servers can take. Those that are taken are served well, the others told when."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench.figures import quantile
from tests.chaos.answers import OK, Answer
from tests.chaos.callers import Callers, calling
from tests.chaos.load import Pour
from tests.chaos.outcome import Figure, Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.service import Service
from tests.chaos.stage import Scenario, Stage

SECONDS = 60.0
LIMITS = {"PROMPTWIRE_MAX_RUNS": "4", "PROMPTWIRE_MAX_WAITING": "8"}
RUN_SECONDS = 0.2
# What the limits let through: 4 runs of 0.2 s at a time on each of two servers.
CAPACITY = 40.0
TIMES = 10
# For how long a server lets a caller wait in its queue; a facade asks a second time when it is refused.
WAIT_SECONDS = {"gRPC": 1.0, "REST": 2.2}
BUSY = {"UNAVAILABLE SERVER_BUSY", "503 SERVER_BUSY", "503 SERVICE_UNAVAILABLE_ERROR"}
LOOK_SECONDS = 0.25
BAR_OF_P99 = (
    "The bar of p99 is twice the one with little load and the time that a caller may wait in the queue: 1 s at a "
    "server, 2.2 s through a facade, which asks a second time."
)


@dataclass(slots=True)
class Phase:
    """The calls of a time: what each was told, and the seconds that those took that were carried out, by wire."""

    answers: list[Answer] = field(default_factory=list[Answer])
    seconds: dict[str, list[float]] = field(default_factory=lambda: {wire: list[float]() for wire in WAIT_SECONDS})

    @property
    def good(self) -> int:
        """How many ended well."""
        return sum(1 for answer in self.answers if answer.run is not None and answer.run.state == "SUCCEEDED")

    @property
    def refused(self) -> list[Answer]:
        """Those that were told to come again, and when."""
        return [answer for answer in self.answers if answer.told in BUSY and answer.retry_after]

    def p99(self, wire: str) -> float:
        """Give the 99th of 100 of the times."""
        return quantile(self.seconds[wire], 0.99)


async def play(stage: Stage) -> Outcome:
    """Measure half of what can be taken, then ten times of what can be taken."""
    site = stage.site
    tenant = await site.tenant("b3")
    services = [*site.servers, *site.facades]
    await asyncio.gather(*(server.restart(**LIMITS) for server in site.servers))
    try:
        async with calling(site, tenant) as callers:
            calm = await _phase(stage, callers, CAPACITY / 4, stage.seconds(20.0, 2.0))
            before = [service.memory() for service in services]
            async with _Memory(services) as memory:
                crowded = await _phase(stage, callers, TIMES * CAPACITY, stage.seconds(SECONDS, 3.0))
    finally:
        await asyncio.gather(*(server.restart() for server in site.servers))
    admitted = len(crowded.answers) - len(crowded.refused)
    growth = max(most / least for most, least in zip(memory.most, before, strict=True))
    words = Counter(answer.told for answer in crowded.answers)
    return Outcome(
        f"{len(crowded.answers)} calls in {stage.seconds(SECONDS, 3.0):.0f} s, {TIMES} times what two servers with "
        f"{' '.join(map('='.join, LIMITS.items()))} can take, by CreateRun and POST /v1/runs, none of them repeated",
        [
            told("calls that were admitted", admitted),
            at_least("of these, ended well", 100 * crowded.good / max(1, admitted), 99.9, "%"),
            at_least("calls refused as SERVER_BUSY with when to come again", len(crowded.refused), 1),
            exactly("calls told anything else", sum(words.values()) - words[OK] - len(crowded.refused), 0),
            *(_p99(wire, calm, crowded) for wire in WAIT_SECONDS),
            at_most("most memory of a server or facade, over that before", growth, 1.5, "times"),
        ],
        notes=[BAR_OF_P99],
        evidence=[
            f"told: {dict(words)}",
            f"{[a for a in crowded.answers if not a.run and a not in crowded.refused][:5]}",
        ],
    )


def _p99(wire: str, calm: Phase, crowded: Phase) -> Figure:
    return at_most(f"p99 of admitted calls by {wire}", crowded.p99(wire), 2 * calm.p99(wire) + WAIT_SECONDS[wire], "s")


async def _phase(stage: Stage, callers: Callers, rate: float, seconds: float) -> Phase:
    phase = Phase()

    async def call(number: int) -> None:
        wire = "REST" if number % 4 == 0 else "gRPC"
        order, began = Order(f"b3 {number}", RUN_SECONDS), time.monotonic()
        if wire == "REST":
            answer = await callers.rests[number // 4 % 2].create_betterprompt(order)
        else:
            answer = await callers.rpcs[number % 2].create(order)
        phase.answers.append(answer)
        if answer.ok:
            phase.seconds[wire].append(time.monotonic() - began)

    async with Pour(call, rate, stage.random):
        await asyncio.sleep(seconds)
    return phase


class _Memory:
    """The most memory that each of the services used meanwhile."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = services
        self.most = [0 for _ in services]

    async def __aenter__(self) -> "_Memory":
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _look(self) -> None:
        while True:
            self.most = [max(most, service.memory()) for most, service in zip(self.most, self._services, strict=True)]
            await asyncio.sleep(LOOK_SECONDS)


SCENARIO = Scenario("B3", "Ten times too many calls", play)
