"""A process and its lease: what it may begin, and what it leaves alone, on a database that comes and goes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog

from promptwire.v1.run_pb2 import Run
from services import errors
from services.runs import lease as leasing
from services.runs.lease import Lease
from services.runs.lease_store import LeaseStore, Swept
from services.runs.underway import Stop, Underway
from tests.services.runs.telling import start

# By the clock of the tests, which passes a second in this time.
SECOND = 0.02


class Leases(LeaseStore):
    """Leases without a database, which does what a test says."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.silent = asyncio.Event()
        self.silent.set()
        self.found_dead: set[UUID] = set()
        self.renewed: list[UUID] = []
        self.ended: list[UUID] = []
        self.dead: list[Swept] = []
        self.cancelled: set[UUID] = set()
        self.lost: set[UUID] = set()

    async def renew(self, server_id: UUID, longest_run: timedelta) -> bool:
        if self.trouble:
            raise self.trouble
        assert longest_run == timedelta(seconds=7)
        self.renewed.append(server_id)
        return server_id not in self.found_dead

    async def end(self, server_id: UUID) -> None:
        if self.trouble:
            raise self.trouble
        self.ended.append(server_id)

    async def find_stopped(self, starts: Any) -> tuple[set[UUID], set[UUID]]:
        await self.silent.wait()
        return self.cancelled, self.lost

    async def sweep(self, server_id: UUID) -> Swept | None:
        await self.silent.wait()
        assert server_id in self.renewed
        return self.dead.pop() if self.dead else None


@pytest.fixture
def leases() -> Leases:
    return Leases()


@pytest.fixture
def underway() -> Underway:
    return Underway()


@pytest.fixture
async def lease(leases: Leases, underway: Underway, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lease]:
    """Give a lease that is not kept yet, in a world where all goes fifty times as fast."""
    for name in ("RENEW", "LOOK", "SWEEP", "PAUSE", "HELD", "PATIENCE"):
        monkeypatch.setattr(leasing, f"{name}_SECONDS", getattr(leasing, f"{name}_SECONDS") * SECOND)
    lease = Lease(leases, underway, 7.0)
    yield lease
    leases.trouble = None
    leases.silent.set()
    await lease.close()


async def renewals(leases: Leases, count: int) -> None:
    """Wait for so many more renewals."""
    count += len(leases.renewed)
    async with asyncio.timeout(10):
        while len(leases.renewed) < count:
            await asyncio.sleep(SECOND)


async def held(lease: Lease) -> UUID | None:
    """Give the id under which the process drives runs; None while it must not."""
    try:
        return await lease.hold()
    except errors.DatabaseUnavailable:
        return None


async def test_what_begins_waits_for_the_first_renewal(lease: Lease, leases: Leases) -> None:
    holding = [asyncio.create_task(lease.hold()) for _ in range(3)]
    await asyncio.sleep(0)
    lease.start()
    held = {await each for each in holding}
    assert held == {leases.renewed[0]} == {await lease.hold()}


async def test_without_a_lease_nothing_begins(lease: Lease, leases: Leases) -> None:
    leases.trouble = errors.DatabaseUnavailable()
    lease.start()
    with pytest.raises(errors.DatabaseUnavailable):
        await lease.hold()


async def test_a_lease_that_is_not_renewed_passes_and_comes_back(lease: Lease, leases: Leases) -> None:
    lease.start()
    server_id = await lease.hold()
    leases.trouble = errors.DatabaseUnavailable()
    async with asyncio.timeout(10):
        while await held(lease) == server_id:
            await asyncio.sleep(SECOND)
    leases.trouble = None
    async with asyncio.timeout(10):
        await renewals(leases, 1)
        assert await lease.hold() == server_id


async def test_a_renewal_that_breaks_is_not_the_last_one(lease: Lease, leases: Leases) -> None:
    leases.trouble = ZeroDivisionError()
    lease.start()
    with pytest.raises(errors.DatabaseUnavailable):
        await lease.hold()
    leases.trouble = None
    await renewals(leases, 2)
    assert await lease.hold()


async def test_a_process_that_was_found_dead_goes_on_under_another_id(lease: Lease, leases: Leases) -> None:
    lease.start()
    former = await lease.hold()
    leases.found_dead.add(former)
    await renewals(leases, 2)
    assert await lease.hold() == leases.renewed[-1] != former
    await lease.close()
    assert leases.ended[0] == leases.renewed[-1]


async def test_what_others_cancelled_or_took_is_stopped(lease: Lease, leases: Leases, underway: Underway) -> None:
    stopped: dict[UUID, Stop] = {}

    async def drive(run_id: UUID) -> Run:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped[run_id] = underway.why(run_id)
        return Run()

    runs = [start() for _ in range(3)]
    drives = [underway.add(run, drive(run.run_id)) for run in runs]
    leases.cancelled, leases.lost = {runs[0].run_id}, {runs[1].run_id, uuid4()}
    lease.start()
    async with asyncio.timeout(10):
        await asyncio.gather(*drives[:2])
    assert stopped == {runs[0].run_id: Stop.CANCELLED, runs[1].run_id: Stop.LOST}
    assert underway.find(runs[2].run_id) is drives[2]
    drives[2].cancel()
    await asyncio.wait(drives)


async def test_the_dead_are_swept_one_after_the_other(lease: Lease, leases: Leases) -> None:
    gone, dead = Swept(uuid4(), 0, 0), Swept(uuid4(), 3, 1)
    leases.dead = [gone, dead]
    with structlog.testing.capture_logs() as logs:
        lease.start()
        await renewals(leases, 3)
    assert leases.dead == []
    assert [(line["server_id"], line["runs_handed_on"], line["runs_ended"]) for line in logs] == [
        (str(dead.server_id), 3, 1),
        (str(gone.server_id), 0, 0),
    ]


async def test_a_sweep_that_takes_long_does_not_hold_up_the_renewal(
    lease: Lease, leases: Leases, underway: Underway
) -> None:
    underway.add(start(), asyncio.sleep(3600, Run()))
    leases.silent.clear()
    lease.start()
    await renewals(leases, 5)
    assert await lease.hold()
    for run in underway.older_than(0):
        underway.stop(run.run_id, Stop.LOST)


async def test_a_process_that_ends_lets_its_lease_end(lease: Lease, leases: Leases) -> None:
    lease.start()
    server_id = await lease.hold()
    await lease.close()
    assert leases.ended == [server_id]


async def test_without_a_database_a_lease_is_left_to_pass(lease: Lease, leases: Leases) -> None:
    lease.start()
    await lease.hold()
    leases.trouble = errors.DatabaseUnavailable()
    await lease.close()
    assert leases.ended == []
