"""The migration runner: order, one runner at a time, refusal of edited files, nothing left of a failed one."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services import migrate
from services.migrate import MigrationError
from tests.conftest import with_database

_numbers = itertools.count(1)


@pytest.fixture
async def empty(postgres: str) -> AsyncIterator[str]:
    """Make a database that no migration has seen; give its DSN."""
    name = f"empty_{next(_numbers)}"
    maintenance = await asyncpg.connect(with_database(postgres, "postgres"))
    await maintenance.execute(f"CREATE DATABASE {name}")
    yield with_database(postgres, name)
    await maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await maintenance.close()


@pytest.fixture
async def connection(empty: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """Give a connection to that database."""
    connection = await asyncpg.connect(empty)
    yield connection
    await connection.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give a directory with two migrations."""
    (tmp_path / "0002_second.sql").write_text("ALTER TABLE thing ADD COLUMN name text;")
    (tmp_path / "0001_first.sql").write_text(
        "CREATE TABLE thing (id bigint PRIMARY KEY);\nINSERT INTO thing VALUES (1);"
    )
    return tmp_path


async def test_the_projects_own_migrations_apply_once(empty: str) -> None:
    names = sorted(path.name for path in migrate.DIRECTORY.glob("*.sql"))

    assert await migrate.migrate(empty) == names
    assert await migrate.migrate(empty) == []


async def test_files_are_applied_in_order(empty: str, connection: asyncpg.Connection, directory: Path) -> None:
    assert await migrate.pending(connection, directory) == ["0001_first.sql", "0002_second.sql"]

    assert await migrate.migrate(empty, directory) == ["0001_first.sql", "0002_second.sql"]

    assert await migrate.pending(connection, directory) == []
    assert await connection.fetchval("SELECT count(name) + count(*) FROM thing") == 1


async def test_a_new_file_is_pending_until_it_is_applied(
    empty: str, connection: asyncpg.Connection, directory: Path
) -> None:
    await migrate.migrate(empty, directory)
    (directory / "0003_third.sql").write_text("DROP TABLE thing;")

    assert await migrate.pending(connection, directory) == ["0003_third.sql"]
    assert await migrate.migrate(empty, directory) == ["0003_third.sql"]


async def test_three_runners_at_once_apply_each_file_once(empty: str, directory: Path) -> None:
    (directory / "0003_slow.sql").write_text("SELECT pg_sleep(0.2);")
    (directory / "0004_index.sql").write_text(
        "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS thing_name ON thing (name);"
    )

    applied = await asyncio.gather(*(migrate.migrate(empty, directory) for _ in range(3)))

    names = ["0001_first.sql", "0002_second.sql", "0003_slow.sql", "0004_index.sql"]
    assert sorted(applied) == [[], [], names]


async def test_an_edited_file_is_refused_before_anything_is_applied(
    empty: str, connection: asyncpg.Connection, directory: Path
) -> None:
    await migrate.migrate(empty, directory)
    (directory / "0002_second.sql").write_text("ALTER TABLE thing ADD COLUMN title text;")
    (directory / "0003_third.sql").write_text("DROP TABLE thing;")

    with pytest.raises(MigrationError, match=r"0002_second\.sql was edited.*add a new file"):
        await migrate.migrate(empty, directory)

    assert await migrate.pending(connection, directory) == ["0003_third.sql"]


async def test_a_failed_file_leaves_nothing(empty: str, connection: asyncpg.Connection, directory: Path) -> None:
    (directory / "0003_third.sql").write_text("CREATE TABLE half (id bigint); SELECT * FROM nowhere;")
    (directory / "0004_fourth.sql").write_text("CREATE TABLE later (id bigint);")

    with pytest.raises(MigrationError, match=r'0003_third\.sql failed.*"nowhere"'):
        await migrate.migrate(empty, directory)

    assert await connection.fetchval("SELECT to_regclass('half')") is None
    assert await migrate.pending(connection, directory) == ["0003_third.sql", "0004_fourth.sql"]

    (directory / "0003_third.sql").write_text("CREATE TABLE half (id bigint);")
    assert await migrate.migrate(empty, directory) == ["0003_third.sql", "0004_fourth.sql"]


async def test_a_table_in_use_is_not_waited_for_without_end(
    empty: str, connection: asyncpg.Connection, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "50ms")
    await migrate.migrate(empty, directory)
    (directory / "0003_third.sql").write_text("ALTER TABLE thing ADD COLUMN size bigint;")

    async with connection.transaction():
        await connection.execute("LOCK TABLE thing")
        with pytest.raises(MigrationError, match=r"0003_third\.sql failed.*lock timeout"):
            await migrate.migrate(empty, directory)

    assert await migrate.migrate(empty, directory) == ["0003_third.sql"]


async def test_a_runner_that_never_ends_is_not_waited_for_without_end(
    empty: str, connection: asyncpg.Connection, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_WAIT_SECONDS", 0.05)
    await connection.execute("SELECT pg_advisory_lock($1)", migrate.LOCK)

    with pytest.raises(MigrationError, match="another process"):
        await migrate.migrate(empty, directory)


async def test_a_newer_server_may_have_migrated_already(empty: str, directory: Path) -> None:
    await migrate.migrate(empty, directory)
    (directory / "0002_second.sql").unlink()

    assert await migrate.migrate(empty, directory) == []


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "holds no migrations"),
        (["0001_first.sql", "2_second.sql", "words.sql"], r"NNNN_words\.sql: 2_second\.sql, words\.sql"),
        (["0001_first.sql", "0001_other.sql"], "the same number"),
    ],
)
async def test_odd_directories_are_refused(tmp_path: Path, names: list[str], message: str) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")

    with pytest.raises(MigrationError, match=message):
        await migrate.migrate("postgresql:///never-reached", tmp_path)
