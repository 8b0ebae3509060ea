"""PromptChainer's API: flows under `/api/flows`, run by their variables, open to pages of any origin."""

from http import HTTPStatus
from typing import Any

from facade.cors import Cors
from facade.dialect import Dialect, Reply, Route
from facade.dialects.promptchainer import auth, faults, handlers, openapi, schemas
from facade.problem import Problem

PREFIX = "/api/flows"

# What is a request like any other, but cannot be done as it stands.
_UNPROCESSABLE = ("GRAPH_INVALID", "MODEL_UNKNOWN", "VERSION_NOT_RUNNABLE", "SESSION_EMPTY")
_STATUS = {"PROMPT_HAS_NO_VERSION": 404, "VERSION_DELETED": 410}


def envelope(problem: Problem) -> Reply:
    """Print a problem: `{"statusCode", "message", "error"}`, with the faults in `errors`, and the run that failed."""
    told = faults.in_terms(problem)
    status = 422 if told.reason in _UNPROCESSABLE else _STATUS.get(told.reason, told.status)
    body: dict[str, Any] = {"statusCode": status, "message": told.message, "error": HTTPStatus(status).phrase}
    if told.faults:
        body["errors"] = faults.list_faults(told)
    if "run_id" in told.metadata:
        body["runId"] = told.metadata["run_id"]
    return Reply(status, body)


def dialect(cors_origins: str) -> Dialect:
    """Make the dialect. `cors_origins` are those that may call it, by commas; `*`: any, `none`: those of the site."""
    return Dialect(
        name="PromptChainer",
        description="Flows as PromptChainer's API has them: graphs that are run by the values of their variables. "
        f"The key may stand in `{auth.HEADER}`, or be a Bearer token.",
        prefixes=(PREFIX,),
        routes=(
            Route("POST", f"{PREFIX}/run/{{flowId}}", handlers.run_flow, openapi.RUN_FLOW),
            Route("GET", f"{PREFIX}/runs/{{runId}}", handlers.get_run, openapi.GET_RUN),
            Route("GET", f"{PREFIX}/getFlowInfo/{{flowId}}", handlers.get_flow, openapi.GET_FLOW_INFO),
            Route("GET", f"{PREFIX}/get-flow-info/{{flowId}}", handlers.get_flow, openapi.GET_FLOW_INFO_ALIAS),
            Route("GET", f"{PREFIX}/{{flowId}}", handlers.get_flow, openapi.GET_FLOW),
            Route("PUT", f"{PREFIX}/{{flowId}}", handlers.replace_flow, openapi.REPLACE_FLOW),
            Route("DELETE", f"{PREFIX}/{{flowId}}", handlers.delete_flow, openapi.DELETE_FLOW),
            Route("GET", PREFIX, handlers.list_flows, openapi.LIST_FLOWS),
            Route("POST", PREFIX, handlers.create_flow, openapi.CREATE_FLOW),
        ),
        secret=auth.secret,
        envelope=envelope,
        schemas=schemas.SCHEMAS,
        in_terms=faults.in_terms,
        key_header=auth.HEADER,
        cors=None if cors_origins == "none" else Cors.read(cors_origins),
        ignores_trailing_slash=True,
    )
