"""Whatever a REST request holds, it is answered, or refused in the envelope of its path, and never with a 500."""

import asyncio
import functools
import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, checks

from facade import pages
from tests.journeys import examples, hostile, raw
from tests.journeys.examples import Things
from tests.journeys.stack import Stack

Route = tuple[str, str]

PAGES = [("GET", path) for path in pages.OPERATIONS]
ROUTES = list(examples.OF_ROUTE)
WITH_BODY = [route for route in ROUTES if route[0] in ("POST", "PATCH")]
WITH_PATH = [route for route in ROUTES if "{" in route[1]]
WITH_QUERY = [
    ("GET", path)
    for path in (
        *("/api/keys", "/api/prompts", "/api/runs", "/api/runs/{id}/events", "/api/me", "/v1/runs"),
        *("/v1/prompts/{promptId}", "/v1/me"),
    )
]
CONFORMANCE = [
    checks.not_a_server_error,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
    checks.response_headers_conformance,
]
# The others refuse what the document cannot tell: a NUL, the token of another list, names that exclude each other.
ACCEPTING = {
    *PAGES,
    *(("GET", path) for path in ("/api/me", "/api/models", "/v1/me", "/v1/resources", "/v1/runs/{runId}")),
}


@pytest.fixture
async def things(target: Stack) -> Things:
    return await examples.make(target, target.admin)


@pytest.fixture(scope="module")
async def schema(target: Stack) -> Any:
    _, document = await target.rest("GET", "/openapi.json")
    return schemathesis.openapi.from_dict(document)


# Pages take nothing that could be wrong.
@pytest.mark.parametrize(
    ("route", "mode"),
    [
        *((route, mode) for route in ROUTES for mode in GenerationMode),
        *((page, GenerationMode.POSITIVE) for page in PAGES),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value.value,
)
@hostile.many(8)
@given(data=st.data())
async def test_what_the_document_says(
    target: Stack, schema: Any, things: Things, route: Route, mode: GenerationMode, data: st.DataObject
) -> None:
    method, path = route
    case: Case = data.draw(schema[path][method].as_strategy(generation_mode=mode))
    if route not in PAGES and data.draw(st.booleans()):
        _name_what_is_there(case, route, things)
    # Not by its headers, where it may be what is wrong with the case.
    key = functools.partial(_add_key, target.admin)
    response = await asyncio.to_thread(case.call, base_url=target.base_url, auth=key, timeout=raw.SECONDS)
    accepted = [checks.positive_data_acceptance] if route in ACCEPTING else []
    case.validate_response(response, checks=[*CONFORMANCE, *accepted])
    assert response.status_code != 401
    told = {name: values[0] for name, values in response.headers.items()}
    raw.check(raw.Answer(response.status_code, told, response.content), path)


def _add_key(secret: str, request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers["Authorization"] = f"Bearer {secret}"
    # Another key beside it would only be refused.
    request.headers.pop("x-api-key", None)
    return request


def _name_what_is_there(case: Case, route: Route, things: Things) -> None:
    """Put real ids into a case, and take off the header that only operators may send, to get further in."""
    steps = zip(route[1].split("/"), _path(route, things).split("/"), strict=True)
    case.path_parameters.update({name[1:-1]: value for name, value in steps if name.startswith("{")})
    case.headers.pop("Promptwire-Project", None)
    for name in ("versionId", "promptVersionId"):
        if isinstance(case.body, dict) and name in case.body:
            case.body[name] = things.version


def _path(route: Route, things: Things) -> str:
    return examples.OF_ROUTE[route](things).path.partition("?")[0]


async def ask(
    target: Stack, route: Route, path: bytes | str, headers: dict[str, Any], body: bytes | None = None
) -> int:
    """Send a request that is whole, but perhaps not sound, as the admin key. Give the status."""
    given = {"Authorization": f"Bearer {target.admin}", "Content-Type": "application/json"} | headers
    answer = await raw.exchange(target, raw.build(route[0], path, given, body))
    assert answer, "the server closed without an answer"
    raw.check(answer, route[1])
    return answer.status


# Like what BetterPrompt documents, at least in its names.
LIKE_A_RUN = st.fixed_dictionaries(
    {},
    optional={
        "inputs": hostile.ANY_JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "textInputs": hostile.ANY_JSON | st.dictionaries(hostile.TEXT, hostile.TEXT, max_size=4),
                "imageInputs": hostile.ANY_JSON
                | st.lists(
                    st.fixed_dictionaries(
                        {"type": st.sampled_from(["url", "base64", "file"])},
                        optional={"url": hostile.ANY_JSON, "base64": hostile.ANY_JSON | st.text("Aa+/= \n")},
                    ),
                    max_size=3,
                ),
            },
        ),
        "runOptions": hostile.ANY_JSON | st.dictionaries(hostile.TEXT, hostile.TEXT, max_size=2),
        "runModel": hostile.ANY_JSON | st.just("fake-small"),
        "webhook": hostile.ANY_JSON,
    },
)


