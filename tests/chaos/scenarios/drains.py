"""B1: servers are asked to stop, one after the other, under load. Nobody notices."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.chaos.answers import Answer
from tests.chaos.callers import Callers, calling
from tests.chaos.history import Ledger
from tests.chaos.load import Pour
from tests.chaos.outcome import Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rpc import open_channel
from tests.chaos.service import Service
from tests.chaos.stage import Scenario, Stage, begin, settle

ROUNDS = 20
CALLS_A_SECOND = 100.0
RUN_SECONDS = 0.2
PAUSE = (0.2, 1.0)
DRAIN_SECONDS = 30.0
LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Seen:
    """What calls were told, how long (s) stops took, and by how much health was gone before the listener was."""

    ledger: Ledger = field(default_factory=Ledger)
    words: Counter[str] = field(default_factory=Counter[str])
    unfinished: int = 0
    stops: list[float] = field(default_factory=list[float])
    notices: list[float] = field(default_factory=list[float])


async def play(stage: Stage) -> Outcome:
    """Stop the one server, start it again, then the other, under calls of every kind."""
    site, seen = stage.site, Seen()
    tenant = await site.tenant("b1")
    async with calling(site, tenant) as callers:
        ways = _ways(callers)

        async def call(number: int) -> None:
            order = Order(f"b1 {number}", RUN_SECONDS)
            answer = await begin(seen.ledger, ways[number % len(ways)](order))
            seen.words[answer.told] += 1

        async with Pour(call, CALLS_A_SECOND, stage.random) as pour:
            for number in range(stage.count(2 * ROUNDS, 2)):
                await stage.pause(*PAUSE)
                server = number % len(site.servers)
                await _stop(site.servers[server], site.grpc[server], seen)
                await site.servers[server].start()
        runs = await settle(callers.rpc, seen.ledger)
    failed = pour.count - seen.words["OK"]
    return Outcome(
        f"SIGTERM to each of two servers in turn, {len(seen.stops)} times in all, under {CALLS_A_SECOND:.0f} requests "
        "a second: half CreateRun plain, with a wait and detached by the retry policy above, half POST /api/runs and "
        "POST /v1/runs",
        [
            told("requests", pour.count),
            exactly("requests that failed", failed, 0),
            exactly("accepted runs lost", len(seen.ledger.lost), 0),
            exactly("accepted runs that did not succeed", len(seen.ledger.failed), 0),
            exactly("runs driven more than once", sum(run.attempt > 1 for run in runs), 0),
            at_most("longest stop", max(seen.stops), DRAIN_SECONDS, "s"),
            at_least("least time that health was off before the listener closed", min(seen.notices), 0.1, "s"),
        ],
        evidence=[*seen.ledger.evidence, f"told: {dict(seen.words)}"],
    )


def _ways(callers: Callers) -> list[Callable[[Order], Awaitable[Answer]]]:
    """Give the ways to begin a run, of which REST ones are half."""
    rpc, rests = callers.rpc, callers.rests
    return [
        lambda order: rpc.create(order, request_id=order.tag),
        rests[0].create,
        lambda order: rpc.create(order, request_id=order.tag, wait=30),
        rests[1].create_betterprompt,
        lambda order: rpc.create(order, request_id=order.tag, detached=True),
        rests[0].create_betterprompt,
        lambda order: rpc.create(order, request_id=order.tag),
        lambda order: rests[1].create(order, wait=30),
    ]


async def _stop(server: Service, address: str, seen: Seen) -> None:
    """End the server with SIGTERM; note when health is off and when nobody listens any more."""
    async with open_channel(address) as channel:
        watching = asyncio.create_task(_watch(channel, address))
        await channel.channel_ready()
        seen.stops.append(await server.terminate())
        seen.notices.append(await watching)


async def _watch(channel: grpc.aio.Channel, address: str) -> float:
    """Give for how long (s) health was off while the server still listened; 0 when it was not told."""
    health: Any = health_pb2_grpc.HealthStub(channel)
    with suppress(grpc.aio.AioRpcError):
        call = health.Watch(health_pb2.HealthCheckRequest())
        async for answer in call:
            if answer.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                # The server would wait for it.
                call.cancel()
                break
    off = time.monotonic()
    while _listens(address):
        await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic() - off


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, int(port))) == 0


SCENARIO = Scenario("B1", "Servers that are asked to stop under load", play)
