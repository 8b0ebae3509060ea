"""The pool of database connections. A database in trouble is always DatabaseUnavailable, and never a hang."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import structlog

from services import errors

CONNECT_SECONDS = 3.0
ACQUIRE_SECONDS = 3.0
COMMAND_SECONDS = 5.0
# How long the database gets to confirm that it gave a statement up; without that the connection is dropped.
CANCEL_SECONDS = 0.5

# What a server in trouble, a lost connection or a failover raises, as against a fault in our SQL.
TROUBLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    # What a connection says when it was cut between two of its statements.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    # A lock that is not to be had, a database that is closed to all.
    asyncpg.ObjectNotInPrerequisiteStateError,
)

Connection = asyncpg.Connection
_log = structlog.get_logger()


@contextmanager
def guard() -> Generator[None]:
    """Turn every sign of a database in trouble into DatabaseUnavailable; the log keeps what it was."""
    try:
        yield
    except TROUBLE as error:
        if isinstance(error, ValueError):
            # asyncpg's word for an argument that it cannot encode: a fault of ours.
            raise
        _log.warning("database unavailable", error=type(error).__name__, detail=str(error)[:200])
        raise errors.DatabaseUnavailable from error


async def connect(dsn: str, **settings: str) -> Connection:
    """Open one connection, for what the pool does not suit, with settings of Postgres. Raises what asyncpg raises."""
    return await asyncpg.connect(
        dsn,
        timeout=CONNECT_SECONDS,  # pyright: ignore[reportArgumentType]
        command_timeout=COMMAND_SECONDS,
        server_settings=settings,
    )


async def create_pool(dsn: str, *, size: int) -> asyncpg.Pool:
    """Make a pool, which connects when first used."""
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        # The default sends a query on every release; nothing here sets session state that it would have to undo.
        reset=_no_reset,
    )


class Database:
    """Statements and transactions on pooled connections, none of which holds session state."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str, *, size: int = 10) -> "Database":
        """Make the pool. It connects when first used, so that a server can start before its database."""
        return cls(await create_pool(dsn, size=size))

    async def close(self) -> None:
        """Close all connections, by force when they are not idle within a second."""
        try:
            async with asyncio.timeout(1.0):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Give all rows of a statement."""
        async with self.connection() as connection:
            return await connection.fetch(query, *arguments)

    async def fetchrow(self, query: str, *arguments: object) -> asyncpg.Record | None:
        """Give the first row of a statement, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(query, *arguments)

    async def execute(self, query: str, *arguments: object) -> str:
        """Run a statement and give its command tag, such as `UPDATE 1`."""
        async with self.connection() as connection:
            return await connection.execute(query, *arguments)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Any]:
        """Lend a connection. In all, a database that says nothing takes up 9 s of a call."""
        with guard():
            connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
            try:
                yield connection
            except TimeoutError:
                # What silenced this connection may have silenced those that are idle: they are all made anew.
                await self._pool.expire_connections()
                raise
            finally:
                await self._pool.release(connection, timeout=CANCEL_SECONDS)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Any]:
        """Lend a connection with a transaction: committed at the end of the block, rolled back by an exception."""
        async with self.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException:
                async with asyncio.timeout(CANCEL_SECONDS):
                    await transaction.rollback()
                raise
            await transaction.commit()


async def _no_reset(_: object) -> None:
    return None
