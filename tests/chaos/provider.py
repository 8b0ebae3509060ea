"""A provider over HTTP that does as a prompt's text says, and notes each request: of which run, by whom, until when."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Self

import orjson
from aiohttp import web

from tests.fakes.provider import completion

MODEL = "fake-small"


@dataclass(frozen=True, slots=True)
class Order:
    """What the provider is to do, as the JSON text of a prompt: answer `words` words in `seconds`.

    `tag` names the run. `owner` is whose requests are counted together while they are under way. Who asks for a deadly
    one is killed by it.
    """

    tag: str
    seconds: float = 0.0
    words: int = 8
    owner: str = ""
    deadly: bool = False

    def __str__(self) -> str:
        """Give the text of the prompt."""
        return orjson.dumps(asdict(self)).decode()

    def text(self, number: int) -> str:
        """Give the whole answer to the request of this number for the run."""
        return "".join(self.pieces(number))

    def pieces(self, number: int) -> list[str]:
        """Give that answer in the pieces that a stream has."""
        return [f"{self.tag}:{number}:{word} " for word in range(self.words)]


@dataclass(slots=True)
class Asked:
    """A request: the driver that made it, when it came (Unix time), when and how it was over."""

    order: Order
    driver: str
    number: int
    began: float
    ended: float | None = None
    answered: bool = False


class Provider:
    """The server. A driver asks at a base URL of its own, by which it is known."""

    def __init__(self) -> None:
        self.asked: defaultdict[str, list[Asked]] = defaultdict(list)
        self.peak: Counter[str] = Counter()
        self.kill: Callable[[str], object] = _refuse
        self.under_way: Counter[str] = Counter()
        self._news = asyncio.Condition()
        self._port = 0
        self._runner: web.AppRunner

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes([web.post("/{driver}/v1/chat/completions", self._chat), web.get("/{driver}/v1/models", _list)])
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def base_url(self, driver: str) -> str:
        """Give the URL to configure a driver with."""
        return f"http://127.0.0.1:{self._port}/{driver}/v1"

    def answered(self, tag: str) -> set[str]:
        """Give the texts that were sent in whole for a run."""
        return {asked.order.text(asked.number) for asked in self.asked[tag] if asked.answered}

    async def until(self, tag: str, is_so: Callable[[list[Asked]], bool], seconds: float = 60.0) -> Asked:
        """Wait until it is so of the requests for a run, and give the last of them. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: is_so(self.asked[tag]))
        return self.asked[tag][-1]

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        order = Order(**orjson.loads(body["messages"][-1]["content"]))
        earlier = self.asked[order.tag]
        asked = Asked(order, request.match_info["driver"], len(earlier) + 1, time.time())
        earlier.append(asked)
        self.under_way[order.owner] += 1
        self.peak[order.owner] = max(self.peak[order.owner], self.under_way[order.owner])
        await self._tell()
        try:
            response = await self._answer(request, body, asked)
            asked.answered = True
            return response
        finally:
            asked.ended = time.time()
            self.under_way[order.owner] -= 1
            await asyncio.shield(self._tell())

    async def _answer(self, request: web.Request, body: Any, asked: Asked) -> web.StreamResponse:
        if asked.order.deadly:
            self.kill(asked.driver)
        if body.get("stream"):
            return await _stream(request, body, asked)
        await asyncio.sleep(asked.order.seconds)
        answer = completion(body, asked.order.text(asked.number))
        return web.Response(body=orjson.dumps(answer), content_type="application/json")

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


def _refuse(driver: str) -> None:
    raise AssertionError(f"{driver} asks for something deadly, and nobody is there to kill it")


async def _stream(request: web.Request, body: Any, asked: Asked) -> web.StreamResponse:
    """Send the pieces evenly over the time of the order, the first at once, and the usage at the end."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    whole = completion(body, asked.order.text(asked.number))
    for piece in asked.order.pieces(asked.number):
        await response.write(_chunk(whole, [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]))
        await asyncio.sleep(asked.order.seconds / asked.order.words)
    await response.write(_chunk(whole, [{"index": 0, "delta": {}, "finish_reason": "stop"}]))
    await response.write(_chunk(whole, [], usage=whole["usage"]) + b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def _chunk(whole: dict[str, Any], choices: list[Any], **more: Any) -> bytes:
    chunk = {**whole, "object": "chat.completion.chunk", "choices": choices, "usage": None, **more}
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


async def _list(_: web.Request) -> web.Response:
    data = [{"id": MODEL, "object": "model", "owned_by": "fake"}]
    return web.Response(body=orjson.dumps({"object": "list", "data": data}), content_type="application/json")