@hostile.many(200)
@given(body=LIKE_A_RUN, named=st.booleans(), whole=hostile.ANY_JSON, like=st.booleans())
async def test_json_for_a_run(target: Stack, things: Things, body: Any, whole: Any, *, named: bool, like: bool) -> None:
    sent = body | ({"promptVersionId": things.version} if named else {}) if like else whole
    await ask(target, ("POST", "/v1/runs"), "/v1/runs", {}, json.dumps(sent).encode())


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
@hostile.many(30)
@given(data=st.data())
async def test_bytes_for_json(target: Stack, things: Things, route: Route, data: st.DataObject) -> None:
    example = json.dumps(examples.OF_ROUTE[route](things).body or {"inputs": {}}).encode()
    body = data.draw(st.binary(max_size=100) | hostile.broken(st.just(example)))
    await ask(target, route, _path(route, things), {}, body)


@hostile.many(60)
@given(
    body=st.binary(max_size=60) | hostile.ANY_JSON.map(lambda value: json.dumps(value).encode()),
    charset=st.sampled_from(["utf-8", "utf-16", "utf-32", "latin-1", "utf-7", "idna", "no-such", '"', "\xff", ""]),
    kind=st.sampled_from(
        [
            "application/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "a/b/c",
            ";",
            "",
            "multipart/form-data; boundary=x",
        ]
    ),
    coding=st.sampled_from(
        ["", "identity", "gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip", "no-such", "GZIP"]
    ),
    packed=st.sampled_from([bytes, gzip.compress, zlib.compress, lambda data: gzip.compress(data)[:-6]]),
    route=st.sampled_from(WITH_BODY),
)
async def test_encodings(
    target: Stack, things: Things, body: bytes, charset: str, kind: str, coding: str, packed: Any, route: Route
) -> None:
    headers = {"Content-Type": f"{kind}; charset={charset}"} | ({"Content-Encoding": coding} if coding else {})
    await ask(target, route, _path(route, things), headers, packed(body))


@pytest.mark.parametrize("bomb", [gzip.compress(b" " * 40_000_000), zlib.compress(b"[" * 40_000_000)])
@pytest.mark.parametrize("route", [("POST", "/v1/runs"), ("POST", "/api/runs")], ids=" ".join)
async def test_bombs(target: Stack, route: Route, bomb: bytes) -> None:
    coding = "gzip" if bomb[:2] == b"\x1f\x8b" else "deflate"
    assert await ask(target, route, route[1], {"Content-Encoding": coding}, bomb) == 413


@hostile.many(60)
@given(
    chunks=st.lists(st.binary(min_size=1, max_size=30), max_size=5),
    extension=st.sampled_from(["", ";a=b", ';a="b;c"', "; ", ";" + "x" * 300]),
    trailer=st.sampled_from(["", "X-A: b\r\n", "Content-Length: 5\r\n", "Authorization: Bearer x\r\n"]),
    route=st.sampled_from(WITH_BODY),
)
async def test_chunks(
    target: Stack, things: Things, chunks: list[bytes], extension: str, trailer: str, route: Route
) -> None:
    body = b"".join(f"{len(chunk):x}{extension}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    body += f"0\r\n{trailer}\r\n".encode()
    await ask(target, route, _path(route, things), {"Transfer-Encoding": "chunked"}, body)


ODD = st.one_of(
    hostile.TEXT.map(lambda text: quote(text[:500], safe="")),
    hostile.TEXT.map(lambda text: quote(text[:500], safe="/?&=%;+")),
    st.sampled_from(
        [
            "%00",
            "%2F",
            "%2f..%2f",
            "%252F",
            "..",
            ".",
            "%",
            "%zz",
            "%ff%fe",
            "%ed%a0%80",
            "\u00e9",
            "a//b",
            "a;b=c",
            "*",
            "+",
            "~",
            "%0d%0aX:%20y",
        ]
    ),
)


@pytest.mark.parametrize("route", WITH_PATH, ids=" ".join)
@hostile.many(20)
@given(odd=ODD, query=st.just("") | ODD.map("?{}".format))
async def test_ids_in_paths(target: Stack, route: Route, odd: str, query: str) -> None:
    steps = [odd if step.startswith("{") else step for step in route[1].split("/")]
    given = {"Authorization": f"Bearer {target.admin}"}
    answer = await raw.exchange(target, raw.build(route[0], "/".join(steps) + query, given, b"{}"))
    assert answer
    raw.check(answer, None)


NAMES = st.sampled_from(
    [
        *("pageSize", "page_size", "pageToken", "owner", "states", "promptId", "endUserId", "minCreateTime"),
        *("maxCreateTime", "olderThan", "newerThan", "limit", "startingAfter", "endingBefore", "status", "since"),
        *("until", "versionId", "projectId", "access_token", "afterSequence", ""),
    ]
)
SOUND = st.sampled_from(["1", "1000", "STATE_FAILED", "failed", "2030-01-31T12:00:00Z", "9999-12-31T23:59:60.1+23:59"])


@pytest.mark.parametrize("route", WITH_QUERY, ids=" ".join)
@hostile.many(30)
@given(data=st.data())
async def test_queries(target: Stack, things: Things, route: Route, data: st.DataObject) -> None:
    texts = hostile.TEXT.map(lambda text: text[:500]) | SOUND | st.sampled_from(things.ids)
    pairs = data.draw(st.lists(st.tuples(NAMES, texts), max_size=4))
    joint = data.draw(st.sampled_from(["=", "", "==", "[]=", "%3D"]))
    query = "&".join(name + joint + quote(text) for name, text in pairs)
    await ask(target, route, f"{_path(route, things)}?{query}", {})


@hostile.many(100)
@given(
    method=st.sampled_from(
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "X"]
    ),
    path=ODD.map(lambda odd: odd.encode())
    | st.sampled_from(
        [b"*", b"//", b"/", b"http://other/v1/runs", b"/v1/runs/..", b"/v1//runs", b"/v1/run%73", b"/\xff"]
    )
    | st.binary(max_size=30).map(lambda data: b"/" + data.translate(None, b" \r\n")),
)
async def test_paths_that_are_none(target: Stack, method: str, path: bytes) -> None:
    answer = await raw.exchange(target, raw.build(method, path, {}, b""))
    assert answer
    raw.check(answer, None)


