"""The application: every dialect's routes behind one middleware that names, guards, measures and closes requests."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import orjson
import structlog
from aiohttp import http_exceptions, web
from uuid_utils import uuid4

from facade import idempotency, limits, lines, problem, sse
from facade.accept import qualities
from facade.core import Caller, Core, trace_of
from facade.cors import Cors
from facade.dialect import ASIDE_BYTES, Call, Dialect, Handler, Lines, Reply, Stream
from facade.problem import Problem
from facade.telemetry import Metrics

COMPRESS_BYTES = 4096
# A body over this size, or of unknown size, is not read before the services have seen the key, as reading it costs far
# more than asking. A small one goes with the key in one RPC.
EARLY_BYTES = 32 * 1024
MAX_REQUEST_ID = 128
MAX_SECRET = 512
CLIENT_LEFT = 499
PROBLEM_JSON = "application/problem+json"

_REQUEST_ID = web.RequestKey("request_id", str)
_CALLER = web.RequestKey("caller", Caller)
_log = structlog.get_logger()
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
Page = Callable[[web.Request], Awaitable[Reply | web.StreamResponse]]
# Answers a request with a problem: for what refuses requests before the application sees them.
Refuse = Callable[[web.BaseRequest, Problem], web.Response]
REFUSE: web.AppKey[Refuse] = web.AppKey("refuse")
# Set when the server is about to stop: from then on it asks its callers to go elsewhere, but still serves them.
NOTICE: web.AppKey[asyncio.Event] = web.AppKey("notice")


class App:
    """Binds dialects to aiohttp. The last one prints problem details and takes every path that no other owns."""

    def __init__(
        self,
        core: Core,
        dialects: Sequence[Dialect],
        metrics: Metrics,
        *,
        public_url: str,
        body_limit: int,
        cors: Cors,
    ) -> None:
        self._core = core
        self._dialects = dialects
        self._metrics = metrics
        self._public_url = public_url
        self._body_limit = body_limit
        self._cors = cors
        self._notice = asyncio.Event()
        self._stopping = asyncio.Event()

    def build(self, pages: Sequence[tuple[str, Page]]) -> web.Application:
        """Make the aiohttp application of all routes; `pages` are paths that are read without a key, such as health."""
        app = web.Application(middlewares=[self._middleware], client_max_size=self._body_limit)
        app[REFUSE] = self._refuse
        app[NOTICE] = self._notice
        app.on_response_prepare.append(self._add_headers)
        app.on_shutdown.append(self._end_streams)
        for path, page in pages:
            app.router.add_get(path, _bind_page(page))
        for dialect in self._dialects:
            for route in dialect.routes:
                bound = self._bind(dialect, route.handler)
                paths = (route.path, f"{route.path}/") if dialect.ignores_trailing_slash else (route.path,)
                for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
                    for path in paths:
                        app.router.add_route(method, path, bound)
        return app

    def _bind(self, dialect: Dialect, handler: Handler) -> Next:
        async def bound(request: web.Request) -> web.StreamResponse:
            caller = request[_CALLER] = _caller(dialect, request)
            try:
                if _is_large(request):
                    await self._core.who_am_i(caller)
                answer = await handler(Call(request, self._core, caller, self._public_url))
                if isinstance(answer, Stream):
                    return await self._stream(request, dialect, answer)
                if isinstance(answer, Lines):
                    return await lines.respond(request, answer.parts, answer.headers)
                return _response(request, answer)
            except Exception as raised:
                refusal = self._problem(raised)
                if not refusal.authenticated:
                    # Nothing is told about a body before the services have seen the key: this may raise 401.
                    await self._core.who_am_i(caller)
                raise refusal from None

        return bound

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Next) -> web.StreamResponse:
        began = time.perf_counter()
        structlog.contextvars.bind_contextvars(request_id=request_id_of(request))
        try:
            response = await self._answer(request, handler)
        except asyncio.CancelledError:
            self._metrics.ended(request, CLIENT_LEFT, time.perf_counter() - began)
            raise
        self._metrics.ended(request, response.status, time.perf_counter() - began)
        return response

    async def _answer(self, request: web.Request, handler: Next) -> web.StreamResponse:
        preflight = self._cors_of(request).preflight(request.method, request.headers)
        if preflight is not None:
            return web.Response(status=204, headers=preflight)
        try:
            return await handler(request)
        except Exception as raised:
            if isinstance(raised, web.HTTPMethodNotAllowed) and request.method == "OPTIONS":
                return web.Response(status=204, headers={"Allow": _allow(raised)})
            return self._refuse(request, self._problem(raised))

    async def _stream(self, request: web.Request, dialect: Dialect, stream: Stream) -> web.StreamResponse:
        def broken(raised: Exception) -> sse.Event:
            refused = _completed(self._problem(raised), request)
            return sse.Event("error", orjson.dumps(dialect.envelope(refused).body))

        # Who cannot go on reading elsewhere may read for as long as the server waits for requests under way.
        stopping = self._stopping if stream.resumable else asyncio.Event()
        return await sse.respond(request, stream.events, headers=stream.headers, broken=broken, stopping=stopping)

    async def _end_streams(self, _: web.Application) -> None:
        self._stopping.set()

    def _refuse(self, request: web.BaseRequest, refused: Problem) -> web.Response:
        """Print a problem in the path's envelope, or as problem details when the caller accepts those by name."""
        dialect = self._dialect_of(request)
        reply = dialect.envelope(_completed(refused, request))
        told = dialect.in_terms(refused)
        if _accepts_problem(request):
            reply = self._dialects[-1].envelope(replace(told, status=reply.status))
        return _response(request, replace(reply, headers={**_headers(told, reply.status), **reply.headers}))

    def _dialect_of(self, request: web.BaseRequest) -> Dialect:
        return next((dialect for dialect in self._dialects if dialect.owns(request.path)), self._dialects[-1])

    def _cors_of(self, request: web.BaseRequest) -> Cors:
        return self._dialect_of(request).cors or self._cors

    def _problem(self, raised: Exception) -> Problem:
        match raised:
            case Problem():
                return raised
            case web.HTTPMethodNotAllowed():
                allow = _allow(raised)
                words = f"use one of {allow}" if "," in allow else f"use {allow}"
                return Problem(405, "METHOD_NOT_ALLOWED", words, headers={"Allow": allow})
            case web.HTTPNotFound():
                return Problem(404, "ROUTE_NOT_FOUND", "no such path; /docs lists all of them")
            case web.HTTPRequestEntityTooLarge():
                return Problem(413, "BODY_TOO_LARGE", f"the body is over {self._body_limit} bytes")
            case web.HTTPException() if raised.status < 500:
                return Problem(raised.status, "REQUEST_INVALID", raised.reason)
            case http_exceptions.HttpProcessingError() | web.RequestPayloadError() | ConnectionError():
                words = "the body is not encoded as its headers say, or broke off"
                return Problem(400, "REQUEST_INVALID", words, headers={"Connection": "close"})
            case _:
                _log.error("request failed", exc_info=raised)
                return problem.internal()

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        headers = self._cors_of(request).headers(request.headers)
        headers["X-Request-Id"] = request_id_of(request)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Server"] = "promptwire"
        if self._notice.is_set():
            headers["Connection"] = "close"
            response.force_close()
        trace = trace_of(request.headers)
        if trace:
            headers["traceparent"] = trace
        if _CALLER in request and request[_CALLER].limits:
            headers.update(limits.beside(response.headers, request[_CALLER].limits))
        if "Vary" in headers and "Vary" in response.headers:
            headers["Vary"] += f", {response.headers['Vary']}"
        response.headers.update(headers)


