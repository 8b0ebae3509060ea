"""Fixtures that all rings share: one embedded Postgres a session, and a fresh migrated database a test."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.db import Database
from services.embedded.postgres import EmbeddedPostgres
from services.migrate import migrate

# A crash of the machine may lose what a test wrote; a crash of a process may not, so tests of those hold all the same.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Start an embedded Postgres whose database is migrated; give its DSN. It is the template of all others."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "data", settings=FAST)
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
