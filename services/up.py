"""`promptwire up`: everything on one machine, with what is not set embedded; ends all of it on Ctrl-C or SIGTERM."""

import asyncio
import os
import secrets
import signal
from contextlib import AsyncExitStack
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import IO, Any

import aiohttp
import structlog
from pydantic import SecretStr

from services import logfile, preflight, progress, quickstart, telemetry
from services.child import Child
from services.config import Settings, data_directory, dialable
from services.embedded.ownership import Ownership
from services.embedded.postgres import EmbeddedPostgres
from services.failures import Failed, reaching_database
from services.migrate import migrate
from services.server import Server

FACADE_SECONDS = 30.0
PROBE_SECONDS = 0.05
KEEP_SECONDS = 0.5
# How long after its grace the facade may take to end.
MARGIN_SECONDS = 5.0
LOG_LINES = 10
SECRET_LENGTH = 32
LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
TLS_HINT = "check that the certificate names this address and that PROMPTWIRE_GRPC_CA trusts it"

_log = structlog.get_logger()


async def up(settings: Settings) -> int:
    """Start everything, say where it is, and stay until told to stop. Gives the exit code.

    Raises what keeps a part from starting; `failures` explains it.
    """
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    directory = data_directory(settings)
    async with AsyncExitStack() as stack:
        told = await _until(stop, _start(stack, settings, directory))
        if told is not None:
            progress.ready(told, directory)
            await stop.wait()
        progress.say("stopping")
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


async def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end, since what it uses is closed next."""
    task.cancel()
    await asyncio.wait((task,))


async def _start(stack: AsyncExitStack, settings: Settings, directory: Path) -> dict[str, Any]:
    owner = stack.enter_context(Ownership(directory))
    preflight.require_free(settings.http, "--http")
    preflight.require_free(settings.grpc, "--grpc")
    preflight.require_tls(settings)
    settings = _with_metrics(settings)
    log = stack.enter_context(logfile.begin(directory / "promptwire.log"))
    rotating = asyncio.create_task(logfile.keep_bounded(Path(log.name)))
    stack.push_async_callback(_cancel, rotating)
    lines = telemetry.configure_logs(settings.log_level, log)
    stack.callback(lines.flush)
    flushing = asyncio.create_task(lines.keep_flushing())
    stack.push_async_callback(_cancel, flushing)
    settings = _with_loopback(_complete(settings, directory))

    # The facade takes longest to load and needs nothing to start, so it goes first and is waited for last.
    facade = await _start_facade(stack, settings, log)
    with progress.step("database"), reaching_database(_remedy(settings, directory)):
        dsn = await _database(stack, settings, directory)
        await migrate(dsn)
    with progress.step("gRPC server"):
        server = Server(settings, dsn, with_worker=True)
        stack.push_async_callback(server.stop)
        await server.start()
    # It also ends first, so that it takes no calls which the server then refuses.
    stack.push_async_callback(facade.stop, settings.grace + MARGIN_SECONDS)
    told = await quickstart.prepare(directory / "quickstart.json", server.database, _addresses(settings))
    with progress.step("facade"):
        await _until_ready(f"{_url(settings.http)}/readyz", facade, Path(log.name))
    owner.announce({"http": settings.http, "grpc": settings.grpc})
    return told or _addresses(settings)


async def _database(stack: AsyncExitStack, settings: Settings, directory: Path) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    embedded = EmbeddedPostgres(directory)
    stack.push_async_callback(embedded.stop)
    dsn = await embedded.start()
    keeping = asyncio.create_task(_keep(embedded))
    stack.push_async_callback(_cancel, keeping)
    return dsn


def _remedy(settings: Settings, directory: Path) -> str:
    return "check PROMPTWIRE_DATABASE_URL" if settings.database_url else f"look into {directory / 'postgres.log'}"


async def _keep(embedded: EmbeddedPostgres) -> None:
    """Start the embedded Postgres again whenever it has died."""
    while True:
        await asyncio.sleep(KEEP_SECONDS)
        if not embedded.running:
            _log.error("the embedded Postgres ended; starting it again")
            try:
                await embedded.start()
            except Exception as error:
                # Whatever it is, it may pass, as a full disk does; nobody else would start the server again.
                _log.error("the embedded Postgres does not start; trying again", error=str(error))


async def _start_facade(stack: AsyncExitStack, settings: Settings, log: IO[bytes]) -> Child:
    environment = {
        "PROMPTWIRE_HTTP": settings.http,
        "PROMPTWIRE_GRPC_TARGET": dialable(settings.grpc),
        # It trusts the server's own certificate unless told whom to trust.
        "PROMPTWIRE_GRPC_CA": str(settings.grpc_ca or settings.tls_cert) if settings.tls_cert else "",
        "PROMPTWIRE_PUBLIC_URL": settings.public_url or "",
    }
    facade = Child("facade", ["facade", "--with-parent"], environment, log)
    stack.push_async_callback(facade.stop, settings.grace + MARGIN_SECONDS)
    await facade.start()
    return facade


async def _until_ready(url: str, facade: Child, log: Path) -> None:
    try:
        async with asyncio.timeout(FACADE_SECONDS), aiohttp.ClientSession() as session:
            while not await _answers(session, url):
                if not facade.alive:
                    raise Failed(f"the facade does not start; {_end_of(log)}")
                await asyncio.sleep(PROBE_SECONDS)
    except TimeoutError:
        raise Failed(f"the facade starts but is not ready at {url}; with TLS, {TLS_HINT}; {_end_of(log)}") from None


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
    return "\n  ".join((f"{log} ends with:", *lines))


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
        partial = file.with_suffix(".partial")
        with open(partial, "w", opener=_private) as output:
            output.write(secrets.token_hex(32))
        partial.replace(file)
    secret = file.read_text().strip()
    if len(secret) < SECRET_LENGTH:
        raise Failed(
            f"{file} must hold {SECRET_LENGTH} or more characters; put back what it held, or delete it to get a new one"
        )
    return secret


def _addresses(settings: Settings) -> dict[str, str]:
    return {"base_url": settings.public_url or _url(settings.http), "grpc_target": dialable(settings.grpc)}


def _url(address: str) -> str:
    return f"http://{dialable(address)}"


def _with_metrics(settings: Settings) -> Settings:
    """Keep the metrics' address if it was asked for or is free; else take any: it need not hinder a second `up`."""
    if "metrics" in settings.model_fields_set:
        preflight.require_free(settings.metrics, "PROMPTWIRE_METRICS")
        return settings
    try:
        preflight.require_free(settings.metrics, "PROMPTWIRE_METRICS")
    except Failed:
        return settings.model_copy(update={"metrics": "127.0.0.1:0"})
    return settings


def _with_loopback(settings: Settings) -> Settings:
    """Let the URLs of users lead to this machine, and say so, unless it was set where they may lead."""
    if "outbound_allow" in settings.model_fields_set:
        return settings
    progress.allowed(LOOPBACK)
    return settings.model_copy(update={"outbound_allow": LOOPBACK})


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
