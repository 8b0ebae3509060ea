"""The one wrapper of every RPC of ours: request id, decoding, errors as google.rpc.Status, a log line, metrics."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc
import grpc.aio
import structlog
from google.protobuf.message import DecodeError
from grpc_status import rpc_status
from uuid_utils import uuid4

from services import checks, errors
from services.telemetry import Metrics

PREFIX = "/promptwire.v1."
MAX_REQUEST_ID = 128

_log = structlog.get_logger()

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Details = grpc.HandlerCallDetails
Behaviour = Callable[[bytes, "grpc.aio.ServicerContext[Any, Any]"], Awaitable[Any]]
Metadata = tuple[tuple[str, str], ...]
# Gives what else to tell the caller of the RPC that is being served, in metadata.
Report = Callable[[], Awaitable[Metadata]]


async def _nothing() -> Metadata:
    return ()


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps each handler once; other services on the same server (health, reflection) pass as they are."""

    def __init__(self, metrics: Metrics, report: Report = _nothing) -> None:
        self._metrics = metrics
        self._report = report
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self, continuation: Callable[[Details], Awaitable["Handler | None"]], handler_call_details: Details
    ) -> "Handler | None":
        """Give the wrapped handler, or one that refuses when an interceptor further in raised."""
        method = handler_call_details.method
        if not method.startswith(PREFIX):
            return await continuation(handler_call_details)
        structlog.contextvars.bind_contextvars(**_trace(handler_call_details))
        try:
            handler = await continuation(handler_call_details)
        except errors.ServiceError as error:
            return self._refusing(method, error)
        except Exception:
            _log.exception("rpc failed", method=method)
            return self._refusing(method, errors.Internal())
        return handler and self._wrap(method, handler)

    def _wrap(self, method: str, handler: Handler) -> Handler:
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            make = grpc.unary_stream_rpc_method_handler if handler.unary_stream else grpc.unary_unary_rpc_method_handler
            behaviour: Any = self._behaviour(method, self._to_answer(method, handler))
            wrapped = self._wrapped[method] = make(behaviour, None, handler.response_serializer)
        return wrapped

    def _refusing(self, method: str, error: errors.ServiceError) -> Handler:
        async def refuse(_: bytes, context: "grpc.aio.ServicerContext[Any, Any]") -> None:
            self._metrics.calls.labels(_short(method), error.code.name).inc()
            _log.info("rpc refused", method=_short(method), code=error.code.name, reason=error.reason)
            await self._abort(context, error)

        return grpc.unary_unary_rpc_method_handler(refuse)

    def _to_answer(self, method: str, handler: Handler) -> Behaviour:
        """Give what decodes a request and answers it."""
        decode = handler.request_deserializer
        assert decode, f"{method} has no decoder"
        if handler.unary_stream:
            return self._to_stream(handler.unary_stream, decode)
        serve: Any = handler.unary_unary
        assert serve, f"{method} takes a stream"
        return lambda data, context: serve(_decoded(decode, data), context)

    def _to_stream(self, serve: Any, decode: Callable[[bytes], Any]) -> Behaviour:
        async def stream(data: bytes, context: "grpc.aio.ServicerContext[Any, Any]") -> None:
            # Left by its reader, the stream is closed at once, not when its memory is.
            async with aclosing(serve(_decoded(decode, data), context)) as responses:
                try:
                    await self._write(responses, context)
                except grpc.aio.InternalError:
                    # What a write that waits for its reader says when that one leaves.
                    raise asyncio.CancelledError from None

        return stream

    async def _write(self, responses: AsyncGenerator[Any, None], context: "grpc.aio.ServicerContext[Any, Any]") -> None:
        """Write a stream as fast as it is read."""
        first = await anext(responses, None)
        if first is None:
            return
        await context.send_initial_metadata(await self._report())
        await context.write(first)
        async for response in responses:
            await context.write(response)

    def _behaviour(self, method: str, answer: Behaviour) -> Behaviour:
        succeeded = self._metrics.calls.labels(_short(method), "OK")
        seconds = self._metrics.seconds.labels(_short(method))

        async def behaviour(data: bytes, context: "grpc.aio.ServicerContext[Any, Any]") -> Any:
            began = time.perf_counter()
            try:
                response = await answer(data, context)
            except asyncio.CancelledError:
                self._ended(method, "CANCELLED", began)
                raise
            except Exception as raised:
                error = _as_service_error(method, raised)
                self._ended(method, error.code.name, began)
                await self._abort(context, error)
            else:
                succeeded.inc()
                seconds.observe(time.perf_counter() - began)
                context.set_trailing_metadata((*_trailing(), *await self._report()))
                return response

        return behaviour

    def _ended(self, method: str, code: str, began: float) -> None:
        taken = time.perf_counter() - began
        self._metrics.calls.labels(_short(method), code).inc()
        self._metrics.seconds.labels(_short(method)).observe(taken)
        _log.info("rpc ended", method=_short(method), code=code, seconds=round(taken, 4))

    async def _abort(self, context: "grpc.aio.ServicerContext[Any, Any]", error: errors.ServiceError) -> None:
        status = rpc_status.to_status(errors.to_status(error))
        # What the report would ask does not answer.
        more = () if isinstance(error, errors.DatabaseUnavailable) else await self._report()
        await context.abort(status.code, status.details, (*status.trailing_metadata, *_trailing(), *more))


def _decoded(decode: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return decode(data)
    except DecodeError:
        fault = "is not a message of the contract, or is nested too deep; compare it with the .proto files"
        raise checks.invalid(errors.Violation("request", fault)) from None


def _as_service_error(method: str, error: Exception) -> errors.ServiceError:
    if isinstance(error, errors.ServiceError):
        return error
    _log.error("rpc failed", method=method, exc_info=error)
    return errors.Internal()


def _trace(details: Details) -> dict[str, str]:
    """Give what ties the call to others: the caller's x-request-id or a new one, and its traceparent if it sent one."""
    trace: dict[str, str] = {}
    for name, value in details.invocation_metadata or ():
        if name == "x-request-id" and 0 < len(value) <= MAX_REQUEST_ID:
            trace["request_id"] = str(value)
        elif name == "traceparent" and len(value) <= MAX_REQUEST_ID:
            trace["traceparent"] = str(value)
    return trace if "request_id" in trace else {"request_id": uuid4().hex, **trace}


def _trailing() -> Metadata:
    bound = structlog.contextvars.get_contextvars()
    trace = (("x-request-id", bound["request_id"]),)
    return (*trace, ("traceparent", bound["traceparent"])) if "traceparent" in bound else trace


def _short(method: str) -> str:
    return method.removeprefix(PREFIX)
