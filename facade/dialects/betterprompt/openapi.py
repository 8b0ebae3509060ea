"""The operations of this dialect, for the OpenAPI document."""

from typing import Any

from facade import idempotency
from facade.dialects.betterprompt import schemas
from facade.dialects.betterprompt.query import DEFAULT_LIMIT, MAX_LIMIT, MAX_SECONDS
from facade.dialects.betterprompt.schemas import COUNT, STATUS, TEXT, UUID, Schema

Operation = dict[str, Any]

_ERRORS = {
    400: "The body is not a JSON object.",
    401: "No key, or one that does not work.",
    403: "The key lacks the scope.",
    404: "There is no such thing in the caller's project.",
    410: "The version was deleted.",
    413: "The body is too large.",
    422: "Fields do not hold what they must (`data.errors` lists each), or the `Idempotency-Key` was used for others.",
    429: "The key began as many runs, or has as many at a time, as it may; retry after the seconds of `Retry-After`.",
    503: "The server cannot serve now; retry after the seconds of `Retry-After`.",
    504: "The server did not answer in time.",
}
_ALWAYS = (401, 403, 503, 504)


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _success(schema: str) -> Schema:
    """The data stands under `data` and, again, at the top."""
    data = schemas.of(schema)
    enveloped = {
        "type": "object",
        "required": ["status", "data"],
        "properties": {"status": {"const": "SUCCESS"}, "data": data},
    }
    return {"allOf": [enveloped, data]}


def _operation(name: str, summary: str, answer: Schema, *errors: int, **more: Any) -> Operation:
    failed = schemas.of("BetterPromptError")
    responses = {str(status): _json(_ERRORS[status], failed) for status in sorted({*_ALWAYS, *errors})}
    special = more.pop("responses", {})
    return {
        "operationId": name,
        "summary": summary,
        **more,
        "responses": {"200": _json("Done.", answer), **responses, "default": _json("Any other error.", failed)}
        | special,
    }


def _path(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description}


def _header(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


def _query(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


_PROMPT_ID = _path("promptId", TEXT | {"minLength": 1}, "The prompt's id (UUID) or alias.")
_RUN_ID = _path("runId", UUID, "The run's id.")
_VERSION = _query("versionId", UUID, "A version of the prompt. Default: the latest.")
_SECONDS = COUNT | {"maximum": MAX_SECONDS}
_IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    TEXT | {"minLength": 1, "maxLength": idempotency.MAX_LENGTH, "pattern": "^[!-~]+$"},
    "Makes a retry safe: within 24 hours the same key with the same body stands for the same run.",
)
_PREFER = _header(
    "Prefer",
    TEXT | {"examples": ["respond-async"]},
    "`respond-async`: answer 202 at once, and let the run go on. `wait=N`: wait for N seconds, if that is less than "
    "the server waits anyway; with both, 202 comes after them.",
)
_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds to wait before asking again."}
_UNFINISHED = _RETRY_AFTER | {"description": "Seconds to wait before asking again. Absent: the run has ended."}
_LOCATION = {"schema": {"type": "string", "format": "uri-reference"}, "description": "Where the run is."}
_APPLIED = {"schema": TEXT, "description": "What of `Prefer` was followed. Absent: nothing."}
_LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}

GET_PROMPT = _operation(
    "betterPromptGetPrompt",
    "Get a prompt at its latest version, or at another one",
    _success("BetterPromptPrompt"),
    *(404, 410, 422),
    parameters=[_PROMPT_ID, _VERSION],
)
LIST_VERSIONS = _operation(
    "betterPromptListVersions",
    "List the ten newest versions of a prompt",
    _success("BetterPromptVersions"),
    *(404, 422),
    parameters=[_PROMPT_ID],
)
GET_N8N = _operation(
    "betterPromptGetN8nNode",
    "Get an n8n node that runs a prompt, to paste into a workflow",
    schemas.of("N8nClipboard"),
    *(404, 410, 422),
    parameters=[_PROMPT_ID, _VERSION],
)
GET_VERSION = _operation(
    "betterPromptGetVersion",
    "Get a version",
    _success("BetterPromptPrompt"),
    *(404, 410, 422),
    parameters=[_path("promptVersionId", UUID, "The version's id.")],
)
CREATE_RUN = _operation(
    "betterPromptCreateRun",
    "Run a version and wait for its end",
    _success("BetterPromptRun"),
    *(400, 404, 410, 413, 422, 429),
    description="A run that ended is answered with 200, also when it failed: look at `runStatus`. One that lasts "
    "longer than the server waits (two minutes unless set otherwise) is answered with 504 and its `runId`; it goes on.",
    parameters=[_IDEMPOTENCY_KEY, _PREFER],
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": schemas.of("BetterPromptRunRequest")}},
    },
    responses={
        "200": _json("The run at its end.", _success("BetterPromptRun"))
        | {"headers": {"Preference-Applied": _APPLIED}},
        "202": _json("The run goes on, as the caller prefers.", _success("BetterPromptRun"))
        | {"headers": {"Location": _LOCATION, "Retry-After": _RETRY_AFTER, "Preference-Applied": _APPLIED}},
        "504": _json("The run goes on (`data.runId`), or the server did not answer.", schemas.of("BetterPromptError"))
        | {"headers": {"Location": _LOCATION, "Preference-Applied": _APPLIED}},
    },
)
LIST_RUNS = _operation(
    "betterPromptListRuns",
    "List runs, the newest first",
    _success("BetterPromptRuns"),
    *(404, 422),
    parameters=[
        _query("limit", _LIMIT, "How many runs to answer."),
        _query("startingAfter", UUID, "Only runs older than this one. Not with `endingBefore`."),
        _query("endingBefore", UUID, "Only runs newer than this one, those next to it. Not with `startingAfter`."),
        _query("status", STATUS, "Only runs of this status."),
        _query("since", _SECONDS, "Only runs created at this Unix time (s) or later."),
        _query("until", _SECONDS, "Only runs created before this Unix time (s); more than `since`."),
    ],
)
GET_RUN = _operation(
    "betterPromptGetRun",
    "Get a run as it is now",
    _success("BetterPromptRun"),
    *(404, 422),
    parameters=[_RUN_ID],
    responses={"200": _json("Done.", _success("BetterPromptRun")) | {"headers": {"Retry-After": _UNFINISHED}}},
)
CANCEL_RUN = _operation(
    "betterPromptCancelRun",
    "End a run",
    _success("BetterPromptRun"),
    *(404, 422),
    description="The run is then `failed`, with an output `canceled`. One that has ended stays as it is.",
    parameters=[_RUN_ID],
)
LIST_RESOURCES = _operation(
    "betterPromptListResources", "List the models and their options", _success("BetterPromptResources")
)
GET_ME = _operation("betterPromptGetMe", "Get what the key stands for", _success("BetterPromptAccount"))
GET_CREDITS = _operation("betterPromptGetCredits", "Get the credits: none are counted", _success("BetterPromptCredits"))
