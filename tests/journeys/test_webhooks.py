"""Webhooks as receivers have them: told once what happened, again until they take it, signed so that they can tell."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest
import standardwebhooks

from promptwire import values
from promptwire.v1 import run_pb2, run_service_pb2
from promptwire.v1.prompt_pb2 import OutputFormat, Version
from promptwire.v1.run_service_pb2 import GetDeliveryRequest, ListDeliveriesRequest
from promptwire.v1.webhook_pb2 import Delivery, Webhook
from services.webhooks import deliverer
from tests.conftest import clone
from tests.fakes.provider import PNG, Answer
from tests.fakes.receiver import Receiver, Says
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack

GAPS = "0,0.05,0.05,0.05,0.05"


@pytest.fixture(scope="module")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    settings = {"outbound_allow": "127.0.0.2/32", "webhook_gaps": GAPS, "default_image_model": "fake/fake-painter"}
    async with (
        clone(postgres) as dsn,
        Stack(dsn, tmp_path_factory.mktemp("stack"), server_settings=settings, with_worker=True) as stack,
    ):
        yield stack


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
async def version(stack: Stack) -> Version:
    return await stack.create_version("Tell of {topic}")


async def run(stack: Stack, version: Version, receiver: Receiver, **webhook: Any) -> run_pb2.Run:
    given = Webhook(url=webhook.pop("url", f"{receiver.url}/hook?job=7"), **webhook)
    spec = run_pb2.RunSpec(version_id=version.id, webhook=given, inputs=values.to_struct({"topic": "tea"}))
    request = run_service_pb2.CreateRunRequest(spec=spec)
    return (await stack.runs.CreateRun(request, metadata=stack.metadata(stack.run))).run


async def deliveries(stack: Stack, run: run_pb2.Run) -> list[Delivery]:
    request = ListDeliveriesRequest(run_id=run.id)
    return list((await stack.runs.ListDeliveries(request, metadata=stack.metadata(stack.admin))).deliveries)


async def ended(stack: Stack, run: run_pb2.Run) -> Delivery:
    """Wait for the end of a run's last delivery, and give it with its tries."""
    async with asyncio.timeout(20):
        while True:
            [last, *_] = await deliveries(stack, run)
            if last.state != Delivery.STATE_PENDING:
                break
            await asyncio.sleep(0.02)
    request = GetDeliveryRequest(id=last.id)
    return (await stack.runs.GetDelivery(request, metadata=stack.metadata(stack.admin))).delivery


async def secret(stack: Stack) -> run_service_pb2.GetWebhookSecretResponse:
    request = run_service_pb2.GetWebhookSecretRequest()
    return await stack.runs.GetWebhookSecret(request, metadata=stack.metadata(stack.admin))


async def test_the_end_of_a_run_is_told_and_signed(stack: Stack, version: Version, receiver: Receiver) -> None:
    made = await run(stack, version, receiver)
    [heard] = await receiver.wait(1)
    assert (heard.path, heard.query) == ("/hook", "job=7")
    assert heard.headers["Content-Type"] == "application/json"
    body = heard.json
    assert (body["type"], body["data"]["run_id"], body["data"]["state"]) == ("run.succeeded", made.id, "SUCCEEDED")
    assert body["data"]["outputs"] == [{"name": "output", "text": "echo: Tell of tea"}]
    assert standardwebhooks.Webhook((await secret(stack)).secret).verify(heard.body, dict(heard.headers)) == body
    delivery = await ended(stack, made)
    assert (delivery.id, delivery.state, delivery.try_count) == (heard.id, Delivery.STATE_SUCCEEDED, 1)
    assert delivery.body == heard.body.decode()
    [tried] = delivery.tries
    assert (tried.number, tried.status, tried.answer, tried.error) == (1, 200, "thank you", "")
    assert made.webhook_url == f"{receiver.url}/hook?job=7"


