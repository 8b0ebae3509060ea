"""The embedded server against the ways in which it, its owner and its directory may go wrong."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.embedded import binaries, postgres
from services.embedded.postgres import EmbeddedPostgres, PostgresUnavailable

FAST = {"fsync": "off", "synchronous_commit": "off"}
OWNER = """
import asyncio, sys
from pathlib import Path
from services.embedded.postgres import EmbeddedPostgres

async def main():
    print(await EmbeddedPostgres(Path(sys.argv[1])).start(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""

pytestmark = pytest.mark.skipif(not postgres.available(), reason="the extra `embedded` is not installed")


@pytest.fixture(scope="module")
async def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory with a stopped server that has one row."""
    directory = tmp_path_factory.mktemp("embedded") / "data"
    async with EmbeddedPostgres(directory, FAST) as server:
        await run(server.dsn, "CREATE TABLE kept (number bigint)", "INSERT INTO kept VALUES (7)")
    return directory


@pytest.fixture
async def server(directory: Path) -> AsyncIterator[EmbeddedPostgres]:
    """Give a server over that directory, not started yet and stopped at the end."""
    server = EmbeddedPostgres(directory, FAST)
    yield server
    await server.stop()


@pytest.fixture
async def killed(directory: Path) -> AsyncIterator[EmbeddedPostgres]:
    """Give a second one, for a test to start and kill before it starts the other."""
    server = EmbeddedPostgres(directory, FAST)
    yield server
    await server.stop()


async def run(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def postmaster(directory: Path) -> int:
    return int((directory / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_it_is_available() -> None:
    assert postgres.available()


async def test_it_has_a_database_in_utf8_and_no_port(server: EmbeddedPostgres) -> None:
    dsn = await server.start()

    assert dsn == server.dsn
    assert await value(dsn, "SELECT current_database()") == "promptwire"
    assert await value(dsn, "SHOW server_encoding") == "UTF8"
    assert await value(dsn, "SHOW listen_addresses") == ""
    assert await value(dsn, "SHOW fsync") == "off"


async def test_it_does_not_see_the_owners_secrets(
    server: EmbeddedPostgres, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")

    await server.start()

    assert b"sk-very-secret" not in Path(f"/proc/{postmaster(directory)}/environ").read_bytes()


async def test_the_second_start_is_warm(server: EmbeddedPostgres) -> None:
    identity = "SELECT system_identifier FROM pg_control_system()"
    first = await value(await server.start(), identity)
    await server.stop()
    assert not server.running

    assert await value(await server.start(), identity) == first
    assert await value(server.dsn, "SELECT number FROM kept") == 7


async def test_starting_twice_is_starting_once(server: EmbeddedPostgres, directory: Path) -> None:
    await server.start()
    pid = postmaster(directory)

    await server.start()

    assert postmaster(directory) == pid


async def test_stopping_ends_open_connections(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(await server.start())

    await server.stop()

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.execute("SELECT 1")
    await server.stop()


async def test_it_recovers_when_the_server_was_killed(
    server: EmbeddedPostgres, killed: EmbeddedPostgres, directory: Path
) -> None:
    await killed.start()
    os.kill(postmaster(directory), signal.SIGKILL)

    assert await value(await server.start(), "SELECT number FROM kept") == 7


async def test_it_ends_a_busy_process_that_outlived_its_server(
    server: EmbeddedPostgres, killed: EmbeddedPostgres, directory: Path
) -> None:
    connection = await asyncpg.connect(await killed.start())
    busy = asyncio.ensure_future(connection.fetchval("SELECT count(*) FROM generate_series(1, 10000000000)"))
    pid = await value(server.dsn, "SELECT pid FROM pg_stat_activity WHERE query LIKE '%generate_series%' LIMIT 1")
    os.kill(postmaster(directory), signal.SIGKILL)

    assert await value(await server.start(), "SELECT number FROM kept") == 7
    # A zombie that nobody has waited for yet has no executable either.
    assert not Path(f"/proc/{pid}/exe").exists()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await busy


async def test_it_takes_over_from_an_owner_that_was_killed(server: EmbeddedPostgres, directory: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(directory)], stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout
        dsn = await asyncio.to_thread(owner.stdout.readline)
        owner.kill()
    assert dsn.strip() == server.dsn
    orphan = postmaster(directory)
    assert await value(server.dsn, "SELECT number FROM kept") == 7

    assert await value(await server.start(), "SELECT number FROM kept") == 7
    assert postmaster(directory) != orphan


async def test_a_stale_lock_file_that_names_a_live_process_is_no_hindrance(
    server: EmbeddedPostgres, directory: Path, tmp_path: Path
) -> None:
    with (tmp_path / "output").open("wb") as output:
        bystander = binaries.Account.current().start(["sleep", "60"], Path("/"), output)
    lock = directory / "postgres" / "postmaster.pid"
    lock.write_text(f"{bystander.pid}\n{directory}/postgres\n1700000000\n5432\n/tmp\n\n  1234         5\nready   \n")

    await server.start()

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


async def test_a_path_too_long_for_a_socket_is_no_hindrance(tmp_path: Path) -> None:
    directory = tmp_path / ("long " * 20) / ("longer,ü" * 10)
    async with EmbeddedPostgres(directory, FAST) as server:
        assert await value(server.dsn, "SELECT 1") == 1
        sockets = Path(server.dsn.partition("host=")[2].partition("&")[0])
        assert sockets.parent == Path("/tmp")
    assert not sockets.exists()


async def test_a_failed_start_shows_the_servers_reason(directory: Path) -> None:
    server = EmbeddedPostgres(directory, FAST | {"shared_buffers": "plenty"})

    with pytest.raises(PostgresUnavailable, match=r"(?s)PROMPTWIRE_DATABASE_URL.*shared_buffers.*plenty"):
        await server.start()

    assert not server.running


async def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(PostgresUnavailable, match=r"file.*PROMPTWIRE_DATABASE_URL"):
        await EmbeddedPostgres(tmp_path / "file" / "data").start()


async def test_a_missing_package_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package")

    assert not postgres.available()
    with pytest.raises(PostgresUnavailable, match="extra `embedded`, or set PROMPTWIRE_DATABASE_URL"):
        await EmbeddedPostgres(tmp_path / "data").start()


def test_a_link_in_the_sockets_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PermissionError, match="remove it"):
        binaries.Account.current().make_directory(tmp_path / "run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another account")
async def test_root_copies_binaries_that_nobody_could_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = binaries.installed()
    assert package
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for name in (package.name, f"{package.name}.libs"):
        (hidden / name).symlink_to(package.with_name(name))
    monkeypatch.setattr(binaries, "ROOTS_PLACE", tmp_path / "open")
    monkeypatch.setattr(binaries, "_is_open", lambda *_: False)

    first = binaries.runnable(package, binaries.Account.current(), tmp_path)

    assert first.is_relative_to(tmp_path / "open")
    assert b"PostgreSQL" in subprocess.check_output([first / "postgres", "--version"])
    assert binaries.runnable(package, binaries.Account.current(), tmp_path) == first
