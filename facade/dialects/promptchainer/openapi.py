"""The operations of this dialect, for the OpenAPI document."""

from typing import Any

from facade import idempotency
from facade.dialects.promptchainer.schemas import COUNT, TEXT, Schema, array, of

Operation = dict[str, Any]

_ERRORS = {
    400: "The body is not the JSON that it must be, or variables have neither a value nor a stored one: `errors` lists "
    "as many as fit, and its last entry tells how many more there are.",
    401: "No key, or one that does not work.",
    403: "The key lacks the scope.",
    404: "There is no such thing in the caller's project.",
    409: "The alias is another prompt's; or the run was cancelled.",
    410: "The version was deleted.",
    413: "The body is too large.",
    422: "The graph cannot be kept or run as it is: `errors` lists as many faults as fit, and its last entry tells how "
    "many more there are; or a model is not known; or the Idempotency-Key was used with another body.",
    429: "The key began as many runs, or has as many at a time, as it may; retry after the seconds of `Retry-After`.",
    500: "The run failed in the server.",
    502: "All outputs failed, since a provider did.",
    503: "The server cannot serve now; retry after the seconds of `Retry-After`.",
    504: "The run passed its time, or the server did not answer in time.",
}
_ALWAYS = (401, 403, 503, 504)


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _operation(name: str, summary: str, answer: Schema, *errors: int, **more: Any) -> Operation:
    failed = of("Error")
    special = more.pop("responses", {"200": _json("Done.", answer)})
    responses = {str(status): _json(_ERRORS[status], failed) for status in sorted({*_ALWAYS, *errors})}
    return {
        "operationId": f"promptchainer{name}",
        "summary": summary,
        **more,
        "responses": {**special, **responses, "default": _json("Any other error.", failed)},
    }


def _parameter(place: str, name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": description}


def _body(schema: str, *, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": of(schema)}}}


_FLOW_ID = _parameter("path", "flowId", TEXT | {"minLength": 1}, "The flow's id or alias.")
_RUN_ID = _parameter("path", "runId", TEXT | {"minLength": 1}, "The run's id.")
_VERSION = _parameter("query", "version", COUNT, "The number of a version of the flow. Default: the latest.")
_KEY = _parameter(
    "header",
    "Idempotency-Key",
    TEXT | {"minLength": 1, "maxLength": idempotency.MAX_LENGTH, "pattern": "^[!-~]+$"},
    "Makes a retry safe: within 24 hours the same key with the same body stands for the same run.",
)
_PREFER = _parameter(
    "header",
    "Prefer",
    TEXT | {"examples": ["respond-async"]},
    "`respond-async`: answer 202 at once, and let the run go on. `wait=N`: answer after N seconds at the latest, up to "
    "300, and let the run go on.",
)
_UNFINISHED = _json("The run goes on; ask again where `Location` says.", of("Unfinished"))
_OUTPUTS = {"200": _json("The outputs, in the order of the output nodes.", array(of("Output"))), "202": _UNFINISHED}

RUN_FLOW = _operation(
    "RunFlow",
    "Run a flow and wait for its outputs",
    {},
    *(400, 404, 409, 410, 413, 422, 429, 500, 502),
    responses=_OUTPUTS,
    description="Runs a prompt that holds messages, too, by its id or alias: as a flow with one output, `output`.",
    parameters=[_FLOW_ID, _VERSION, _KEY, _PREFER],
    requestBody=_body("Run", required=False),
)
GET_RUN = _operation(
    "GetRun",
    "Get the outputs of a run",
    {},
    *(404, 409, 422, 500, 502),
    responses=_OUTPUTS,
    parameters=[_RUN_ID],
)
GET_FLOW = _operation("GetFlow", "Get a flow", of("Flow"), 400, 404, 410, parameters=[_FLOW_ID, _VERSION])
GET_FLOW_INFO = _operation(
    "GetFlowInfo",
    "Get a flow with what a run needs and gives",
    of("Flow"),
    *(400, 404, 410),
    parameters=[_FLOW_ID, _VERSION],
)
GET_FLOW_INFO_ALIAS = {**GET_FLOW_INFO, "operationId": "promptchainerGetFlowInfoAlias"}
LIST_FLOWS = _operation(
    "ListFlows",
    "List a page of flows, the newest first; the header `Link` names the next one",
    array(of("Row")),
    400,
    parameters=[
        _parameter("query", "limit", COUNT | {"maximum": 1000, "default": 50}, "How many flows a page has."),
        _parameter("query", "cursor", TEXT, "From `Link`: where the page begins."),
    ],
)
CREATE_FLOW = _operation(
    "CreateFlow",
    "Create a flow from its graph",
    {},
    *(400, 409, 413, 422),
    responses={"201": _json("Created.", of("Saved"))},
    requestBody=_body("Save"),
)
REPLACE_FLOW = _operation(
    "ReplaceFlow",
    "Save a flow: the next version of its graph",
    of("Saved"),
    *(400, 404, 409, 413, 422),
    description="What the body does not name stays as it is. When anything is refused, nothing was changed.",
    parameters=[_FLOW_ID],
    requestBody=_body("Save"),
)
DELETE_FLOW = _operation("DeleteFlow", "Delete a flow; its runs stay", of("Deleted"), 404, parameters=[_FLOW_ID])
