"""The runs that a process drives: each is stopped once, for one reason, and the process ends when all have."""

import asyncio
from uuid import UUID, uuid4

import pytest
import structlog

from promptwire.v1.run_pb2 import Run
from services.runs.records import Start
from services.runs.underway import Drive, Stop, Underway
from tests.services.runs.telling import start

PLAIN, DURABLE = start(spec=None), start()


class Driver:
    """Drives runs until they are let go, and keeps for which reasons they were stopped."""

    def __init__(self) -> None:
        self.underway = Underway()
        self.stopped: dict[UUID, Stop] = {}
        self.go = asyncio.Event()

    def drive(self, run: Start = DURABLE) -> Drive:
        """Begin to drive a run."""
        return self.underway.add(run, self._drive(run))

    async def _drive(self, run: Start) -> Run:
        try:
            await self.go.wait()
            self.underway.seal(run.run_id)
        except asyncio.CancelledError:
            self.stopped[run.run_id] = self.underway.why(run.run_id)
        return Run(id=str(run.run_id))


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def underway(driver: Driver) -> Underway:
    return driver.underway


async def settle() -> None:
    """Let all that is ready go one step, and what that makes ready another one."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_run_is_found_as_long_as_it_is_driven(driver: Driver, underway: Underway) -> None:
    drive = driver.drive()
    assert (underway.find(DURABLE.run_id), underway.find(uuid4()), len(underway)) == (drive, None, 1)
    driver.go.set()
    assert (await drive).id == str(DURABLE.run_id)
    assert (underway.find(DURABLE.run_id), len(underway)) == (None, 0)


async def test_the_first_reason_to_stop_a_run_stands(driver: Driver, underway: Underway) -> None:
    drive = driver.drive()
    await settle()
    underway.stop(DURABLE.run_id, Stop.CANCELLED)
    underway.stop(DURABLE.run_id, Stop.LOST)
    await drive
    assert driver.stopped == {DURABLE.run_id: Stop.CANCELLED}
    underway.stop(DURABLE.run_id, Stop.LOST)


async def test_a_run_that_is_stopped_before_its_first_step_ends_as_others_do(
    driver: Driver, underway: Underway
) -> None:
    drive = driver.drive()
    underway.stop(DURABLE.run_id, Stop.HANDED_ON)
    await drive
    assert driver.stopped == {DURABLE.run_id: Stop.HANDED_ON}


@pytest.mark.parametrize("steps", [1, 2], ids=["in the same moment", "before"])
async def test_a_run_whose_end_is_being_recorded_is_not_stopped(driver: Driver, underway: Underway, steps: int) -> None:
    async def record() -> Run:
        await asyncio.sleep(0)
        underway.seal(DURABLE.run_id)
        await driver.go.wait()
        return Run(id="whole")

    drive = underway.add(DURABLE, record())
    for _ in range(steps):
        await asyncio.sleep(0)
    underway.stop(DURABLE.run_id, Stop.CANCELLED)
    await settle()
    driver.go.set()
    assert (await drive).id == "whole"


async def test_runs_are_told_by_how_long_they_are_driven_but_for_those_that_end(
    driver: Driver, underway: Underway
) -> None:
    runs = [start() for _ in range(3)]
    for run in runs:
        driver.drive(run)
    underway.seal(runs[1].run_id)
    underway.stop(runs[2].run_id, Stop.LOST)
    assert underway.older_than(0) == [runs[0]]
    assert underway.older_than(60) == []
    driver.go.set()


async def test_a_run_that_came_back_is_not_forgotten_with_its_former_drive(driver: Driver, underway: Underway) -> None:
    former = driver.drive()
    underway.stop(DURABLE.run_id, Stop.LOST)
    await settle()
    again = driver.drive()
    await former
    await settle()
    assert underway.find(DURABLE.run_id) is again
    driver.go.set()


async def test_a_run_is_cancelled_with_the_last_who_waits_for_it(driver: Driver, underway: Underway) -> None:
    drive = driver.drive(PLAIN)
    underway.join(PLAIN.run_id)
    underway.join(PLAIN.run_id)
    underway.leave(PLAIN.run_id)
    await settle()
    assert not drive.done()
    underway.leave(PLAIN.run_id)
    await drive
    assert driver.stopped == {PLAIN.run_id: Stop.CANCELLED}
    underway.leave(PLAIN.run_id)


async def test_a_run_that_others_go_on_with_outlives_who_waits_for_it(driver: Driver, underway: Underway) -> None:
    drive = driver.drive(DURABLE)
    underway.join(DURABLE.run_id)
    underway.leave(DURABLE.run_id)
    await settle()
    assert not drive.done()
    driver.go.set()


async def test_a_drain_lets_runs_end(driver: Driver, underway: Underway) -> None:
    drives = [driver.drive(PLAIN), driver.drive(DURABLE)]
    drain = asyncio.create_task(underway.drain(60))
    await settle()
    assert not drain.done()
    driver.go.set()
    await drain
    assert all(drive.done() for drive in drives)
    assert driver.stopped == {}


async def test_a_drain_hands_on_or_interrupts_what_has_not_ended_in_time(driver: Driver, underway: Underway) -> None:
    driver.drive(PLAIN)
    driver.drive(DURABLE)
    await underway.drain(0)
    assert driver.stopped == {PLAIN.run_id: Stop.INTERRUPTED, DURABLE.run_id: Stop.HANDED_ON}
    assert len(underway) == 0


async def test_what_begins_during_a_drain_is_put_down_too(driver: Driver, underway: Underway) -> None:
    first, late, last = start(), start(spec=None), start()

    async def begin_another() -> Run:
        try:
            await driver.go.wait()
        except asyncio.CancelledError:
            driver.drive(late)
        return Run()

    underway.add(first, begin_another())
    await settle()
    await underway.drain(0)
    assert driver.stopped == {late.run_id: Stop.INTERRUPTED}
    await driver.drive(last)
    assert driver.stopped[last.run_id] is Stop.HANDED_ON


async def test_an_idle_process_drains_at_once(underway: Underway) -> None:
    await underway.drain(60)


async def test_a_drive_that_fails_is_told_though_nobody_waits_for_it(underway: Underway) -> None:
    async def fail() -> Run:
        raise ZeroDivisionError

    with structlog.testing.capture_logs() as logs:
        await asyncio.wait((underway.add(DURABLE, fail()),))
    [line] = logs
    assert (line["event"], line["run_id"]) == ("run ended without its record", str(DURABLE.run_id))
    assert len(underway) == 0
