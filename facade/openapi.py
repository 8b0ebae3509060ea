"""The OpenAPI document: every dialect's routes, a tag each, and the pages that need no key."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from facade.dialect import Dialect

Document = dict[str, Any]

_ABOUT = """Promptwire runs stored, versioned prompts. One run engine stands behind several REST APIs and gRPC.

Send a key as `Authorization: Bearer <secret>`; an API that has a header of its own for it takes both. Every answer
carries `X-Request-Id`; send one of your own, up to 128 printable ASCII characters, and it is used all the way. A
`traceparent` is passed on and returned.

The native API reads and writes canonical proto JSON: names in lowerCamelCase, 64-bit numbers as texts, bytes in base64,
times as RFC 3339, durations in seconds with an `s`. Fields that cannot be absent are always written, also with their
default. In a request null is as good as absent, and a name that is not known is refused. A PATCH changes the fields
that its body names, unless `updateMask` says otherwise. Free JSON may nest 32 levels; whole numbers reach to 2^53.

A run may outlast its caller's patience. With `Prefer: respond-async` the answer is 202 at once, with `Prefer: wait=N`
it comes after N seconds at the latest, and either way the run goes on; `Location` is where to ask for it.
`Idempotency-Key` makes a retry safe.

With `Accept: application/problem+json` every path answers errors as problem details (RFC 9457)."""
_REQUEST_ID = {
    "description": "The id of the request: the caller's own, or a new one.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
_LIMIT = {
    "description": "How many runs the key may begin a minute. Absent: as many as it likes.",
    "schema": {"type": "string"},
    "example": '"default";q=100;w=60',
}
_LEFT = {
    "description": "How many of them are left, and in how many seconds all are. Absent: as many as it likes.",
    "schema": {"type": "string"},
    "example": '"default";r=12;t=30',
}
_HEADERS = {"X-Request-Id": _REQUEST_ID, "RateLimit-Policy": _LIMIT, "RateLimit": _LEFT}


def document(dialects: Sequence[Dialect], pages: Mapping[str, Mapping[str, Any]], version: str) -> Document:
    """Make the document. `pages` are the GET operations of paths that are read without a key."""
    tags = [{"name": dialect.name, "description": dialect.description} for dialect in dialects]
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for dialect in dialects:
        _add_schemas(schemas, dialect)
        for route in dialect.routes:
            operation = {"tags": [dialect.name], **_security(dialect), **_with_headers(route.operation, *_HEADERS)}
            paths.setdefault(route.path, {})[route.method.lower()] = operation
    for path, operation in pages.items():
        paths[path] = {"get": {"tags": ["Server"], "security": [], **_with_headers(operation, "X-Request-Id")}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Promptwire",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [*tags, {"name": "Server", "description": "How the server is. Needs no key."}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": _HEADERS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}, **_key_headers(dialects)},
        },
    }


def _security(dialect: Dialect) -> dict[str, Any]:
    """Give how the key is sent where a dialect has a header of its own, which comes last."""
    return {"security": [{"bearer": []}, {_scheme(dialect.key_header): []}]} if dialect.key_header else {}


def _key_headers(dialects: Iterable[Dialect]) -> dict[str, Any]:
    names = (dialect.key_header for dialect in dialects if dialect.key_header)
    return {_scheme(name): {"type": "apiKey", "in": "header", "name": name} for name in names}


def _scheme(header: str) -> str:
    return header.lower()


def _add_schemas(schemas: dict[str, Any], dialect: Dialect) -> None:
    taken = schemas.keys() & dialect.schemas.keys()
    if taken:
        raise ValueError(f"dialect {dialect.name} takes names of schemas that are taken: {', '.join(sorted(taken))}")
    schemas.update(dialect.schemas)


def _with_headers(operation: Mapping[str, Any], *names: str) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    responses = {
        status: {**response, "headers": {**headers, **response.get("headers", {})}}
        for status, response in operation["responses"].items()
    }
    return {**operation, "responses": responses}
