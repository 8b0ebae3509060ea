"""`promptwire up`: everything on one machine, with what is not set embedded; ends all of it on Ctrl-C or SIGTERM."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import IO, Any

import aiohttp
import structlog
from pydantic import SecretStr

from services import progress, quickstart, telemetry
from services.child import Child
from services.config import Settings, data_directory
from services.embedded.ownership import AlreadyOwned, Ownership
from services.embedded.postgres import EmbeddedPostgres, PostgresUnavailable
from services.migrate import MigrationError, migrate
from services.providers.config import ConfigInvalid
from services.server import Server

FACADE_SECONDS = 30.0
PROBE_SECONDS = 0.05
KEEP_SECONDS = 0.5

_log = structlog.get_logger()


class Failed(Exception):
    """A part did not start; the message says which, and what to do."""


async def up(settings: Settings) -> int:
    """Start everything, say where it is, and stay until told to stop. Gives the exit code."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    directory = data_directory(settings)
    try:
        async with AsyncExitStack() as stack:
            told = await _until(stop, _start(stack, settings, directory))
            if told is not None:
                progress.ready(told, directory)
                await stop.wait()
            progress.say("stopping")
    except (AlreadyOwned, PostgresUnavailable, MigrationError, ConfigInvalid, Failed, OSError) as error:
        progress.say(f"promptwire: {error}")
        return 1
    progress.say("stopped")
    return 0


async def _until(stop: asyncio.Event, work: Any) -> dict[str, Any] | None:
    """Do the work, unless told to stop before it is done: then cancel it and give None."""
    starting = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
        return None
    return starting.result()


async def _start(stack: AsyncExitStack, settings: Settings, directory: Path) -> dict[str, Any]:
    owner = stack.enter_context(Ownership(directory))
    _require_free(settings.http, "--http")
    _require_free(settings.grpc, "--grpc")
    settings = _with_metrics(settings)
    log = stack.enter_context(_open_log(directory / "promptwire.log"))
    lines = telemetry.configure_logs(settings.log_level, log)
    stack.callback(lines.flush)
    flushing = asyncio.create_task(lines.keep_flushing())
    stack.callback(flushing.cancel)
    settings = _complete(settings, directory)

    # The facade takes longest to load and needs nothing to start, so it goes first and is waited for last.
    facade = await _start_facade(stack, settings, log)
    with progress.step("database"):
        dsn = await _database(stack, settings, directory)
        await migrate(dsn)
    with progress.step("gRPC server"):
        server = Server(settings, dsn)
        stack.push_async_callback(server.stop)
        await server.start()
    # It also ends first, so that it takes no calls which the server then refuses.
    stack.push_async_callback(facade.stop)
    told = await quickstart.prepare(directory / "quickstart.json", server.database, _addresses(settings))
    with progress.step("facade"):
        await _until_ready(f"{_url(settings.http)}/readyz", log.name)
    owner.announce({"http": settings.http, "grpc": settings.grpc})
    return told or _addresses(settings)


async def _database(stack: AsyncExitStack, settings: Settings, directory: Path) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    embedded = EmbeddedPostgres(directory)
    stack.push_async_callback(embedded.stop)
    dsn = await embedded.start()
    keeping = asyncio.create_task(_keep(embedded))
    stack.callback(keeping.cancel)
    return dsn


async def _keep(embedded: EmbeddedPostgres) -> None:
    """Start the embedded Postgres again whenever it has died."""
    while True:
        await asyncio.sleep(KEEP_SECONDS)
        if not embedded.running:
            _log.error("the embedded Postgres ended; starting it again")
            with contextlib.suppress(PostgresUnavailable):
                await embedded.start()


async def _start_facade(stack: AsyncExitStack, settings: Settings, log: IO[bytes]) -> Child:
    environment = {
        "PROMPTWIRE_HTTP": settings.http,
        "PROMPTWIRE_GRPC_TARGET": settings.grpc,
        "PROMPTWIRE_PUBLIC_URL": settings.public_url or "",
    }
    facade = Child("facade", ["facade", "--with-parent"], environment, log)
    stack.push_async_callback(facade.stop)
    await facade.start()
    return facade


async def _until_ready(url: str, log: str) -> None:
    try:
        async with asyncio.timeout(FACADE_SECONDS), aiohttp.ClientSession() as session:
            while not await _answers(session, url):
                await asyncio.sleep(PROBE_SECONDS)
    except TimeoutError:
        raise Failed(f"the facade does not answer at {url}; its log is {log}") from None


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


def _complete(settings: Settings, directory: Path) -> Settings:
    """Set what `up` decides: the secret that it keeps, and the public URL."""
    secret = settings.secret or SecretStr(_kept_secret(directory / "secret"))
    return settings.model_copy(update={"secret": secret, "public_url": settings.public_url or _url(settings.http)})


def _kept_secret(file: Path) -> str:
    if not file.exists():
        with open(file, "x", opener=_private) as output:
            output.write(secrets.token_hex(32))
    return file.read_text().strip()


def _addresses(settings: Settings) -> dict[str, str]:
    return {"base_url": settings.public_url or _url(settings.http), "grpc_target": settings.grpc}


def _url(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104 - compared, not bound


def _with_metrics(settings: Settings) -> Settings:
    """Keep the metrics' address if it was asked for or is free; else take any: it need not hinder a second `up`."""
    if "metrics" in settings.model_fields_set:
        _require_free(settings.metrics, "PROMPTWIRE_METRICS")
        return settings
    try:
        _require_free(settings.metrics, "PROMPTWIRE_METRICS")
    except Failed:
        return settings.model_copy(update={"metrics": "127.0.0.1:0"})
    return settings


def _require_free(address: str, option: str) -> None:
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise Failed(f"cannot listen on {address}: {error.strerror}; choose another with {option}") from None


def _open_log(file: Path) -> IO[bytes]:
    """Open a new log and keep the one before, so that a crash can be looked into after the next start."""
    if file.exists():
        file.replace(file.with_suffix(".log.1"))
    return open(file, "ab", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
