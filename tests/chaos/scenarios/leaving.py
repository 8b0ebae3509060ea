"""B6: callers leave, pass their deadline or cancel. The provider's work is stopped, the place for a run given back."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from tests.chaos.answers import Answer
from tests.chaos.callers import Callers, calling
from tests.chaos.history import Ledger
from tests.chaos.outcome import Outcome, at_most, exactly
from tests.chaos.provider import Order
from tests.chaos.stage import Scenario, Stage, settle

ROUNDS = 40
RUN_SECONDS = 30.0
DEADLINE_SECONDS = 0.5
STOP_SECONDS = 1.0
# Any server may be told to cancel any run; its driver finds out when it looks.
CANCEL_SECONDS = 5.0
CANCELLED = "CancelRun of a detached run"
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Left:
    """How a caller left; how long (s) after that the provider's work was stopped, and another run could begin."""

    way: str
    stopped: float
    free: float


async def play(stage: Stage) -> Outcome:
    """Leave runs of a key that may have one at a time, in every way."""
    site, left = stage.site, list[Left]()
    tenant = await site.tenant("b6")
    secret = await site.create_key(tenant, concurrent_runs=1)
    async with calling(site, tenant, secret) as callers:
        for number in range(stage.count(ROUNDS, len(WAYS))):
            way = list(WAYS)[number % len(WAYS)]
            order = Order(f"b6 {way} {number}", RUN_SECONDS)
            gone = await WAYS[way](stage, callers, order)
            left.append(Left(way, *await _left(stage, callers, order, gone, number)))
        runs = await settle(callers.rpc, Ledger())
    ends = [run.state for run in runs if run.tag.startswith("b6 ")]
    walked = [one for one in left if one.way != CANCELLED]
    cancelled = [one for one in left if one.way == CANCELLED]
    return Outcome(
        f"{len(left)} callers that leave while the provider works, each with a key for one run at a time: "
        f"{', '.join(WAYS)}",
        [
            exactly("runs left that did not end CANCELLED", sum(state != "CANCELLED" for state in ends), 0),
            at_most("longest until the provider's work was stopped", _longest(walked, "stopped"), STOP_SECONDS, "s"),
            at_most("longest until the key could begin its next run", _longest(walked, "free"), STOP_SECONDS, "s"),
            at_most(
                f"{CANCELLED}: until the provider's work was stopped",
                _longest(cancelled, "stopped"),
                CANCEL_SECONDS,
                "s",
            ),
            at_most(
                f"{CANCELLED}: until the key could begin its next run", _longest(cancelled, "free"), CANCEL_SECONDS, "s"
            ),
        ],
        evidence=[*map(str, left[:20])],
    )


def _longest(left: Sequence[Left], what: str) -> float:
    return max(getattr(one, what) for one in left)


async def _left(stage: Stage, callers: Callers, order: Order, gone: float, number: int) -> tuple[float, float]:
    asked = await stage.site.provider.until(order.tag, lambda asked: asked[-1].ended is not None)
    assert asked.ended is not None
    while not (answer := await callers.rpcs[number % 2].create(Order(f"next {number}"))).ok:
        assert answer.told == "RESOURCE_EXHAUSTED TOO_MANY_RUNS", answer
        await asyncio.sleep(LOOK_SECONDS)
    return asked.ended - gone, time.time() - gone


async def _abandon(stage: Stage, order: Order, call: Awaitable[object]) -> float:
    """Leave a call once the provider was asked."""
    task = asyncio.ensure_future(call)
    asked = asyncio.create_task(stage.site.provider.until(order.tag, bool))
    await asyncio.wait((task, asked), return_when=asyncio.FIRST_COMPLETED)
    assert not task.done(), f"{order.tag} ended before it was left: {task}"
    task.cancel()
    gone = time.time()
    await asyncio.wait((task,))
    return gone


async def _cancel_rpc(stage: Stage, callers: Callers, order: Order) -> float:
    return await _abandon(stage, order, callers.rpcs[0].create(order))


async def _pass_deadline(stage: Stage, callers: Callers, order: Order) -> float:
    answer = await callers.rpcs[1].create(order, timeout=DEADLINE_SECONDS)
    assert not answer.ok
    return time.time()


async def _leave_native(stage: Stage, callers: Callers, order: Order) -> float:
    return await _abandon(stage, order, callers.rests[0].create(order))


async def _leave_stream(stage: Stage, callers: Callers, order: Order) -> float:
    async def read() -> None:
        async for _ in callers.rpcs[1].stream(order):
            pass

    return await _abandon(stage, order, read())


async def _leave_sse(stage: Stage, callers: Callers, order: Order) -> float:
    async def read() -> None:
        async for _ in callers.rests[1].stream(order):
            pass

    return await _abandon(stage, order, read())


async def _cancel_run(stage: Stage, callers: Callers, order: Order) -> float:
    begun: Answer = await callers.rpcs[0].create(order, detached=True)
    assert begun.run is not None, begun
    await stage.site.provider.until(order.tag, bool)
    gone = time.time()
    await callers.rpcs[1].cancel(begun.run.id)
    return gone


WAYS = {
    "CreateRun cancelled": _cancel_rpc,
    "its deadline passed": _pass_deadline,
    "POST /api/runs closed": _leave_native,
    "StreamRun cancelled": _leave_stream,
    "SSE closed": _leave_sse,
    CANCELLED: _cancel_run,
}
SCENARIO = Scenario("B6", "Callers that leave", play)
