"""aiohttp's runner, but for one thing: what is no valid HTTP is answered with problem details, too."""

from typing import Any
from uuid import uuid4

import orjson
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from facade.native import problems
from facade.problem import Problem, internal

STOP_SECONDS = 10.0

_log = structlog.get_logger()


class Runner(web.AppRunner):
    """Runs the application. A client that leaves cancels its handler, and so the RPC and the work behind it."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(app, handler_cancellation=True, access_log=None, shutdown_timeout=STOP_SECONDS)

    # aiohttp has no public way to name the class of its connections, which alone see what is no HTTP.
    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(server.request_handler, request_factory=server.request_factory, **self._kwargs)


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what never reached the application."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        refused = Problem(status, "REQUEST_INVALID", "the request is no valid HTTP") if status < 500 else internal()
        if not isinstance(exc, HttpProcessingError):
            _log.error("request failed", exc_info=exc)
        return _response(refused)

    def log_exception(self, *args: Any, **keywords: Any) -> None:
        """Log what went wrong after an answer; a body that broke off is its sender's affair."""
        if not isinstance(keywords.get("exc_info"), web.RequestPayloadError):
            _log.error("connection failed", exc_info=keywords.get("exc_info"))


def _response(refused: Problem) -> web.Response:
    refused.request_id = uuid4().hex
    reply = problems.envelope(refused)
    headers = {
        "X-Request-Id": refused.request_id,
        "X-Content-Type-Options": "nosniff",
        "Server": "promptwire",
    }
    response = web.Response(
        status=reply.status, body=orjson.dumps(reply.body), headers=headers, content_type=reply.content_type
    )
    response.force_close()
    return response
