"""BetterPrompt's API: prompts and runs under `/v1`, the key as a Bearer token, every answer in one envelope."""

from functools import partial

from facade.dialect import Dialect, Reply, Route, bearer
from facade.dialects.betterprompt import faults, handlers, openapi, schemas
from facade.problem import Fault, Problem, renamed

_WORDS = {
    400: "BAD_REQUEST_ERROR",
    401: "UNAUTHORIZED_ERROR",
    402: "PAYMENT_REQUIRED_ERROR",
    403: "FORBIDDEN_ERROR",
    404: "NOT_FOUND_ERROR",
    405: "METHOD_NOT_ALLOWED_ERROR",
    409: "CONFLICT_ERROR",
    410: "GONE_ERROR",
    413: "PAYLOAD_TOO_LARGE_ERROR",
    422: "VALIDATION_ERROR",
    429: "TOO_MANY_REQUESTS_ERROR",
    500: "SERVER_ERROR",
    503: "SERVICE_UNAVAILABLE_ERROR",
    504: "GATEWAY_TIMEOUT_ERROR",
}
# Reasons for which the dialect has a status of its own.
_STATUS = {"VERSION_DELETED": 410, "PROMPT_HAS_NO_VERSION": 404}
# What is no request of this dialect at all is 400; a request with wrong fields is 422.
_MALFORMED = ("BODY_MALFORMED", "REQUEST_INVALID")


def envelope(problem: Problem) -> Reply:
    """Print a problem: `{"status": "..._ERROR", "message", "data"}`, with all faults in `data.errors`.

    Of a run that goes on beyond the caller's patience `data` has the `runId`.
    """
    status = _status(problem)
    errors = [_error(fault) for fault in problem.faults[: faults.MAX_FAULTS]]
    body = {
        "status": _WORDS.get(status, "BAD_REQUEST_ERROR" if status < 500 else "SERVER_ERROR"),
        "message": "{field}: {message}".format_map(errors[0]) if errors else problem.message,
        "data": {"errors": errors} if errors else _run_of(problem),
    }
    return Reply(status, body)


def _run_of(problem: Problem) -> dict[str, str] | None:
    return {"runId": problem.metadata["run_id"]} if problem.reason == "RUN_UNFINISHED" else None


def _status(problem: Problem) -> int:
    if problem.status == 400 and problem.reason not in _MALFORMED:
        return 422
    return _STATUS.get(problem.reason, problem.status)


def _error(fault: Fault) -> dict[str, str]:
    code = "required" if fault.reason == "VARIABLE_MISSING" else "invalid"
    return {"field": faults.field_of(fault.field), "code": code, "message": fault.message}


def dialect(window: float) -> Dialect:
    """Make the dialect. `window` is how long `POST /v1/runs` waits for the end of a run (s)."""
    return Dialect(
        name="BetterPrompt",
        description="Prompts and runs as BetterPrompt's API has them.",
        prefixes=("/v1/prompts", "/v1/prompt-versions", "/v1/runs", "/v1/me", "/v1/resources"),
        routes=(
            Route("GET", "/v1/prompts/{promptId}", handlers.get_prompt, openapi.GET_PROMPT),
            Route("GET", "/v1/prompts/{promptId}/versions", handlers.list_versions, openapi.LIST_VERSIONS),
            Route("GET", "/v1/prompts/{promptId}/n8n.json", handlers.get_n8n, openapi.GET_N8N),
            Route("GET", "/v1/prompt-versions/{promptVersionId}", handlers.get_version, openapi.GET_VERSION),
            Route("POST", "/v1/runs", partial(handlers.create_run, window), openapi.CREATE_RUN),
            Route("GET", "/v1/runs", handlers.list_runs, openapi.LIST_RUNS),
            Route("GET", "/v1/runs/{runId}", handlers.get_run, openapi.GET_RUN),
            Route("POST", "/v1/runs/{runId}/cancel", handlers.cancel_run, openapi.CANCEL_RUN),
            Route("GET", "/v1/resources", handlers.list_resources, openapi.LIST_RESOURCES),
            Route("GET", "/v1/me", handlers.get_me, openapi.GET_ME),
            Route("GET", "/v1/me/credits", handlers.get_credits, openapi.GET_CREDITS),
        ),
        secret=bearer,
        envelope=envelope,
        schemas=schemas.SCHEMAS,
        in_terms=partial(renamed, field_of=faults.field_of),
    )
