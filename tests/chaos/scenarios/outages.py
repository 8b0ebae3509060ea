"""A4 and B8: Postgres crashes under load, or has no connection left. Callers are told to retry, and nothing is lost."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg

from tests.chaos.answers import OK, Answer
from tests.chaos.callers import Callers, calling
from tests.chaos.history import Ledger
from tests.chaos.load import Pour
from tests.chaos.outcome import Figure, Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.stage import Scenario, Stage, begin, settle

CRASHES = 20
DOWN = (0.0, 2.0)
UP, LEAST_UP = (0.5, 12.0), 2.0
RECOVERY_SECONDS = 3.0
CALLS_A_SECOND = 50.0
RUN_SECONDS = 0.2
CROWDS = 5
PATIENCE_SECONDS = 60.0
CROWD_SECONDS = 4.0
WRONG = ("401", "403", "404", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND")
# gRPC says so when the way broke; then nobody was told anything wrong.
ALLOWED = ("429", "503", "UNAVAILABLE", "RESOURCE_EXHAUSTED")


@dataclass(slots=True)
class Tally:
    """What calls were told, and on each wire the times (Unix) at which one was carried out."""

    words: Counter[str] = field(default_factory=Counter[str])
    successes: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def note(self, wire: str, answer: Answer) -> None:
        """Note an answer."""
        self.words[answer.told] += 1
        if answer.ok:
            self.successes.setdefault(wire, []).append(time.time())

    def recovered(self, since: float) -> float | None:
        """Give how long (s) after this time the last of the wires had its first success; None when one had none yet."""
        firsts = [min((ended for ended in found if ended >= since), default=None) for found in self.successes.values()]
        return None if None in firsts else max(first for first in firsts if first is not None) - since

    @property
    def wrong(self) -> list[str]:
        """Answers that deny what is there: the caller's key, its right or its prompt."""
        return [word for word in self.words.elements() if word.startswith(WRONG)]

    @property
    def untyped(self) -> list[str]:
        """Other answers that are neither success nor a request to come again."""
        return [word for word in self.words.elements() if word != OK and not word.startswith((*ALLOWED, *WRONG))]


async def play_crashes(stage: Stage) -> Outcome:
    """Crash Postgres again and again under calls of every kind."""
    recoveries: list[float] = []

    async def crash_often(load: "Load") -> None:
        for _ in range(stage.count(CRASHES, 1)):
            await load.recovery(time.time())
            await stage.pause(UP[0], stage.seconds(UP[1], LEAST_UP))
            back = await stage.site.crash_postgres(stage.random.uniform(*DOWN))
            recoveries.append(await load.recovery(back))

    load, figures = await _under_load(stage, "a4", crash_often)
    return Outcome(
        f"postgres restart -m immediate {len(recoveries)} times, down for {DOWN[0]:.0f} to {DOWN[1]:.0f} s, under "
        f"{CALLS_A_SECOND:.0f} calls a second on every wire, none of which is repeated",
        [*figures, at_most("longest until each wire had a success again", max(recoveries), RECOVERY_SECONDS, "s")],
        evidence=load.evidence,
    )


async def play_crowd(stage: Stage) -> Outcome:
    """Take every connection that Postgres has, again and again, under calls of every kind."""
    recoveries, taken = list[float](), list[int]()

    async def crowd_often(load: "Load") -> None:
        for _ in range(stage.count(CROWDS, 1)):
            await load.recovery(time.time())
            taken.append(await _crowd(stage.site.postgres.dsn, stage.seconds(CROWD_SECONDS, 1.5)))
            recoveries.append(await load.recovery(time.time()))

    load, figures = await _under_load(stage, "b8", crowd_often)
    return Outcome(
        f"all connections of Postgres ({max(taken)}) taken by others, and those of the servers ended, {len(taken)} "
        f"times for {stage.seconds(CROWD_SECONDS, 1.5):.1f} s, under {CALLS_A_SECOND:.0f} calls a second on every wire",
        [*figures, at_most("longest until each wire had a success again", max(recoveries), RECOVERY_SECONDS, "s")],
        evidence=load.evidence,
    )


