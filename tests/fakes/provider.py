"""An OpenAI-compatible server over HTTP that answers as it was told to.

    async with FakeProvider() as fake:
        fake.script(Answer(status=500), Answer("the text"))
        ...  # a client of fake.base_url gets the two, then echoes
        fake.requests[0].body["model"]

For benches, `python -m tests.fakes.provider --port N` serves echoes alone.
"""

import argparse
import asyncio
import base64
import re
import struct
import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
import uvloop
from aiohttp import web

MODELS = ("fake-small", "fake-large")
CHAT, COMPLETIONS, IMAGES = "/v1/chat/completions", "/v1/completions", "/v1/images/generations"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(shade: int = 200) -> bytes:
    """Make a PNG of one grey pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


PNG = png()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer to one request. Without `text` it echoes, or gives PNG; `body` is the whole body, as it is.

    A request for an image gets the URL in `text` in place of the image itself.

    A request for a stream gets the text in `pieces`, by default its words: texts, bytes that go out as they are, and
    events that hold back what follows. `gate` holds the whole answer back until it is set; `cut` ends the connection
    instead of answering, or after the pieces; `flood` writes the body without end.
    """

    text: str | None = None
    pieces: Sequence[str | bytes | asyncio.Event] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    gate: asyncio.Event | None = None
    cut: bool = False
    flood: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in, from which address; `left` is set when its client went away before the answer."""

    path: str
    headers: Mapping[str, str]
    body: Any
    peer: Any = None
    left: asyncio.Event = field(default_factory=asyncio.Event)


class FakeProvider:
    """The server. Requests use up the script in order; when it is used up, answers echo."""

    def __init__(self, *, port: int = 0, remember: int | None = None) -> None:
        self.models = list(MODELS)
        self.requests: deque[Received] = deque(maxlen=remember)
        self.lists = 0
        self._script: deque[Answer] = deque()
        self._arrived = asyncio.Condition()
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Start serving on a port of its own."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        asked = [web.post(path, self._ask) for path in (CHAT, COMPLETIONS, IMAGES)]
        app.add_routes([*asked, web.get("/v1/models", self._list)])
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and drop what is open."""
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """The URL to configure a provider with."""
        return f"http://127.0.0.1:{self._port}/v1"

    def script(self, *answers: Answer) -> None:
        """Answer the next requests so."""
        self._script.extend(answers)

    def reset(self) -> None:
        """Forget the answers that were not asked for."""
        self._script.clear()

    async def received(self, count: int) -> Received:
        """Wait until `count` requests came in, and give the last of them."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        received = Received(request.path, request.headers.copy(), orjson.loads(await request.read()), peer)
        async with self._arrived:
            self.requests.append(received)
            self._arrived.notify_all()
        answer = self._script.popleft() if self._script else Answer()
        try:
            return await self._answer(request, received, answer)
        except (asyncio.CancelledError, ConnectionError):
            received.left.set()
            raise

    async def _answer(self, request: web.Request, received: Received, answer: Answer) -> web.StreamResponse:
        if answer.gate is not None:
            await answer.gate.wait()
        if answer.cut and answer.pieces is None:
            _abort(request)
        if answer.flood:
            return await _flood(request, answer)
        if received.body.get("stream") and answer.body is None and answer.status == 200:
            return await _stream(request, received, answer)
        body = self._body(received, answer)
        headers = {"Content-Type": "application/json", **answer.headers}
        return web.Response(body=body, status=answer.status, headers=headers)

    def _body(self, received: Received, answer: Answer) -> bytes:
        if answer.body is not None:
            return answer.body
        if answer.status != 200:
            return orjson.dumps({"error": {"message": answer.text or f"scripted {answer.status}", "type": "fake"}})
        if received.path == IMAGES:
            return orjson.dumps(image(answer.text))
        text = answer.text if answer.text is not None else echo(received.body)
        return orjson.dumps(completion(received.body, text))

    async def _list(self, _: web.Request) -> web.Response:
        self.lists += 1
        data = [{"id": name, "object": "model", "owned_by": "fake"} for name in self.models]
        return web.Response(body=orjson.dumps({"object": "list", "data": data}), content_type="application/json")


def echo(body: Mapping[str, Any]) -> str:
    """Give the text of an unscripted answer: `echo: ` and the text of the last message, or the prompt."""
    return f"echo: {prompt_of(body)}"


def prompt_of(body: Mapping[str, Any]) -> str:
    """Give the text that a request ends with: that of its last message, or its prompt."""
    if "messages" not in body:
        return body["prompt"]
    return _text(body["messages"][-1]) if body["messages"] else ""


def image(url: str | None = None) -> dict[str, Any]:
    """Give the answer to a request for an image: PNG itself, or a URL."""
    made = {"url": url} if url else {"b64_json": base64.b64encode(PNG).decode()}
    return {
        "created": 1767225600,
        "data": [made],
        "usage": {"input_tokens": 3, "output_tokens": 40, "total_tokens": 43},
    }


def completion(body: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Give the completion that answers with `text`, of a chat or of a prompt; a token is a word."""
    messages = body.get("messages", ({"content": body.get("prompt", "")},))
    read, written = sum(len(_text(message).split()) for message in messages), len(text.split())
    said = {"message": {"role": "assistant", "content": text}} if "messages" in body else {"text": text}
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion" if "messages" in body else "text_completion",
        "created": 1767225600,
        "model": body["model"],
        "choices": [{"index": 0, **said, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(part["text"] for part in content if "text" in part)
    return content or ""


async def _stream(request: web.Request, received: Received, answer: Answer) -> web.StreamResponse:
    text = answer.text if answer.text is not None else echo(received.body)
    pieces = answer.pieces if answer.pieces is not None else re.findall(r"\S+\s*|\s+", text)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **answer.headers})
    await response.prepare(request)
    for piece in pieces:
        if isinstance(piece, asyncio.Event):
            await piece.wait()
        else:
            await response.write(piece if isinstance(piece, bytes) else chunk(received.body, {"content": piece}))
    if answer.cut:
        _abort(request)
        return response
    told = "".join(piece for piece in pieces if isinstance(piece, str))
    await response.write(chunk(received.body, {}, finish_reason="stop"))
    if (received.body.get("stream_options") or {}).get("include_usage"):
        usage = completion(received.body, told)["usage"]
        await response.write(chunk(received.body, None, usage=usage))
    await response.write(b"data: [DONE]\n\n")
    return response


def chunk(body: Mapping[str, Any], delta: object, *, finish_reason: str | None = None, usage: object = None) -> bytes:
    """Give an event of a streamed completion, of a chat or of a prompt; without a delta it has no choice."""
    said = {"delta": delta} if "messages" in body or not isinstance(delta, dict) else {"text": delta.get("content", "")}
    choices = [] if delta is None else [{"index": 0, **said, "finish_reason": finish_reason}]
    told = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1767225600, "model": body["model"]}
    return b"data: %s\n\n" % orjson.dumps({**told, "choices": choices, "usage": usage})


def _abort(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


async def _flood(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    await response.prepare(request)
    while True:
        await response.write(answer.body or b" " * 65536)


async def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    async with FakeProvider(port=parser.parse_args().port, remember=1) as fake:
        print(fake.base_url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
