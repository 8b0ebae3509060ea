"""Fixtures that all rings share: one embedded Postgres a session, and a fresh migrated database a test."""

import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from services.db import Database
from services.embedded.postgres import EmbeddedPostgres
from services.migrate import migrate

# A crash of the machine may lose what a test wrote; a crash of a process may not, so tests of those hold all the same.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
}
# A file system in memory. Hundreds of databases are made and dropped, of hundreds of files each, which takes a disk's
# file system half of the suite's time.
MEMORY = Path("/dev/shm")
# What one worker's server takes at most.
MEMORY_BYTES = 1024**3
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make the directory of a session's Postgres: in memory where there is room."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > workers * MEMORY_BYTES:
        with tempfile.TemporaryDirectory(prefix="promptwire-tests-", dir=MEMORY) as directory:
            yield Path(directory)
    else:
        yield tmp_path_factory.mktemp("postgres")


@pytest.fixture(scope="session")
async def postgres(postgres_directory: Path) -> AsyncIterator[str]:
    """Start an embedded Postgres whose database is migrated; give its DSN. It is the template of all others."""
    server = EmbeddedPostgres(postgres_directory / "data", settings=FAST)
    dsn = await server.start()
    await migrate(dsn)
    yield dsn
    await server.stop()


@pytest.fixture
async def dsn(postgres: str) -> AsyncIterator[str]:
    """Make a fresh migrated database and give its DSN."""
    async with clone(postgres) as dsn:
        yield dsn


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """Open a fresh migrated database."""
    database = await Database.open(dsn)
    yield database
    await database.close()


class clone:
    """A database cloned from the migrated one, dropped at the end, for fixtures of other scopes than a test's."""

    def __init__(self, template_dsn: str) -> None:
        self._template_dsn = template_dsn
        self._name = f"test_{next(_numbers)}"

    async def __aenter__(self) -> str:
        """Make it and give its DSN."""
        await self._command(f"CREATE DATABASE {self._name} TEMPLATE promptwire")
        return with_database(self._template_dsn, self._name)

    async def __aexit__(self, *_: object) -> None:
        await self._command(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    async def _command(self, command: str) -> None:
        connection = await asyncpg.connect(with_database(self._template_dsn, "postgres"))
        try:
            await connection.execute(command)
        finally:
            await connection.close()


def with_database(dsn: str, name: str) -> str:
    """Give the DSN of another database of the same server."""
    return dsn.replace("/promptwire", f"/{name}", 1)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Give the root of the checkout."""
    return Path(__file__).parent.parent
