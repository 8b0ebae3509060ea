"""The facade's site as it is run, on a free port, and a client that reads whole answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry

from facade.config import Settings
from facade.core import Core
from facade.listener import Runner
from facade.site import build
from facade.telemetry import Metrics

KEY = "pw_8Zk2mQ4vT1xY_secret"


class Answer(NamedTuple):
    """What came back, as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Site:
    """A running facade and a client of it."""

    def __init__(self, port: int, session: aiohttp.ClientSession, registry: CollectorRegistry) -> None:
        self.port = port
        self.registry = registry
        self.session = session

    async def call(self, method: str, path: str, headers: Mapping[str, Any] | None = None, **more: Any) -> Answer:
        """Make a request, with a key unless `headers` has None for it."""
        given = {"Authorization": f"Bearer {KEY}", "Accept-Encoding": "identity", **(headers or {})}
        sent = {name: value for name, value in given.items() if value is not None}
        async with self.session.request(method, path, headers=sent, **more) as response:
            return Answer(response.status, response.headers, await response.read())

    async def send(self, data: bytes) -> bytes:
        """Send bytes as they are; give what comes back until the other side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        return answer


@asynccontextmanager
async def serving(target: str, **settings: Any) -> AsyncIterator[Site]:
    """Serve the site in front of the services at `target`."""
    chosen = Settings(grpc_target=target, **settings)
    core, registry = Core.open(chosen), CollectorRegistry()
    runner = Runner(build(core, chosen, Metrics(registry)), chosen.grace)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", auto_decompress=False) as session:
        yield Site(port, session, registry)
    await runner.cleanup()
    await core.close()
