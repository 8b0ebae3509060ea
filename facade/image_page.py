"""The page of images that runs made, for whoever has a token."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from aiohttp import web

from facade.app import request_id_of
from facade.core import Caller, Core
from facade.problem import Problem
from promptwire.v1 import run_pb2, run_service_pb2

PATH = "/images/{token}"
OPERATION: dict[str, Any] = {
    "operationId": "getImage",
    "summary": "Gives an image that a run made",
    "parameters": [
        {
            "name": "token",
            "in": "path",
            "required": True,
            "description": "The token of the image, from an answer with a run.",
            "schema": {"type": "string", "minLength": 1},
        }
    ],
    "responses": {
        "200": {
            "description": "The image.",
            "content": {
                f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
                for kind in ("png", "jpeg", "gif", "webp")
            },
        },
        "404": {"description": "There is no image for this token."},
        "410": {"description": "The token has expired; get the run again for a new one."},
        "503": {"description": "The server cannot serve now; retry after the seconds of `Retry-After`."},
    },
}

Parts = AsyncGenerator[run_service_pb2.GetImageResponse]


class Images:
    """The page of images."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Send an image as it comes. Raises Problem before its first byte."""
        wanted = run_service_pb2.GetImageRequest(token=request.match_info["token"])
        async with aclosing(
            self._core.stream(self._core.runs.GetImage, wanted, Caller("", request_id_of(request)))
        ) as parts:
            first = await anext(parts)
            response = web.StreamResponse(headers=_headers(first.image))
            await response.prepare(request)
            if request.method != "HEAD":
                await _send(response, request, first, parts)
        return response


async def _send(
    response: web.StreamResponse, request: web.Request, first: run_service_pb2.GetImageResponse, parts: Parts
) -> None:
    try:
        await response.write(first.chunk)
        async for part in parts:
            await response.write(part.chunk)
    except (Problem, ConnectionError):
        # What was sent cannot be taken back: that it breaks off tells the reader.
        if request.transport is not None:
            request.transport.abort()


def _headers(image: run_pb2.Image) -> dict[str, str]:
    """Say what comes. A token never stands for another image, so that it may be kept for as long as it works."""
    seconds = max(0, image.expire_time.seconds - int(time.time()))
    return {
        "Content-Type": image.media_type,
        "Content-Length": str(image.size_bytes),
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": f"private, max-age={seconds}, immutable",
        # Pages of any origin may show it, and draw with it.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
