"""A2 and F7: callers who repeat a request under one id, through kills and all at once. It runs once for all."""

import asyncio
from collections import Counter

from tests.chaos.answers import Answer, Sight
from tests.chaos.callers import Begin, Callers, calling
from tests.chaos.history import Ledger, differing, doubles
from tests.chaos.load import Told, persist
from tests.chaos.outcome import Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.stage import Scenario, Stage, begin, settle

KILLS = 100
RUN_SECONDS = 0.3
PAUSE = (0.5, 2.5)
ANSWER_SECONDS = 60.0
ROUNDS, PARALLEL = 20, 50
REUSED = {"ALREADY_EXISTS REQUEST_ID_REUSED", "422 REQUEST_ID_REUSED", "422 VALIDATION_ERROR"}


async def play_kills(stage: Stage) -> Outcome:
    """Kill servers and facades while callers on every wire repeat until they are answered."""
    site, ledger, answers, spent = stage.site, Ledger(), list[tuple[str, Sight]](), list[Told]()
    tenant = await site.tenant("a2")
    stop = asyncio.Event()

    async def call_until_answered(call: Begin, order: Order) -> None:
        outcome = await persist(lambda: begin(ledger, _ended(call, order)), seconds=ANSWER_SECONDS)
        spent.append(outcome)
        if outcome.answer.run is not None:
            answers.append((order.tag, outcome.answer.run))

    async def keep_calling(wire: str, call: Begin) -> None:
        orders: list[Order] = []
        while not stop.is_set():
            orders.append(Order(f"a2 {wire} {len(orders)}", RUN_SECONDS))
            await call_until_answered(call, orders[-1])
        for order in orders:
            await call_until_answered(call, order)

    async with calling(site, tenant) as callers:
        loops = [asyncio.create_task(keep_calling(wire, call)) for wire, call in callers.waiting.items()]
        kills = await stage.crash((site.servers, site.facades), stage.count(KILLS, 2), PAUSE)
        stop.set()
        await asyncio.gather(*loops)
        runs = await settle(callers.rpc, ledger)
    retried = sum(1 for outcome in spent if outcome.before)
    return Outcome(
        f"kill -9 of a random server or facade {kills} times under callers by gRPC (wait), POST "
        "/api/runs (Prefer: wait) and POST /v1/runs who repeat each request until it is answered, and once more "
        "at the end",
        [
            told("request ids", len({tag for tag, _ in answers})),
            at_least("answers that took more than one try", retried, 1),
            exactly("runs beyond one of a request id", sum(count - 1 for count in doubles(runs).values()), 0),
            exactly("request ids that were answered in two ways", len(differing(answers)), 0),
            exactly("callers that were not answered", sum(1 for outcome in spent if not outcome.answer.ok), 0),
            exactly("answers that are no success", len(ledger.failed), 0),
            at_most("longest wait for an answer", max(outcome.seconds for outcome in spent), ANSWER_SECONDS, "s"),
        ],
        evidence=[*ledger.evidence, f"told: {Counter(o.answer.told for o in spent)}", *differing(answers)[:5]],
    )


async def play_at_once(stage: Stage) -> Outcome:
    """Send the same request many times at once, on both servers or both facades."""
    site, answers, others = stage.site, list[tuple[str, Sight]](), list[str]()
    tenant = await site.tenant("f7")
    rounds = stage.count(ROUNDS, 3)
    async with calling(site, tenant) as callers:
        ways = _ways(callers)
        for number in range(rounds):
            order, pair = Order(f"f7-{number}", 0.1), ways[number % len(ways)]
            calls = [pair[caller % len(pair)](order, order.tag) for caller in range(PARALLEL)]
            answers += [(order.tag, answer.run) for answer in await asyncio.gather(*calls) if answer.run is not None]
            others += [(await call(Order(order.tag, 0.2), order.tag)).told for call in pair]
        runs = await callers.rpc.list()
    asked = sum(len(site.provider.asked[f"f7-{number}"]) for number in range(rounds))
    return Outcome(
        f"{PARALLEL} equal requests at once, {rounds} times, in turn by gRPC, POST /api/runs and POST /v1/runs, "
        "over both servers or facades; then one with other content",
        [
            exactly("requests answered with their run", len(answers), rounds * PARALLEL),
            exactly("runs", len(runs), rounds),
            exactly("requests to the provider", asked, rounds),
            exactly("request ids that were answered in two ways", len(differing(answers)), 0),
            exactly(
                "requests with other content that were not refused as such",
                sum(1 for word in others if word not in REUSED),
                0,
            ),
        ],
        evidence=[f"told: {Counter(others)}"],
    )


async def _ended(call: Begin, order: Order) -> Answer:
    """An answer that shows a run under way is none yet: the window passed, so call again."""
    answer = await call(order, order.tag)
    if answer.run is not None and not answer.run.over:
        return Answer("503 the run goes on", answer.run)
    return answer


def _ways(callers: Callers) -> list[list[Begin]]:
    """Give the two ways of each wire."""
    ways = callers.waiting
    return [[ways[name] for name in ways if name.startswith(wire)] for wire in ("gRPC", "native", "BetterPrompt")]


SCENARIOS = (
    Scenario("A2", "Callers that repeat a request id through kills", play_kills),
    Scenario("F7", "Equal requests at once", play_at_once),
)
