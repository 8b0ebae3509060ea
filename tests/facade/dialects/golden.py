"""Golden cases: a request to a dialect, what the services answer, and what must come of it.

{
  "request": {"method": "POST", "path": "/v1/runs", "headers": {}, "json": {} or "text": "..."},
  "answers": {"CreateRun": proto JSON, or {"fails": {"code", "reason", "message", "violations"?, "retry_after"?}}, or a
    list of proto JSON: what an RPC streams, or the answers of its first call, its second, and so on},
  "refuses": the same "fails", for every RPC,
  "limits": metadata about the limits of the key, told with every answer,
  "expected": {"rpcs": [{"rpc", "request": proto JSON}], "status", "headers", "json"}
}

Without a header Authorization in it, a request carries a key; with null for it, none.
`pytest tests/facade/dialects --update` rewrites what is expected.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
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
from tests.fakes.services import PROTOS, Answer, FakeServices

Json = dict[str, Any]
Client = TestClient[web.Request, web.Application]

PUBLIC_URL = "https://prompts.example.org"
BODY_LIMIT = 4096
SECRET = "pw_8Zk2mQ4vT1xY_secret"
HEADERS = (
    *("Allow", "Content-Disposition", "Content-Type", "Link", "Location", "Preference-Applied", "RateLimit"),
    *("RateLimit-Policy", "Retry-After", "WWW-Authenticate"),
)

_ERRORS = {kind.code.name: kind for kind in errors.ServiceError.__subclasses__()}
_METHODS = [
    method for module in PROTOS for service in module.DESCRIPTOR.services_by_name.values() for method in service.methods
]
_ANSWERS = {method.name: message_factory.GetMessageClass(method.output_type) for method in _METHODS}
_STREAMS = {method.name for method in _METHODS if method.server_streaming}


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


def read(path: Path) -> Json:
    """Give a case."""
    return json.loads(path.read_text())


async def check(
    path: Path,
    client: Client,
    services: FakeServices,
    *,
    update: bool,
    defaults: Mapping[str, Message] | None = None,
    at_once: Sequence[str] = (),
) -> None:
    """Play a case, and hold what comes of it against what is expected; or write it down.

    `defaults` are the answers of RPCs of which the case says nothing. `at_once` are RPCs that may be under way at the
    same time: they are told behind the others, in this order.
    """
    case = read(path)
    services.reset()
    services.answers = dict(defaults or {}) | {
        rpc: _answers(rpc, given) for rpc, given in case.get("answers", {}).items()
    }
    services.refuses = _error(case["refuses"]) if "refuses" in case else None
    services.limits = tuple(case.get("limits", {}).items())
    outcome = await _play(case["request"], client, services)
    outcome["rpcs"].sort(key=lambda made: at_once.index(made["rpc"]) if made["rpc"] in at_once else -1)
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


def _answers(rpc: str, given: Json | list[Json]) -> Answer:
    if not isinstance(given, list):
        return _answer(rpc, given)
    answers = [json_format.ParseDict(item, _ANSWERS[rpc]()) for item in given]
    return answers if rpc in _STREAMS else _in_turn(answers)


def _in_turn(answers: Sequence[Message]) -> Answer:
    left = iter(answers)

    async def answer(_: object, __: object) -> Message:
        return next(left)

    return answer


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
