"""Bring the database up to `migrations/`: plain SQL files `NNNN_words.sql`, applied in order, forward only, once.

A file runs in one transaction together with the row that records it. A file whose first lines say
`-- migrate: no-transaction` runs outside of one, for CREATE INDEX CONCURRENTLY: it holds a single statement that can
be repeated. Any number of servers may start at once: one applies, the others wait for it.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

DIRECTORY = Path(__file__).parent.parent / "migrations"
NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
NO_TRANSACTION = re.compile(r"^-- migrate: no-transaction$", re.MULTILINE)
# The advisory lock of all runners on one database: "pw" and "mig" in ASCII.
LOCK = 0x70776D6967
LOCK_POLL_SECONDS = 0.1
LOCK_WAIT_SECONDS = 300.0
# How long a statement waits for a table that others use: while it waits, all that come after it wait too.
LOCK_TIMEOUT = "5s"
CONNECT_SECONDS = 10


class MigrationError(RuntimeError):
    """A migration is missing, was edited, or failed; the database is as the file before it left it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name, and its SQL."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the file, in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        """Whether the file runs in a transaction, as all do that do not say otherwise."""
        return NO_TRANSACTION.search(self.sql) is None


async def migrate(dsn: str, directory: Path = DIRECTORY) -> list[str]:
    """Apply what is pending and give the names of those files.

    Raise MigrationError, or what asyncpg raises when the database cannot be reached.
    """
    migrations = [Migration(path.name, path.read_text()) for path in _files(directory)]
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, server_settings={"lock_timeout": LOCK_TIMEOUT})
    try:
        async with _lock(connection):
            return await _apply_pending(connection, migrations)
    finally:
        await connection.close()


async def pending(connection: asyncpg.Connection, directory: Path = DIRECTORY) -> list[str]:
    """Give the names of the files that the database has not seen yet; a server is ready when there are none."""
    names = [path.name for path in _files(directory)]
    try:
        rows = await connection.fetch("SELECT name FROM migration")
    except asyncpg.UndefinedTableError:
        return names
    applied = {row["name"] for row in rows}
    return [name for name in names if name not in applied]


def _files(directory: Path) -> list[Path]:
    files = sorted(directory.glob("*.sql"))
    if not files:
        raise MigrationError(f"{directory} holds no migrations; install promptwire again")
    wrong = [file.name for file in files if not NAME.fullmatch(file.name)]
    if wrong:
        raise MigrationError(f"name them NNNN_words.sql: {', '.join(wrong)}")
    numbers = [file.name[:4] for file in files]
    if len(set(numbers)) < len(numbers):
        raise MigrationError(f"two migrations have the same number in {directory}; number the later one anew")
    return files


@asynccontextmanager
async def _lock(connection: asyncpg.Connection) -> AsyncGenerator[None]:
    """Hold the lock of all runners.

    Waiters ask again and again: one that waited inside a statement would hold a snapshot, and CREATE INDEX CONCURRENTLY
    waits for all of those, so that the two would deadlock.
    """
    try:
        async with asyncio.timeout(LOCK_WAIT_SECONDS):
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
                await asyncio.sleep(LOCK_POLL_SECONDS)
    except TimeoutError:
        raise MigrationError(f"another process has been migrating for {LOCK_WAIT_SECONDS:.0f} s; see to it") from None
    try:
        yield
    finally:
        # A lost connection has let go of it already.
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _apply_pending(connection: asyncpg.Connection, migrations: Sequence[Migration]) -> list[str]:
    applied = await _applied(connection)
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationError(f"{migration.name} was edited after it was applied; put it back and add a new file")
    waiting = [migration for migration in migrations if migration.name not in applied]
    for migration in waiting:
        await _apply(connection, migration)
    return [migration.name for migration in waiting]


async def _applied(connection: asyncpg.Connection) -> dict[str, str]:
    await connection.execute("""
        CREATE TABLE IF NOT EXISTS migration (
          name text PRIMARY KEY,
          checksum text NOT NULL,
          apply_time timestamptz NOT NULL DEFAULT now()
        )
    """)
    rows = await connection.fetch("SELECT name, checksum FROM migration")
    return {row["name"]: row["checksum"] for row in rows}


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    try:
        if not migration.in_transaction:
            await connection.execute(migration.sql)
            await _record(connection, migration)
            return
        async with connection.transaction():
            await connection.execute(migration.sql)
            await _record(connection, migration)
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name} failed and was not applied: {error}") from error


async def _record(connection: asyncpg.Connection, migration: Migration) -> None:
    await connection.execute(
        "INSERT INTO migration (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum
    )
