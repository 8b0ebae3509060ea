"""The operations of this dialect, for the OpenAPI document."""

from typing import Any

from facade import idempotency
from facade.dialects.artificialstudio.query import DEFAULT_LIMIT
from facade.dialects.artificialstudio.schemas import LIMIT, OFFSET, STATUS, TEXT, UUID, Schema, of

Operation = dict[str, Any]

_ERRORS = {
    400: "The body is no JSON object, or fields do not hold what they must: `errors` lists each.",
    401: "No key, or one that does not work.",
    403: "The key lacks the scope.",
    404: "There is no such thing in the caller's project, or no such model.",
    409: "The prompt cannot be run as it is.",
    410: "The version was deleted.",
    413: "The body is too large.",
    422: "The Idempotency-Key was used with another body.",
    429: "The key began as many runs, or has as many at a time, as it may; retry after the seconds of `Retry-After`.",
    500: "The server failed.",
    503: "The server cannot serve now; retry after the seconds of `Retry-After`.",
    504: "The server did not answer in time.",
}
_ALWAYS = (401, 403, 500, 503, 504)
_RUN = (400, 404, 409, 410, 413, 422, 429)


def _json(description: str, schema: Schema, **headers: Any) -> dict[str, Any]:
    told = {"headers": {name.replace("_", "-"): header for name, header in headers.items()}} if headers else {}
    return {"description": description, "content": {"application/json": {"schema": schema}}, **told}


def _operation(name: str, summary: str, answers: dict[str, Any], *errors: int, **more: Any) -> Operation:
    failed = of("Error")
    refusals = {str(status): _json(_ERRORS[status], failed) for status in sorted({*_ALWAYS, *errors})}
    return {
        "operationId": f"artificialStudio{name}",
        "summary": summary,
        **more,
        "responses": {**answers, **refusals, "default": _json("Any other error.", failed)},
    }


def _parameter(place: str, name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": description}


def _body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": of(schema)}}}


_ID = _parameter("path", "id", UUID, "The generation's id.")
_IDEMPOTENCY_KEY = _parameter(
    "header",
    "Idempotency-Key",
    TEXT | {"minLength": 1, "maxLength": idempotency.MAX_LENGTH, "pattern": "^[!-~]+$"},
    "Makes a retry safe: within 24 hours the same key with the same body stands for the same run.",
)
_PREFER = _parameter(
    "header",
    "Prefer",
    TEXT | {"examples": ["wait=30"]},
    "`wait=N`: wait for N seconds for the end. `respond-async`: answer at once.",
)
_SECONDS = {"schema": {"type": "integer"}, "description": "Seconds to wait before asking again. Absent: it has ended."}
_LOCATION = {"schema": {"type": "string", "format": "uri-reference"}, "description": "Where the generation is."}
_APPLIED = {"schema": TEXT, "description": "What of `Prefer` was followed. Absent: nothing."}
_RAN = {
    "200": _json("It has ended: look at `status`.", of("Generation"), Preference_Applied=_APPLIED),
    "202": _json(
        "It goes on.", of("Generation"), Location=_LOCATION, Retry_After=_SECONDS, Preference_Applied=_APPLIED
    ),
}
_NOW = {"200": _json("The generation.", of("Generation"), Retry_After=_SECONDS)}

GENERATE = _operation(
    "Generate",
    "Make an image, or run a model or a stored prompt, and wait for the output",
    _RAN,
    *_RUN,
    description="An image if the model is one for images, else a text. A generation that ended is answered with 200, "
    "also when it failed. One that lasts longer than the server waits (a minute unless set otherwise) is answered with "
    "202; it goes on. Members of the body that are not known are ignored.",
    parameters=[_IDEMPOTENCY_KEY, _PREFER],
    requestBody=_body("Generate"),
)
RUN_TOOL = _operation(
    "RunTool",
    "Run a tool, and do not wait for the output",
    _RAN,
    *_RUN,
    description="With `Prefer: wait=N` the answer is 200 if the generation ends within N seconds.",
    parameters=[_IDEMPOTENCY_KEY, _PREFER],
    requestBody=_body("RunTool"),
)
GET_GENERATION = _operation("GetGeneration", "Get a generation as it is now", _NOW, 404, parameters=[_ID])
GET_GENERATE = {**GET_GENERATION, "operationId": "artificialStudioGetGenerate"}
GET_MEDIA = {**GET_GENERATION, "operationId": "artificialStudioGetMedia"}
LIST_GENERATIONS = _operation(
    "ListGenerations",
    "List generations, the newest first",
    {"200": _json("The generations.", of("Generations"))},
    400,
    description="`total` is a lower bound: those up to the end of the page, and one more if there are more.",
    parameters=[
        _parameter("query", "limit", LIMIT | {"default": DEFAULT_LIMIT}, "How many to answer."),
        _parameter("query", "offset", OFFSET | {"default": 0}, "How many newer ones to leave out."),
        _parameter("query", "status", STATUS, "Only those of this status. Nothing is ever `uploading`."),
    ],
)
CANCEL_GENERATION = _operation(
    "CancelGeneration",
    "End a generation",
    {"200": _json("The generation.", of("Generation"))},
    404,
    description="It has then the status `error`, and the error `canceled`. One that has ended stays as it is.",
    parameters=[_ID],
)
LIST_TOOLS = _operation("ListTools", "List the tools", {"200": _json("The tools.", of("Tools"))})
GET_TOOL = _operation(
    "GetTool",
    "Get a tool, with what it takes",
    {"200": _json("The tool.", of("Tool"))},
    404,
    parameters=[_parameter("path", "slug", TEXT | {"minLength": 1}, "`slug` of a tool.")],
)
GET_ACCOUNT = _operation("GetAccount", "Get what the key stands for", {"200": _json("The account.", of("Account"))})