HEADERS = (
    *("Authorization", "Promptwire-Project", "X-Request-Id", "traceparent", "Idempotency-Key", "Accept"),
    *("Accept-Encoding", "Content-Type", "If-None-Match", "Origin", "Access-Control-Request-Method", "Cookie"),
    *("Range", "X-Forwarded-For", "Upgrade", "Host", "Prefer", "Content-Encoding", "X-Http-Method-Override"),
    "Last-Event-ID",
)


@hostile.many(200)
@given(
    name=st.sampled_from(HEADERS),
    value=hostile.TEXT.map(str.encode)
    | st.binary(max_size=40)
    | st.sampled_from([b"", b"x" * 7000, b"Bearer " + b"x" * 600]),
    prefix=st.sampled_from([b"", b"Bearer ", b'"', b"application/problem+json, "]),
    route=st.sampled_from(ROUTES),
)
async def test_headers(target: Stack, things: Things, name: str, value: bytes, prefix: bytes, route: Route) -> None:
    # Line breaks would begin another header, and a body that is longer than what was sent would be waited for.
    clean = prefix + value.translate(None, b"\r\n")[:7500]
    given = {"Authorization": f"Bearer {target.admin}", name: clean}
    answer = await raw.exchange(target, raw.build(route[0], _path(route, things), given, b"{}"))
    assert answer
    raw.check(answer, None)


@pytest.mark.parametrize("text", hostile.SQL)
@pytest.mark.parametrize("path", ["/api/me", "/v1/me"])
async def test_sql_in_headers(target: Stack, path: str, text: str) -> None:
    key = {"Authorization": f"Bearer {target.admin}"}
    for headers, statuses in (
        ({"Authorization": f"Bearer {text}"}, (401,)),
        (key | {"Promptwire-Project": text}, (403, 404)),
        (key | {"X-Request-Id": text, "traceparent": text, "Idempotency-Key": text}, (200,)),
    ):
        answer = await raw.exchange(target, raw.build("GET", path, headers))
        assert answer
        raw.check(answer, path)
        assert answer.status in statuses


# What aiohttp refuses by itself: headers, and the body that they speak of.
UNSOUND: Mapping[str, tuple[Mapping[str, str | bytes], bytes]] = {
    "a coding that is not read": ({"Content-Encoding": "br"}, b"{}"),
    "not the coding that it says": ({"Content-Encoding": "deflate"}, b"{}"),
    "an expectation": ({"Expect": "more"}, b"{}"),
    "a length below 0": ({"Content-Length": "-1"}, b""),
    "two lengths": ({"Content-Length": "2, 2"}, b"{}"),
    "a length beside chunks": ({"Content-Length": "2", "Transfer-Encoding": "chunked"}, b"0\r\n\r\n"),
    "no chunks": ({"Transfer-Encoding": "chunked"}, b"{}\r\n\r\n"),
    "a header of 9 kB": ({"X-Other": "a" * 9_000}, b"{}"),
    "10,000 headers": ({f"X-{number}": "a" for number in range(10_000)}, b"{}"),
    "a NUL": ({"X-Other": b"a\0b"}, b"{}"),
    "a line without a name": ({"X-Other": b"a\r\nnonsense"}, b"{}"),
}


@pytest.mark.parametrize("name", UNSOUND)
@pytest.mark.parametrize("path", ["/v1/runs", "/api/runs", "/v1/nothing"])
async def test_what_never_reaches_the_application(target: Stack, path: str, name: str) -> None:
    headers, body = UNSOUND[name]
    status = await ask(target, ("POST", path), path, dict(headers), body)
    assert status == (417 if name == "an expectation" else 400)


WHOLE = b"POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@hostile.many(150)
@given(data=st.binary(max_size=200) | hostile.broken(st.just(WHOLE)))
async def test_what_is_no_http(target: Stack, data: bytes) -> None:
    # It may say that more will come, which only its sender's leaving ends.
    answer = await raw.exchange(target, data, leave=True)
    if answer:
        raw.check(answer, None)
    assert (await target.rest("GET", "/healthz"))[0] == 200
