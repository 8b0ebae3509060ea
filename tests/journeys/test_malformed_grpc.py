"""Whatever bytes, fields or metadata an RPC gets, it answers or refuses in the words of the contract, and lives on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import message_factory
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from grpc_status import rpc_status
from hypothesis import given
from hypothesis import strategies as st

from promptwire.v1 import error_reason_pb2, key_service_pb2, prompt_service_pb2, run_pb2, run_service_pb2
from tests.journeys import examples, hostile
from tests.journeys.examples import Things
from tests.journeys.stack import Stack

METHODS = {
    f"{service.name}/{method.name}": method
    for file in (key_service_pb2, prompt_service_pb2, run_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
REASONS = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name}
# What a request can be at fault for. All else would be the server's.
REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
}
METADATA = ("authorization", "promptwire-project", "x-request-id", "traceparent", "user-agent", "x-other")
SECONDS = 10.0

Metadata = tuple[tuple[str, str | bytes], ...]


@pytest.fixture
async def things(target: Stack) -> Things:
    return await examples.make(target, target.admin)


@pytest.fixture(scope="module", autouse=True)
async def lives(target: Stack) -> AsyncIterator[None]:
    """Ask for the server's health when all is done."""
    yield
    check = target.channel.unary_unary(
        "/grpc.health.v1.Health/Check", response_deserializer=health_pb2.HealthCheckResponse.FromString
    )
    assert (await check(b"")).status == health_pb2.HealthCheckResponse.SERVING


async def call(target: Stack, rpc: str, data: bytes, metadata: Metadata | None = None) -> str:
    """Send bytes as a request. Give the reason of the refusal, which must be one of the contract; empty for OK."""
    method = METHODS[rpc]
    make: Any = target.channel.unary_stream if method.server_streaming else target.channel.unary_unary
    given = target.metadata(target.admin) if metadata is None else metadata
    made = make(f"/promptwire.v1.{rpc}")(data, metadata=given, timeout=SECONDS)
    try:
        answers = [answer async for answer in made] if method.server_streaming else [await made]
    except grpc.aio.AioRpcError as error:
        return _reason(error)
    for answer in answers:
        message_factory.GetMessageClass(method.output_type).FromString(answer)
    return ""


def _reason(error: grpc.aio.AioRpcError) -> str:
    assert error.code() in REFUSALS, error
    status, info = rpc_status.from_call(error), error_details_pb2.ErrorInfo()
    assert status is not None, error
    assert status.details[0].Unpack(info)
    assert info.domain == "promptwire"
    assert info.reason in REASONS
    assert "x-request-id" in dict(error.trailing_metadata() or ())
    return info.reason


def valid(rpc: str, things: Things) -> Message:
    make: Any = message_factory.GetMessageClass(METHODS[rpc].input_type)
    return make(**examples.OF_RPC[rpc](things))


@pytest.mark.parametrize("rpc", METHODS)
@hostile.many(20)
@given(data=st.data())
async def test_bytes(target: Stack, things: Things, rpc: str, data: st.DataObject) -> None:
    whole = hostile.messages(METHODS[rpc].input_type, things.ids) | st.just(valid(rpc, things))
    sent = whole.map(lambda message: message.SerializeToString())
    await call(target, rpc, data.draw(st.binary(max_size=100) | hostile.broken(sent)))


@pytest.mark.parametrize("rpc", METHODS)
@hostile.many(20)
@given(data=st.data())
async def test_fields(target: Stack, things: Things, rpc: str, data: st.DataObject) -> None:
    message = data.draw(hostile.messages(METHODS[rpc].input_type, things.ids))
    await call(target, rpc, message.SerializeToString())


PRINTABLE = st.sampled_from([text for text in hostile.TEXTS if text.isascii() and text.isprintable()])
ASCII = PRINTABLE | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@hostile.many(150)
@given(
    name=st.sampled_from(METADATA),
    text=ASCII,
    form=st.sampled_from(["{}", "Bearer {}", "bearer  {} ", "Basic {}"]),
    binary=st.binary(max_size=40),
    among=st.booleans(),
)
async def test_metadata(target: Stack, name: str, text: str, form: str, binary: bytes, *, among: bool) -> None:
    key = target.metadata(target.admin) if among else ()
    odd: Metadata = ((name, form.format(text)), (f"{name}-bin", binary))
    await call(target, "KeyService/WhoAmI", b"", (*key, *odd))


@pytest.mark.parametrize("text", [text for text in hostile.SQL if text.isascii()])
@pytest.mark.parametrize("name", METADATA[:4])
async def test_sql_in_metadata(target: Stack, name: str, text: str) -> None:
    key = target.metadata(target.admin) if name != "authorization" else ()
    told = await call(target, "KeyService/WhoAmI", b"", (*key, (name, f"Bearer {text}" if not key else text)))
    assert told == {"authorization": "KEY_UNKNOWN", "promptwire-project": "SCOPE_MISSING"}.get(name, "")


async def test_sql_in_the_name_of_an_operators_project(target: Stack) -> None:
    operator = await target.create_key(held=frozenset({"operator"}))
    for text in hostile.SQL:
        if text.isascii():
            named = target.metadata(operator, promptwire_project=text)
            assert await call(target, "KeyService/WhoAmI", b"", named) == "PROJECT_NOT_FOUND"


