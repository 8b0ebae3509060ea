"""The way to the services: one channel, a stub each, the caller's key and trace handed on, a deadline on every call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
import grpc.aio
import structlog
from grpc_health.v1 import health_pb2

from facade import problem
from facade.config import Settings
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

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_log = structlog.get_logger()

Response = TypeVar("Response")
Rpc = grpc.aio.UnaryUnaryMultiCallable[Any, Response]
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the services will find out: the secret, the project that an operator names, the trace."""

    secret: str
    request_id: str
    traceparent: str | None = None
    project: str | None = None

    def metadata(self) -> Metadata:
        """Give the gRPC metadata that carries all of it."""
        pairs = [("authorization", f"Bearer {self.secret}"), ("x-request-id", self.request_id)]
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
        """Make the channel. It connects when first used, and again whenever the server comes back."""
        options = [
            ("grpc.max_receive_message_length", settings.message_limit),
            ("grpc.max_send_message_length", settings.message_limit),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            # Also bounds an attempt to connect, and so how long a call waits for a host that says nothing.
            ("grpc.min_reconnect_backoff_ms", 2_000),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1_000),
            ("grpc.enable_http_proxy", 0),
            # With a name that stands for several servers (`dns:///...`) calls go to all of them.
            ("grpc.lb_policy_name", "round_robin"),
        ]
        if settings.grpc_ca is None:
            return cls(grpc.aio.insecure_channel(settings.grpc_target, options), settings.run_timeout)
        credentials = grpc.ssl_channel_credentials(settings.grpc_ca.read_bytes())
        return cls(grpc.aio.secure_channel(settings.grpc_target, credentials, options), settings.run_timeout)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def call(
        self, rpc: Rpc[Response], request: object, caller: Caller, timeout: float = CALL_SECONDS
    ) -> Response:
        """Make an RPC as `caller`. Raises Problem. Cancelling the task that waits here cancels the RPC."""
        try:
            return await rpc(request, metadata=caller.metadata(), timeout=timeout)
        except grpc.aio.AioRpcError as error:
            raised = problem.from_rpc(error)
            if raised.status >= 500:
                _log.warning("rpc failed", code=error.code().name, details=error.details())
            raise raised from None

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


def trace_of(headers: Mapping[str, str]) -> str | None:
    """Give the W3C traceparent of a request, if it has one that is well formed."""
    value = headers.get("traceparent", "")
    return value if _TRACEPARENT.fullmatch(value) else None
