"""JSON Lines: an answer of any length, a JSON value a line, that is sent as it comes and no faster than it is read."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any

import orjson
import structlog
from aiohttp import web

from facade.problem import Problem

CONTENT_TYPE = "application/jsonl"

# Some values at a time.
Parts = AsyncGenerator[list[Any], None]

_log = structlog.get_logger()


async def respond(request: web.Request, parts: Parts, headers: Mapping[str, str]) -> web.StreamResponse:
    """Answer with the values of all parts, each on a line.

    What is raised before the first part goes through. Later the connection is cut, so that nobody takes what came for
    all there is. `parts` are closed in any case, also when the reader leaves.
    """
    async with aclosing(parts):
        first = await anext(parts, [])
        response = web.StreamResponse(headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **headers})
        # A reader that left cancels this task, but a write may meet it first.
        with suppress(ConnectionError):
            await response.prepare(request)
            if request.method == "HEAD":
                return response
            try:
                await response.write(_encode(first))
                async for part in parts:
                    await response.write(_encode(part))
                await response.write_eof()
            except Problem as raised:
                _log.warning("answer cut", reason=raised.reason)
                if request.transport is not None:
                    request.transport.abort()
        return response


def _encode(values: list[Any]) -> bytes:
    return b"".join(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) for value in values)
