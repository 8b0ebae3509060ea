"""Trouble made for one database on a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def locked(dsn: str, table: str = "run", mode: str = "ACCESS EXCLUSIVE") -> AsyncIterator[None]:
    """Hold every statement on a table up; in the mode SHARE, those that write."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def down(dsn: str) -> AsyncIterator[None]:
    """Cut every connection to the database, and let nobody in."""
    name = dsn.partition("@/")[2].partition("?")[0]
    connection = await asyncpg.connect(dsn.replace(f"@/{name}?", "@/postgres?"))
    try:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        yield
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await connection.close()


async def wait_for_blocked(dsn: str) -> int:
    """Wait until a statement is held up, and give the process id of its backend."""
    connection = await asyncpg.connect(dsn)
    try:
        while True:
            pid = await connection.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if pid is not None:
                return pid
    finally:
        await connection.close()
