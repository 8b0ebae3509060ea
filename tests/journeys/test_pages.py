"""What is read without a key on both servers, and what every answer carries."""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import structlog
from aiohttp import ClientResponse
from prometheus_client.parser import text_string_to_metric_families
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from structlog.contextvars import merge_contextvars

from facade import console
from tests.journeys.stack import Stack

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ADDRESS = re.compile(r"""(?:href|src|action|url\()\s*=?\s*["'(]?\s*((?:[a-z]+:)?//[^"')\s>]+)""")


async def get(stack: Stack, path: str, **headers: str) -> tuple[ClientResponse, str]:
    async with stack.session.get(stack.base_url + path, headers=headers) as response:
        return response, await response.text()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/metrics", "/openapi.json", "/docs"])
async def test_pages_need_no_key(stack: Stack, path: str) -> None:
    response, text = await get(stack, path)
    assert response.status == 200
    assert text
    wrong, _ = await get(stack, path, Authorization="Bearer nonsense")
    assert wrong.status == 200


async def test_both_servers_count_a_run(stack: Stack) -> None:
    version = await stack.create_version("Explain {topic}.")
    names = {"promptwire_runs_total": {"state": "SUCCEEDED"}, "promptwire_tokens_total": {"direction": "input"}}
    before = {name: await stack.counter(name, **labels) for name, labels in names.items()}
    body = {"versionId": version.id, "inputs": {"topic": "the sea"}}
    assert (await stack.rest("POST", "/api/runs", json=body))[0] == 200
    after = {name: await stack.counter(name, **labels) for name, labels in names.items()}
    assert {name: after[name] - before[name] for name in names} == {
        "promptwire_runs_total": 1,
        "promptwire_tokens_total": 3,
    }
    assert await stack.counter("promptwire_rpc_total", method="RunService/CreateRun", code="OK") >= 1
    assert await stack.counter("promptwire_database_up") == 1
    _, text = await get(stack, "/metrics")
    samples = {
        tuple(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "promptwire_http_requests_total"
    }
    assert samples[("method", "POST"), ("route", "/api/runs"), ("status", "200")] >= 1


async def test_the_metrics_name_no_secret_and_no_id(stack: Stack) -> None:
    await stack.rest("GET", f"/api/runs/{uuid4()}")
    _, facade = await get(stack, "/metrics")
    async with stack.session.get(stack.metrics_url) as response:
        server = await response.text()
    assert not re.search(r"pw_[0-9A-Za-z]{12}_|[0-9a-f]{8}-[0-9a-f]{4}-", facade + server)


async def test_the_openapi_document_is_valid_and_lists_every_route(stack: Stack) -> None:
    document: dict[str, Any] = (await stack.rest("GET", "/openapi.json"))[1]
    assert document["openapi"].startswith("3.1")
    OPENAPI_31_VALIDATOR.validate(document)
    served = {
        # Some dialects let a slash stand at the end.
        (route.method.lower(), route.resource.canonical.rstrip("/"))
        for route in stack.app.router.routes()
        if route.resource and route.method != "HEAD"
    }
    listed = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert listed <= served
    files = {path.rstrip("/") for path, _ in console.files()}
    assert served - listed == {("get", path) for path in ("/openapi.json", "/docs", "/docs/style.css", *files)}
    tags = {tag for methods in document["paths"].values() for method in methods.values() for tag in method["tags"]}
    assert tags == {"Artificial Studio", "BetterPrompt", "Bifrost", "Native", "PromptChainer", "Promptitude", "Server"}


async def test_the_docs_work_offline(stack: Stack) -> None:
    response, html = await get(stack, "/docs")
    style, css = await get(stack, "/docs/style.css")
    assert {urlsplit(address).netloc for address in ADDRESS.findall(html + css)} <= {urlsplit(stack.base_url).netloc}
    assert "@import" not in css
    for policy in (response.headers["Content-Security-Policy"], style.headers["Content-Security-Policy"]):
        assert "default-src 'none'" in policy
        assert "http" not in policy
    assert "<script" not in html


PATHS = ("/api/me", "/v1/me", "/api/runs/nothing", "/v1/runs/nothing", "/nothing", "/v1/prompts", "/healthz", "/docs")


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_a_request_id_and_the_trace(stack: Stack, path: str) -> None:
    own, _ = await get(stack, path, **{"X-Request-Id": "of a test", "traceparent": TRACE})
    assert (own.headers["X-Request-Id"], own.headers["traceparent"]) == ("of a test", TRACE)
    made = {(await get(stack, path))[0].headers["X-Request-Id"] for _ in range(2)}
    assert len(made) == 2


@pytest.mark.parametrize("path", ["/api/runs", "/v1/runs"])
async def test_a_request_id_and_a_trace_reach_the_logs_of_both_servers(stack: Stack, path: str) -> None:
    version = await stack.create_version("Explain the sea.")
    given = uuid4().hex
    headers = {"X-Request-Id": given, "traceparent": TRACE}
    body = {"versionId": version.id} if path == "/api/runs" else {"promptVersionId": version.id}
    with structlog.testing.capture_logs(processors=[merge_contextvars]) as logs:
        assert (await stack.rest("POST", path, headers=headers, json=body))[0] == 200
    events = {entry["event"]: entry for entry in logs if entry.get("request_id") == given}
    assert {"run ended", "request ended"} <= events.keys()
    assert events["run ended"]["traceparent"] == TRACE
    assert stack.run not in str(logs)


async def test_long_answers_are_compressed(stack: Stack) -> None:
    for encoding in ("gzip", "identity"):
        response, _ = await get(stack, "/openapi.json", **{"Accept-Encoding": encoding})
        assert response.headers.get("Content-Encoding", "identity") == encoding
        assert "Accept-Encoding" in response.headers["Vary"]


async def test_web_pages_may_call_when_they_are_set(stack: Stack) -> None:
    origin = "https://shop.example"
    base_url, _ = await stack.open_facade(cors_origins=origin)
    question = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for path in ("/api/runs", "/v1/runs"):
        async with stack.session.options(base_url + path, headers=question) as response:
            assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (204, origin)
        async with stack.session.options(stack.base_url + path, headers=question) as response:
            assert "Access-Control-Allow-Origin" not in response.headers
    headers = {"Origin": origin, "Authorization": f"Bearer {stack.run}"}
    async with stack.session.get(f"{base_url}/v1/me", headers=headers) as response:
        assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (200, origin)
