"""What every request meets, whatever its path: ids, envelopes, methods, limits, compression, and leaving early."""

import asyncio
import gzip
from typing import Any

import pytest

from promptwire.v1 import prompt_service_pb2, run_pb2, run_service_pb2
from services import errors
from tests.facade.serving import KEY, Answer, Site, serving
from tests.fakes.services import FakeServices

PROBLEM = "application/problem+json"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PATHS = ("/api/runs", "/v1/runs")


def is_native(answer: Answer, status: int, reason: str) -> bool:
    """Whether the answer is problem details of this status and reason."""
    body = answer.json
    assert answer.headers["Content-Type"] == PROBLEM
    assert body["requestId"] == answer.headers["X-Request-Id"]
    return (answer.status, body["status"], body["reason"]) == (status, status, reason)


def is_betterprompt(answer: Answer, status: int, word: str) -> bool:
    """Whether the answer is BetterPrompt's envelope with this status and word."""
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json.keys() == {"status", "message", "data"}
    return (answer.status, answer.json["status"]) == (status, word)


async def test_a_request_gets_an_id_that_reaches_the_services(site: Site, services: FakeServices) -> None:
    answer = await site.call("GET", "/api/me")
    assert services.requests[0].metadata["x-request-id"] == answer.headers["X-Request-Id"]
    assert len(answer.headers["X-Request-Id"]) == 32


async def test_an_id_and_a_trace_of_the_caller_are_kept(site: Site, services: FakeServices) -> None:
    answer = await site.call("GET", "/api/me", {"X-Request-Id": "mine-1", "traceparent": TRACE})
    assert (answer.headers["X-Request-Id"], answer.headers["traceparent"]) == ("mine-1", TRACE)
    metadata = services.requests[0].metadata
    assert (metadata["x-request-id"], metadata["traceparent"]) == ("mine-1", TRACE)


@pytest.mark.parametrize("given", ["", "a" * 129, "ä", "a\tb"])
async def test_an_id_that_cannot_be_passed_on_is_replaced(site: Site, given: str) -> None:
    answer = await site.call("GET", "/api/me", {"X-Request-Id": given, "traceparent": "00-x"})
    assert (answer.status, len(answer.headers["X-Request-Id"])) == (200, 32)
    assert "traceparent" not in answer.headers


async def test_the_key_and_the_project_reach_the_services(site: Site, services: FakeServices) -> None:
    await site.call("GET", "/api/me", {"Promptwire-Project": "search"})
    metadata = services.requests[0].metadata
    assert (metadata["authorization"], metadata["promptwire-project"]) == (f"Bearer {KEY}", "search")


async def test_a_project_that_cannot_be_named_does_not_exist(site: Site) -> None:
    answer = await site.call("GET", "/api/me", {"Promptwire-Project": "ä"})
    assert is_native(answer, 404, "PROJECT_NOT_FOUND")


async def test_without_a_key_nothing_is_asked(site: Site, services: FakeServices) -> None:
    native = await site.call("POST", "/api/runs", {"Authorization": None}, data=b"{")
    assert is_native(native, 401, "KEY_MISSING")
    assert native.headers["WWW-Authenticate"] == "Bearer"
    theirs = await site.call("POST", "/v1/runs", {"Authorization": None}, data=b"{")
    assert is_betterprompt(theirs, 401, "UNAUTHORIZED_ERROR")
    assert services.requests == []


@pytest.mark.parametrize("secret", ["ä", "a" * 513, "a\tb"])
async def test_a_secret_that_cannot_be_one_is_not_passed_on(site: Site, services: FakeServices, secret: str) -> None:
    answer = await site.call("GET", "/api/me", {"Authorization": f"Bearer {secret}"})
    assert is_native(answer, 401, "KEY_UNKNOWN")
    assert services.requests == []


