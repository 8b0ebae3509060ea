"""The samples of PromptChainer's page, as they stand there but for scheme, host, key and id: HTTP, curl, fetch."""

import asyncio
import io
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


async def create(stack: Stack, secret: str, color: str, **named: Any) -> str:
    """Create a flow that asks no model: it says its color."""
    status, saved = await stack.rest("POST", "/api/flows", secret, json=saying(color) | named)
    assert (status, saved["version"]) == (201, 1)
    return saved["id"]


def saying(color: str) -> dict[str, Any]:
    """Give the graph of a flow that says its color."""
    return graph({"color": color}, {}, {"text": ["color"]})


async def said(stack: Stack, flow_id: str) -> str:
    """Run a flow, and give the text of its one output."""
    _, [item] = await stack.rest("POST", f"/api/flows/run/{flow_id}")
    return item["output"]


async def test_a_flow_that_cannot_be_replaced_as_a_whole_stays_as_it_is(stack: Stack) -> None:
    await create(stack, stack.admin, "Red", alias="taken")
    flow_id = await create(stack, stack.admin, "Blue", name="Old", alias="mine")
    path = f"/api/flows/{flow_id}"
    _, before = await stack.rest("GET", path, stack.admin)
    broken = saying("Green") | {"edges": [{"id": "1", "source": "gone", "target": "color"}]}
    for wanted, refused in (
        (saying("Green") | {"name": "New", "alias": "taken"}, 409),
        (saying("Green") | {"name": "x" * 256}, 400),
        (broken | {"name": "New", "alias": "free"}, 422),
    ):
        status, told = await stack.rest("PUT", path, stack.admin, json=wanted)
        assert (status, told["statusCode"]) == (refused, refused)
        assert "prompt_id" not in told["message"]
        assert (await said(stack, flow_id), await said(stack, "mine")) == ("Blue", "Blue")
        assert (await stack.rest("GET", path, stack.admin))[1] == before
    status, saved = await stack.rest("PUT", path, stack.admin, json=saying("Green") | {"name": "", "alias": None})
    assert (status, saved["name"], saved["alias"], saved["version"]) == (200, "Old", None, 2)
    assert await said(stack, flow_id) == "Green"
    assert (await stack.rest("GET", "/api/flows/mine", stack.admin))[0] == 404


async def test_who_may_write_prompts_may_create_replace_and_delete_flows(stack: Stack) -> None:
    secret = await stack.create_key(held=frozenset({"prompts:write"}))
    flow_id = await create(stack, secret, "Blue")
    for named in ({}, {"name": "Said", "strictVariables": True}):
        status, saved = await stack.rest("PUT", f"/api/flows/{flow_id}", secret, json=saying("Green") | named)
        assert (status, saved["variables"][0]["required"]) == (200, bool(named))
    assert (await stack.rest("GET", f"/api/flows/{flow_id}", secret))[0] == 403
    assert (await stack.rest("DELETE", f"/api/flows/{flow_id}", secret))[0] == 200


async def test_a_version_that_is_gone_is_told_of_alike(stack: Stack) -> None:
    flow_id = await create(stack, stack.admin, "Blue")
    for color in ("Green", "Red"):
        await stack.rest("PUT", f"/api/flows/{flow_id}", stack.admin, json=saying(color))
    _, listed = await stack.rest("GET", f"/api/prompts/{flow_id}/versions", stack.admin)
    await stack.rest("DELETE", f"/api/versions/{listed['versions'][1]['id']}", stack.admin)
    for number, refused in ((1, 200), (2, 410), (3, 200), (4, 404)):
        ran = await stack.rest("POST", f"/api/flows/run/{flow_id}?version={number}")
        got = await stack.rest("GET", f"/api/flows/{flow_id}?version={number}", stack.admin)
        assert (ran[0], got[0]) == (refused, refused)
        assert refused == 200 or ran[1] == got[1]


async def test_a_flow_may_have_as_many_edges_as_are_told(stack: Stack) -> None:
    document = saying("Blue")
    document["nodes"] += [{"id": f"n{node}", "type": "note", "data": {"text": "x"}} for node in range(990)]
    ends = {"sourceHandle": "output", "targetHandle": "notes"}
    document["edges"] += [
        {"id": f"e{edge}", "source": f"n{edge % 100}", "target": f"n{100 + edge // 100}", **ends}
        for edge in range(9_900)
    ]
    data = io.BytesIO(json.dumps(document).encode())
    status, saved = await stack.rest("POST", "/api/flows", stack.admin, data=data)
    assert status == 201
    _, got = await stack.rest("GET", f"/api/flows/{saved['id']}", stack.admin)
    assert (got["nodes"], got["edges"]) == (document["nodes"], document["edges"])
    assert await said(stack, saved["id"]) == "Blue"
