"""A10: the clocks of a server and a worker are wrong by ten minutes. Leases and keys go by the database's time."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from tests.chaos.answers import OK
from tests.chaos.callers import Callers, calling
from tests.chaos.history import Ledger
from tests.chaos.load import Pour
from tests.chaos.outcome import Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rpc import Rpc, open_channel
from tests.chaos.site import Site, Tenant
from tests.chaos.stage import Scenario, Stage, begin, settle

# Of the server and of the worker.
SKEWS = (("+600s", "-600s"), ("-600s", "+600s"))
SECONDS = 30.0
CALLS_A_SECOND = 20.0
RUN_SECONDS = 0.2
# One key outlives the scenario, but for clocks that are wrong; one ends while it plays.
LONG_SECONDS, SHORT_SECONDS = 300.0, 2.0
LATE_SECONDS = 1.0
LOOK_SECONDS = 0.05
LIBRARY = "*/faketime/libfaketimeMT.so.1"
INSTALL = "install faketime, which shifts the clock of a program (on Debian and Ubuntu: apt-get install faketime)"


@dataclass(slots=True)
class Seen:
    """What runs and keys came to, and how far (s) the recorded ends of runs are from when they were seen."""

    ledger: Ledger = field(default_factory=Ledger)
    words: Counter[str] = field(default_factory=Counter[str])
    early: list[str] = field(default_factory=list[str])
    late: list[float] = field(default_factory=list[float])
    off: list[float] = field(default_factory=list[float])


def library() -> Path | None:
    """Find what shifts a program's clock; None: it is not installed."""
    return next(Path("/usr/lib").glob(LIBRARY), None)


async def play(stage: Stage) -> Outcome:
    """Set the clocks of one server and one worker apart, then the other way, and use runs and keys on both sides."""
    site, seen, skews = stage.site, Seen(), SKEWS[: stage.count(len(SKEWS))]
    tenant = await site.tenant("a10")
    skewed = [site.servers[0], site.workers[0]]
    try:
        for skew in skews:
            await asyncio.gather(*(service.restart(**_shifted(by)) for service, by in zip(skewed, skew, strict=True)))
            async with calling(site, tenant) as callers, Pour(_calls(callers, seen), CALLS_A_SECOND, stage.random):
                await _try_keys(site, tenant, seen)
                await asyncio.sleep(stage.seconds(SECONDS, stage.lease))
    finally:
        await asyncio.gather(*(service.restart() for service in skewed))
    async with calling(site, tenant) as callers:
        runs = await settle(callers.rpc, seen.ledger)
    return Outcome(
        "a server and a worker whose clocks are 10 minutes fast and slow, then the other way round (libfaketime), "
        f"beside a server and a worker whose clocks are right, under {CALLS_A_SECOND:.0f} runs a second on all of them",
        [
            at_least("runs accepted", len(seen.ledger.accepted), 50),
            exactly("accepted runs that did not succeed", len(seen.ledger.failed) + len(seen.ledger.lost), 0),
            exactly("runs taken over, although nobody died", sum(run.attempt > 1 for run in runs), 0),
            exactly("calls that were refused", seen.words.total() - seen.words[OK], 0),
            exactly("keys refused before their expiry", len(seen.early), 0),
            at_least("keys that were refused after it", len(seen.late), len(skews) * len(site.grpc)),
            at_most("longest that a key was accepted after it", max(seen.late), LATE_SECONDS, "s"),
            told("most that a run's recorded end is off", max(map(abs, seen.off)), "s"),
        ],
        evidence=[*seen.ledger.evidence, f"told: {dict(seen.words)}", *seen.early[:5]],
    )


def _shifted(skew: str) -> Mapping[str, str]:
    """Give the settings that shift a program's clock, but not the one that only counts on."""
    found = library()
    if found is None:
        raise FileNotFoundError(INSTALL)
    return {"LD_PRELOAD": str(found), "FAKETIME": skew, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def _calls(callers: Callers, seen: Seen):
    """Give what makes one call of each kind in turn, on the servers in turn."""

    async def call(number: int) -> None:
        rpc, order = callers.rpcs[number % 2], Order(f"a10 {time.time()}", RUN_SECONDS)
        match number // 2 % 3:
            case 0:
                answer = await begin(seen.ledger, rpc.create(order))
            case 1:
                answer = await begin(seen.ledger, rpc.create(order, wait=30))
            case _:
                answer = await begin(seen.ledger, rpc.create(order, detached=True))
        seen.words[answer.told] += 1
        if answer.run is not None and answer.run.end_ms is not None:
            seen.off.append(answer.run.end_ms / 1000 - time.time())

    return call


async def _try_keys(site: Site, tenant: Tenant, seen: Seen) -> None:
    """Make keys at the server whose clock is wrong, and use each at both."""
    now = time.time()
    long = await site.create_key(tenant, expire_time=_timestamp(now + LONG_SECONDS))
    short = await site.create_key(tenant, expire_time=_timestamp(now + SHORT_SECONDS))
    await asyncio.gather(*(_try(address, tenant, (long, short), now, seen) for address in site.grpc))


async def _try(address: str, tenant: Tenant, secrets: tuple[str, str], now: float, seen: Seen) -> None:
    long, short = secrets
    async with open_channel(address) as channel:
        await _try_short(Rpc(channel, tenant, short), now + SHORT_SECONDS, seen)
        answer = await Rpc(channel, tenant, long).create(Order("a10 long"))
        seen.early += [] if answer.ok else [f"long: {answer.told}"]


async def _try_short(rpc: Rpc, expiry: float, seen: Seen) -> None:
    """Use the key until it is refused."""
    while (answer := await rpc.create(Order("a10 short"))).ok:
        await asyncio.sleep(LOOK_SECONDS)
    now = time.time()
    if answer.told != "UNAUTHENTICATED KEY_EXPIRED" or now < expiry:
        seen.early.append(f"short: {answer.told}, {now - expiry:.1f} s after its expiry")
    else:
        seen.late.append(now - expiry)


def _timestamp(seconds: float) -> Timestamp:
    made = Timestamp()
    made.FromMicroseconds(round(seconds * 1e6))
    return made


SCENARIO = Scenario("A10", "Clocks that are wrong by ten minutes", play)
