"""What tools ask of the gRPC server without a key: which services it has, what they look like, whether they serve."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from promptwire.v1 import key_service_pb2, run_service_pb2
from services.server import SERVICES
from tests.fakes.provider import Answer
from tests.journeys.stack import Stack

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
HEALTH = "grpc.health.v1.Health"
# What clients with several servers watch, so that they leave out one that is about to stop.
TAKES_CALLS = "promptwire.v1"

versions = pytest.mark.parametrize("version", ["v1", "v1alpha"])


async def ask(stack: Stack, version: str, **question: str) -> reflection_pb2.ServerReflectionResponse:
    """Ask one question by reflection; the messages of both versions are the same on the wire."""
    stub = stack.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )

    async def questions() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(**question)

    [answer] = [answer async for answer in stub(questions())]
    return answer


@versions
async def test_the_services_are_listed(stack: Stack, version: str) -> None:
    answer = await ask(stack, version, list_services="")
    listed = {service.name for service in answer.list_services_response.service}
    assert {*SERVICES, HEALTH} <= listed


@versions
@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_is_described_with_all_its_messages(stack: Stack, version: str, name: str) -> None:
    answer = await ask(stack, version, file_containing_symbol=name)
    data = answer.file_descriptor_response.file_descriptor_proto
    files = [descriptor_pb2.FileDescriptorProto.FromString(file) for file in data]
    services = {f"{file.package}.{service.name}" for file in files for service in file.service}
    messages = {f".{file.package}.{message.name}" for file in files for message in file.message_type}
    assert name in services
    for method in (method for file in files for service in file.service for method in service.method):
        assert {method.input_type, method.output_type} <= messages


@versions
async def test_a_name_that_is_not_there_is_not_found(stack: Stack, version: str) -> None:
    answer = await ask(stack, version, file_containing_symbol="promptwire.v1.Nothing")
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize("name", ["", TAKES_CALLS, *SERVICES])
async def test_health_of_every_service(stack: Stack, name: str) -> None:
    stub = health_pb2_grpc.HealthStub(stack.channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
    assert answer.status == SERVING


async def test_health_of_what_is_not_there(stack: Stack) -> None:
    stub = health_pb2_grpc.HealthStub(stack.channel)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await stub.Check(health_pb2.HealthCheckRequest(service="promptwire.v1.Nothing"))
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="promptwire.v1.Nothing"))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()


async def test_a_server_that_stops_says_so_first_and_lets_calls_end(dsn: str, tmp_path: Path) -> None:
    async with Stack(dsn, tmp_path) as stack:
        version = await stack.create_version("Explain the sea.")
        watches = [
            health_pb2_grpc.HealthStub(stack.channel).Watch(health_pb2.HealthCheckRequest(service=name))
            for name in ("", TAKES_CALLS, *SERVICES)
        ]
        assert [(await watch.read()).status for watch in watches] == [SERVING] * len(watches)
        gate = asyncio.Event()
        stack.fake.script(Answer("the end", gate=gate))
        run = asyncio.create_task(stack.create_run(version.id, {}))
        await stack.fake.received(1)
        stopping = asyncio.create_task(stack.server.stop())
        assert [(await watch.read()).status for watch in watches] == [NOT_SERVING] * len(watches)
        gate.set()
        assert (await run).outputs[0].text == "the end"
        for watch in watches:
            watch.cancel()
        await stopping


async def test_what_the_wire_carries_that_is_no_message_is_refused_by_name(stack: Stack) -> None:
    for service, method in (("KeyService", "WhoAmI"), ("RunService", "CreateRun")):
        stub = stack.channel.unary_unary(f"/promptwire.v1.{service}/{method}")
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await stub(b"\x0a\xff\xff", metadata=stack.metadata(stack.admin))
        assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_trace_and_request_id_come_back(stack: Stack) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    given = stack.metadata(stack.admin, x_request_id="of a test", traceparent=trace)
    call = stack.keys.WhoAmI(key_service_pb2.WhoAmIRequest(), metadata=given)
    await call
    trailing = dict(await call.trailing_metadata())
    assert (trailing["x-request-id"], trailing["traceparent"]) == ("of a test", trace)
    refused = stack.runs.GetRun(run_service_pb2.GetRunRequest(id="?"), metadata=given)
    with pytest.raises(grpc.aio.AioRpcError):
        await refused
    assert dict(await refused.trailing_metadata())["x-request-id"] == "of a test"
