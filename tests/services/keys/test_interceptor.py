"""Keys on the wire: which metadata carries one, which RPC it opens, and in which project."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextvars import Context
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from promptwire.v1 import key_service_pb2 as pb
from promptwire.v1.key_service_pb2_grpc import KeyServiceStub, add_KeyServiceServicer_to_server
from services import caller
from services.db import Database
from services.interceptors import CallInterceptor
from services.keys import scopes, secret
from services.keys.interceptor import KeyInterceptor
from services.keys.limit_store import LimitStore
from services.keys.limiter import Limiter
from services.keys.record_store import RecordStore
from services.keys.servicer import KeyServicer
from services.keys.verifier import Verifier
from services.telemetry import Metrics
from tests.services.keys.calling import Made
from tests.services.keys.conftest import Make

Metadata = Sequence[tuple[str, str]]


@pytest.fixture
async def channel(servicer: KeyServicer, verifier: Verifier, database: Database) -> AsyncIterator[grpc.aio.Channel]:
    """Serve KeyService behind both interceptors, and a service that is not ours."""
    limiter = Limiter(LimitStore(database))
    server = grpc.aio.server(interceptors=[CallInterceptor(Metrics(), limiter.report), KeyInterceptor(verifier)])
    add_KeyServiceServicer_to_server(servicer, server)
    server.add_generic_rpc_handlers([_echo("other.Service"), _echo("promptwire.v1.Hidden"), _watch(), _image()])
    port = server.add_insecure_port("127.0.0.1:0")
    # RPCs begin in the context of the start, which must know no caller of another test.
    await asyncio.create_task(server.start(), context=Context())
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


def _echo(service: str) -> grpc.GenericRpcHandler:
    async def echo(request: bytes, _: object) -> bytes:
        return request

    return grpc.method_handlers_generic_handler(service, {"Echo": grpc.unary_unary_rpc_method_handler(echo)})


def _watch() -> grpc.GenericRpcHandler:
    """Give a WatchRun that streams its request and goes on for as long as it is read."""

    async def watch(request: bytes, _: object) -> AsyncIterator[bytes]:
        yield request
        await asyncio.Event().wait()

    handler = grpc.unary_stream_rpc_method_handler(watch, request_deserializer=bytes)
    return grpc.method_handlers_generic_handler("promptwire.v1.RunService", {"WatchRun": handler})


def _image() -> grpc.GenericRpcHandler:
    """Give a GetImage that streams its request, and who is known to call."""

    async def show(request: bytes, _: object) -> AsyncIterator[bytes]:
        yield request
        yield str(caller.find()).encode()

    handler = grpc.unary_stream_rpc_method_handler(show, request_deserializer=bytes)
    return grpc.method_handlers_generic_handler("promptwire.v1.RunService", {"GetImage": handler})


def _bearer(text: str, **more: str) -> Metadata:
    return (("authorization", f"Bearer {text}"), *((name.replace("_", "-"), value) for name, value in more.items()))


async def _who_am_i(channel: grpc.aio.Channel, metadata: Metadata) -> pb.WhoAmIResponse:
    return await KeyServiceStub(channel).WhoAmI(pb.WhoAmIRequest(), metadata=metadata)


async def _refusal(call: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)
    assert status
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "promptwire"
    return caught.value.code().name, info.reason, dict(info.metadata)


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER   {}", "  Bearer {}  "])
async def test_a_bearer_secret_opens(channel: grpc.aio.Channel, admin: Made, form: str) -> None:
    answer = await _who_am_i(channel, (("authorization", form.format(admin.secret)),))

    assert answer.key.id == admin.key.id


async def test_the_same_secret_twice_is_one(channel: grpc.aio.Channel, admin: Made) -> None:
    assert await _who_am_i(channel, [*_bearer(admin.secret), *_bearer(admin.secret)])


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "")],
        [("authorization", "{}")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer  ")],
        [("authorization", "Basic {}")],
        [("x-api-key", "{}")],
        [("api-key", "{}")],
        [("authorization", "Bearer {}"), ("authorization", "Bearer {other}")],
    ],
)
async def test_nothing_else_carries_a_key(
    channel: grpc.aio.Channel, admin: Made, make: Make, metadata: list[tuple[str, str]]
) -> None:
    other = await make("runs:read")
    sent = [(name, value.format(admin.secret, other=other.secret)) for name, value in metadata]

    assert await _refusal(_who_am_i(channel, sent)) == ("UNAUTHENTICATED", "KEY_MISSING", {})


@pytest.mark.parametrize(
    "text", ["garbage", "pw_", "pw_8Zk2mQ4vT1xY_short", "two words", secret.derive("x", "8Zk2mQ4vT1xY")]
)
async def test_an_unknown_secret_is_refused(channel: grpc.aio.Channel, text: str) -> None:
    assert await _refusal(_who_am_i(channel, _bearer(text))) == ("UNAUTHENTICATED", "KEY_UNKNOWN", {})


async def test_an_rpc_opens_to_its_scope_alone(channel: grpc.aio.Channel, make: Make) -> None:
    stub = KeyServiceStub(channel)
    for scope in sorted(scopes.SCOPES):
        key = await make(scope)
        for rpc in ("CreateKey", "GetKey", "ListKeys", "UpdateKey", "RegenerateKey", "RevokeKey", "WhoAmI"):
            needed = scopes.OF_RPC[f"/promptwire.v1.KeyService/{rpc}"]
            outcome = await _outcome(stub, rpc, key.secret)
            if needed in (None, scope):
                assert outcome in ("OK", "FIELD_INVALID"), (scope, rpc)
            else:
                assert outcome == "SCOPE_MISSING", (scope, rpc)


async def _outcome(stub: Any, rpc: str, text: str) -> str:
    """Call an RPC with an empty request, and give OK or the reason of its refusal."""
    call = getattr(stub, rpc)(getattr(pb, f"{rpc}Request")(), metadata=_bearer(text))
    if await call.code() == grpc.StatusCode.OK:
        return "OK"
    return (await _refusal(call))[1]


async def test_a_missing_scope_is_named(channel: grpc.aio.Channel, make: Make) -> None:
    key = await make("runs:read")
    call = KeyServiceStub(channel).ListKeys(pb.ListKeysRequest(), metadata=_bearer(key.secret))

    assert await _refusal(call) == ("PERMISSION_DENIED", "SCOPE_MISSING", {"scope": "keys:read"})


async def test_a_request_is_not_decoded_before_its_key_is_verified(channel: grpc.aio.Channel, admin: Made) -> None:
    method = channel.unary_unary("/promptwire.v1.KeyService/WhoAmI")

    assert (await _refusal(method(b"\xff")))[1] == "KEY_MISSING"
    assert (await _refusal(method(b"\xff", metadata=_bearer(admin.secret))))[1] == "FIELD_INVALID"


async def test_what_the_table_does_not_name_is_not_served(channel: grpc.aio.Channel, operator: Made) -> None:
    for method in ("/promptwire.v1.Hidden/Echo", "/promptwire.v1.KeyService/Nothing"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary(method)(b"x", metadata=_bearer(operator.secret))
        assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_other_services_need_no_key(channel: grpc.aio.Channel) -> None:
    assert await channel.unary_unary("/other.Service/Echo")(b"x") == b"x"


async def test_an_operator_works_in_the_project_that_it_names(
    channel: grpc.aio.Channel, operator: Made, make: Make
) -> None:
    there = await make("runs:read", project="search")
    metadata = _bearer(operator.secret, promptwire_project="search")
    stub = KeyServiceStub(channel)

    listed = await stub.ListKeys(pb.ListKeysRequest(), metadata=metadata)
    created = await stub.CreateKey(pb.CreateKeyRequest(display_name="x", scopes=["runs:read"]), metadata=metadata)
    me = await _who_am_i(channel, metadata)
    plain = await _who_am_i(channel, _bearer(operator.secret))

    assert [key.id for key in listed.keys] == [there.key.id]
    assert created.key.project == me.project == "search"
    assert me.key.id == operator.key.id
    assert me.key.project == plain.project == "default"


async def test_a_project_that_is_not_there(channel: grpc.aio.Channel, operator: Made) -> None:
    call = _who_am_i(channel, _bearer(operator.secret, promptwire_project="search"))

    assert await _refusal(call) == ("NOT_FOUND", "PROJECT_NOT_FOUND", {"project": "search"})


async def test_two_different_projects_are_refused(channel: grpc.aio.Channel, operator: Made) -> None:
    metadata = [*_bearer(operator.secret, promptwire_project="a"), ("promptwire-project", "b")]

    assert (await _refusal(_who_am_i(channel, metadata)))[1] == "FIELD_INVALID"


@pytest.mark.parametrize("project", ["default", "search", "elsewhere"])
async def test_only_operators_name_a_project(channel: grpc.aio.Channel, admin: Made, make: Make, project: str) -> None:
    await make("runs:read", project="search")
    call = _who_am_i(channel, _bearer(admin.secret, promptwire_project=project))

    assert await _refusal(call) == ("PERMISSION_DENIED", "SCOPE_MISSING", {"scope": "operator"})


async def test_calls_at_once_do_not_mix_up_their_callers(channel: grpc.aio.Channel, make: Make) -> None:
    keys = [await make("runs:read", project=name) for name in ("default", "search", "other")] * 20
    answers = await asyncio.gather(*(_who_am_i(channel, _bearer(key.secret)) for key in keys))

    assert [answer.key.id for answer in answers] == [key.key.id for key in keys]
    assert [answer.project for answer in answers] == [key.caller.project for key in keys]


async def test_calls_with_a_limited_key_are_told_what_is_left(
    channel: grpc.aio.Channel, admin: Made, make: Make
) -> None:
    key = await make("runs:write")
    await admin.service.UpdateKey(id=key.key.id, requests_per_minute=100)
    stub = KeyServiceStub(channel)
    done = stub.WhoAmI(pb.WhoAmIRequest(), metadata=_bearer(key.secret))
    refused = stub.ListKeys(pb.ListKeysRequest(), metadata=_bearer(key.secret))
    without = stub.WhoAmI(pb.WhoAmIRequest(), metadata=_bearer(admin.secret))

    assert await refused.code() == grpc.StatusCode.PERMISSION_DENIED
    for call in (done, refused):
        told = await call.trailing_metadata()
        assert told["ratelimit-policy"] == '"default";q=100;w=60'
        assert told["ratelimit"] == '"default";r=100;t=60'
    assert "ratelimit" not in await without.trailing_metadata()


async def test_the_reader_of_a_stream_is_told_ahead(channel: grpc.aio.Channel, admin: Made, make: Make) -> None:
    key = await make("runs:read")
    watch = channel.unary_stream("/promptwire.v1.RunService/WatchRun")
    for limit, told in ((0, None), (100, '"default";r=100;t=60')):
        await admin.service.UpdateKey(
            id=key.key.id, update_mask=FieldMask(paths=["requests_per_minute"]), requests_per_minute=limit
        )
        call = watch(b"x", metadata=_bearer(key.secret))
        assert await call.read() == b"x"
        assert (await call.initial_metadata()).get("ratelimit") == told
        call.cancel()


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "Bearer garbage")],
        [("authorization", "Bearer a"), ("authorization", "Bearer b")],
        [("promptwire-project", "nowhere"), ("promptwire-project", "elsewhere")],
    ],
)
async def test_what_needs_no_key_passes_whatever_is_sent_along(channel: grpc.aio.Channel, metadata: Metadata) -> None:
    call = channel.unary_stream("/promptwire.v1.RunService/GetImage")(b"token", metadata=metadata)
    assert [part async for part in call] == [b"token", b"None"]


async def test_a_key_that_is_not_needed_is_not_taken_into_account(channel: grpc.aio.Channel, admin: Made) -> None:
    call = channel.unary_stream("/promptwire.v1.RunService/GetImage")(b"token", metadata=_bearer(admin.secret))
    assert [part async for part in call] == [b"token", b"None"]


async def test_a_database_in_trouble_is_unavailable(servicer: KeyServicer, admin: Made, dsn: str) -> None:
    broken = await Database.open(dsn)
    await broken.close()
    verifier = Verifier(RecordStore(broken))
    server = grpc.aio.server(interceptors=[CallInterceptor(Metrics()), KeyInterceptor(verifier)])
    add_KeyServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    # RPCs begin in the context of the start, which must know no caller of another test.
    await asyncio.create_task(server.start(), context=Context())
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        refusal = await _refusal(_who_am_i(channel, _bearer(admin.secret)))
    await server.stop(None)

    assert refusal == ("UNAVAILABLE", "DATABASE_UNAVAILABLE", {})