def _bind_page(page: Page) -> Next:
    async def bound(request: web.Request) -> web.StreamResponse:
        answer = await page(request)
        return _response(request, answer) if isinstance(answer, Reply) else answer

    return bound


def _caller(dialect: Dialect, request: web.Request) -> Caller:
    for name in ("Authorization", *([dialect.key_header] if dialect.key_header else ())):
        if len({value.strip() for value in request.headers.getall(name, ())}) > 1:
            raise problem.unauthenticated("KEY_UNKNOWN", f"the request has two {name} headers; send one")
    secret = dialect.secret(request.headers)
    # gRPC metadata holds only this much; no key has any more.
    if len(secret) > MAX_SECRET or not _printable(secret):
        raise problem.unauthenticated("KEY_UNKNOWN", "the secret is no key of this server; check it for typing errors")
    project = request.headers.get("Promptwire-Project", "").strip()
    if len(project) > MAX_SECRET or not _printable(project):
        raise Problem(404, "PROJECT_NOT_FOUND", "there is no project of this name")
    return Caller(secret, request_id_of(request), trace_of(request.headers), project or None)


def _completed(refused: Problem, request: web.BaseRequest) -> Problem:
    """Add what only the request tells: its id, its path, and how it said what the services call `request_id`."""
    refused.request_id, refused.path = request_id_of(request), request.path
    if refused.reason == "REQUEST_ID_REUSED" and idempotency.HEADER in request.headers:
        refused.message = refused.message.replace("request_id", idempotency.HEADER)
    return refused


def _response(request: web.BaseRequest, reply: Reply) -> web.Response:
    body: bytes = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
    headers = {"Content-Type": reply.content_type, **reply.headers}
    # What is long is compressed in a thread.
    response = web.Response(status=reply.status, body=body, headers=headers, zlib_executor_size=ASIDE_BYTES)
    if len(body) > COMPRESS_BYTES:
        response.headers["Vary"] = "Accept-Encoding"
        if _accepts_gzip(request):
            response.enable_compression(web.ContentCoding.gzip)
    return response


def _headers(refused: Problem, status: int) -> dict[str, str]:
    headers = dict(refused.headers)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = str(refused.retry_after or problem.RETRY_SECONDS)
    return headers


def _is_large(request: web.Request) -> bool:
    return request.body_exists and (request.content_length is None or request.content_length > EARLY_BYTES)


def _allow(raised: web.HTTPMethodNotAllowed) -> str:
    return ", ".join(sorted(raised.allowed_methods))


def _accepts_problem(request: web.BaseRequest) -> bool:
    return qualities(request.headers.getall("Accept", ())).get(PROBLEM_JSON, 0) > 0


def _accepts_gzip(request: web.BaseRequest) -> bool:
    return qualities(request.headers.getall("Accept-Encoding", ())).get("gzip", 0) > 0


def request_id_of(request: web.BaseRequest) -> str:
    """Give the id of a request: its own, or one that is made for it."""
    try:
        return request[_REQUEST_ID]
    except KeyError:
        given = request.headers.get("X-Request-Id", "")
        request[_REQUEST_ID] = given if 0 < len(given) <= MAX_REQUEST_ID and _printable(given) else uuid4().hex
        return request[_REQUEST_ID]


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()
