"""The sample of Artificial Studio's page with its body made JSON, its webhook, and what becomes of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import standardwebhooks

from promptwire.v1 import run_service_pb2
from tests.conftest import clone
from tests.fakes.provider import PNG, Answer
from tests.fakes.receiver import Receiver, Says
from tests.journeys.stack import Stack
from tests.journeys.test_promptchainer_clients import run

PROMPT = "Astronaut in a jungle, cold color palette, muted colors, detailed, 8k"
# The sample with scheme, host, key and webhook replaced, and fetch that node has itself; BODY is what it sends.
SCRIPT = """
const createImage = async () => {
  const response = await fetch('BASE/api/generate', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Authorization': 'KEY'
    },
    body: BODY
  });
  const data = await response.json();
  console.log(JSON.stringify({status: response.status, data}));
};
createImage();
"""
SENT = """{
  model: "playground-v2",
  input: {
    prompt : "PROMPT"
  },
  webhook: "WEBHOOK"
}"""


@pytest.fixture(scope="module")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    settings = {
        "outbound_allow": "127.0.0.2/32",
        "webhook_gaps": "0,0.05,0.05",
        "default_image_model": "fake/fake-painter",
    }
    async with (
        clone(postgres) as dsn,
        Stack(dsn, tmp_path_factory.mktemp("stack"), server_settings=settings, with_worker=True) as stack,
    ):
        yield stack


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


async def sample(stack: Stack, receiver: Receiver, body: str) -> Any:
    """Run the sample by node; give the status and the JSON of the answer."""
    sent = body.replace("PROMPT", PROMPT).replace("WEBHOOK", f"{receiver.url}/api/webhook?job_id=5")
    script = SCRIPT.replace("BASE", stack.base_url).replace("KEY", stack.run).replace("BODY", sent)
    return json.loads(await run("node", "-e", script))


async def secret(stack: Stack) -> str:
    request = run_service_pb2.GetWebhookSecretRequest()
    return (await stack.runs.GetWebhookSecret(request, metadata=stack.metadata(stack.admin))).secret


async def test_the_sample_gives_an_image_and_tells_its_webhook(stack: Stack, receiver: Receiver) -> None:
    told = await sample(stack, receiver, f"JSON.stringify({SENT})")
    data = told["data"]
    assert (told["status"], data["status"], data["error"]) == (200, "success", None)
    assert stack.fake.requests[-1].body["prompt"] == PROMPT
    async with stack.session.get(data["output"]) as response:
        assert (response.status, response.content_type, await response.read()) == (200, "image/png", PNG)
    [heard] = await receiver.wait(1)
    assert (heard.path, heard.query) == ("/api/webhook", "job_id=5")
    body = heard.json
    assert (heard.headers["x-webhook-source"], heard.headers["x-media-id"]) == ("artificial-studio", data["_id"])
    documented = {"_id", "status", "output", "model", "type", "payload", "error"}
    assert {name: body[name] for name in documented - {"output"}} == {
        "_id": data["_id"],
        "status": "success",
        "model": "playground-v2",
        "type": "image",
        "payload": {"prompt": PROMPT},
        "error": None,
    }
    async with stack.session.get(body["output"]) as response:
        assert (response.status, await response.read()) == (200, PNG)
    standardwebhooks.Webhook(await secret(stack)).verify(heard.body, dict(heard.headers))


async def test_the_sample_as_it_is_printed_is_told_what_is_wrong(stack: Stack, receiver: Receiver) -> None:
    told = await sample(stack, receiver, SENT)
    assert told == {"status": 400, "data": {"message": "Invalid JSON body"}}


async def test_an_error_is_told_too(stack: Stack, receiver: Receiver) -> None:
    stack.fake.script(Answer(status=400))
    told = await sample(stack, receiver, f"JSON.stringify({SENT})")
    assert (told["status"], told["data"]["status"], told["data"]["output"]) == (200, "error", None)
    [heard] = await receiver.wait(1)
    assert (heard.json["status"], heard.json["output"]) == ("error", None)
    assert heard.json["error"] == told["data"]["error"]
    assert told["data"]["error"]


async def test_a_run_goes_on_and_can_be_asked_for(stack: Stack) -> None:
    gate = asyncio.Event()
    stack.fake.script(Answer(gate=gate))
    body = {"tool": "create-image", "input": {"prompt": "A fox"}}
    headers = {"Authorization": stack.run}
    status, begun = await stack.rest("POST", "/api/run", headers=headers, json=body)
    assert status == 202
    assert begun["status"] in ("pending", "processing")
    gate.set()
    async with asyncio.timeout(20):
        while True:
            status, got = await stack.rest("GET", f"/api/generations/{begun['id']}", headers=headers)
            if got["status"] == "success":
                break
            await asyncio.sleep(0.02)
    assert (status, got["payload"], got["tool"], got["type"]) == (200, {"prompt": "A fox"}, "create-image", "image")
    for path in ("generate", "media"):
        assert (await stack.rest("GET", f"/api/{path}/{begun['id']}", headers=headers))[1]["_id"] == begun["id"]
    status, page = await stack.rest("GET", "/api/generations?limit=1&status=success", headers=headers)
    assert (status, page["data"][0]["id"]) == (200, begun["id"])
    gate.clear()
    stack.fake.script(Answer(gate=gate))
    status, begun = await stack.rest("POST", "/api/run", headers=headers, json=body)
    status, ended = await stack.rest("POST", f"/api/generations/{begun['id']}/cancel", headers=headers)
    assert (status, ended["status"], ended["error"]) == (200, "error", "canceled")
    gate.set()


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "https://10.0.0.1/", "https://[::1]/x", "https://169.254.169.254/", "https://0x7f.1/"],
)
async def test_a_webhook_that_leads_inside_is_refused(stack: Stack, url: str) -> None:
    body = {"model": "playground-v2", "input": {"prompt": "A fox"}, "webhook": url}
    status, answer = await stack.rest("POST", "/api/generate", json=body)
    assert status == 400
    assert answer["errors"][0]["field"] == "webhook"


async def test_a_model_that_nobody_has(stack: Stack) -> None:
    body = {"model": "no-such-model", "input": {"prompt": "A fox"}}
    assert await stack.rest("POST", "/api/generate", json=body) == (404, {"message": "Model not found"})


async def test_a_receiver_that_failed_hears_the_same_again(stack: Stack, receiver: Receiver) -> None:
    receiver.script(Says(503))
    await sample(stack, receiver, f"JSON.stringify({SENT})")
    first, second = await receiver.wait(2)
    assert (first.id, first.body) == (second.id, second.body)
