"""What a dialect is: routes, the carrier of its key, an envelope for its errors; and a call on its way through it."""

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
    "bearer",
    "ended",
    "parse",
    "unauthenticated",
]

# Names and items that a body may have in all. It bounds the work of reading hostile JSON to a tenth of a second; what a
# version or a run may hold at its limits is far below.
MAX_ITEMS = 100_000
# How long who waits for a run's end shall wait before it asks again.
POLL_SECONDS = 2
# The longest that the services let a caller wait for the end of a run that goes on without it.
MAX_WAIT_SECONDS = 300.0

_ENDED = (run_pb2.Run.STATE_SUCCEEDED, run_pb2.Run.STATE_FAILED, run_pb2.Run.STATE_CANCELLED)

Response = TypeVar("Response")


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
        return parse(await self.request.read())

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


def _same(field: str) -> str:
    return field


@dataclass(frozen=True, slots=True)
class Dialect:
    """One REST product's API. Every path below `prefixes` (whole segments) wears its envelope, unknown ones too.

    `schemas` go into the OpenAPI document beside those of all other dialects, so their names must be the dialect's own.
    `field_of` gives the dialect's name of a field that the services name, for problem details asked for by `Accept`.
    """

    name: str
    description: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    secret: Callable[[Mapping[str, str]], str]
    envelope: Callable[[Problem], Reply]
    schemas: Mapping[str, Any] = field(default_factory=dict[str, Any])
    field_of: Callable[[str], str] = _same
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


def parse(data: bytes) -> Any:
    """Read strict JSON: no NaN, no duplicate names, no text after it. Raises Problem 400."""
    if not data:
        raise problem.malformed("the body is empty; send JSON")
    if len(data) > MAX_ITEMS and _items(data) > MAX_ITEMS:
        raise problem.malformed(f"the body has more than {MAX_ITEMS} names, items, arrays and objects")
    try:
        return jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError as error:
        raise problem.malformed(f"the body is not JSON: {error}") from None


def _items(data: bytes) -> int:
    """Count the commas, colons and brackets outside of texts, without reading: a text may have any number of them."""
    if _marks(data) <= MAX_ITEMS:
        return 0
    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    if bare.count(b'"') > 2 * MAX_ITEMS:
        return MAX_ITEMS + 1
    return sum(_marks(part) for part in bare.split(b'"')[::2])


def _marks(data: bytes) -> int:
    return sum(data.count(mark) for mark in (b",", b":", b"[", b"{"))
