"""A receiver of webhooks over HTTP that answers as it was told to, and keeps what it heard."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came in."""

    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    time: float

    @property
    def id(self) -> str:
        """Its `webhook-id`."""
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Says:
    """What to answer: `gate` holds it back until it is set."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b"thank you"
    gate: asyncio.Event | None = None


class Receiver:
    """The server, on an address of its own. Requests use up the script in order; then answers are 200, or `default`."""

    def __init__(self, host: str = "127.0.0.2") -> None:
        self._host = host
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._script: deque[Says] = deque()
        self._came = asyncio.Condition()
        self.default = Says()
        self.heard: list[Heard] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen: on a free port the first time, on the same one after a `stop`."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    def script(self, *says: Says) -> None:
        """Answer the next requests so."""
        self._script.extend(says)

    async def wait(self, count: int, seconds: float = 20) -> list[Heard]:
        """Wait until so many requests came in, and give all."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(lambda: len(self.heard) >= count)
        return self.heard

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        now = asyncio.get_running_loop().time()
        heard = Heard(request.path, request.query_string, request.headers.copy(), body, now)
        async with self._came:
            self.heard.append(heard)
            self._came.notify_all()
        says = self._script.popleft() if self._script else self.default
        if says.gate is not None:
            await says.gate.wait()
        return web.Response(status=says.status, headers=says.headers, body=says.body)