async def test_the_signature_is_that_of_the_standard(stack: Stack, version: Version, receiver: Receiver) -> None:
    await run(stack, version, receiver)
    [heard] = await receiver.wait(1)
    key = base64.b64decode((await secret(stack)).secret.removeprefix("whsec_"))
    signed = f"{heard.id}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert heard.headers["webhook-signature"] == f"v1,{expected}"


async def test_a_run_that_failed_is_told_too(stack: Stack, version: Version, receiver: Receiver) -> None:
    stack.fake.script(Answer(status=400))
    await run(stack, version, receiver)
    [heard] = await receiver.wait(1)
    assert heard.json["type"] == "run.failed"
    assert heard.json["data"]["error"]["reason"] == "PROVIDER_REFUSED"


async def test_a_delivery_that_failed_is_tried_again_with_the_same_id(
    stack: Stack, version: Version, receiver: Receiver
) -> None:
    receiver.script(Says(500), Says(302, {"Location": f"{receiver.url}/elsewhere"}), Says(429, {"Retry-After": "1"}))
    made = await run(stack, version, receiver)
    heard = await receiver.wait(4)
    assert {it.id for it in heard} == {(await ended(stack, made)).id}
    assert {it.body for it in heard} == {heard[0].body}
    assert all(it.path == "/hook" for it in heard)
    assert heard[3].time - heard[2].time >= 1
    assert heard[3].headers["webhook-timestamp"] > heard[0].headers["webhook-timestamp"]
    delivery = await ended(stack, made)
    assert [it.status for it in delivery.tries] == [500, 302, 429, 200]
    assert delivery.state == Delivery.STATE_SUCCEEDED


async def test_410_and_the_last_try_end_it(stack: Stack, version: Version, receiver: Receiver) -> None:
    receiver.script(Says(410))
    delivery = await ended(stack, await run(stack, version, receiver))
    assert (delivery.state, delivery.try_count) == (Delivery.STATE_FAILED, 1)
    receiver.default = Says(503)
    made = await run(stack, version, receiver)
    delivery = await ended(stack, made)
    assert (delivery.state, delivery.try_count) == (Delivery.STATE_FAILED, len(GAPS.split(",")))
    assert not delivery.HasField("next_time")
    receiver.default = Says()
    request = run_service_pb2.RedeliverWebhookRequest(id=delivery.id)
    again = (await stack.runs.RedeliverWebhook(request, metadata=stack.metadata(stack.admin))).delivery
    assert (again.id, again.state) == (delivery.id, Delivery.STATE_PENDING)
    delivery = await ended(stack, made)
    assert (delivery.state, delivery.try_count) == (Delivery.STATE_SUCCEEDED, 6)
    assert receiver.heard[-1].id == delivery.id


async def test_the_failed_deliveries_of_a_time_are_made_again(
    stack: Stack, version: Version, receiver: Receiver
) -> None:
    receiver.script(*[Says(410)] * 3)
    made = [await run(stack, version, receiver) for _ in range(3)]
    for one in made:
        assert (await ended(stack, one)).state == Delivery.STATE_FAILED
    request = run_service_pb2.RedeliverWebhooksRequest(min_create_time=made[1].create_time)
    answer = await stack.runs.RedeliverWebhooks(request, metadata=stack.metadata(stack.admin))
    assert answer.count == 2
    states = [(await ended(stack, one)).state for one in made]
    assert states == [Delivery.STATE_FAILED, Delivery.STATE_SUCCEEDED, Delivery.STATE_SUCCEEDED]


async def test_a_receiver_that_is_down_or_says_much(stack: Stack, version: Version, receiver: Receiver) -> None:
    receiver.script(Says(200, body=b"x" * 10_000_000))
    delivery = await ended(stack, await run(stack, version, receiver))
    assert (delivery.state, len(delivery.tries[0].answer)) == (Delivery.STATE_SUCCEEDED, 64 * 1024)
    await receiver.stop()
    made = await run(stack, version, receiver)
    async with asyncio.timeout(20):
        while (await deliveries(stack, made))[0].try_count < 2:
            await asyncio.sleep(0.02)
    await receiver.start()
    delivery = await ended(stack, made)
    assert delivery.tries[0].status == 0
    assert "takes no connection" in delivery.tries[0].error


