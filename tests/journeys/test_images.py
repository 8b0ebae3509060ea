"""Images by URL over real servers: they reach the provider whole, and from nowhere that they may not come from."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest

from promptwire import values
from promptwire.v1 import error_reason_pb2, key_service_pb2, prompt_pb2, run_pb2, run_service_pb2
from services.keys.scopes import RUN_SCOPES
from tests.conftest import clone
from tests.fakes.corpus import INTERNAL, LOOPBACK
from tests.fakes.sink import Sink, answer
from tests.journeys.stack import Stack

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"
DATA_URL = f"data:image/png;base64,{b64encode(PNG).decode()}"


@pytest.fixture(scope="module")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Start both servers, which may fetch from 127.0.0.2 alone."""
    settings = {"outbound_allow": "127.0.0.2/32"}
    async with clone(postgres) as dsn, Stack(dsn, tmp_path_factory.mktemp("stack"), server_settings=settings) as stack:
        yield stack


@pytest.fixture(scope="module")
async def version(stack: Stack) -> prompt_pb2.Version:
    return await stack.create_version("What is this?", images=[prompt_pb2.ImageVariable(description="A photo")])


@pytest.fixture
async def friend() -> AsyncIterator[Sink]:
    async with Sink("127.0.0.2") as sink:
        sink.answer = answer(body=PNG)
        yield sink


@pytest.fixture
async def internal() -> AsyncIterator[Sink]:
    async with Sink("127.0.0.1", "127.0.0.3", "::1") as sink:
        sink.answer = answer(body=PNG)
        yield sink


async def run_with(stack: Stack, version: prompt_pb2.Version, url: str, secret: str | None = None) -> run_pb2.Run:
    spec = run_pb2.RunSpec(version_id=version.id, images=[run_pb2.ImageInput(url=url)])
    metadata = stack.metadata(secret or stack.run)
    return (await stack.runs.CreateRun(run_service_pb2.CreateRunRequest(spec=spec), metadata=metadata)).run


async def kept(stack: Stack, run_id: str) -> run_pb2.Run:
    request = run_service_pb2.GetRunRequest(id=run_id)
    return (await stack.runs.GetRun(request, metadata=stack.metadata(stack.run))).run


def body(version: prompt_pb2.Version, url: str) -> dict[str, Any]:
    return {"promptVersionId": version.id, "inputs": {"imageInputs": [{"type": "url", "url": url}]}}


async def test_the_provider_gets_the_image_and_the_record_its_url(
    stack: Stack, version: prompt_pb2.Version, friend: Sink
) -> None:
    url = f"http://127.0.0.2:{friend.port}/a.png?signature=%2F"
    run = await run_with(stack, version, url)
    assert run.state == run_pb2.Run.STATE_SUCCEEDED
    [message] = stack.fake.requests[-1].body["messages"]
    assert message["content"][1] == {"type": "image_url", "image_url": {"url": DATA_URL}}
    [message] = [values.from_value(one) for one in (await kept(stack, run.id)).node_runs[0].messages]
    assert message["content"][1] == {"type": "image_url", "image_url": {"url": url}}
    assert friend.requests[0].startswith("GET /a.png?signature=%2F HTTP/1.1\r\n")


async def test_betterprompt_fetches_images_too(stack: Stack, version: prompt_pb2.Version, friend: Sink) -> None:
    status, told = await stack.rest("POST", "/v1/runs", json=body(version, f"http://127.0.0.2:{friend.port}/"))
    assert (status, told["runStatus"]) == (200, "succeeded")
    assert stack.fake.requests[-1].body["messages"][0]["content"][1]["image_url"]["url"] == DATA_URL


async def test_an_image_that_cannot_be_fetched_fails_the_run(
    stack: Stack, version: prompt_pb2.Version, friend: Sink
) -> None:
    friend.answer, asked = answer(404), len(stack.fake.requests)
    run = await run_with(stack, version, f"http://127.0.0.2:{friend.port}/")
    assert (run.state, run.error.reason) == (
        run_pb2.Run.STATE_FAILED,
        error_reason_pb2.ERROR_REASON_IMAGE_NOT_FETCHED,
    )
    assert (run.error.message, dict(run.error.metadata)) == ("images[0]: 127.0.0.2 answers 404", {"index": "0"})
    assert (await kept(stack, run.id)).error == run.error
    assert len(stack.fake.requests) == asked


async def test_betterprompt_answers_such_a_run_as_failed(
    stack: Stack, version: prompt_pb2.Version, friend: Sink
) -> None:
    friend.answer = answer(302, Location="https://example.com/")
    status, told = await stack.rest("POST", "/v1/runs", json=body(version, f"http://127.0.0.2:{friend.port}/"))
    assert (status, told["status"], told["runStatus"], told["outputs"][0]["type"]) == (
        200,
        "SUCCESS",
        "failed",
        "error",
    )
    assert told["error"]["reason"] == "IMAGE_NOT_FETCHED"
    assert "302" in told["error"]["message"]


@pytest.mark.parametrize("host", [*LOOPBACK, "localhost", *INTERNAL])
async def test_no_image_is_fetched_from_inside(
    stack: Stack, version: prompt_pb2.Version, internal: Sink, host: str
) -> None:
    for scheme in ("http", "https"):
        run = await run_with(stack, version, f"{scheme}://{host}:{internal.port}/a.png")
        assert (run.state, run.error.reason) == (
            run_pb2.Run.STATE_FAILED,
            error_reason_pb2.ERROR_REASON_IMAGE_NOT_FETCHED,
        )
    assert internal.connections == 0


async def test_betterprompt_fetches_nothing_from_inside(
    stack: Stack, version: prompt_pb2.Version, internal: Sink
) -> None:
    status, told = await stack.rest("POST", "/v1/runs", json=body(version, f"http://0x7f.1:{internal.port}/"))
    assert (status, told["runStatus"], told["error"]["reason"]) == (200, "failed", "IMAGE_NOT_FETCHED")
    assert internal.connections == 0


@pytest.mark.parametrize(
    "url", ["ftp://example.com/a.png", "https://a:b@example.com/", "https://", "file:///etc/passwd"]
)
async def test_what_is_no_url_begins_no_run(stack: Stack, version: prompt_pb2.Version, url: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await run_with(stack, version, url)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "spec.images[0]: must " in str(raised.value.details())
    status, told = await stack.rest("POST", "/v1/runs", json=body(version, url))
    assert (status, told["data"]["errors"][0]["field"]) == (422, "inputs.imageInputs[0]")


async def test_a_key_that_omits_payloads_keeps_no_word_of_the_url(
    stack: Stack, version: prompt_pb2.Version, friend: Sink
) -> None:
    request = key_service_pb2.CreateKeyRequest(display_name="discreet", scopes=RUN_SCOPES, omit_payloads=True)
    created = await stack.keys.CreateKey(request, metadata=stack.metadata(stack.admin))
    friend.answer = answer(404)
    run = await run_with(stack, version, f"http://127.0.0.2:{friend.port}/", created.secret)
    assert run.error.message == "images[0]: 127.0.0.2 answers 404"
    assert "127.0.0.2" not in str(await kept(stack, run.id))