async def test_two_keys_are_none(site: Site, services: FakeServices) -> None:
    head = b"GET /api/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    answer = await site.send(head + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401")
    assert services.requests == []
    answer = await site.send(head + b"Authorization: Bearer a\r\nAuthorization: Bearer a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


async def test_two_keys_in_the_header_of_a_dialect_are_none(site: Site, services: FakeServices) -> None:
    services.answers["ListPrompts"] = prompt_service_pb2.ListPromptsResponse()
    head = b"GET /api/flows HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    answer = await site.send(head + b"x-api-key: a\r\nX-API-Key: b\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"two x-api-key headers" in answer
    assert services.requests == []
    answer = await site.send(head + b"x-api-key: a\r\nX-API-Key: a \r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"colour": "red"}', b"a" * 2000])
@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_told_about_a_body_before_the_key_is_known(
    services: FakeServices, path: str, body: bytes
) -> None:
    services.refuses = errors.Unauthenticated("KEY_UNKNOWN", "no key of this server")
    async with serving(services.target, body_limit=1000) as site:
        answer = await site.call("POST", path, data=body)
    assert answer.status == 401
    assert [received.method for received in services.requests] == ["WhoAmI"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_over_the_limit_is_413_in_each_envelope(services: FakeServices, path: str) -> None:
    async with serving(services.target, body_limit=1000) as site:
        answer = await site.call("POST", path, data=b'{"a": "' + b"a" * 1000 + b'"}')
    if path.startswith("/api"):
        assert is_native(answer, 413, "BODY_TOO_LARGE")
    else:
        assert is_betterprompt(answer, 413, "PAYLOAD_TOO_LARGE_ERROR")


async def test_an_unknown_path_is_404_in_each_envelope(site: Site) -> None:
    for path in ("/api/nothing", "/nothing", "/v1", "/api/me/", "/v1/runsome"):
        assert is_native(await site.call("GET", path), 404, "ROUTE_NOT_FOUND"), path
    assert is_betterprompt(await site.call("GET", "/v1/runs/a/b"), 404, "NOT_FOUND_ERROR")
    theirs = await site.call("GET", "/api/prompt-repo/a/b")
    assert (theirs.status, theirs.json["error"]) == (404, {"message": "Route not found: /api/prompt-repo/a/b"})


async def test_another_method_is_405_with_those_that_are_allowed(site: Site) -> None:
    native = await site.call("PUT", "/api/runs")
    assert is_native(native, 405, "METHOD_NOT_ALLOWED")
    assert native.headers["Allow"] == "GET, HEAD, POST"
    theirs = await site.call("DELETE", "/v1/runs")
    assert is_betterprompt(theirs, 405, "METHOD_NOT_ALLOWED_ERROR")
    assert theirs.headers["Allow"] == "GET, HEAD, POST"
    assert native.json["detail"] == "use one of GET, HEAD, POST"
    assert (await site.call("GET", "/v1/generate")).json["message"] == "use POST"


async def test_options_tells_what_is_allowed(site: Site) -> None:
    answer = await site.call("OPTIONS", "/api/runs", {"Authorization": None})
    assert (answer.status, answer.headers["Allow"]) == (204, "GET, HEAD, POST")


@pytest.mark.parametrize("path", ["/api/me", "/v1/me", "/healthz", "/docs", "/openapi.json"])
async def test_head_is_get_without_its_body(site: Site, path: str) -> None:
    got, headed = await site.call("GET", path), await site.call("HEAD", path)
    assert (headed.status, headed.body) == (got.status, b"")
    assert headed.headers["Content-Type"] == got.headers["Content-Type"]


async def test_problem_details_are_given_everywhere_to_who_asks_by_name(site: Site, services: FakeServices) -> None:
    faults = [errors.Violation("spec.inputs.topic", "is required", "VARIABLE_MISSING")]
    services.answers["CreateRun"] = errors.InvalidArgument("VARIABLE_MISSING", "no topic", violations=faults)
    body = {"promptVersionId": "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"}
    plain = await site.call("POST", "/v1/runs", json=body)
    asked = await site.call("POST", "/v1/runs", {"Accept": f"application/json, {PROBLEM};q=0.5"}, json=body)
    assert is_betterprompt(plain, 422, "VALIDATION_ERROR")
    assert is_native(asked, 422, "VARIABLE_MISSING")
    assert [error["pointer"] for error in asked.json["errors"]] == ["#/inputs/textInputs/topic"]
    assert asked.json["detail"] == "inputs.textInputs.topic: is required"


async def test_problem_details_are_in_the_words_of_the_dialect(site: Site, services: FakeServices) -> None:
    faults = [errors.Violation("graph.nodes[0].id", "is required", "GRAPH_INVALID")]
    metadata = {"field": "graph.nodes[0].id"}
    refused = errors.InvalidArgument("GRAPH_INVALID", "graph.nodes[0].id: ...", metadata=metadata, violations=faults)
    services.answers["CreatePrompt"] = refused
    answer = await site.call("POST", "/api/flows", {"Accept": PROBLEM}, json={"nodes": [], "edges": []})
    assert is_native(answer, 422, "GRAPH_INVALID")
    assert answer.json["detail"] == "nodes[0].id: is required"
    assert answer.json["errors"][0]["pointer"] == "#/nodes/0/id"
    assert answer.json["metadata"] == {"field": "nodes[0].id"}
    answer = await site.call("POST", "/api/flows/run/", {"Accept": PROBLEM})
    assert is_native(answer, 404, "PROMPT_NOT_FOUND")
    assert (answer.json["detail"], "Allow" in answer.headers) == ("Flow not found", False)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one"}])
async def test_a_request_id_is_called_as_its_caller_did(
    site: Site, services: FakeServices, headers: dict[str, str]
) -> None:
    services.answers["CreateRun"] = errors.AlreadyExists("REQUEST_ID_REUSED", "this request_id was used")
    answer = await site.call("POST", "/api/runs", headers, json={"promptId": "a", "requestId": "one"})
    assert answer.json["detail"] == f"this {next(iter(headers), 'request_id')} was used"


async def test_problem_details_keep_the_headers(site: Site, services: FakeServices) -> None:
    services.refuses = errors.DatabaseUnavailable()
    for path in ("/api/me", "/v1/me"):
        for accept in ("*/*", PROBLEM):
            answer = await site.call("GET", path, {"Accept": accept})
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


async def test_a_fault_of_ours_tells_nothing_of_it(site: Site, services: FakeServices) -> None:
    async def fail(_: object, __: object) -> Any:
        raise RuntimeError("the secret inside")

    services.answers["WhoAmI"] = fail
    answer = await site.call("GET", "/api/me")
    assert is_native(answer, 500, "INTERNAL")
    assert b"the secret inside" not in answer.body


async def test_long_answers_are_compressed_for_who_accepts_it(site: Site) -> None:
    plain = await site.call("GET", "/openapi.json", {"Accept-Encoding": "identity"})
    packed = await site.call("GET", "/openapi.json", {"Accept-Encoding": "br, gzip"})
    refused = await site.call("GET", "/openapi.json", {"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == refused.body
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in refused.headers


async def test_a_compressed_body_is_read(site: Site, services: FakeServices) -> None:
    services.answers["CreateRun"] = run_service_pb2.CreateRunResponse(run=run_pb2.Run(id="r"))
    body = gzip.compress(b'{"promptId": "haiku"}')
    answer = await site.call("POST", "/api/runs", {"Content-Encoding": "gzip"}, data=body)
    assert answer.json["run"]["id"] == "r"


async def test_a_body_that_unpacks_to_more_than_the_limit_is_413(site: Site) -> None:
    body = gzip.compress(b" " * 50_000_000)
    answer = await site.call("POST", "/api/runs", {"Content-Encoding": "gzip"}, data=body)
    assert is_native(answer, 413, "BODY_TOO_LARGE")


async def test_a_body_that_is_not_what_its_headers_say_is_400(site: Site) -> None:
    native = await site.call("POST", "/api/runs", {"Content-Encoding": "gzip"}, data=b"abcd")
    assert is_native(native, 400, "REQUEST_INVALID")
    theirs = await site.call("POST", "/v1/runs", {"Content-Encoding": "gzip"}, data=b"abcd")
    assert is_betterprompt(theirs, 400, "BAD_REQUEST_ERROR")


@pytest.mark.parametrize(
    "data",
    [
        b"HELLO\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /api/me HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET /api/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /api/runs HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /api/runs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 10_000 + b"\r\n\r\n",
    ],
    ids=lambda data: data[-12:],
)
async def test_what_is_no_http_gets_problem_details_too(site: Site, data: bytes) -> None:
    head, _, body = (await site.send(data)).partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0]
    assert b"Content-Type: application/problem+json" in head
    assert b"X-Request-Id: " in head
    assert b'"reason":"REQUEST_INVALID"' in body


@pytest.mark.parametrize(
    "path", ["/api/prompts/%ff", "/api/prompts/%00", "/api/prompts/%ed%a0%80", "/api/keys?owner=%ff"]
)
async def test_odd_bytes_in_a_url_reach_the_services_or_are_refused(
    site: Site, services: FakeServices, path: str
) -> None:
    services.answers["GetPrompt"] = services.answers["ListKeys"] = errors.NotFound("PROMPT_NOT_FOUND", "none")
    head = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    answer = await site.send(head.encode())
    assert answer.split(b" ")[1] in (b"400", b"404")


async def test_a_client_that_leaves_cancels_its_call(site: Site, services: FakeServices) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def answer(_: object, __: object) -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    services.answers["CreateRun"] = answer
    calling = asyncio.create_task(site.call("POST", "/api/runs", json={"promptId": "haiku"}))
    await begun.wait()
    calling.cancel()
    async with asyncio.timeout(5):
        await ended.wait()
    labels = {"method": "POST", "route": "/api/runs", "status": "499"}
    assert site.registry.get_sample_value("promptwire_http_requests_total", labels) == 1


async def test_a_run_may_take_longer_than_other_calls(services: FakeServices) -> None:
    seconds: list[float] = []

    async def answer(_: object, context: Any) -> Any:
        seconds.append(context.time_remaining())
        raise errors.Internal

    services.answers["CreateRun"] = services.answers["GetRun"] = answer
    async with serving(services.target, run_timeout=30) as site:
        await site.call("POST", "/api/runs", json={"promptId": "haiku"})
        await site.call("GET", "/api/runs/a")
    assert 30 < seconds[0] < 41
    assert 5 < seconds[1] < 11


async def test_every_answer_forbids_guessing_its_type(site: Site) -> None:
    for path in ("/healthz", "/docs", "/api/me", "/nothing", "/v1/me"):
        answer = await site.call("GET", path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Server"] == "promptwire"


async def test_requests_are_counted_by_route(site: Site) -> None:
    labels = {"method": "GET", "route": "/api/prompts/{id}", "status": "500"}
    before = site.registry.get_sample_value("promptwire_http_requests_total", labels) or 0
    for prompt_id in ("a", "b"):
        await site.call("GET", f"/api/prompts/{prompt_id}")
    assert site.registry.get_sample_value("promptwire_http_requests_total", labels) == before + 2
