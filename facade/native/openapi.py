"""What the native API adds to the OpenAPI document: an operation a row."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from facade import idempotency
from facade.native.examples import BODIES
from facade.native.responses import responses
from facade.native.routes import Row
from facade.native.schemas import REQUIRED, Schemas

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
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_LENGTH, "pattern": "^[!-~]+$"},
    "description": "Makes a retry safe: within 24 hours the same key answers the same. Stands for `requestId`.",
}
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "examples": ["respond-async"]},
    "description": "`respond-async`: answer 202 at once, and let the run go on (`detached`). `wait=N`: answer after N "
    "seconds at the latest, up to 300, and let the run go on (`wait`).",
}
_LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    "description": "The id of the last event that the caller has. Stands for `afterSequence`, and before it.",
}


def operation(row: Row, schemas: Schemas) -> dict[str, Any]:
    """Give the OpenAPI operation of a row."""
    rpc = row.descriptor
    text = schemas.text(rpc.full_name)
    body = {"requestBody": _body(row, schemas)} if row.has_body else {}
    return {
        "operationId": rpc.name[0].lower() + rpc.name[1:],
        "summary": text.partition(". ")[0].removesuffix("."),
        "description": text + _about_events(row, schemas),
        "parameters": _parameters(row, schemas),
        **body,
        "responses": responses(row, schemas),
    }


def _about_events(row: Row, schemas: Schemas) -> str:
    if row.streaming is None:
        return ""
    text = schemas.text(row.streaming.descriptor.full_name)
    return f"\n\nWith `Accept: text/event-stream`, and JSON not liked as much, the answer is events. {text}"


def _parameters(row: Row, schemas: Schemas) -> list[dict[str, Any]]:
    request = row.descriptor.input_type
    in_path = [_parameter(request.fields_by_name[name], "path", schemas) for name in row.path_fields]
    others = [] if row.has_body else [field for field in request.fields if field.name not in row.path_fields]
    in_query = [_parameter(field, "query", schemas) for field in others]
    return in_path + in_query + _headers(row)


def _headers(row: Row) -> list[dict[str, Any]]:
    request_id = [_REQUEST_ID] if row.takes_request_id else []
    own = {"CreateRun": [_PREFER], "WatchRun": [_LAST_EVENT_ID]}.get(row.rpc, [])
    return [*request_id, *own, _PROJECT]


def _parameter(field: FieldDescriptor, where: str, schemas: Schemas) -> dict[str, Any]:
    schema = schemas.field(field, sent=True)
    text = schema.pop("description")
    if where == "path":
        return {"name": field.name, "in": "path", "required": True, "schema": schema, "description": text}
    # Of an object each member is a parameter of its own: `metadata[plan]=pro`.
    style = {"style": "deepObject", "explode": True} if schema.get("type") == "object" else {}
    return {"name": field.json_name, "in": "query", "required": False, "schema": schema, "description": text, **style}


def _body(row: Row, schemas: Schemas) -> dict[str, Any]:
    request = row.descriptor.input_type
    held = request.fields_by_name[row.body].message_type if row.body else None
    schema = schemas.reference(held, sent=True) if held else schemas.sent(request, row.path_fields)
    return {
        "required": held is not None or request.name in REQUIRED,
        "content": {"application/json": {"schema": schema, "example": BODIES[row.rpc]}},
    }
