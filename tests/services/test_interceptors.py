"""What every RPC of ours gets around it, whether it answers once or in a stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
import pytest
import structlog
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services import errors
from services.interceptors import CallInterceptor, Metadata
from services.telemetry import Metrics

METHODS = ("Test/Once", "Test/Stream")
STREAM = "Test/Stream"
TRACED = (("x-request-id", "mine"),)

Stream = Callable[[str], AsyncIterator[str]]
Reported = Awaitable[Metadata]


class Service:
    """A service of one RPC of each kind, which do what a test tells them."""

    def __init__(self) -> None:
        self.stream: Stream = spell
        self.closed = asyncio.Event()

    async def serve_once(self, request: StringValue, _: object) -> StringValue:
        return StringValue(value="".join([part async for part in self.stream(request.value)]))

    async def serve_stream(self, request: StringValue, _: object) -> AsyncIterator[StringValue]:
        try:
            async for part in self.stream(request.value):
                yield StringValue(value=part)
        finally:
            self.closed.set()


async def spell(word: str) -> AsyncIterator[str]:
    """Give each letter."""
    for letter in word:
        yield letter


async def hang(word: str) -> AsyncIterator[str]:
    """Give each letter, and never end."""
    async for letter in spell(word):
        yield letter
    await asyncio.Event().wait()


async def flood(word: str) -> AsyncIterator[str]:
    """Give the word again and again."""
    while True:
        yield word


async def break_off(word: str) -> AsyncIterator[str]:
    """Give each letter, and then an error."""
    async for letter in spell(word):
        yield letter
    raise errors.Unavailable("DATABASE_UNAVAILABLE", "come back", metadata={"what": "it"}, retry_after=2.0)


async def crash(_: str) -> AsyncIterator[str]:
    """Raise what was not foreseen."""
    raise RuntimeError("secret words")
    yield ""


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


async def report() -> Metadata:
    return (("ratelimit", "r=1"),)


@pytest.fixture
async def channel(service: Service, metrics: Metrics) -> AsyncIterator[grpc.aio.Channel]:
    coders = {"request_deserializer": StringValue.FromString, "response_serializer": StringValue.SerializeToString}
    handlers = {
        "Once": grpc.unary_unary_rpc_method_handler(service.serve_once, **coders),
        "Stream": grpc.unary_stream_rpc_method_handler(service.serve_stream, **coders),
    }
    server = grpc.aio.server(interceptors=[CallInterceptor(metrics, report)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("promptwire.v1.Test", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


def call(channel: grpc.aio.Channel, method: str, data: bytes) -> Any:
    make: Any = channel.unary_stream if method == STREAM else channel.unary_unary
    return make(f"/promptwire.v1.{method}", response_deserializer=StringValue.FromString)(data, metadata=TRACED)


async def answer(channel: grpc.aio.Channel, method: str, data: bytes) -> str:
    """Give the whole answer of a call."""
    made = call(channel, method, data)
    return "".join([part.value async for part in made]) if method == STREAM else (await made).value


def counted(metrics: Metrics, method: str, code: str) -> float:
    found = metrics.registry.get_sample_value("promptwire_rpc_total", {"method": method, "code": code})
    return found or 0.0


async def refusal(channel: grpc.aio.Channel, method: str, data: bytes) -> tuple[grpc.aio.AioRpcError, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await answer(channel, method, data)
    status = rpc_status.from_call(caught.value)
    info = error_details_pb2.ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    assert dict(caught.value.trailing_metadata() or ())["x-request-id"] == "mine"
    return caught.value, info.reason


WORD = StringValue(value="word").SerializeToString()


@pytest.mark.parametrize("method", METHODS)
async def test_an_answer_is_counted_and_carries_the_request_id(
    channel: grpc.aio.Channel, metrics: Metrics, method: str
) -> None:
    made = call(channel, method, WORD)
    answered = [part.value async for part in made] if method == STREAM else [(await made).value]
    assert answered == (["w", "o", "r", "d"] if method == STREAM else ["word"])
    trailing = dict(await made.trailing_metadata())
    assert (trailing["x-request-id"], trailing["ratelimit"]) == ("mine", "r=1")
    assert counted(metrics, method, "OK") == 1
    assert metrics.registry.get_sample_value("promptwire_rpc_seconds_count", {"method": method}) == 1


async def test_a_stream_tells_of_the_limit_ahead_and_may_be_empty(channel: grpc.aio.Channel) -> None:
    made = call(channel, STREAM, WORD)
    assert dict(await made.initial_metadata())["ratelimit"] == "r=1"
    assert await answer(channel, STREAM, b"") == ""


@pytest.mark.parametrize("method", METHODS)
async def test_an_error_has_its_details_also_behind_what_was_told(
    channel: grpc.aio.Channel, service: Service, metrics: Metrics, method: str
) -> None:
    service.stream = break_off
    if method == STREAM:
        made = call(channel, method, WORD)
        assert [(await made.read()).value for _ in "word"] == ["w", "o", "r", "d"]
        made.cancel()
    error, reason = await refusal(channel, method, WORD)
    assert (error.code(), error.details(), reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "come back",
        "DATABASE_UNAVAILABLE",
    )
    assert counted(metrics, method, "UNAVAILABLE") >= 1


@pytest.mark.parametrize("method", METHODS)
async def test_what_was_not_foreseen_is_internal_and_says_nothing(
    channel: grpc.aio.Channel, service: Service, method: str
) -> None:
    service.stream = crash
    error, reason = await refusal(channel, method, WORD)
    assert (error.code(), reason, "secret" in str(error)) == (grpc.StatusCode.INTERNAL, "INTERNAL", False)


@pytest.mark.parametrize("method", METHODS)
async def test_what_is_not_a_message_is_refused(channel: grpc.aio.Channel, service: Service, method: str) -> None:
    error, reason = await refusal(channel, method, b"\xff")
    assert (error.code(), reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert not service.closed.is_set()


@pytest.mark.parametrize("method", METHODS)
async def test_one_who_leaves_is_noticed_at_once(
    channel: grpc.aio.Channel, service: Service, metrics: Metrics, method: str
) -> None:
    service.stream = hang
    made = call(channel, method, WORD)
    if method == STREAM:
        await made.read()
    else:
        await asyncio.sleep(0)
        while metrics.registry.get_sample_value("promptwire_rpc_seconds_count", {"method": method}) is None:
            await asyncio.sleep(0)
    made.cancel()
    async with asyncio.timeout(5):
        while not counted(metrics, method, "CANCELLED"):
            await asyncio.sleep(0.01)
    assert method != STREAM or service.closed.is_set()


async def test_one_who_reads_slowly_holds_up_the_stream_and_may_leave_it(
    channel: grpc.aio.Channel, service: Service, metrics: Metrics
) -> None:
    given = 0

    async def count(_: str) -> AsyncIterator[str]:
        nonlocal given
        async for part in flood("x" * 1000):
            given += 1
            yield part

    service.stream = count
    made = call(channel, STREAM, WORD)
    await made.read()
    before = -1
    while before != given:
        before = given
        await asyncio.sleep(0.05)
    # What fits into the buffers of a connection.
    assert given < 30_000
    made.cancel()
    async with asyncio.timeout(5):
        await service.closed.wait()
        while not counted(metrics, STREAM, "CANCELLED"):
            await asyncio.sleep(0.01)


async def test_leaving_at_any_time_is_no_fault(channel: grpc.aio.Channel, service: Service, metrics: Metrics) -> None:
    service.stream = flood

    async def leave(parts: int) -> None:
        made = call(channel, STREAM, WORD)
        for _ in range(parts):
            await made.read()
        made.cancel()

    with structlog.testing.capture_logs() as logs:
        await asyncio.gather(*(leave(parts) for parts in range(1, 61)))
        async with asyncio.timeout(10):
            while metrics.registry.get_sample_value("promptwire_rpc_seconds_count", {"method": STREAM}) != 60:
                await asyncio.sleep(0.01)
    assert counted(metrics, STREAM, "CANCELLED") == 60
    assert not [line for line in logs if line["log_level"] in ("error", "critical")]
