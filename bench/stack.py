"""Everything that a benchmark runs against, as real processes on loopback: Postgres, provider, core, facade, load."""

import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import asyncpg
import grpc.aio
import orjson

from bench import probes
from bench.load import MODEL, TEMPLATE, Order, Site, Tally
from bench.processes import Memory, Program, Respondent, cpu_seconds, memory
from promptwire import values
from promptwire.v1 import key_service_pb2, prompt_service_pb2
from promptwire.v1.key_service_pb2_grpc import KeyServiceStub
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from services.db import Database
from services.embedded.postgres import EmbeddedPostgres
from services.keys import command
from services.keys.scopes import ADMIN_SCOPES, RUN_SCOPES
from services.migrate import migrate

CONFIG = """\
default_model = "fake/{model}"

[providers.fake]
base_url = "{provider}"
"""

Kind = TypeVar("Kind", bound=Program)


@dataclass(frozen=True, slots=True)
class Stack:
    """All that runs: the servers' process ids by name, a process of load for each target, the database."""

    servers: Mapping[str, int]
    loads: Mapping[str, Respondent]
    database: asyncpg.Connection
    dsn: str
    site: Site

    def cpu(self, target: str) -> dict[str, float]:
        """Give the CPU seconds that each process has used so far, the target's load among them."""
        pids = {**self.servers, "load": self.loads[target].pid}
        return {name: cpu_seconds(pid) for name, pid in pids.items()}

    def memory(self) -> Memory:
        """Give what core and facade hold together."""
        return memory([self.servers["core"], self.servers["facade"]])

    async def count_runs(self) -> int:
        """Count the runs that ended SUCCEEDED."""
        count: Any = await self.database.fetchval("SELECT count(*) FROM run WHERE state = 'SUCCEEDED'")
        return count

    async def order(self, target: str, order: Order) -> Tally:
        """Have the load carried out."""
        return Tally(**orjson.loads(await self.loads[target].ask(orjson.dumps(asdict(order)))))


@asynccontextmanager
async def running(
    targets: Iterable[str], postgres: Mapping[str, str] | None = None, *, provider_seconds: float = 0.0
) -> AsyncGenerator[Stack]:
    """Start everything in a temporary directory; stop and remove it at the end. Raises Unable.

    `postgres` are further settings of the database; the provider takes `provider_seconds` for an answer.
    """
    async with AsyncExitStack() as stack:
        start = _Starter(stack, Path(stack.enter_context(TemporaryDirectory(prefix="promptwire-bench-"))))
        loads = {name: await start(Respondent, f"load-{name}", ["bench.load", name]) for name in targets}
        dsn, postmaster = await _start_postgres(stack, start.directory / "data", postgres)
        servers, site = await _start_servers(start, dsn, provider_seconds)
        for load in loads.values():
            load.write(orjson.dumps(asdict(site)))
        database: asyncpg.Connection = await asyncpg.connect(dsn)
        stack.push_async_callback(database.close)
        yield Stack({**servers, "postgres": postmaster}, loads, database, dsn, site)


class _Starter:
    """Starts programs, and has them stopped when the stack is left."""

    def __init__(self, stack: AsyncExitStack, directory: Path) -> None:
        self._stack = stack
        self.directory = directory

    async def __call__(self, kind: type[Kind], name: str, arguments: Sequence[str], **settings: str) -> Kind:
        program = await kind.start(name, arguments, settings, self.directory)
        self._stack.push_async_callback(program.stop)
        return program


async def _start_postgres(
    stack: AsyncExitStack, directory: Path, settings: Mapping[str, str] | None
) -> tuple[str, int]:
    """Give the DSN, and the id of the first process, of which all others are children."""
    postgres = EmbeddedPostgres(directory, settings)
    stack.push_async_callback(postgres.stop)
    await probes.to_its_end(postgres.start())
    await migrate(postgres.dsn)
    lock = directory / "postgres" / "postmaster.pid"
    return postgres.dsn, int(lock.read_text().partition("\n")[0])


async def _start_servers(start: _Starter, dsn: str, provider_seconds: float) -> tuple[dict[str, int], Site]:
    grpc_address, http_address, metrics_address, provider_address = (probes.free_address() for _ in range(4))
    http, provider_url = f"http://{http_address}", f"http://{provider_address}/v1"
    config = start.directory / "promptwire.toml"
    config.write_text(CONFIG.format(model=MODEL, provider=provider_url))
    port = provider_address.rpartition(":")[2]
    pause = ("--seconds", str(provider_seconds))
    provider = await start(Program, "provider", ["bench.provider", "--port", port, *pause])
    core = await start(
        Program,
        "core",
        ["services", "serve"],
        PROMPTWIRE_DATABASE_URL=dsn,
        PROMPTWIRE_SECRET=secrets.token_hex(32),
        PROMPTWIRE_CONFIG=str(config),
        PROMPTWIRE_GRPC=grpc_address,
        PROMPTWIRE_METRICS=metrics_address,
    )
    facade = await start(
        Program,
        "facade",
        ["services", "facade"],
        PROMPTWIRE_HTTP=http_address,
        PROMPTWIRE_GRPC_TARGET=grpc_address,
    )
    await probes.until(partial(probes.answers, f"{provider_url}/models"), provider)
    await probes.until(partial(probes.serves, grpc_address), core)
    await probes.until(partial(probes.answers, f"{http}/readyz"), facade)
    secret, version_id = await _prepare(dsn, grpc_address)
    pids = {"provider": provider.pid, "core": core.pid, "facade": facade.pid}
    return pids, Site(grpc_address, http, provider_url, secret, version_id)


async def _prepare(dsn: str, address: str) -> tuple[str, str]:
    """Make a run key, a prompt and a version over gRPC; give the secret and the version's id."""
    database = await Database.open(dsn, size=1)
    _, admin = await command.create(database, project="default", name="bench", scopes=ADMIN_SCOPES)
    await database.close()
    metadata = (("authorization", f"Bearer {admin}"),)
    async with grpc.aio.insecure_channel(address) as channel:
        keys: Any = KeyServiceStub(channel)
        prompts: Any = PromptServiceStub(channel)
        wish = key_service_pb2.CreateKeyRequest(display_name="load", scopes=RUN_SCOPES)
        key = await keys.CreateKey(wish, metadata=metadata)
        made = await prompts.CreatePrompt(prompt_service_pb2.CreatePromptRequest(name="Benchmark"), metadata=metadata)
        messages = [values.to_value({"role": "user", "content": TEMPLATE})]
        content = prompt_service_pb2.CreateVersionRequest(prompt_id=made.prompt.id, messages=messages)
        version = await prompts.CreateVersion(content, metadata=metadata)
    return key.secret, version.version.id
