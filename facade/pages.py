"""What is read without a key: health, readiness, version, metrics, and the documents of the API."""

import hashlib
from typing import Any

from aiohttp import web
from prometheus_client.exposition import choose_encoder

from facade import image_page
from facade.app import NOTICE, Page
from facade.core import Core
from facade.dialect import Reply
from facade.problem import RETRY_SECONDS
from facade.telemetry import Metrics

CONTENT_SECURITY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_FLAG: dict[str, Any] = {"type": "object", "required": ["ready"], "properties": {"ready": {"type": "boolean"}}}
_VERSION: dict[str, Any] = {
    "type": "object",
    "required": ["name", "version", "api"],
    "properties": {"name": {"const": "promptwire"}, "version": {"type": "string"}, "api": {"type": "string"}},
}


def _operation(name: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "responses": responses}


def _json(schema: dict[str, Any], description: str = "Done.") -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


OPERATIONS = {
    "/healthz": _operation("getHealth", "Tells that the process lives", {"200": _json({"type": "object"})}),
    "/readyz": _operation(
        "getReadiness",
        "Tells whether calls can be served: the gRPC server and its database answer, and the facade is not to stop",
        {"200": _json(_FLAG), "503": _json(_FLAG, "Not now; retry after the seconds of `Retry-After`.")},
    ),
    "/version": _operation("getServerVersion", "Tells which version this is", {"200": _json(_VERSION)}),
    image_page.PATH: image_page.OPERATION,
    "/metrics": _operation(
        "getMetrics",
        "Gives the counters of the facade, as Prometheus reads them",
        {"200": {"description": "Done.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
    ),
}


class Pages:
    """The pages' handlers."""

    def __init__(self, core: Core, metrics: Metrics, version: str) -> None:
        self._core = core
        self._metrics = metrics
        self._version = version

    async def health(self, _: web.Request) -> Reply:
        """Tell that the process lives."""
        return Reply(200, {"status": "ok"})

    async def readiness(self, request: web.Request) -> Reply:
        """Tell whether calls can be served: not by who is about to stop."""
        if not request.app[NOTICE].is_set() and await self._core.ready():
            return Reply(200, {"ready": True})
        return Reply(503, {"ready": False}, {"Retry-After": str(RETRY_SECONDS)})

    async def version(self, _: web.Request) -> Reply:
        """Tell which version this is."""
        return Reply(200, {"name": "promptwire", "version": self._version, "api": "promptwire.v1"})

    async def metrics(self, request: web.Request) -> Reply:
        """Print the counters in the text format of Prometheus that the caller reads."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Reply(200, encode(self._metrics.registry), content_type=content_type)


def document(body: bytes, content_type: str) -> Page:
    """Make the page of a document that does not change; a caller that has it already is told so with 304."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Security-Policy": CONTENT_SECURITY}

    async def page(request: web.Request) -> Reply:
        if tag in request.headers.get("If-None-Match", ""):
            return Reply(304, b"", headers, content_type)
        return Reply(200, body, headers, content_type)

    return page
