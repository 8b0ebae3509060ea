"""Golden cases: a request to a dialect, what the services answer, and what must come of it.

{
  "request": {"method": "POST", "path": "/v1/runs", "headers": {}, "json": {} or "text": "..."},
  "answers": {"CreateRun": proto JSON, or {"fails": {"code", "reason", "message", "violations"?, "retry_after"?}}},
  "refuses": the same "fails", for every RPC,
  "limits": metadata about the limits of the key, told with every answer,
  "expected": {"rpcs": [{"rpc", "request": proto JSON}], "status", "headers", "json"}
}

Without a header Authorization in it, a request carries a key; with null for it, none.
`pytest tests/facade/dialects --update` rewrites what is expected.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from google.protobuf import json_format, message_factory
from google.protobuf.message import Message
from prometheus_client import CollectorRegistry

from facade.app import App
from facade.config import Settings
from facade.core import Core
from facade.cors import Cors
from facade.dialect import Dialect
from facade.telemetry import Metrics
from services import errors
from tests.fakes.services import PROTOS, FakeServices

Json = dict[str, Any]
Client = TestClient[web.Request, web.Application]

PUBLIC_URL = "https://prompts.example.org"
BODY_LIMIT = 4096
SECRET = "pw_8Zk2mQ4vT1xY_secret"
HEADERS = (
    *("Allow", "Content-Disposition", "Content-Type", "Location", "Preference-Applied", "RateLimit"),
    *("RateLimit-Policy", "Retry-After", "WWW-Authenticate"),
)

_ERRORS = {kind.code.name: kind for kind in errors.ServiceError.__subclasses__()}
_ANSWERS = {
    method.name: message_factory.GetMessageClass(method.output_type)
    for module in PROTOS
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


def cases(folder: Path) -> list[Path]:
    """List the cases of a dialect."""
    return sorted(folder.glob("*.json"))


@asynccontextmanager
async def site(services: FakeServices, dialect: Dialect) -> AsyncIterator[Client]:
    """Serve a dialect by the real app, as a client of the fake services."""
    core = Core.open(Settings(grpc_target=services.target))
    app = App(
        core, [dialect], Metrics(CollectorRegistry()), public_url=PUBLIC_URL, body_limit=BODY_LIMIT, cors=Cors.read("")
    )
    async with TestClient(TestServer(app.build(()))) as client:
        yield client
    await core.close()


async def check(path: Path, client: Client, services: FakeServices, *, update: bool) -> None:
    """Play a case, and hold what comes of it against what is expected; or write it down."""
    case: Json = json.loads(path.read_text())
    services.reset()
    services.answers = {rpc: _answer(rpc, given) for rpc, given in case.get("answers", {}).items()}
    services.refuses = _error(case["refuses"]) if "refuses" in case else None
    services.limits = tuple(case.get("limits", {}).items())
    outcome = await _play(case["request"], client, services)
    if update:
        path.write_text(json.dumps(case | {"expected": outcome}, indent=2, ensure_ascii=False) + "\n")
        return
    assert outcome == case["expected"]


async def _play(request: Json, client: Client, services: FakeServices) -> Json:
    headers = {"Authorization": f"Bearer {SECRET}"} | request.get("headers", {})
    response = await client.request(
        request["method"],
        request["path"],
        headers={name: value for name, value in headers.items() if value is not None},
        data=_body(request),
    )
    return {
        "rpcs": [{"rpc": made.method, "request": _to_json(made.request)} for made in services.requests],
        "status": response.status,
        "headers": {name: response.headers[name] for name in HEADERS if name in response.headers},
        "json": await response.json(content_type=None),
    }


def _body(request: Json) -> bytes | None:
    if "json" in request:
        return json.dumps(request["json"]).encode()
    return request["text"].encode() if "text" in request else None


def _answer(rpc: str, given: Json) -> Message | Exception:
    if "fails" in given:
        return _error(given["fails"])
    return json_format.ParseDict(given, _ANSWERS[rpc]())


def _error(given: Mapping[str, Any]) -> errors.ServiceError:
    return _ERRORS[given["code"]](
        given["reason"],
        given["message"],
        metadata=given.get("metadata"),
        violations=[errors.Violation(**violation) for violation in given.get("violations", [])],
        retry_after=given.get("retry_after"),
    )


def _to_json(message: Message) -> Json:
    return json_format.MessageToDict(message)
