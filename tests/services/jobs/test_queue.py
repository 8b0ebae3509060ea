"""Jobs as they are put: with what they are for, once, and heard of."""

import asyncio

import asyncpg
import orjson
import pytest

from services.db import Database
from services.jobs import queue

KIND = "kind"


async def names(database: Database) -> list[str]:
    rows = await database.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = $1 ORDER BY id", KIND)
    return [row["payload"].decode() for row in rows]


async def put(database: Database, *wanted: str) -> None:
    async with database.transaction() as connection:
        await queue.put(connection, KIND, wanted)


async def test_a_job_is_in_the_queue_once(database: Database) -> None:
    await put(database, "a", "b")
    await asyncio.gather(put(database, "b", "c"), put(database, "c", "b"))
    assert sorted(await names(database)) == ["a", "b", "c"]
    await database.execute("UPDATE pgqueuer SET status = 'picked'")
    await put(database, "a")
    assert sorted(await names(database)) == ["a", "b", "c"]
    await database.execute("DELETE FROM pgqueuer")
    await put(database, "a")
    assert await names(database) == ["a"]


async def test_a_job_is_put_with_what_it_is_for_or_not_at_all(database: Database) -> None:
    async def break_off() -> None:
        async with database.transaction() as connection:
            await queue.put(connection, KIND, ["a"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await break_off()
    assert await names(database) == []


async def test_workers_hear_of_jobs(database: Database, dsn: str) -> None:
    heard = asyncio.Queue[str]()
    connection = await asyncpg.connect(dsn)
    await connection.add_listener(queue.CHANNEL, lambda *told: heard.put_nowait(told[-1]))
    await put(database, "a", "b")
    told = orjson.loads(await heard.get())
    assert (told["type"], told["operation"], told["table"]) == ("table_changed_event", "insert", "pgqueuer")
    await connection.close()
    assert heard.empty()