async def test_what_happens_in_a_run_is_told_in_order(stack: Stack, receiver: Receiver) -> None:
    document = graph({"topic": "x"}, {"a": "A {topic}", "b": "B {a}"}, {"o": ["b"]})
    flow = await stack.create_version(graph=values.to_struct(document))
    receiver.script(Says(500), Says(500))
    events = [Webhook.EVENT_START, Webhook.EVENT_NODE, Webhook.EVENT_END]
    made = await run(stack, flow, receiver, events=events)
    await ended(stack, made)
    told = list(
        dict.fromkeys((it.json["type"], it.json["data"].get("node", {}).get("node_id")) for it in receiver.heard)
    )
    assert told == [
        ("run.started", None),
        ("run.node_ended", "a"),
        ("run.node_ended", "b"),
        ("run.succeeded", None),
    ]
    assert len({it.id for it in receiver.heard}) == 4
    listed = await deliveries(stack, made)
    assert [(it.event, it.node_id) for it in listed] == [
        (Webhook.EVENT_END, ""),
        (Webhook.EVENT_NODE, "b"),
        (Webhook.EVENT_NODE, "a"),
        (Webhook.EVENT_START, ""),
    ]


async def test_a_body_and_headers_of_one_s_own(stack: Stack, receiver: Receiver) -> None:
    version = await stack.create_version("A {topic}", output_format=OutputFormat(type=OutputFormat.TYPE_IMAGE))
    template = {
        "_id": "$run.id",
        "status": {"$state": {"SUCCEEDED": "success", "FAILED": "error"}},
        "output": "$run.output",
        "payload": "$run.inputs",
        "error": "$run.error",
        "fixed": ["$$run.id", 5, None],
    }
    made = await run(
        stack,
        version,
        receiver,
        body=values.to_struct(template),
        headers={"X-Media-Id": "$run.id", "x-source": "us"},
        image_base_url=stack.base_url,
    )
    [heard] = await receiver.wait(1)
    assert (heard.headers["X-Media-Id"], heard.headers["X-Source"]) == (made.id, "us")
    body = heard.json
    url = body.pop("output")
    assert body == {
        "_id": made.id,
        "status": "success",
        "payload": {"topic": "tea"},
        "error": None,
        "fixed": ["$run.id", 5, None],
    }
    async with stack.session.get(url) as response:
        assert (response.status, await response.read()) == (200, PNG)


async def test_every_end_is_told(stack: Stack, version: Version, receiver: Receiver) -> None:
    gate = asyncio.Event()
    stack.fake.script(Answer(gate=gate))
    given = Webhook(url=receiver.url)
    spec = run_pb2.RunSpec(version_id=version.id, webhook=given, inputs=values.to_struct({"topic": "tea"}))
    metadata = stack.metadata(stack.run)
    queued = (
        await stack.runs.CreateRun(run_service_pb2.CreateRunRequest(spec=spec, detached=True), metadata=metadata)
    ).run
    await stack.runs.CancelRun(run_service_pb2.CancelRunRequest(id=queued.id), metadata=metadata)
    [heard] = await receiver.wait(1)
    assert heard.json["type"] == "run.cancelled"
    gate.set()


async def test_a_run_with_a_webhook_outlives_its_caller(stack: Stack, version: Version, receiver: Receiver) -> None:
    gate = asyncio.Event()
    stack.fake.script(Answer("late", gate=gate))
    before = len(stack.fake.requests)
    calling = asyncio.create_task(run(stack, version, receiver))
    await stack.fake.received(before + 1)
    calling.cancel()
    with pytest.raises((asyncio.CancelledError, grpc.aio.AioRpcError)):
        await calling
    gate.set()
    [heard] = await receiver.wait(1)
    assert heard.json["type"] == "run.succeeded"


