"""What a dialect is: routes, the carrier of its key, an envelope for its errors; and a call on its way through it."""

import asyncio
import codecs
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import jiter
from aiohttp import web

from facade import lines, problem, sse
from facade.core import CALL_SECONDS, Caller, Core, Rpc
from facade.cors import Cors
from facade.prefer import Prefer
from facade.problem import Problem, unauthenticated
from promptwire.v1 import run_pb2
from promptwire.v1 import run_service_pb2 as run_pb

__all__ = [
    "Answered",
    "Call",
    "Dialect",
    "Handler",
    "Lines",
    "Reply",
    "Route",
    "Stream",
    "aside",
    "bearer",
    "ended",
    "parse",
    "unauthenticated",
]

# Names and items that a body may have in all. It bounds the work of reading hostile JSON to a tenth of a second; a
# thousand messages with a thousand variables have a fifth of it.
MAX_ITEMS = 100_000
# The same where a body may hold a graph, for three times as long: 1,000 nodes and 10,000 edges, as editors write them,
# have three quarters of it.
MAX_GRAPH_ITEMS = 300_000
# JSON over this size is read and written aside: it takes up to half a second, and nobody else shall wait for that.
ASIDE_BYTES = 256 * 1024
# How long who waits for a run's end shall wait before it asks again.
POLL_SECONDS = 2
# The longest that the services let a caller wait for the end of a run that goes on without it.
MAX_WAIT_SECONDS = 300.0

_ENDED = (run_pb2.Run.STATE_SUCCEEDED, run_pb2.Run.STATE_FAILED, run_pb2.Run.STATE_CANCELLED)

Response = TypeVar("Response")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: HTTP status, JSON body (or bytes, with their content type), further headers."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer of events, and further headers. `resumable`: who reads it may go on reading elsewhere, so that a server
    that stops ends it at once.
    """

    events: sse.Events
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer of JSON values, each on a line, and further headers."""

    parts: lines.Parts
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Call:
    """A REST request that a handler turns into an RPC."""

    request: web.Request
    core: Core
    caller: Caller
    public_url: str

    @property
    def path(self) -> Mapping[str, str]:
        """The parameters of the path, decoded."""
        return self.request.match_info

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query, the first of each name."""
        return self.request.query

    async def json(self) -> Any:
        """Read the body as JSON. Raises Problem 400, 413; the content type is not looked at, as clients forget it."""
        return await self.read(_same)

    async def read(self, convert: Callable[[Any], Made], most_items: int = MAX_ITEMS) -> Made:
        """Read the body as JSON, and give what `convert` makes of it. Raises Problem as `json` and `convert` do."""
        data = await self.request.read()
        return await aside(len(data), lambda: convert(parse(data, most_items)))

    async def rpc(self, method: Rpc[Response], message: object, timeout: float = CALL_SECONDS) -> Response:
        """Make the RPC as the caller. Raises Problem."""
        return await self.core.call(method, message, self.caller, timeout)

    def prefers(self, most: float = MAX_WAIT_SECONDS) -> Prefer:
        """Read what the caller prefers; it waits for a run's end for at most so long (s)."""
        return Prefer.read(self.request.headers.getall("Prefer", ()), most)

    async def create_run(self, request: run_pb.CreateRunRequest, prefer: Prefer) -> run_pb.CreateRunResponse:
        """Make CreateRun, and wait for the run's end as the caller prefers. Raises Problem."""
        timeout = self.core.run_seconds
        if prefer.wait is not None:
            request.wait.FromNanoseconds(round(prefer.wait * 1e9))
            timeout = prefer.wait + CALL_SECONDS
        elif prefer.detached:
            request.detached = True
            timeout = CALL_SECONDS
        return await self.rpc(self.core.runs.CreateRun, request, timeout)


Answered = Reply | Stream | Lines
Handler = Callable[[Call], Awaitable[Answered]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path (`/v1/runs/{run_id}`), who handles it, and its OpenAPI operation."""

    method: str
    path: str
    handler: Handler
    operation: Mapping[str, Any]


def _same(given: Made) -> Made:
    return given


@dataclass(frozen=True, slots=True)
class Dialect:
    """One REST product's API. Every path below `prefixes` (whole segments) wears its envelope, unknown ones too.

    `schemas` go into the OpenAPI document beside those of all other dialects, so their names must be the dialect's own.
    `in_terms` gives a problem of the services in the dialect's own words, for problem details asked for by `Accept`.
    """

    name: str
    description: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    secret: Callable[[Mapping[str, str]], str]
    envelope: Callable[[Problem], Reply]
    schemas: Mapping[str, Any] = field(default_factory=dict[str, Any])
    in_terms: Callable[[Problem], Problem] = _same
    # The header that a key may stand in as it is, beside `Authorization: Bearer <secret>`.
    key_header: str | None = None
    # Which web origins may call; None: those that may call the whole site.
    cors: Cors | None = None
    # Whether a slash at the end of a path makes no difference.
    ignores_trailing_slash: bool = False

    def owns(self, path: str) -> bool:
        """Whether the path is at or below one of the prefixes."""
        return any(path == prefix or path.startswith(prefix + "/") for prefix in self.prefixes)


def ended(run: run_pb2.Run) -> bool:
    """Whether a run came to its end."""
    return run.state in _ENDED


def bearer(headers: Mapping[str, str]) -> str:
    """Give the secret of `Authorization: Bearer <secret>`, scheme in any case. Raises Problem 401 without one."""
    scheme, _, secret = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise unauthenticated("KEY_MISSING", "send the header `Authorization: Bearer <secret>`")
    return secret.strip()


async def aside(size: int, work: Callable[..., Made], *arguments: Any) -> Made:
    """Do work on so many bytes: when they are many in a thread, so that the event loop goes on."""
    return await asyncio.to_thread(work, *arguments) if size > ASIDE_BYTES else work(*arguments)


def parse(data: bytes, most_items: int = MAX_ITEMS) -> Any:
    """Read strict JSON: no NaN, no duplicate names, no text after it. Raises Problem 400."""
    # Some editors put it before all that they write.
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data:
        raise problem.malformed("the body is empty; send JSON")
    if len(data) > most_items and _has_more(data, most_items):
        raise problem.malformed(f"the body has more than {most_items} names, items, arrays and objects")
    try:
        return jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError as error:
        raise problem.malformed(f"the body is not JSON: {error}") from None


def _has_more(data: bytes, most: int) -> bool:
    """Count the commas, colons and brackets outside of texts, without reading: a text may have any number of them."""
    if _marks(data) <= most:
        return False
    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return bare.count(b'"') > 2 * most or sum(_marks(part) for part in bare.split(b'"')[::2]) > most


def _marks(data: bytes) -> int:
    return sum(data.count(mark) for mark in (b",", b":", b"[", b"{"))
