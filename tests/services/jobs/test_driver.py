"""pgqueuer's way to a database that is cut, goes down and comes back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.jobs.driver import PatientDriver
from tests.services.runs.outages import down

CHANNEL = "channel"


@pytest.fixture
async def driver(dsn: str) -> AsyncIterator[PatientDriver]:
    driver = PatientDriver(dsn)
    yield driver
    await driver.close()


async def notify_until_heard(driver: PatientDriver, heard: asyncio.Queue[Any], text: str) -> None:
    """Tell it until it is heard: what is told before somebody listens is lost."""
    async with asyncio.timeout(20):
        while True:
            await driver.notify(CHANNEL, text)
            await driver.fetch("SELECT pg_sleep(0.02)")
            while not heard.empty():
                if heard.get_nowait() == text:
                    return


async def test_statements_are_run(driver: PatientDriver) -> None:
    assert await driver.fetch("SELECT $1::int AS one, 'x' AS two", 1) == [{"one": 1, "two": "x"}]
    assert await driver.execute("CREATE TABLE a (b int)") == "CREATE TABLE"


async def test_a_statement_outlasts_an_outage(driver: PatientDriver, dsn: str) -> None:
    await driver.fetch("SELECT 1")
    async with down(dsn):
        calls = [asyncio.create_task(driver.fetch("SELECT 2 AS two")) for _ in range(6)]
        done, _ = await asyncio.wait(calls, timeout=0.3)
        assert not done
    assert await asyncio.gather(*calls) == [[{"two": 2}]] * 6


@pytest.mark.parametrize(
    ("query", "argument", "error"),
    [
        ("SELECT $1::int", "one", asyncpg.DataError),
        ("SELECT $1::text FROM nowhere", "", asyncpg.UndefinedTableError),
    ],
)
async def test_a_fault_in_a_statement_is_told(
    driver: PatientDriver, query: str, argument: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await driver.fetch(query, argument)


async def test_who_listens_hears_also_after_the_connection_was_lost(driver: PatientDriver) -> None:
    heard = asyncio.Queue[Any]()
    await driver.add_listener(CHANNEL, heard.put_nowait)
    await notify_until_heard(driver, heard, "one")
    cut = """
        SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
    """
    await driver.execute(cut)
    await notify_until_heard(driver, heard, "two")
    await driver.notify("another", "three")
    await driver.remove_listener(CHANNEL, heard.put_nowait)
    while not heard.empty():
        assert heard.get_nowait() == "two"
    await driver.notify(CHANNEL, "four")
    await driver.fetch("SELECT 1")
    assert heard.empty()


async def test_who_gives_up_waits_for_no_database(driver: PatientDriver, dsn: str) -> None:
    await driver.add_listener(CHANNEL, print)
    await driver.fetch("SELECT 1")
    async with down(dsn):
        call = asyncio.create_task(driver.fetch("SELECT 1"))
        await asyncio.wait((call,), timeout=0.1)
        driver.give_up()
        for each in (call, driver.fetch("SELECT 1")):
            with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresError, OSError)):
                await each
        await driver.close()
