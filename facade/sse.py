"""Server-Sent Events: an answer that goes on until its source ends, its reader leaves or the server stops."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass

from aiohttp import web

from facade import accept

CONTENT_TYPE = "text/event-stream"
KEEP_ALIVE_SECONDS = 15.0

_HEADERS = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its name, its data (a line of JSON), and the id that a reader names when it comes again."""

    name: str
    data: bytes
    id: str = ""

    def encode(self) -> bytes:
        """Give the event as it is sent."""
        head = f"id: {self.id}\n" if self.id else ""
        return b"%sevent: %s\ndata: %s\n\n" % (head.encode(), self.name.encode(), self.data)


Events = AsyncGenerator[Event, None]


def asked(headers: Sequence[str]) -> bool:
    """Whether the headers `Accept` ask for events, and more gladly than for JSON."""
    found = accept.qualities(headers) if headers else {}
    return found.get(CONTENT_TYPE, 0) > found.get("application/json", 0)


async def respond(
    request: web.Request,
    events: Events,
    *,
    headers: Mapping[str, str],
    broken: Callable[[Exception], Event],
    stopping: asyncio.Event,
) -> web.StreamResponse:
    """Answer with events as they come, or with 204 when they end before the first one.

    What is raised before the first event goes through; later it becomes the event that `broken` makes of it, the last
    one. `stopping` ends the answer early. `events` are closed in any case, also when the reader leaves.
    """
    async with aclosing(_paced(events, stopping)) as chunks:
        first = await anext(chunks, None)
        if first is None:
            return web.Response(status=204)
        response = web.StreamResponse(headers=_HEADERS | dict(headers))
        # A reader that left cancels this task, but a write may meet it first.
        with suppress(ConnectionError):
            await response.prepare(request)
            if request.method != "HEAD":
                await _send(response, first, chunks, broken)
        return response


async def _send(
    response: web.StreamResponse,
    first: bytes,
    chunks: AsyncGenerator[bytes, None],
    broken: Callable[[Exception], Event],
) -> None:
    """Write what comes, no faster than the reader takes it."""
    await response.write(first)
    try:
        async for chunk in chunks:
            await response.write(chunk)
    except ConnectionError:
        raise
    except Exception as raised:
        await response.write(broken(raised).encode())


async def _paced(events: Events, stopping: asyncio.Event) -> AsyncGenerator[bytes, None]:
    """Give the events as they are sent, and a comment whenever none came for a while: nobody shall take it for dead."""
    stop = asyncio.ensure_future(stopping.wait())
    coming = asyncio.ensure_future(anext(events, None))
    try:
        while not stop.done():
            await asyncio.wait((coming, stop), timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                yield _KEEP_ALIVE
                continue
            event = coming.result()
            if event is None:
                return
            yield event.encode()
            coming = asyncio.ensure_future(anext(events, None))
    finally:
        stop.cancel()
        coming.cancel()
        await asyncio.gather(stop, coming, return_exceptions=True)
        await events.aclose()
