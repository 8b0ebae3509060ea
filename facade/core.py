"""The way to the services: one channel, a stub each, the caller's key and trace handed on, a deadline on every call."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
import grpc.aio
import structlog
from grpc_health.v1 import health_pb2

from facade import limits, problem
from facade.channel import open_channel
from facade.config import Settings
from facade.problem import Problem
from facade.retries import Attempts
from promptwire.v1 import key_service_pb2
from promptwire.v1.key_service_pb2_grpc import KeyServiceStub
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from promptwire.v1.run_service_pb2_grpc import RunServiceStub

if TYPE_CHECKING:  # these stand in the type stubs only
    from promptwire.v1.key_service_pb2_grpc import KeyServiceAsyncStub
    from promptwire.v1.prompt_service_pb2_grpc import PromptServiceAsyncStub
    from promptwire.v1.run_service_pb2_grpc import RunServiceAsyncStub

CALL_SECONDS = 10.0
READY_SECONDS = 2.0
REACH_SECONDS = 1.0

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_log = structlog.get_logger()

Response = TypeVar("Response")
Rpc = grpc.aio.UnaryUnaryMultiCallable[Any, Response]
StreamRpc = grpc.aio.UnaryStreamMultiCallable[Any, Response]
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the services will find out: the secret, the project that an operator names, the trace.

    An empty secret is none: for what needs no key.
    """

    secret: str
    request_id: str
    traceparent: str | None = None
    project: str | None = None
    # What the services last said of the key's limit, as headers; nothing when it has none.
    limits: dict[str, str] = field(default_factory=dict[str, str], compare=False)

    def hear(self, told: Iterable[tuple[str, str | bytes]] | None) -> None:
        """Keep what the metadata of an answer says of the key's limit."""
        self.limits.update(limits.from_metadata(told or ()))

    def metadata(self) -> Metadata:
        """Give the gRPC metadata that carries all of it."""
        pairs = [("x-request-id", self.request_id)]
        if self.secret:
            pairs.append(("authorization", f"Bearer {self.secret}"))
        if self.traceparent:
            pairs.append(("traceparent", self.traceparent))
        if self.project:
            pairs.append(("promptwire-project", self.project))
        return tuple(pairs)


class Core:
    """The stubs of the three services over one channel."""

    def __init__(self, channel: grpc.aio.Channel, run_timeout: float) -> None:
        self._channel = channel
        # The services end a run themselves; this only bounds a call to a server that says nothing any more.
        self.run_seconds = run_timeout + CALL_SECONDS
        self.keys: KeyServiceAsyncStub = KeyServiceStub(channel)
        self.prompts: PromptServiceAsyncStub = PromptServiceStub(channel)
        self.runs: RunServiceAsyncStub = RunServiceStub(channel)
        self._check_health: Rpc[health_pb2.HealthCheckResponse] = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )

    @classmethod
    def open(cls, settings: Settings) -> "Core":
        """Open the way that the settings say."""
        return cls(open_channel(settings), settings.run_timeout)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def call(
        self, rpc: Rpc[Response], request: object, caller: Caller, timeout: float = CALL_SECONDS
    ) -> Response:
        """Make an RPC as `caller`, again where that is safe. Raises Problem.

        Cancelling the task that waits here cancels the RPC.
        """
        attempts = Attempts(request)
        await self._reach()
        while True:
            try:
                return await self._call(rpc, request, caller, timeout)
            except Problem as refused:
                await attempts.again(refused)

    async def stream(self, rpc: StreamRpc[Response], request: object, caller: Caller) -> AsyncGenerator[Response, None]:
        """Make an RPC that answers bit by bit, before the first bit again where that is safe. Raises Problem.

        It has no deadline; closing the generator cancels it.
        """
        attempts, begun = Attempts(request), False
        await self._reach()
        while True:
            try:
                async with aclosing(self._stream(rpc, request, caller)) as responses:
                    async for response in responses:
                        begun = True
                        yield response
                return
            except Problem as refused:
                if begun:
                    raise
                await attempts.again(refused)

    async def _reach(self) -> None:
        """Wait a moment for a server when there is none, as between the stop of one and the return of another.

        A call would fail at once then, though it began nothing and there will be somebody to call very soon.
        """
        if self._channel.get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(REACH_SECONDS):
                await self._channel.channel_ready()

    async def _call(self, rpc: Rpc[Response], request: object, caller: Caller, timeout: float) -> Response:
        try:
            call = rpc(request, metadata=caller.metadata(), timeout=timeout)
            response = await call
        except grpc.aio.AioRpcError as error:
            raise _refused(error, caller) from None
        caller.hear(await call.trailing_metadata())
        return response

    async def _stream(
        self, rpc: StreamRpc[Response], request: object, caller: Caller
    ) -> AsyncGenerator[Response, None]:
        call = rpc(request, metadata=caller.metadata())
        try:
            caller.hear(await call.initial_metadata())
            async for response in call:
                yield response
        except grpc.aio.AioRpcError as error:
            raise _refused(error, caller) from None
        finally:
            call.cancel()

    async def who_am_i(self, caller: Caller) -> key_service_pb2.WhoAmIResponse:
        """Ask whom the caller's key stands for. Raises Problem 401 when it stands for nobody."""
        return await self.call(self.keys.WhoAmI, key_service_pb2.WhoAmIRequest(), caller)

    async def ready(self) -> bool:
        """Ask whether the gRPC server can serve: its database answers, and it is not stopping."""
        try:
            answer = await self._check_health(health_pb2.HealthCheckRequest(), timeout=READY_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING


def _refused(error: grpc.aio.AioRpcError, caller: Caller) -> Problem:
    caller.hear(error.trailing_metadata())
    refused = problem.from_rpc(error)
    if refused.status >= 500:
        _log.warning("rpc failed", code=error.code().name, details=error.details())
    return refused


def trace_of(headers: Mapping[str, str]) -> str | None:
    """Give the W3C traceparent of a request, if it has one that is well formed."""
    value = headers.get("traceparent", "")
    return value if _TRACEPARENT.fullmatch(value) else None
