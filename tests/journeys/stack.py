"""Both servers in this process, over a real database and the scripted provider: what a journey calls from outside."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from contextvars import Context
from pathlib import Path
from typing import Any, Self

import aiohttp
import grpc
import grpc.aio
from aiohttp import web
from aiohttp.test_utils import unused_port
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

import facade.config
import services.config
from facade.core import Core
from facade.listener import Runner
from facade.site import build
from facade.telemetry import Metrics
from promptwire import values
from promptwire.v1 import prompt_pb2, prompt_service_pb2, run_pb2, run_service_pb2
from promptwire.v1.key_service_pb2_grpc import KeyServiceStub
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from promptwire.v1.run_service_pb2_grpc import RunServiceStub
from services.db import Database
from services.keys import command, scopes
from services.server import Server
from tests.fakes.provider import FakeProvider

CONFIG = """
default_model = "fake/fake-small"

[providers.fake]
base_url = "{base_url}"
retries = {retries}
"""


class Stack:
    """A gRPC server and a facade on free ports, with an admin key and a run key of the project `default`.

    `server_settings` and `facade_settings` are laid over the usual ones; a `fake` may be shared by several.
    """

    def __init__(
        self,
        dsn: str,
        directory: Path,
        *,
        retries: int = 0,
        fake: FakeProvider | None = None,
        server_settings: Mapping[str, Any] | None = None,
        facade_settings: Mapping[str, Any] | None = None,
        with_worker: bool = False,
    ) -> None:
        self._dsn = dsn
        self._directory = directory
        self._retries = retries
        self._given_fake = fake
        self._server_settings = server_settings or {}
        self._facade_settings = facade_settings or {}
        self._with_worker = with_worker
        self._closing = AsyncExitStack()
        self.fake: FakeProvider
        self.server: Server
        self.admin: str
        self.run: str

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    def metadata(self, secret: str, **more: str) -> tuple[tuple[str, str], ...]:
        """Give the metadata of a call with a key."""
        return (("authorization", f"Bearer {secret}"), *((name.replace("_", "-"), text) for name, text in more.items()))

    async def create_key(self, project: str = "default", held: frozenset[str] | None = None) -> str:
        """Make a key on the database itself, and give its secret."""
        wanted = scopes.ADMIN_SCOPES if held is None else held
        _, secret = await command.create(self.server.database, project=project, name="made by a test", scopes=wanted)
        return secret

    async def create_version(self, *contents: str, **fields: Any) -> prompt_pb2.Version:
        """Make a prompt with a version of user messages, over gRPC as the admin key."""
        metadata = self.metadata(fields.pop("secret", self.admin))
        request = prompt_service_pb2.CreatePromptRequest(name="made by a test", alias=fields.pop("alias", ""))
        prompt = (await self.prompts.CreatePrompt(request, metadata=metadata)).prompt
        messages = [values.to_value({"role": "user", "content": content}) for content in contents]
        version = prompt_service_pb2.CreateVersionRequest(prompt_id=prompt.id, messages=messages, **fields)
        return (await self.prompts.CreateVersion(version, metadata=metadata)).version

    async def create_run(self, version_id: str, inputs: dict[str, Any], secret: str | None = None) -> run_pb2.Run:
        """Run a version over gRPC as the run key."""
        spec = run_pb2.RunSpec(version_id=version_id, inputs=values.to_struct(inputs))
        request = run_service_pb2.CreateRunRequest(spec=spec)
        return (await self.runs.CreateRun(request, metadata=self.metadata(secret or self.run))).run

    async def rest(self, method: str, path: str, secret: str | None = None, **options: Any) -> tuple[int, Any]:
        """Call the facade; give the status and the JSON of the answer."""
        headers = {"Authorization": f"Bearer {secret or self.run}"} | options.pop("headers", {})
        async with self.session.request(method, self.base_url + path, headers=headers, **options) as response:
            return response.status, await response.json(content_type=None)

    async def open_facade(self, **more: Any) -> tuple[str, web.Application]:
        """Start a facade that ends with the stack; give its URL and what it serves. `more` are settings of its own."""
        port = unused_port()
        usual = {"http": f"127.0.0.1:{port}", "grpc_target": self.server.address}
        settings = facade.config.Settings(**usual | more)
        core = Core.open(settings)
        self._closing.push_async_callback(core.close)
        app = build(core, settings, Metrics(CollectorRegistry()))
        runner = Runner(app, settings.grace)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return f"http://{settings.http}", app

    async def counter(self, name: str, **labels: str) -> float:
        """Read a counter of the gRPC server from its metrics page; 0 when it never counted."""
        async with self.session.get(self.metrics_url) as response:
            families = text_string_to_metric_families(await response.text())
        samples = [sample for family in families for sample in family.samples]
        return sum(
            sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items()
        )

    async def _start(self) -> None:
        enter = self._closing.enter_async_context
        self.fake = self._given_fake or await enter(FakeProvider())
        config = self._directory / "promptwire.toml"
        config.write_text(CONFIG.format(base_url=self.fake.base_url, retries=self._retries))
        usual = {"grpc": "127.0.0.1:0", "metrics": f"127.0.0.1:{unused_port()}", "secret": "0" * 64, "grace": 1}
        settings = services.config.Settings(**usual | {"config": config} | self._server_settings)
        self.metrics_url = f"http://{settings.metrics}/metrics"
        self.server = Server(settings, self._dsn, with_worker=self._with_worker)
        self._closing.push_async_callback(self.server.stop)
        # RPCs begin in the context of the start, which must know no caller of another test.
        await asyncio.create_task(self.server.start(), context=Context())
        self.base_url, self.app = await self.open_facade(**self._facade_settings)
        channel = await enter(self._channel())
        self.keys = KeyServiceStub(channel)
        self.prompts = PromptServiceStub(channel)
        self.runs = RunServiceStub(channel)
        self.channel = channel
        self.session = await enter(aiohttp.ClientSession())
        self.admin = await self.create_key()
        self.run = await self.create_key(held=frozenset(scopes.RUN_SCOPES))

    def _channel(self) -> grpc.aio.Channel:
        authority = self._facade_settings.get("grpc_ca")
        if authority is None:
            return grpc.aio.insecure_channel(self.server.address)
        return grpc.aio.secure_channel(self.server.address, grpc.ssl_channel_credentials(authority.read_bytes()))


async def wait_for(database: Database, query: str, *arguments: object) -> Any:
    """Ask until the query gives a row; the test's own limit bounds it."""
    while True:
        row = await database.fetchrow(query, *arguments)
        if row is not None:
            return row
