"""A9: a server and a worker stand still for longer than their leases, then go on. What they say late changes nothing."""

import asyncio
import time
from collections.abc import Awaitable

from promptwire.v1 import run_pb2
from tests.chaos.answers import Answer
from tests.chaos.callers import Callers, calling
from tests.chaos.history import Ledger, gaps
from tests.chaos.load import persist
from tests.chaos.outcome import Figure, Outcome, at_least, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rpc import Rpc
from tests.chaos.stage import Scenario, Stage, begin, settle

PAUSE_SECONDS = 60.0
RUNS = 10
RUN_SECONDS = 1.5
WAIT_SECONDS = 120.0
CALL_SECONDS = 150.0
KINDS = ("plain", "waited", "streamed", "detached")


async def play(stage: Stage) -> Outcome:
    """Stop drivers with all kinds of runs under way, let others take these over, and let the drivers go on."""
    site, ledger = stage.site, Ledger()
    tenant = await site.tenant("a9")
    paused = [site.servers[0], site.workers[0]]
    async with calling(site, tenant) as callers:
        calls = {kind: [_call(callers, kind, number) for number in range(RUNS)] for kind in KINDS}
        tasks = {kind: [asyncio.ensure_future(call) for call in calls[kind]] for kind in KINDS}
        for kind in KINDS:
            for number in range(RUNS):
                await site.provider.until(f"a9 {kind} {number}", bool)
        other = callers.rpcs[1]
        for service in paused:
            service.pause()
        stopped = time.monotonic()
        try:
            repeated = await asyncio.gather(*(_repeat(other, ledger, number) for number in range(RUNS)))
            await settle(other, ledger)
            kept = [await _events(other, await _run_id(task)) for task in ()]
            await asyncio.sleep(stage.seconds(PAUSE_SECONDS, 0) - (time.monotonic() - stopped))
        finally:
            for service in paused:
                service.proceed()
