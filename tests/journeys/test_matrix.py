"""Every RPC and every route with every kind of key: who is let in, what the others are told, and that nothing moved."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import grpc
import grpc.aio
import pytest
from aiohttp import ClientResponse
from google.protobuf import message_factory
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from facade import console
from promptwire.v1 import key_service_pb2, prompt_service_pb2, run_service_pb2
from services.keys import command, scopes, secret
from tests.conftest import clone
from tests.journeys import examples, raw
from tests.journeys.examples import Things
from tests.journeys.stack import Stack

PACKAGE = "/promptwire.v1."
METHODS = {
    f"{service.name}/{method.name}": method
    for file in (key_service_pb2, prompt_service_pb2, run_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
# What is read without a key.
PAGES = {"/healthz", "/readyz", "/version", "/metrics", "/openapi.json", "/docs", "/docs/style.css", "/images/{token}"}
TABLES = (
    *("project", "counter", "key_route", "key", "request"),
    *("folder", "prompt", "version", "session", "label", "label_move", "run", "node_run"),
)
HOME, ELSEWHERE = "home", "elsewhere"
UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND = "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND"
STATUS = {UNAUTHENTICATED: 401, PERMISSION_DENIED: 403, NOT_FOUND: 404, "INVALID_ARGUMENT": 422}
BETTERPROMPT = {401: "UNAUTHORIZED_ERROR", 403: "FORBIDDEN_ERROR", 404: "NOT_FOUND_ERROR", 422: "VALIDATION_ERROR"}


class Identity(NamedTuple):
    """Who calls: a secret, its scopes, the project it names; `refused` is why the secret stands for nobody."""

    secret: str | None
    scopes: frozenset[str] = frozenset()
    refused: str = ""
    project: str = ""
    foreign: bool = False


class Told(NamedTuple):
    """What a caller was told: the code and reason of a refusal, both empty for a success, and all else as text."""

    code: str
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class World:
    """A stack with two projects, and everybody who calls it."""

    stack: Stack
    identities: Mapping[str, Identity]
    things: Things

    async def snapshot(self) -> list[str]:
        """Give what all tables hold, less when keys were last used."""
        lines = [
            f"SELECT '{table}' || (to_jsonb(kept) - 'last_use_time')::text AS line FROM {table} AS kept"
            for table in TABLES
        ]
        rows = await self.stack.server.database.fetch(f"{' UNION ALL '.join(lines)} ORDER BY line")
        return [row["line"] for row in rows]

    async def fresh(self) -> Things:
        """Make things in the home project that a call may change."""
        return await examples.make(self.stack, self.identities["admin"].secret or "")


NAMES = (
    "no key",
    "unknown",
    "mistyped",
    "expired",
    "revoked",
    "run",
    "admin",
    "other project's admin",
    "operator naming the project",
    "admin naming another project",
    "unrelated scope",
)


@pytest.fixture(scope="module")
async def world(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with clone(postgres) as dsn, Stack(dsn, tmp_path_factory.mktemp("matrix")) as stack:
        identities = await _identities(stack)
        await stack.server.database.execute(
            """
            INSERT INTO counter (project_id, name, value)
            SELECT project_id, counted, $1 FROM project, unnest(ARRAY['version', 'session']) AS counted
            WHERE name = $2
            """,
            examples.FIRST_SERIAL,
            HOME,
        )
        things = await examples.make(stack, identities["admin"].secret or "")
        assert tuple(identities) == NAMES
        yield World(stack, identities, things)


async def _identities(stack: Stack) -> dict[str, Identity]:
    admin = await stack.create_key(HOME)
    other = await stack.create_key(ELSEWHERE)
    operator = await stack.create_key(ELSEWHERE, scopes.SCOPES)
    unrelated = frozenset({"webhooks:read"})
    return {
        "no key": Identity(None, refused="KEY_MISSING"),
        "unknown": Identity(secret.make(secret.new_id()), refused="KEY_UNKNOWN"),
        "mistyped": Identity(admin[:-1] + ("x" if admin[-1] != "x" else "y"), refused="KEY_UNKNOWN"),
        "expired": Identity(await _ended(stack, "expire_time"), refused="KEY_EXPIRED"),
        "revoked": Identity(await _ended(stack, "revoke_time"), refused="KEY_REVOKED"),
        "run": Identity(await stack.create_key(HOME, frozenset(scopes.RUN_SCOPES)), scopes.RUN_SCOPES),
        "admin": Identity(admin, scopes.ADMIN_SCOPES),
        "other project's admin": Identity(other, scopes.ADMIN_SCOPES, foreign=True),
        "operator naming the project": Identity(operator, scopes.SCOPES, project=HOME),
        "admin naming another project": Identity(other, scopes.ADMIN_SCOPES, project=HOME),
        "unrelated scope": Identity(await stack.create_key(HOME, unrelated), unrelated),
    }


async def _ended(stack: Stack, column: str) -> str:
    """Make an admin key that expired or was revoked a second ago."""
    key, text = await command.create(stack.server.database, project=HOME, name="ended", scopes=scopes.ADMIN_SCOPES)
    query = f"UPDATE key SET {column} = now() - interval '1 second' WHERE key_id = $1"
    await stack.server.database.execute(query, key.id)
    return text


def expected(who: Identity, rpc: str, *, names_ids: bool) -> tuple[str, str]:
    """Work out from the table of scopes what a call is told; two empty texts when it is let in."""
    scope = scopes.OF_RPC[PACKAGE + rpc]
    if scope == scopes.NO_KEY:
        return NOT_FOUND, "IMAGE_NOT_FOUND"
    if who.refused:
        return UNAUTHENTICATED, who.refused
    if scope is not None and scope not in who.scopes:
        return PERMISSION_DENIED, "SCOPE_MISSING"
    if who.project and scopes.OPERATOR not in who.scopes:
        return PERMISSION_DENIED, "SCOPE_MISSING"
    return (NOT_FOUND, "") if who.foreign and names_ids else ("", "")


def expected_by_route(who: Identity, request: examples.Request, *, names_ids: bool) -> tuple[str, str]:
    """Work out what a request is told: its RPC says, but for a dialect that knows no scopes."""
    code, reason = expected(who, request.rpc, names_ids=names_ids)
    if not request.path.startswith(examples.REPOSITORY):
        return code, reason
    if code in (UNAUTHENTICATED, PERMISSION_DENIED) or "prompts:write" not in who.scopes:
        return UNAUTHENTICATED, ""
    return ("", "") if request.finds_nothing else (code, reason)


async def call(world: World, who: Identity, rpc: str, things: Things) -> Told:
    """Make an RPC over the wire."""
    method = METHODS[rpc]
    request = message_factory.GetMessageClass(method.input_type)(**examples.OF_RPC[rpc](things))
    channel = world.stack.channel
    make: Any = channel.unary_stream if method.server_streaming else channel.unary_unary
    stub = make(
        PACKAGE + rpc,
        request_serializer=type(request).SerializeToString,
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )
    metadata = world.stack.metadata(who.secret) if who.secret else ()
    project = (("promptwire-project", who.project),) if who.project else ()
    made = stub(request, metadata=(*metadata, *project))
    try:
        told = [response async for response in made] if method.server_streaming else await made
        return Told("", "", str(told))
    except grpc.aio.AioRpcError as error:
        return _refusal(error)


def _refusal(error: grpc.aio.AioRpcError) -> Told:
    """Read a refusal, which must be a google.rpc.Status that begins with an ErrorInfo."""
    status = rpc_status.from_call(error)
    assert status is not None, error
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "promptwire"
    return Told(error.code().name, info.reason, f"{error.details()} {status}")


async def send(world: World, who: Identity, method: str, request: examples.Request) -> Told:
    """Make a REST request; a refusal must wear the envelope of its path."""
    headers = {"Authorization": f"Bearer {who.secret}"} if who.secret else {}
    headers |= {"Promptwire-Project": who.project} if who.project else {}
    url = world.stack.base_url + request.path
    async with world.stack.session.request(method, url, headers=headers, json=request.body) as response:
        text = await response.text()
        if response.status < 300:
            return Told("", "", text)
        code = next(code for code, status in STATUS.items() if status == response.status)
        reason = _reason(response, json.loads(text))
        words = str({name: value for name, value in response.headers.items() if name != "Date"}) + text
        return Told(code, reason, words.replace(response.headers["X-Request-Id"], "<request>"))


def _reason(response: ClientResponse, body: dict[str, Any]) -> str:
    """Check the envelope, and give the reason if it tells one."""
    assert (response.headers.get("WWW-Authenticate") == "Bearer") == (response.status == 401)
    if raw.PROMPTITUDE.owns(response.url.path):
        assert response.content_type == "application/json"
        assert (body["code"], body["error"], body["results"]) == (response.status, True, {})
        assert body.keys() == {"code", "message", "error", "results"}
        return ""
    if raw.ARTIFICIALSTUDIO.owns(response.url.path):
        assert response.content_type == "application/json"
        assert {"message"} <= body.keys() <= {"message", "errors"}
        return ""
    if response.url.path.startswith("/v1/"):
        assert response.content_type == "application/json"
        assert body.keys() == {"status", "message", "data"}
        assert (body["status"], body["data"] is None) == (BETTERPROMPT[response.status], response.status != 422)
        return ""
    if response.url.path.startswith(examples.REPOSITORY):
        assert response.content_type == "application/json"
        assert body.keys() == {"is_bifrost_error", "status_code", "error", "extra_fields"}
        assert (body["is_bifrost_error"], body["status_code"]) == (False, response.status)
        assert (list(body["error"]), body["extra_fields"]) == (["message"], {})
        return ""
    if response.url.path.startswith("/api/flows"):
        assert response.content_type == "application/json"
        assert (
            {"statusCode", "message", "error"} <= body.keys() <= {"statusCode", "message", "error", "errors", "runId"}
        )
        assert body["statusCode"] == response.status
        return ""
    assert response.content_type == "application/problem+json"
    assert body["status"] == response.status
    assert {"type", "title", "detail", "reason"} <= body.keys()
    return body["reason"]


def check(told: Told, code: str, reason: str) -> None:
    """Compare; not every envelope tells a reason, and of what is not found it names the kind."""
    assert told.code == code, told
    assert not (reason and told.reason) or told.reason == reason, told
    assert code != NOT_FOUND or not told.reason or told.reason.endswith("_NOT_FOUND"), told


def anonymous(told: Told, things: Things) -> str:
    """Give what was told with the ids blanked."""
    words = told.words
    for name, value in asdict(things).items():
        words = words.replace(value, f"<{name}>")
    return f"{told.code} {told.reason} {words}"


def names_ids(example: object, things: Things) -> bool:
    """Tell whether a request is about something that is there already."""
    return any(value in str(example) for value in things.ids)


def test_every_rpc_has_an_example() -> None:
    assert set(examples.OF_RPC) == set(METHODS)


def test_every_route_has_an_example(stack: Stack) -> None:
    routes = {(route.method, route.resource.canonical) for route in stack.app.router.routes() if route.resource}
    # Some dialects let a slash stand at the end.
    keyless = PAGES | {path for path, _ in console.files()}
    keyed = {(method, path.rstrip("/")) for method, path in routes if path not in keyless}
    assert {route for route in keyed if route[0] != "HEAD"} == set(examples.OF_ROUTE)
    assert {path for method, path in keyed if method == "HEAD"} == {path for method, path in keyed if method == "GET"}


@pytest.mark.parametrize("rpc", METHODS)
async def test_rpc(world: World, rpc: str) -> None:
    names = names_ids(examples.OF_RPC[rpc](world.things), world.things)
    before = await world.snapshot()
    for who in world.identities.values():
        code, reason = expected(who, rpc, names_ids=names)
        if code:
            check(await call(world, who, rpc, world.things), code, reason)
    assert await world.snapshot() == before
    for who in world.identities.values():
        if expected(who, rpc, names_ids=names) == ("", ""):
            told = await call(world, who, rpc, await world.fresh())
            check(told, "", "")
            assert not (who.foreign and names_ids(told.words, world.things)), told


@pytest.mark.parametrize("route", examples.OF_ROUTE, ids=" ".join)
async def test_route(world: World, route: tuple[str, str]) -> None:
    method, example = route[0], examples.OF_ROUTE[route]
    request = example(world.things)
    names = names_ids(request, world.things)
    before = await world.snapshot()
    for who in world.identities.values():
        code, reason = expected_by_route(who, request, names_ids=names)
        if code:
            check(await send(world, who, method, request), code, reason)
    assert await world.snapshot() == before
    for who in world.identities.values():
        if expected_by_route(who, request, names_ids=names) == ("", ""):
            told = await send(world, who, method, example(await world.fresh()))
            check(told, "", "")
            assert not (who.foreign and names_ids(told.words, world.things)), told


NOBODYS = examples.unknown()


@pytest.mark.parametrize("rpc", [rpc for rpc, to in examples.OF_RPC.items() if names_ids(to(NOBODYS), NOBODYS)])
async def test_ids_of_another_project_look_unknown_to_an_rpc(world: World, rpc: str) -> None:
    other = world.identities["other project's admin"]
    theirs, nobodys = [await call(world, other, rpc, things) for things in (world.things, NOBODYS)]
    assert anonymous(theirs, world.things) == anonymous(nobodys, NOBODYS)


@pytest.mark.parametrize(
    "route",
    [route for route, to in examples.OF_ROUTE.items() if names_ids(to(NOBODYS), NOBODYS)],
    ids=" ".join,
)
async def test_ids_of_another_project_look_unknown_to_a_route(world: World, route: tuple[str, str]) -> None:
    other, example = world.identities["other project's admin"], examples.OF_ROUTE[route]
    theirs, nobodys = [await send(world, other, route[0], example(it)) for it in (world.things, NOBODYS)]
    assert anonymous(theirs, world.things) == anonymous(nobodys, NOBODYS)


async def test_aliases_of_another_project_look_unknown(world: World) -> None:
    other, alias = world.identities["other project's admin"], "a" * 36
    await world.stack.create_version("Explain the sea.", alias=alias, secret=world.identities["admin"].secret)
    theirs, nobodys = replace(world.things, prompt=alias), replace(NOBODYS, prompt="b" * 36)
    for rpc, example in examples.OF_RPC.items():
        if alias in str(example(theirs)):
            told = [anonymous(await call(world, other, rpc, it), it) for it in (theirs, nobodys)]
            assert told[0] == told[1], rpc
    for route, example in examples.OF_ROUTE.items():
        if alias in str(example(theirs)):
            told = [anonymous(await send(world, other, route[0], example(it)), it) for it in (theirs, nobodys)]
            assert told[0] == told[1], route


@pytest.mark.parametrize("path", ["/api/runs?promptId={}", "/api/keys?owner={}"])
async def test_a_filter_by_what_is_anothers_finds_nothing(world: World, path: str) -> None:
    other = world.identities["other project's admin"]
    told = await send(world, other, "GET", examples.Request("", path.format(world.things.prompt)))
    assert told.code == ""
    assert not names_ids(told.words, world.things)


async def test_lists_show_only_ones_own_project(world: World) -> None:
    mine = await examples.make(world.stack, world.identities["other project's admin"].secret or "")
    for path, own, anothers in (
        ("/api/keys", mine.key, world.things.key),
        ("/api/prompts", mine.prompt, world.things.prompt),
        ("/api/runs", mine.run, world.things.run),
        ("/v1/runs", mine.run, world.things.run),
        ("/api/folders", mine.folder, world.things.folder),
        ("/api/export", mine.prompt, world.things.prompt),
        ("/api/prompt-repo/folders", mine.folder, world.things.folder),
        ("/api/prompt-repo/prompts", mine.prompt, world.things.prompt),
    ):
        told = await send(world, world.identities["other project's admin"], "GET", examples.Request("", path))
        assert own in told.words
        assert anothers not in told.words


@pytest.mark.parametrize("name", NAMES)
async def test_head_tells_what_get_tells(world: World, name: str) -> None:
    who = world.identities[name]
    headers = {"Authorization": f"Bearer {who.secret}"} if who.secret else {}
    for method, path in examples.OF_ROUTE:
        if method == "GET":
            url = world.stack.base_url + examples.OF_ROUTE[method, path](world.things).path
            statuses = []
            for asked in ("HEAD", "GET"):
                async with world.stack.session.request(asked, url, headers=headers) as response:
                    statuses.append(response.status)
            assert statuses[0] == statuses[1], path


@pytest.mark.parametrize("path", ["/api/me", "/v1/me", "/api/prompt-repo/folders"])
async def test_a_key_travels_in_one_way_only(world: World, path: str) -> None:
    text = world.identities["admin"].secret or ""
    for headers, query in (
        ({"Authorization": text}, ""),
        ({"Authorization": f"Basic {text}"}, ""),
        ({"x-api-key": text}, ""),
        ({"Cookie": f"authorization=Bearer {text}"}, ""),
        ({}, f"?key={text}"),
        ({}, f"?authorization=Bearer%20{text}"),
        ({"Authorization": "Bearer"}, ""),
    ):
        async with world.stack.session.get(world.stack.base_url + path + query, headers=headers) as response:
            assert response.status == 401, (headers, query)


async def test_what_the_contract_does_not_name_is_not_served(world: World) -> None:
    for method in ("/promptwire.v1.RunService/Nothing", "/promptwire.v1.Nothing/CreateRun"):
        stub = world.stack.channel.unary_unary(method)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await stub(b"", metadata=world.stack.metadata(world.identities["admin"].secret or ""))
        assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED
