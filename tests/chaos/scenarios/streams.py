"""A3 and F11: streams are cut at random points, in every way, and resumed elsewhere. Nothing is lost, nothing comes twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field

import aiohttp
import grpc.aio

from promptwire.v1 import run_pb2
from tests.chaos.answers import sight_of
from tests.chaos.history import Gaps, gaps
from tests.chaos.outcome import Outcome, at_least, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rest import Rest
from tests.chaos.rpc import Rpc, open_channel, text_of
from tests.chaos.site import Tenant
from tests.chaos.stage import Scenario, Stage
from tests.fakes.proxy import Proxy

CUTS = 1000
FACADE_KILLS = 100
SERVER_KILLS = 20
READERS = 8
STREAM_SECONDS, WORDS = 2.0, 40
LEG_SECONDS = 1.0
WAIT_SECONDS = 120.0
PROXY_DELAY = 0.005
REST_SECONDS = 0.1
KINDS = ("left", "reset", "silent")
BROKEN = (aiohttp.ClientError, grpc.aio.AioRpcError, ConnectionError)


@dataclass(slots=True)
class Reading:
    """A stream put together from its legs."""

    order: Order
    events: list[run_pb2.RunEvent] = field(default_factory=list[run_pb2.RunEvent])
    cuts: Counter[str] = field(default_factory=Counter[str])

    @property
    def run_id(self) -> str:
        """The run's id, once it is known."""
        return self.events[0].started.run.id if self.events else ""

    @property
    def over(self) -> bool:
        """Whether the last event came."""
        return bool(self.events) and self.events[-1].HasField("ended")


class Reader:
    """Reads one stream after the other to its end, over ways of its own that break."""

    def __init__(self, stage: Stage, tenant: Tenant, name: str, *, over_rest: bool) -> None:
        self._stage = stage
        self._tenant = tenant
        self._name = name
        self._over_rest = over_rest
        self._stack = AsyncExitStack()
        self._ways: list[tuple[Proxy, Rpc | Rest]] = []
        self.readings: list[Reading] = []

    async def __aenter__(self) -> "Reader":
        site = self._stage.site
        for address in site.http if self._over_rest else site.grpc:
            proxy = await self._stack.enter_async_context(Proxy(address, PROXY_DELAY))
            self._ways.append((proxy, await self._open(proxy.address)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def cuts(self) -> int:
        """How often its streams were cut so far."""
        return sum(reading.cuts.total() for reading in self.readings)

    async def read(self) -> None:
        """Read a stream to its end."""
        order = Order(f"{self._name} {len(self.readings)}", STREAM_SECONDS, WORDS)
        reading = Reading(order)
        self.readings.append(reading)
        while not reading.over:
            await self._leg(reading)

    async def _leg(self, reading: Reading) -> None:
        """Read on by one of the ways, and break that at a random time."""
        proxy, way = self._stage.random.choice(self._ways)
        kind = self._stage.random.choice(KINDS)
        task = asyncio.create_task(self._follow(reading, way))
        await asyncio.wait((task,), timeout=self._stage.random.uniform(0, LEG_SECONDS))
        if not task.done():
            reading.cuts[kind] += 1
            await self._break(proxy, kind, task)
        await asyncio.wait((task,))
        if not task.cancelled() and (error := task.exception()):
            if not isinstance(error, BROKEN):
                raise error
            # Cut by us, or by a kill; either way not at once again, since nobody may be there yet.
            reading.cuts["broken"] += kind != "reset"
            await asyncio.sleep(REST_SECONDS)

    async def _break(self, proxy: Proxy, kind: str, task: asyncio.Task[None]) -> None:
        match kind:
            case "reset":
                proxy.cut()
            case "silent":
                proxy.go_dead()
                await asyncio.sleep(REST_SECONDS)
                task.cancel()
                await asyncio.wait((task,))
                proxy.cut()
                proxy.come_back()
            case _:
                task.cancel()

    async def _follow(self, reading: Reading, way: Rpc | Rest) -> None:
        events: AsyncIterator[run_pb2.RunEvent]
        if reading.run_id:
            events = way.watch(reading.run_id, reading.events[-1].sequence)
        else:
            events = way.stream(reading.order, request_id=reading.order.tag, wait=WAIT_SECONDS)
        async with aclosing(events):
            async for event in events:
                reading.events.append(event)

    async def _open(self, address: str) -> Rpc | Rest:
        enter = self._stack.enter_async_context
        if self._over_rest:
            return Rest(await enter(aiohttp.ClientSession()), address, self._tenant)
        return Rpc(await enter(open_channel(address)), self._tenant)


async def play(stage: Stage) -> Outcome:
    """Cut streams until there were enough cuts, kill facades and servers meanwhile, and compare with whole streams."""
    site = stage.site
    tenant = await site.tenant("a3")
    wanted = stage.count(CUTS, 12)
    async with AsyncExitStack() as stack:
        readers = [
            await stack.enter_async_context(Reader(stage, tenant, f"a3-{number}", over_rest=number % 2 == 0))
            for number in range(READERS)
        ]
        reading = asyncio.gather(*(_read_until(readers, reader, wanted) for reader in readers))
        killed = await _kill(stage, readers, wanted)
        await reading
        rpc = Rpc(await stack.enter_async_context(open_channel(site.target, retrying=True)), tenant)
        readings = [reading for reader in readers for reading in reader.readings]
        faults = [fault for reading in readings for fault in await _compare(stage, rpc, reading)]
    return _judge(readings, killed, faults)
