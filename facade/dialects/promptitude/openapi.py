"""The operations of this dialect, for the OpenAPI document."""

from typing import Any

from facade import idempotency
from facade.dialects.promptitude.schemas import TEXT, Schema, of

Operation = dict[str, Any]

_ERRORS = {
    400: "The body is not the JSON that it must be, or variables have no value: `message` tells all faults.",
    401: "No key, or one that does not work.",
    403: "The key lacks the scope.",
    404: "There is no such thing in the caller's project.",
    409: "The run was cancelled, or the version cannot be run.",
    410: "The version was deleted.",
    413: "The body is too large.",
    422: "The Idempotency-Key was used with another body.",
    429: "The key began as many runs, or has as many at a time, as it may; retry after the seconds of `Retry-After`.",
    500: "The run failed in the server.",
    502: "The run failed, since its provider did.",
    503: "The server cannot serve now; retry after the seconds of `Retry-After`.",
    504: "The run passed its time, or the server did not answer in time.",
}
_ALWAYS = (400, 401, 403, 404, 413, 503, 504)
_RUN = (409, 410, 422, 429, 500, 502)


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _operation(name: str, summary: str, body: str, answers: dict[str, Any], *errors: int, **more: Any) -> Operation:
    failed = of("Error")
    refusals = {str(status): _json(_ERRORS[status], failed) for status in sorted({*_ALWAYS, *errors})}
    return {
        "operationId": f"promptitude{name}",
        "summary": summary,
        **more,
        "requestBody": {"required": True, "content": {"application/json": {"schema": of(body)}}},
        "responses": {**answers, **refusals, "default": _json("Any other error.", failed)},
    }


def _parameter(place: str, name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": description}


_FLOW_ID = _parameter("path", "flowId", TEXT | {"minLength": 1}, "The flow's id or alias.")
_LOG_ID = _parameter("path", "logId", TEXT | {"minLength": 1}, "The `logId` of an answer.")
_KEY = _parameter(
    "header",
    "Idempotency-Key",
    TEXT | {"minLength": 1, "maxLength": idempotency.MAX_LENGTH, "pattern": "^[!-~]+$"},
    "Makes a retry safe: within 24 hours the same key with the same body stands for the same run.",
)
_UNFINISHED = {"202": _json("The run goes on without its caller.", of("Unfinished"))}
_RATED = {"200": _json("Rated.", of("Rated"))}

GENERATE = _operation(
    "Generate",
    "Run a prompt and wait for its result",
    "Generate",
    {"200": _json("The result.", of("Generated")), **_UNFINISHED},
    *_RUN,
    parameters=[_KEY],
)
GENERATE_ALIAS = {**GENERATE, "operationId": "promptitudeGenerateAlias"}
RUN_FLOW = _operation(
    "RunFlow",
    "Run a flow and wait for its outputs",
    "RunFlow",
    {"200": _json("The outputs.", of("FlowResult")), **_UNFINISHED},
    *_RUN,
    parameters=[_FLOW_ID, _KEY],
)
RATE_LOG = _operation("RateLog", "Rate a run", "RateLog", _RATED, parameters=[_LOG_ID])
RATE_LOG_ALIAS = {**RATE_LOG, "operationId": "promptitudeRateLogAlias"}
RATE = _operation("Rate", "Rate a run that the body names", "Rate", _RATED)
RATE_ALIAS = {**RATE, "operationId": "promptitudeRateAlias"}