async def test_two_secrets_sign_for_a_time(stack: Stack, version: Version, receiver: Receiver) -> None:
    old = await secret(stack)
    request = run_service_pb2.RotateWebhookSecretRequest(request_id="r1")
    metadata = stack.metadata(stack.admin)
    new = await stack.runs.RotateWebhookSecret(request, metadata=metadata)
    assert (new.secret != old.secret, new.previous_secret) == (True, old.secret)
    assert await stack.runs.RotateWebhookSecret(request, metadata=metadata) == new
    await run(stack, version, receiver)
    [heard] = await receiver.wait(1)
    assert len(heard.headers["webhook-signature"].split(" ")) == 2
    for it in (old.secret, new.secret):
        standardwebhooks.Webhook(it).verify(heard.body, dict(heard.headers))
    request = run_service_pb2.RotateWebhookSecretRequest()
    request.grace.FromSeconds(0)
    last = await stack.runs.RotateWebhookSecret(request, metadata=metadata)
    assert (await secret(stack)).previous_secret == ""
    assert (await secret(stack)).secret == last.secret


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "ftp://example.com/",
        "nonsense",
        "https://user:pass@example.com/",
        "",
    ],
)
async def test_a_url_that_may_not_be_told_is_refused(stack: Stack, version: Version, url: str) -> None:
    body = {"versionId": version.id, "inputs": {"topic": "tea"}, "webhook": {"url": url}}
    status, answer = await stack.rest("POST", "/api/runs", json=body)
    assert status == 400
    assert answer["errors"][0]["pointer"] == "#/webhook/url"


async def test_over_rest(stack: Stack, version: Version, receiver: Receiver) -> None:
    body = {"versionId": version.id, "inputs": {"topic": "tea"}, "webhook": {"url": receiver.url}}
    status, answer = await stack.rest("POST", "/api/runs", json=body)
    assert status == 200, answer
    await receiver.wait(1)
    status, listed = await stack.rest("GET", f"/api/deliveries?runId={answer['run']['id']}", stack.admin)
    assert (status, len(listed["deliveries"])) == (200, 1)
    path = f"/api/deliveries/{listed['deliveries'][0]['id']}"
    status, got = await stack.rest("GET", path, stack.admin)
    assert (status, got["delivery"]["event"]) == (200, "EVENT_END")
    status, _ = await stack.rest("POST", f"{path}/redeliver", stack.admin, json={})
    assert status == 200
    await receiver.wait(2)
    status, told = await stack.rest("GET", "/api/webhooks/secret", stack.admin)
    assert (status, told["secret"].startswith("whsec_")) == (200, True)
    assert (await stack.rest("GET", "/api/webhooks/secret"))[0] == 403


async def test_a_receiver_that_is_slow_or_speaks_no_tls(
    stack: Stack, version: Version, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "TRY_SECONDS", 0.2)
    receiver.script(Says(gate=asyncio.Event()))
    delivery = await ended(stack, await run(stack, version, receiver))
    assert [it.status for it in delivery.tries] == [0, 200]
    assert "did not answer within 0.2 s" in delivery.tries[0].error
    secure = receiver.url.replace("http://", "https://")
    delivery = await ended(stack, await run(stack, version, receiver, url=f"{secure}/hook"))
    assert delivery.state == Delivery.STATE_FAILED
    assert all(it.status == 0 and it.error for it in delivery.tries)


async def test_a_host_takes_so_many_at_a_time_and_others_do_not_wait(
    stack: Stack, version: Version, receiver: Receiver
) -> None:
    gate = asyncio.Event()
    receiver.default = Says(gate=gate)
    made = await asyncio.gather(*(run(stack, version, receiver) for _ in range(2 * deliverer.MOST_A_HOST)))
    await receiver.wait(deliverer.MOST_A_HOST)
    async with Receiver() as other:
        await ended(stack, await run(stack, version, other))
        assert len(other.heard) == 1
    assert len(receiver.heard) == deliverer.MOST_A_HOST
    gate.set()
    assert {(await ended(stack, one)).state for one in made} == {Delivery.STATE_SUCCEEDED}
    assert len(receiver.heard) == len(made)
