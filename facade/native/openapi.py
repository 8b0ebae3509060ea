"""What the native API adds to the OpenAPI document: an operation a row."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from facade.native.examples import BODIES
from facade.native.problems import CONTENT_TYPE
from facade.native.requests import MAX_REQUEST_ID
from facade.native.routes import Row
from facade.native.schemas import REQUIRED, Schema, Schemas

ERRORS = {
    400: "The request does not hold what it must; `errors` lists every fault.",
    401: "No key, or one that does not work.",
    403: "The key lacks the scope that the call needs.",
    404: "There is no such thing in the caller's project.",
    409: "The thing is not in a state that allows this, or its name is taken.",
    413: "The body is too large.",
    422: "The `Idempotency-Key` was used for a request with other content.",
    429: "The key began as many runs, or has as many at a time, as it may; retry after the seconds of `Retry-After`.",
    500: "A fault of the server.",
    503: "The server cannot serve now; retry after the seconds of `Retry-After`.",
    504: "The server did not answer in time.",
}
# What the limits of a key are about.
BEGIN_RUNS = ("CreateRun", "StreamRun")
PROBLEM: Schema = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "reason", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Where the reason is explained."},
        "title": {"type": "string", "description": "The reason in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened and what to do next."},
        "reason": {"type": "string", "description": "The reason, for programs."},
        "requestId": {"type": "string", "description": "The request's id, as in `X-Request-Id`."},
        "errors": {
            "type": "array",
            "description": "Every fault of the request.",
            "items": {
                "type": "object",
                "required": ["detail", "reason"],
                "properties": {
                    "detail": {"type": "string", "description": "What to send instead."},
                    "reason": {"type": "string", "description": "The reason of this fault."},
                    "pointer": {"type": "string", "description": "The JSON pointer of the field in the body."},
                    "path": {"type": "string", "description": "The parameter of the path."},
                    "query": {"type": "string", "description": "The parameter of the query."},
                    "header": {"type": "string", "description": "The header."},
                },
            },
        },
        "metadata": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "More about the reason.",
        },
    },
    "examples": [
        {
            "type": "/docs#VARIABLE_MISSING",
            "title": "Variable missing",
            "status": 400,
            "detail": "inputs.topic: is required",
            "reason": "VARIABLE_MISSING",
            "requestId": "5f0c6c0e7f5b4d0c9a3b2f1e0d9c8b7a",
            "errors": [{"detail": "is required", "reason": "VARIABLE_MISSING", "pointer": "#/inputs/topic"}],
            "metadata": {"field": "inputs.topic"},
        }
    ],
}
_PROJECT = {
    "name": "Promptwire-Project",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The project to work in. Only for keys with scope `operator`. Default: the key's.",
}
_REQUEST_ID = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_REQUEST_ID, "pattern": "^[!-~]+$"},
    "description": "Makes a retry safe: within 24 hours the same key answers the same. Stands for `requestId`.",
}


def operation(row: Row, schemas: Schemas) -> dict[str, Any]:
    """Give the OpenAPI operation of a row."""
    rpc = row.descriptor
    text = schemas.text(rpc.full_name)
    body = {"requestBody": _body(row, schemas)} if row.has_body else {}
    return {
        "operationId": rpc.name[0].lower() + rpc.name[1:],
        "summary": text.partition(". ")[0].removesuffix("."),
        "description": text,
        "parameters": _parameters(row, schemas),
        **body,
        "responses": {
            "200": _json("Done.", schemas.reference(rpc.output_type, sent=False)),
            **{str(status): _problem(status) for status in _statuses(row)},
        },
    }


def _parameters(row: Row, schemas: Schemas) -> list[dict[str, Any]]:
    request = row.descriptor.input_type
    in_path = [_parameter(request.fields_by_name[name], "path", schemas) for name in row.path_fields]
    others = [] if row.has_body else [field for field in request.fields if field.name not in row.path_fields]
    in_query = [_parameter(field, "query", schemas) for field in others]
    headers = [_REQUEST_ID, _PROJECT] if "request_id" in request.fields_by_name else [_PROJECT]
    return in_path + in_query + headers


def _parameter(field: FieldDescriptor, where: str, schemas: Schemas) -> dict[str, Any]:
    schema = schemas.field(field, sent=True)
    text = schema.pop("description")
    if where == "path":
        return {"name": field.name, "in": "path", "required": True, "schema": schema, "description": text}
    return {"name": field.json_name, "in": "query", "required": False, "schema": schema, "description": text}


def _body(row: Row, schemas: Schemas) -> dict[str, Any]:
    request = row.descriptor.input_type
    held = request.fields_by_name[row.body].message_type if row.body else None
    schema = schemas.reference(held, sent=True) if held else schemas.sent(request, row.path_fields)
    return {
        "required": held is not None or request.name in REQUIRED,
        "content": {"application/json": {"schema": schema, "example": BODIES[row.rpc]}},
    }


def _statuses(row: Row) -> list[int]:
    with_body = (409, 413) if row.has_body else ()
    limited = (429,) if row.rpc in BEGIN_RUNS else ()
    with_id = (422,) if "request_id" in row.descriptor.input_type.fields_by_name else ()
    return sorted((400, 401, 403, 404, 500, 503, 504, *with_body, *with_id, *limited))


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problem(status: int) -> dict[str, Any]:
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if status in (429, 503) else {}
    return {"description": ERRORS[status], "content": content, **headers}


_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds to wait before a retry."}
