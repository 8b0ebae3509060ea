"""A3 and F11: streams are cut at random points, in every way, and resumed elsewhere. No event is lost or repeated."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field

import aiohttp
import grpc
import grpc.aio

from promptwire.v1 import run_pb2
from tests.chaos.answers import sight_of
from tests.chaos.history import Gaps, gaps
from tests.chaos.outcome import Outcome, at_least, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rest import Rest, StreamError
from tests.chaos.rpc import Rpc, open_channel, text_of
from tests.chaos.site import Tenant
from tests.chaos.stage import Scenario, Stage
from tests.fakes.proxy import Proxy

CUTS = 1000
FACADE_KILLS = 100
# One server is killed for so many facades.
FACADES_A_SERVER = 5
PAUSE = (0.5, 2.0)
READERS = 8
STREAM_SECONDS, WORDS = 2.0, 40
LEG_SECONDS = 1.0
WAIT_SECONDS = 120.0
PROXY_DELAY = 0.005
REST_SECONDS = 0.1
KINDS = ("left", "reset", "silent")


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
        task = asyncio.create_task(self._follow(reading, way))
        await asyncio.wait((task,), timeout=self._stage.random.uniform(0, LEG_SECONDS))
        kind = "killed" if task.done() else self._stage.random.choice(KINDS)
        if kind != "killed":
            await self._break(proxy, kind, task)
        with suppress(asyncio.CancelledError):
            await task
        if not reading.over:
            reading.cuts[kind] += 1
            # Not at once again, since nobody may be there yet.
            await asyncio.sleep(REST_SECONDS)

    async def _break(self, proxy: Proxy, kind: str, task: asyncio.Task[None]) -> None:
        match kind:
            case "reset":
                proxy.cut()
                # What was about to connect was not cut.
                await asyncio.wait((task,), timeout=REST_SECONDS)
                task.cancel()
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
        events: AsyncGenerator[run_pb2.RunEvent]
        if reading.run_id:
            events = way.watch(reading.run_id, reading.events[-1].sequence)
        else:
            events = way.stream(reading.order, request_id=reading.order.tag, wait=WAIT_SECONDS)
        try:
            async with aclosing(events):
                async for event in events:
                    reading.events.append(event)
        except (aiohttp.ClientError, ConnectionError):
            return
        except StreamError as error:
            if error.status != 503:
                raise
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise

    async def _open(self, address: str) -> Rpc | Rest:
        enter = self._stack.enter_async_context
        if self._over_rest:
            return Rest(await enter(aiohttp.ClientSession()), address, self._tenant)
        return Rpc(await enter(open_channel(address)), self._tenant)


async def play(stage: Stage) -> Outcome:
    """Cut streams, and kill facades and servers, until it was often enough; compare with the streams as kept."""
    site = stage.site
    tenant = await site.tenant("a3")
    killed, wanted = Counter[str](), stage.count(CUTS, 12)
    async with AsyncExitStack() as stack:
        readers = [
            await stack.enter_async_context(Reader(stage, tenant, f"a3-{number}", over_rest=number % 2 == 0))
            for number in range(READERS)
        ]
        killing = asyncio.create_task(_kill(stage, killed))

        async def keep_reading(reader: Reader) -> None:
            while not killing.done() or sum(reader.cuts for reader in readers) < wanted:
                await reader.read()

        await asyncio.gather(killing, *map(keep_reading, readers))
        rpc = Rpc(await stack.enter_async_context(open_channel(site.target, retrying=True)), tenant)
        compared = [await _compare(stage, rpc, reading) for reader in readers for reading in reader.readings]
    return judge(wanted, [reading for reader in readers for reading in reader.readings], compared, killed)


async def _kill(stage: Stage, killed: Counter[str]) -> None:
    """Kill facades, and a server now and then: a run whose server died is begun anew."""
    for number in range(stage.count(FACADE_KILLS)):
        killed["facades"] += await stage.crash((stage.site.facades,), 1, PAUSE)
        if number % FACADES_A_SERVER == 0:
            killed["servers"] += await stage.crash((stage.site.servers,), 1, PAUSE)


@dataclass(frozen=True, slots=True)
class Compared:
    """A stream put together, against the same one read at once at the end, and against what the provider sent."""

    gaps: Gaps
    events_equal: bool
    text_equal: bool
    succeeded: bool


async def _compare(stage: Stage, rpc: Rpc, reading: Reading) -> Compared:
    whole = [event async for event in rpc.watch(reading.run_id)]
    run = sight_of(reading.events[-1].ended.run)
    texts = {text_of(reading.events), text_of(whole), run.text}
    return Compared(
        gaps([event.sequence for event in reading.events], whole[-1].sequence),
        events_equal=reading.events == whole,
        text_equal=len(texts) == 1 and texts <= stage.site.provider.answered(reading.order.tag),
        succeeded=run.state == "SUCCEEDED",
    )


def judge(wanted: int, readings: Sequence[Reading], compared: Sequence[Compared], killed: Counter[str]) -> Outcome:
    """Hold the comparisons of all streams against the bars."""
    cuts = sum((reading.cuts for reading in readings), Counter[str]())
    pairs = [*zip(readings, compared, strict=True)]
    return Outcome(
        f"{len(readings)} streams, half by SSE and half by gRPC, cut {cuts.total()} times at random (the client left "
        f"{cuts['left']}, TCP reset {cuts['reset']}, silence {cuts['silent']}, nobody there {cuts['killed']}) "
        f"and resumed by Last-Event-ID or after_sequence over any server or facade; {killed['facades']} facades and "
        f"{killed['servers']} servers killed meanwhile",
        [
            told("events", sum(len(reading.events) for reading in readings)),
            at_least("cuts", cuts.total(), wanted),
            exactly("events lost", sum(one.gaps.missing for one in compared), 0),
            exactly("events that came twice", sum(one.gaps.repeated for one in compared), 0),
            exactly("events out of order", sum(one.gaps.disordered for one in compared), 0),
            exactly(
                "streams that differ from the same one read at once", sum(not one.events_equal for one in compared), 0
            ),
            exactly("texts other than the provider sent", sum(not one.text_equal for one in compared), 0),
            exactly("runs that did not succeed", sum(not one.succeeded for one in compared), 0),
        ],
        evidence=[f"{reading.run_id} {reading.order.tag} {one}" for reading, one in pairs if one != WHOLE][:5],
    )


WHOLE = Compared(Gaps(0, 0, 0), events_equal=True, text_equal=True, succeeded=True)
SCENARIO = Scenario("A3", "Streams cut at random points and resumed (also F11)", play)
