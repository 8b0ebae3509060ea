"""D9 and D10: a key's limits hold over two servers, and while they are killed."""

import asyncio
import itertools
import time
from collections import Counter

from tests.chaos.answers import OK
from tests.chaos.callers import Callers, calling
from tests.chaos.history import bursts
from tests.chaos.load import Pour
from tests.chaos.outcome import Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.stage import Scenario, Stage

MINUTE = 60.0
A_MINUTE = 100
MINUTES = 3
CALLS_A_SECOND = 10.0
BURST = 150
AT_A_TIME = 4
CALLERS = 12
RUN_SECONDS = 0.3
KILLS = 20
PAUSE = (0.5, 2.5)
FREE_SECONDS = 30.0
LIMITED = ("RESOURCE_EXHAUSTED RATE_LIMITED", "429 RATE_LIMITED", "429 TOO_MANY_REQUESTS_ERROR")


async def play_rate(stage: Stage) -> Outcome:
    """Call far more often than the key may, all at once and then steadily, over both servers and both facades."""
    site, accepted, words = stage.site, list[float](), Counter[str]()
    minutes = stage.count(MINUTES) - 1
    tenant = await site.tenant("d9")
    secret = await site.create_key(tenant, requests_per_minute=A_MINUTE)
    async with calling(site, tenant, secret) as callers:

        async def call(number: int) -> None:
            answer = await _ways(callers)[number % 4](Order(f"d9 {number}"))
            words[answer.told] += 1
            if answer.ok:
                accepted.append(time.time())

        await asyncio.gather(*map(call, range(BURST)))
        async with Pour(call, CALLS_A_SECOND, stage.random):
            # To the end of the last minute but one, and so far into the last that its hundred are gone.
            await asyncio.sleep(minutes and minutes * MINUTE + 2 * A_MINUTE / CALLS_A_SECOND)
    groups = bursts(accepted, MINUTE / 4)
    counts = [len(minute) for minute in groups]
    apart = [after[0] - before[0] for before, after in itertools.pairwise(groups)]
    others = words.total() - words[OK] - sum(words[word] for word in LIMITED)
    return Outcome(
        f"a key for {A_MINUTE} runs a minute: {BURST} calls at once, then {CALLS_A_SECOND:.0f} a second, over two "
        f"servers and two facades; minutes: {len(counts)}",
        [
            at_least("fewest runs accepted in a minute", min(counts), A_MINUTE - 1),
            at_most("most runs accepted in a minute", max(counts), A_MINUTE + 1),
            at_least("least time from the beginning of one minute to the next", min(apart, default=MINUTE), 59.0, "s"),
            at_least("calls refused as RATE_LIMITED", words.total() - words[OK] - others, BURST - A_MINUTE - 1),
            exactly("calls told anything else", others, 0),
        ],
        evidence=[f"told: {dict(words)}"],
    )


async def play_concurrency(stage: Stage) -> Outcome:
    """Begin runs of all kinds as fast as may be, while servers and workers are killed."""
    site, words = stage.site, Counter[str]()
    tenant = await site.tenant("d10")
    secret = await site.create_key(tenant, concurrent_runs=AT_A_TIME)
    stop = asyncio.Event()

    async def keep_calling(callers: Callers, caller: int) -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            order = Order(f"d10 {caller} {number}", RUN_SECONDS, owner="d10")
            rpc = callers.rpcs[(caller + number) % 2]
            match caller % 3:
                case 0:
                    answer = await rpc.create(order)
                case 1:
                    answer = await rpc.create(order, wait=5)
                case _:
                    answer = await rpc.create(order, detached=True)
            words[answer.told] += 1
            if not answer.ok:
                await asyncio.sleep(0.05)

    async with calling(site, tenant, secret) as callers:
        loops = [asyncio.create_task(keep_calling(callers, caller)) for caller in range(CALLERS)]
        kills = await stage.crash((site.servers, site.workers), stage.count(KILLS, 2), PAUSE)
        killed = time.monotonic()
        free = await _full_again(stage, killed)
        stop.set()
        await asyncio.gather(*loops)
    known = words[OK] + words["RESOURCE_EXHAUSTED TOO_MANY_RUNS"]
    return Outcome(
        f"a key for {AT_A_TIME} runs at a time: {CALLERS} callers over two servers, plain, with a wait and detached, "
        f"as fast as may be, through {kills} kill -9 of servers and workers",
        [
            told("runs", words[OK]),
            exactly("most that the provider saw at a time", site.provider.peak["d10"], AT_A_TIME),
            at_least("calls refused as TOO_MANY_RUNS", words["RESOURCE_EXHAUSTED TOO_MANY_RUNS"], 1),
            exactly("calls told anything else but UNAVAILABLE", _others(words, known), 0),
            at_most("time after the last kill until all places were used again", free, FREE_SECONDS, "s"),
        ],
        evidence=[f"told: {dict(words)}"],
    )


async def _full_again(stage: Stage, since: float) -> float:
    """Wait until as many are under way as may be; give how long (s) after the time that was."""
    async with asyncio.timeout(2 * FREE_SECONDS):
        while stage.site.provider.under_way["d10"] < AT_A_TIME:
            await asyncio.sleep(0.01)
    return time.monotonic() - since


def _ways(callers: Callers):
    return [
        callers.rpcs[0].create,
        callers.rests[0].create,
        callers.rpcs[1].create,
        callers.rests[1].create_betterprompt,
    ]


def _others(words: Counter[str], known: int) -> int:
    return words.total() - known - sum(words[word] for word in words if word.partition(" ")[0] == "UNAVAILABLE")


SCENARIOS = (
    Scenario("D9", "A limit of runs a minute over two servers", play_rate),
    Scenario("D10", "A limit of runs at a time through kills", play_concurrency),
)