# What an id that is none is told.
IDS = {
    ("KeyService/GetKey", "id"): "KEY_NOT_FOUND",
    ("KeyService/RevokeKey", "id"): "KEY_NOT_FOUND",
    ("PromptService/GetPrompt", "id"): "PROMPT_NOT_FOUND",
    ("PromptService/DeletePrompt", "id"): "PROMPT_NOT_FOUND",
    ("PromptService/ListVersions", "prompt_id"): "PROMPT_NOT_FOUND",
    ("PromptService/ListVersions", "page_token"): "FIELD_INVALID",
    ("PromptService/DeleteVersion", "id"): "FIELD_INVALID",
    ("RunService/GetRun", "id"): "FIELD_INVALID",
    ("RunService/ListRuns", "older_than"): "FIELD_INVALID",
}


@pytest.fixture(scope="module")
async def alone(target: Stack) -> str:
    """Give the key of a project that no other test puts anything into."""
    return await target.create_key("sql")


@pytest.mark.parametrize(("rpc", "field"), IDS)
async def test_sql_in_ids(target: Stack, alone: str, rpc: str, field: str) -> None:
    things, metadata = await examples.make(target, alone), target.metadata(alone)
    make: Any = message_factory.GetMessageClass(METHODS[rpc].input_type)
    named = {"prompt_id": things.prompt} if field == "page_token" else {}
    for text in hostile.SQL:
        request = make(**named, **{field: text})
        assert await call(target, rpc, request.SerializeToString(), metadata) == IDS[rpc, field], text
    for kept in ("KeyService/GetKey", "PromptService/GetPrompt", "PromptService/GetVersion", "RunService/GetRun"):
        assert await call(target, kept, valid(kept, things).SerializeToString(), metadata) == ""


@pytest.mark.parametrize("text", hostile.SQL)
async def test_sql_in_filters_finds_nothing(target: Stack, alone: str, text: str) -> None:
    await examples.make(target, alone)
    metadata = target.metadata(alone)
    assert not (await target.keys.ListKeys(key_service_pb2.ListKeysRequest(owner=text), metadata=metadata)).keys
    for request in (
        run_service_pb2.ListRunsRequest(end_user_id=text),
        run_service_pb2.ListRunsRequest(prompt_id=text),
    ):
        assert not (await target.runs.ListRuns(request, metadata=metadata)).runs


def lists(levels: int) -> bytes:
    """Give a Value that nests lists, which no library would write so deep."""
    value = b"\x20\x01"
    for _ in range(levels):
        inner = _tagged(b"\x0a", value)
        value = _tagged(b"\x32", inner)
    return value


def _tagged(tag: bytes, data: bytes) -> bytes:
    size, left = b"", len(data)
    while left > 127:
        size, left = size + bytes([left & 127 | 128]), left >> 7
    return tag + size + bytes([left]) + data


@pytest.mark.parametrize("levels", [32, 33, 49, 50, 60, 10_000])
async def test_deep_values(target: Stack, things: Things, levels: int) -> None:
    entry = _tagged(b"\x0a", b"a") + _tagged(b"\x12", lists(levels))
    inputs = _tagged(b"\x22", _tagged(b"\x0a", entry))
    spec = run_pb2.RunSpec(version_id=things.version).SerializeToString() + inputs
    assert await call(target, "RunService/CreateRun", _tagged(b"\x0a", spec)) == "FIELD_INVALID"
    version = _tagged(b"\x0a", things.prompt.encode()) + _tagged(b"\x12", lists(levels + 1))
    assert await call(target, "PromptService/CreateVersion", version) == "FIELD_INVALID"


async def test_values_up_to_the_limit(target: Stack, things: Things) -> None:
    run = await target.create_run(things.version, {})
    assert run.state == run_pb2.Run.STATE_SUCCEEDED
    value = hostile.nested(32)
    request = prompt_service_pb2.CreateVersionRequest(prompt_id=things.prompt, messages=[value])
    answer = await target.prompts.CreateVersion(request, metadata=target.metadata(target.admin))
    assert answer.version.messages[0] == value


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Give an HTTP/2 frame of any kind with any payload: headers that are none, resets, windows of 0."""
    payload = draw(st.binary(max_size=40))
    length = draw(st.just(len(payload)) | st.integers(0, 2**24 - 1))
    head = bytes((draw(st.integers(0, 10)), draw(st.integers(0, 255))))
    stream = draw(st.sampled_from([0, 1, 3, 2, 2**31 - 1]))
    return length.to_bytes(3, "big") + head + stream.to_bytes(4, "big") + payload


@hostile.many(100)
@given(
    data=st.lists(frames(), max_size=8).map(lambda sent: PREFACE + SETTINGS + b"".join(sent))
    | st.binary(max_size=200).map(lambda data: PREFACE + data)
    | st.binary(max_size=200)
    | st.just(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
)
async def test_what_is_no_call_at_all(target: Stack, data: bytes) -> None:
    host, _, port = target.server.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    writer.write_eof()
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(SECONDS):
            await reader.read()
    writer.close()
    assert await call(target, "KeyService/WhoAmI", b"") == ""
