"""aiohttp's runner, but for one thing: what never reaches the application is answered in the path's envelope, too."""

import re
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from facade.app import REFUSE, Refuse
from facade.problem import Problem, internal

_START = re.compile(rb"[A-Z]+ (?:https?://[^/ ]*)?(/[^ ?#]*)")
_log = structlog.get_logger()


class Runner(web.AppRunner):
    """Runs the application. A client that leaves cancels its handler, and so the RPC and the work behind it.

    `grace` is how long requests under way may take to end when it stops (s).
    """

    def __init__(self, app: web.Application, grace: float) -> None:
        # aiohttp waits for so long twice: before it cuts the bodies that are still read, and before it cuts the rest.
        super().__init__(app, handler_cancellation=True, access_log=None, shutdown_timeout=grace / 2)

    # aiohttp has no public way to name the class of its connections, which alone see what is no HTTP.
    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        refuse = self.app[REFUSE]

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            try:
                return await server.request_handler(request)
            except web.HTTPException as raised:
                return refuse(request, Problem(raised.status, "REQUEST_INVALID", raised.reason))

        return _Server(refuse, handle, request_factory=server.request_factory, **self._kwargs)


class _Server(web.Server):
    def __init__(self, refuse: Refuse, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._refuse = refuse

    def __call__(self) -> web.RequestHandler:
        return _Connection(self._refuse, self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    def __init__(self, refuse: Refuse, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._refuse = refuse
        self._path = b"/"

    def data_received(self, data: bytes) -> None:
        """Note the path of a request that begins here: if it does not parse, nothing else tells it."""
        if start := _START.match(data):
            self._path = start[1]
        super().data_received(data)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what never reached the application."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        if isinstance(exc, HttpProcessingError):
            # What did not parse has neither path nor headers.
            request = request.clone(rel_url=URL.build(path=self._path.decode("latin-1"), encoded=True), headers={})
        else:
            _log.error("request failed", exc_info=exc)
        words = "the request is no valid HTTP, or its body is not encoded as its headers say"
        refused = Problem(status, "REQUEST_INVALID", words) if status < 500 else internal()
        response = self._refuse(request, refused)
        response.headers["X-Request-Id"] = refused.request_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Server"] = "promptwire"
        response.force_close()
        return response

    def log_exception(self, *args: Any, **keywords: Any) -> None:
        """Log what went wrong after an answer; a body that broke off is its sender's affair."""
        if not isinstance(keywords.get("exc_info"), web.RequestPayloadError):
            _log.error("connection failed", exc_info=keywords.get("exc_info"))
