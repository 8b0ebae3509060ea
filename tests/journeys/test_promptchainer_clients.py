"""The samples of PromptChainer's page, as they stand there but for scheme, host, key and id: HTTP, curl, fetch."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from promptwire import values
from promptwire.v1 import prompt_pb2
from tests.conftest import clone
from tests.fakes.provider import IMAGES, PNG
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack

GRAPH = graph(
    {"color": "Blue", "item": "Ball"},
    {"joke": {"prompt": "A joke about a {color} and big {item}", "modelParams": {"model": "text-davinci-003"}}},
    {"image": ["img"], "text": ["joke"]},
    images={"img": "A picture of a {color} and big {item}"},
    edges=[("color", "joke"), ("item", "joke")],
)
BODY = '{\n  "variables": {\n    "item": "cat",\n    "color": "green"\n  }\n}'
SCRIPT = """
const doRequest = async () => {
  const api_key = 'KEY';
  const flow_id = 'FLOW';
  const url = `BASE/api/flows/run/${flow_id}`;
  const data = {variables: {color: 'green', item: 'cat'}}
  const request = await fetch(url, {
    method: 'POST',
    headers: {'Content-Type': "application/json", 'x-api-key': api_key},
    body: JSON.stringify(data)
  })
  const response = await request.json()
  console.log(JSON.stringify(response))
}
doRequest()
"""


@pytest.fixture(scope="module")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    settings = {"default_image_model": "fake/fake-painter"}
    async with (
        clone(postgres) as dsn,
        Stack(dsn, tmp_path_factory.mktemp("stack"), server_settings=settings) as stack,
    ):
        yield stack


@pytest.fixture(scope="module")
async def flow(stack: Stack) -> prompt_pb2.Version:
    return await stack.create_version(graph=values.to_struct(GRAPH))


async def by_hand(stack: Stack, flow_id: str) -> Any:
    """Send the request of the page by a socket; the key has a space behind it there."""
    address = urlsplit(stack.base_url)
    request = (
        f"POST /api/flows/run/{flow_id} HTTP/1.1\r\nx-api-key: {stack.run} \r\nContent-Type: application/json\r\n"
        f"Host: api.promptchainer.io\r\nContent-Length: {len(BODY)}\r\nConnection: close\r\n\r\n{BODY}"
    )
    reader, writer = await asyncio.open_connection(address.hostname, address.port, family=socket.AF_INET)
    writer.write(request.encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200 ")
    return json.loads(body)


async def by_curl(stack: Stack, flow_id: str) -> Any:
    headers = (f"x-api-key: {stack.run}", "Content-Type: application/json")
    given = [part for header in headers for part in ("--header", header)]
    url = f"{stack.base_url}/api/flows/run/{flow_id}"
    return json.loads(await run("curl", "-sS", "-X", "POST", url, *given, "--data-raw", BODY))


async def by_fetch(stack: Stack, flow_id: str) -> Any:
    script = SCRIPT.replace("KEY", stack.run).replace("FLOW", flow_id).replace("BASE", stack.base_url)
    return json.loads(await run("node", "-e", script))


async def run(program: str, *arguments: str) -> bytes:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    process = await asyncio.create_subprocess_exec(program, *arguments, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        output, _ = await process.communicate()
    assert process.returncode == 0
    return output


@pytest.mark.parametrize("client", [by_hand, by_curl, by_fetch])
async def test_a_sample_of_the_page_works(stack: Stack, flow: prompt_pb2.Version, client: Any) -> None:
    since = len(stack.fake.requests)
    answer = await client(stack, flow.prompt_id)
    assert [(item["name"], item["type"]) for item in answer] == [("image", "output"), ("text", "output")]
    assert all(item.keys() == {"name", "output", "type"} and isinstance(item["output"], str) for item in answer)
    assert answer[1]["output"] == "echo: A joke about a green and big cat"
    asked = {request.path: request.body for request in list(stack.fake.requests)[since:]}
    assert len(stack.fake.requests) == since + 2
    assert asked[IMAGES]["prompt"] == "A picture of a green and big cat"
    assert asked["/v1/chat/completions"]["messages"] == [
        {"role": "user", "content": "A joke about a green and big cat"}
    ]
    async with stack.session.get(answer[0]["output"]) as response:
        assert (response.status, response.content_type) == (200, "image/png")
        assert await response.read() == PNG


async def test_pages_of_any_origin_may_run_flows_and_nothing_else(stack: Stack, flow: prompt_pb2.Version) -> None:
    asked = {
        "Origin": "https://showcase.example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key",
    }
    for path, allowed in ((f"/api/flows/run/{flow.prompt_id}", "*"), ("/v1/runs", None)):
        async with stack.session.options(stack.base_url + path, headers=asked) as response:
            assert response.headers.get("Access-Control-Allow-Origin") == allowed
            names = response.headers.get("Access-Control-Allow-Headers", "").lower().split(", ")
            assert ({"content-type", "x-api-key"} <= set(names)) == (allowed is not None)
            assert "Access-Control-Allow-Credentials" not in response.headers


async def test_an_image_is_shown_to_whoever_has_its_url_and_to_nobody_else(
    stack: Stack, flow: prompt_pb2.Version
) -> None:
    url = (await by_curl(stack, flow.prompt_id))[0]["output"]
    async with stack.session.head(url) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, str(len(PNG)))
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with stack.session.get(url[:-1] + ("A" if url[-1] != "A" else "B")) as response:
        assert (response.status, response.content_type) == (404, "application/problem+json")
        assert (await response.json())["reason"] == "IMAGE_NOT_FOUND"