class Load:
    """Calls of every kind, each made once, and what they were told."""

    def __init__(self, callers: Callers) -> None:
        self.ledger = Ledger()
        self.tally = Tally()
        self._ways = self._list_ways(callers)

    async def call(self, number: int) -> None:
        """Make one of the calls."""
        wire = list(self._ways)[number % len(self._ways)]
        self.tally.note(wire, await self._ways[wire](Order(f"run {number}", RUN_SECONDS)))

    async def recovery(self, since: float) -> float:
        """Wait until every wire had a success after this time (Unix); give how long (s) after it that was."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (seconds := self.tally.recovered(since)) is None:
                await asyncio.sleep(0.02)
        return seconds

    @property
    def evidence(self) -> list[str]:
        """What calls were told, and runs that are not as they must be."""
        return [f"told: {dict(self.tally.words)}", *self.ledger.evidence]

    def _list_ways(self, callers: Callers) -> dict[str, Callable[[Order], Awaitable[Answer]]]:
        ways: dict[str, Callable[[Order], Awaitable[Answer]]] = {}
        for number, rpc in enumerate(callers.rpcs, start=1):
            ways[f"gRPC detached {number}"] = lambda order, rpc=rpc: begin(
                self.ledger, rpc.create(order, detached=True)
            )
            ways[f"gRPC {number}"] = lambda order, rpc=rpc: begin(self.ledger, rpc.create(order))
            ways[f"GetRun {number}"] = lambda _, rpc=rpc: rpc.get(next(reversed(self.ledger.accepted), ""))
        for number, rest in enumerate(callers.rests, start=1):
            ways[f"native {number}"] = lambda order, rest=rest: begin(self.ledger, rest.create(order))
            ways[f"BetterPrompt {number}"] = lambda order, rest=rest: begin(
                self.ledger, rest.create_betterprompt(order)
            )
        return ways


async def _under_load(stage: Stage, name: str, trouble: Callable[[Load], Awaitable[None]]) -> tuple[Load, list[Figure]]:
    """Make trouble under load, wait for the end of all runs, and give the figures that every trouble has."""
    tenant = await stage.site.tenant(name)
    async with calling(stage.site, tenant) as callers:
        load = Load(callers)
        await load.call(0)
        async with Pour(load.call, CALLS_A_SECOND, stage.random):
            await trouble(load)
        await settle(callers.rpc, load.ledger)
    ledger, tally = load.ledger, load.tally
    refused = tally.words.total() - tally.words[OK] - len(tally.wrong) - len(tally.untyped)
    return load, [
        told("runs acknowledged", len(ledger.accepted)),
        exactly("acknowledged runs lost", len(ledger.lost), 0),
        exactly("acknowledged runs that did not succeed", len(ledger.failed), 0),
        exactly("ends that changed after they were seen", len(ledger.changed), 0),
        at_least("calls told to come again (503, UNAVAILABLE)", refused, 1),
        exactly("calls told 401, 403 or 404", len(tally.wrong), 0),
        exactly("calls told anything else", len(tally.untyped), 0),
    ]


async def _crowd(dsn: str, seconds: float) -> int:
    """Hold every connection that there is for so long; give how many."""
    held: list[asyncpg.Connection] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    held.append(await asyncpg.connect(dsn))
                except asyncpg.TooManyConnectionsError:
                    await _end_others(held)
    except TimeoutError:
        return len(held)
    finally:
        for connection in held:
            connection.terminate()


async def _end_others(held: list[asyncpg.Connection]) -> None:
    """End the connections of everybody else; whoever is quicker has the place."""
    mine = [connection.get_server_pid() for connection in held]
    await held[0].execute(
        """
        SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> ALL ($1)
        """,
        mine,
    )


SCENARIOS = (
    Scenario("A4", "Postgres restarted at once under load", play_crashes),
    Scenario("B8", "Postgres without a free connection", play_crowd),
)
