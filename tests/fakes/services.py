"""The gRPC services as the facade sees them: they answer what a test says and remember what they were asked."""

import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from promptwire.v1 import key_pb2, key_service_pb2, prompt_service_pb2, run_service_pb2
from services import errors

PROTOS = (key_service_pb2, prompt_service_pb2, run_service_pb2)
ME = key_service_pb2.WhoAmIResponse(
    key=key_pb2.Key(
        id="8Zk2mQ4vT1xY",
        display_name="a key",
        project="default",
        prefix="pw_8Zk2mQ4vT1xY",
        scopes=["prompts:read", "runs:read", "runs:write"],
    ),
    project="default",
)

Answer = Message | Exception | Sequence[Message] | Callable[[Any, Any], Any]


class Received(NamedTuple):
    """An RPC that was made: its name (`CreateRun`), its request, its metadata by lower-case name."""

    method: str
    request: Any
    metadata: Mapping[str, str]


class FakeServices:
    """A gRPC server on a free port with KeyService, PromptService, RunService and health.

    `answers["GetRun"]` is what GetRun answers from now on: its response, an exception of `services.errors` (sent with
    its details, as the real server does), or a coroutine function of (request, context). What an RPC streams is a list,
    or an asynchronous generator of the same arguments. WhoAmI answers ME, and an RPC without an answer is INTERNAL.
    `refuses`, when set, is raised by every RPC, as the key interceptor does. `limits` are told with every answer, as
    those of a key are. `requests` has all that was asked, in order.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.refuses: errors.ServiceError | None = None
        self.requests: list[Received] = []
        self.limits: tuple[tuple[str, str], ...] = ()
        self.port = 0
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None

    @property
    def target(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Forget all answers and requests, so that one server can serve many tests."""
        self.answers = {}
        self.refuses = None
        self.requests = []
        self.limits = ()

    def asked(self, method: str) -> list[Received]:
        """Give the calls of one RPC."""
        return [received for received in self.requests if received.method == method]

    async def start(self) -> None:
        """Listen: on a free port the first time, on the same one after a `stop`."""
        # As the real server, it lets channels ask every so often whether it is alive.
        options = [("grpc.so_reuseport", 0), ("grpc.http2.min_ping_interval_without_data_ms", 10_000)]
        self._server = grpc.aio.server(options=options)
        for module in PROTOS:
            for service in module.DESCRIPTOR.services_by_name.values():
                handlers = {method.name: self._handler(method) for method in service.methods}
                self._server.add_registered_method_handlers(service.full_name, handlers)
                self._server.add_generic_rpc_handlers(
                    (grpc.method_handlers_generic_handler(service.full_name, handlers),)
                )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self.set_serving(True)
        await self.set_taking_calls(True)
        await self._server.start()

    async def stop(self) -> None:
        """Cut all calls and stop listening."""
        if self._server is not None:
            await self._server.stop(None)

    async def set_serving(self, serving: bool) -> None:
        """Say what health says."""
        status = health_pb2.HealthCheckResponse
        await self._health.set("", status.SERVING if serving else status.NOT_SERVING)

    async def set_taking_calls(self, taking: bool) -> None:
        """Say whether clients that have other servers should call this one."""
        status = health_pb2.HealthCheckResponse
        await self._health.set("promptwire.v1", status.SERVING if taking else status.NOT_SERVING)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.stop()

    def _handler(self, method: Any) -> Any:
        make = grpc.unary_unary_rpc_method_handler
        behaviour = self._behaviour(method)
        if method.server_streaming:
            make, behaviour = grpc.unary_stream_rpc_method_handler, self._streaming_behaviour(method)
        return make(
            behaviour,
            request_deserializer=message_factory.GetMessageClass(method.input_type).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _behaviour(self, method: Any) -> Any:
        async def behaviour(request: Any, context: Any) -> Any:
            self._note(method, request, context)
            context.set_trailing_metadata(self.limits)
            try:
                return await self._answer(method.name, request, context)
            except errors.ServiceError as error:
                await self._abort(context, error)

        return behaviour

    def _streaming_behaviour(self, method: Any) -> Any:
        async def behaviour(request: Any, context: Any) -> Any:
            self._note(method, request, context)
            await context.send_initial_metadata(self.limits)
            try:
                async for message in self._messages(method.name, request, context):
                    yield message
            except errors.ServiceError as error:
                await self._abort(context, error)

        return behaviour

    def _note(self, method: Any, request: Any, context: Any) -> None:
        self.requests.append(Received(method.name, request, dict(context.invocation_metadata() or ())))

    async def _messages(self, method: str, request: Any, context: Any) -> AsyncIterator[Message]:
        if self.refuses is not None:
            raise self.refuses
        answer = self.answers.get(method, errors.Internal())
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            async for message in answer(request, context):
                yield message
            return
        for message in [answer] if isinstance(answer, Message) else answer:
            yield message

    async def _answer(self, method: str, request: Any, context: Any) -> Message:
        if self.refuses is not None:
            raise self.refuses
        answer = self.answers.get(method, ME if method == "WhoAmI" else errors.Internal())
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Message):
            return answer
        assert callable(answer)
        response = answer(request, context)
        assert inspect.isawaitable(response), "an answer that is called must be a coroutine function"
        return await response

    async def _abort(self, context: Any, error: errors.ServiceError) -> None:
        status = rpc_status.to_status(errors.to_status(error))
        await context.abort(status.code, status.details, (*status.trailing_metadata, *self.limits))
