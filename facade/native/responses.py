"""What the OpenAPI document says of the native API's answers: the response, the events, the problems."""

from typing import Any

import orjson

from facade import lines, sse
from facade.native.examples import EVENTS
from facade.native.problems import CONTENT_TYPE
from facade.native.routes import Row
from facade.native.schemas import Schema, Schemas

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
_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds to wait before a retry."}
_UNFINISHED = _RETRY_AFTER | {"description": "Seconds to wait before asking again. Absent: the run has ended."}
_LOCATION = {"schema": {"type": "string", "format": "uri-reference"}, "description": "Where the run is."}
_APPLIED = {"schema": {"type": "string"}, "description": "What of `Prefer` was followed. Absent: nothing."}
_DATA = {"$ref": "#/components/schemas/RunEvent"}
_EVENTS: Schema = {
    "schema": {
        "type": "object",
        "description": "Server-Sent Events, each of this form. Its name is the member of the `RunEvent` that says what "
        "happened, such as `textDelta`, its `id` the event's `sequence`. `event: error` has problem details and is the "
        "last one: ask for the rest with `Last-Event-ID`. When nothing happens, a comment comes every 15 s.",
        "required": ["event", "data"],
        "properties": {
            "id": {"type": "string"},
            "event": {"type": "string"},
            "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": _DATA},
        },
    },
    "example": "".join(
        sse.Event(name, orjson.dumps(event), event["sequence"]).encode().decode() for name, event in EVENTS.items()
    ),
}


def responses(row: Row, schemas: Schemas) -> dict[str, Any]:
    """Give the responses of a row by status."""
    problems = {str(status): _problem(status) for status in _statuses(row)}
    return {**_answers(row, schemas), **problems}


def _answers(row: Row, schemas: Schemas) -> dict[str, Any]:
    response = schemas.reference(row.descriptor.output_type, sent=False)
    match row.rpc:
        case "CreateRun":
            headers = {"Preference-Applied": _APPLIED}
            ended = _answer("The run at its end, or its events.", response, headers)
            ended["content"][sse.CONTENT_TYPE] = _EVENTS
            headers = {"Location": _LOCATION, "Retry-After": _RETRY_AFTER, **headers}
            return {"200": ended, "202": _answer("The run, which goes on.", response, headers)}
        case "GetRun":
            return {"200": _answer("Done.", response, {"Retry-After": _UNFINISHED})}
        case "WatchRun":
            none = "There is no event behind the last one that the caller has: do not come again."
            events = {"description": "The events.", "content": {sse.CONTENT_TYPE: _EVENTS}}
            return {"200": events, "204": {"description": none}}
        case _ if row.lines:
            item = schemas.reference(row.answer, sent=False)
            held = {
                "schema": {"type": "string", "description": "A line for each, of this form.", "contentSchema": item}
            }
            return {"200": {"description": "Everything, line by line.", "content": {lines.CONTENT_TYPE: held}}}
        case _:
            return {"200": _answer("Done.", response)}


def _answer(description: str, schema: Schema, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = {"description": description, "content": {"application/json": {"schema": schema}}}
    return answer | ({"headers": headers} if headers else {})


def _statuses(row: Row) -> list[int]:
    with_body = (409, 413) if row.has_body else ()
    limited = (429,) if row.rpc in BEGIN_RUNS else ()
    with_id = (422,) if row.takes_request_id else ()
    return sorted((400, 401, 403, 404, 500, 503, 504, *with_body, *with_id, *limited))


def _problem(status: int) -> dict[str, Any]:
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if status in (429, 503) else {}
    return {"description": ERRORS[status], "content": content, **headers}
