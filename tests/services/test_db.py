"""The pool: what it commits, what it takes back, and how it tells a database in trouble from a fault of ours."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from services import db, errors
from services.db import Database

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
async def small(dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """Open a pool of one connection, whose statements may take a fifth of a second."""
    monkeypatch.setattr(db, "COMMAND_SECONDS", 0.2)
    database = await Database.open(dsn, size=1)
    await database.execute("CREATE TABLE number (value int PRIMARY KEY)")
    yield database
    await database.close()


async def values(database: Database) -> list[int]:
    return [row["value"] for row in await database.fetch("SELECT value FROM number ORDER BY value")]


async def insert(database: Database, value: int, then: Callable[[Any], Awaitable[None]]) -> None:
    """Insert in a transaction in which something else happens before its last statement."""
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO number VALUES ($1)", value)
        await then(connection)
        await connection.execute("SELECT 1")


async def nothing(_: object) -> None:
    return None


async def test_a_transaction_is_committed_at_its_end_and_rolled_back_by_an_exception(small: Database) -> None:
    async def failure(_: object) -> None:
        raise KeyError

    await insert(small, 1, nothing)
    with pytest.raises(KeyError):
        await insert(small, 2, failure)
    assert await values(small) == [1]


async def test_a_statement_that_takes_too_long_is_given_up_by_the_server_too(small: Database, dsn: str) -> None:
    other = await asyncpg.connect(dsn)
    async with other.transaction():
        await other.execute("LOCK TABLE number IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(errors.DatabaseUnavailable):
            await small.execute("INSERT INTO number VALUES (3)")
        with pytest.raises(errors.DatabaseUnavailable):
            await insert(small, 4, nothing)
        assert await other.fetchval(WAITING) == 0
    await other.close()
    assert await values(small) == []


async def test_a_connection_that_is_cut_in_a_transaction_is_trouble(small: Database, dsn: str) -> None:
    async def cut(connection: Any) -> None:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        other = await asyncpg.connect(dsn)
        await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
        await other.close()

    with pytest.raises(errors.DatabaseUnavailable):
        await insert(small, 5, cut)
    assert await values(small) == []


async def test_connections_are_lent_one_at_a_time(small: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "ACQUIRE_SECONDS", 0.1)
    async with small.connection():
        with pytest.raises(errors.DatabaseUnavailable):
            await values(small)
    assert await values(small) == []


async def test_a_fault_of_ours_is_not_taken_for_trouble(small: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await small.fetch("SELECT value FROM nothing")
    with pytest.raises(asyncpg.DataError):
        await small.fetch("SELECT value FROM number WHERE value = $1", "no number")
    assert await values(small) == []


async def test_no_database_is_trouble() -> None:
    database = await Database.open("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(errors.DatabaseUnavailable):
        await database.fetchrow("SELECT 1")
    await database.close()
