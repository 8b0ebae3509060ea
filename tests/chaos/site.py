"""Everything that a scenario breaks, as real processes on loopback: Postgres, two servers, two workers, two facades."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc.aio

from bench import probes
from promptwire import values
from promptwire.v1 import key_service_pb2, prompt_service_pb2
from promptwire.v1.key_service_pb2_grpc import KeyServiceStub
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from services.db import Database
from services.embedded.postgres import EmbeddedPostgres
from services.keys import command
from services.keys.scopes import ADMIN_SCOPES, RUN_SCOPES
from services.migrate import migrate
from tests.chaos.provider import MODEL, Provider
from tests.chaos.service import Service

# The gaps that hold unless set otherwise, 60 times as short.
WEBHOOK_GAPS = "0,0.083,0.25,1,5,15,60,360,720,1440,1718"
CONFIG = """\
default_model = "fake/{model}"

[providers.fake]
base_url = "{base_url}"
retries = 0
"""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A project of a scenario's own: an admin key, a run key, and a version whose text is the variable `order`."""

    admin: str
    run: str
    version_id: str


class Site:
    """What runs, and where it is. `services` are the gRPC servers, the workers and the facades by name."""

    def __init__(self, directory: Path, provider: Provider, postgres: EmbeddedPostgres) -> None:
        self.directory = directory
        self.provider = provider
        self.postgres = postgres
        self.grpc = [probes.free_address() for _ in range(2)]
        self.http = [probes.free_address() for _ in range(2)]
        self.servers: list[Service] = []
        self.workers: list[Service] = []
        self.facades: list[Service] = []

    @property
    def target(self) -> str:
        """Where to call both servers as one, in gRPC's words."""
        return f"ipv4:{','.join(self.grpc)}"

    @property
    def drivers(self) -> dict[str, Service]:
        """Those that drive runs, by name."""
        return {service.name: service for service in (*self.servers, *self.workers)}

    async def crash_postgres(self, down: float = 0.0) -> float:
        """Restart Postgres as `restart -m immediate` does, down for so long (s); give when it was back (Unix time)."""
        lock = self.directory / "postgres" / "postmaster.pid"
        os.kill(int(lock.read_text().partition("\n")[0]), signal.SIGQUIT)
        await probes.while_so(lambda: self.postgres.running)
        await asyncio.sleep(down)
        await self.postgres.start()
        return time.time()

    async def tenant(self, name: str) -> Tenant:
        """Make a project with what a scenario needs in it."""
        database = await Database.open(self.postgres.dsn, size=1)
        try:
            _, admin = await command.create(database, project=name, name="chaos", scopes=ADMIN_SCOPES)
            _, run = await command.create(database, project=name, name="chaos", scopes=RUN_SCOPES)
        finally:
            await database.close()
        return Tenant(admin, run, await self._create_version(admin))

    async def create_key(self, tenant: Tenant, **fields: Any) -> str:
        """Make a run key with limits or an expiry, and give its secret."""
        async with grpc.aio.insecure_channel(self.grpc[0]) as channel:
            keys: Any = KeyServiceStub(channel)
            wish = key_service_pb2.CreateKeyRequest(display_name="limited", scopes=RUN_SCOPES, **fields)
            return (await keys.CreateKey(wish, metadata=_metadata(tenant.admin))).secret

    async def _create_version(self, admin: str) -> str:
        async with grpc.aio.insecure_channel(self.grpc[0]) as channel:
            prompts: Any = PromptServiceStub(channel)
            wish = prompt_service_pb2.CreatePromptRequest(name="chaos")
            prompt = (await prompts.CreatePrompt(wish, metadata=_metadata(admin))).prompt
            messages = [values.to_value({"role": "user", "content": "{order}"})]
            content = prompt_service_pb2.CreateVersionRequest(prompt_id=prompt.id, messages=messages)
            return (await prompts.CreateVersion(content, metadata=_metadata(admin))).version.id


@asynccontextmanager
async def running(directory: Path, *, program: str = "services") -> AsyncGenerator[Site]:
    """Start everything; end it all when left. `program` is the module to run the servers and workers by."""
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(Provider())
        postgres = EmbeddedPostgres(directory)
        stack.push_async_callback(postgres.stop)
        await probes.to_its_end(postgres.start())
        await migrate(postgres.dsn)
        site = Site(directory, provider, postgres)
        _add_services(site, program)
        stack.push_async_callback(_stop, site)
        for services in (site.servers, site.workers, site.facades):
            await asyncio.gather(*(service.start() for service in services))
        yield site


async def _stop(site: Site) -> None:
    await asyncio.gather(*(service.stop() for service in (*site.facades, *site.servers, *site.workers)))


def _add_services(site: Site, program: str) -> None:
    common = {
        "PROMPTWIRE_DATABASE_URL": site.postgres.dsn,
        "PROMPTWIRE_SECRET": secrets.token_hex(32),
        "PROMPTWIRE_OUTBOUND_ALLOW": "127.0.0.2/32",
        "PROMPTWIRE_WEBHOOK_GAPS": WEBHOOK_GAPS,
    }
    for number, address in enumerate(site.grpc, start=1):
        settings = common | {"PROMPTWIRE_GRPC": address}
        site.servers.append(
            _driver(site, f"server-{number}", (program, "serve"), settings, partial(probes.serves, address))
        )
    for number in (1, 2):
        metrics = probes.free_address()
        ready = partial(probes.answers, f"http://{metrics}/metrics")
        settings = common | {"PROMPTWIRE_METRICS": metrics}
        site.workers.append(_driver(site, f"worker-{number}", (program, "work"), settings, ready))
    for number, address in enumerate(site.http, start=1):
        settings = {"PROMPTWIRE_HTTP": address, "PROMPTWIRE_GRPC_TARGET": site.target}
        ready = partial(probes.answers, f"http://{address}/readyz")
        site.facades.append(Service(f"facade-{number}", ("services", "facade"), settings, ready, site.directory))


def _driver(
    site: Site, name: str, arguments: tuple[str, str], settings: Mapping[str, str], ready: probes.Ready
) -> Service:
    """Make a server or worker, by whose name the provider knows it."""
    config = site.directory / f"{name}.toml"
    config.write_text(CONFIG.format(model=MODEL, base_url=site.provider.base_url(name)))
    own = {"PROMPTWIRE_METRICS": probes.free_address(), "PROMPTWIRE_CONFIG": str(config)}
    return Service(name, arguments, {**own, **settings}, ready, site.directory)


def _metadata(secret: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {secret}"),)
