"""Promptitude's API: prompts and flows run under `/generate`, their logs rated, every answer in one envelope."""

from facade.dialect import Dialect, Reply, Route, bearer
from facade.dialects.promptitude import faults, handlers, openapi, schemas, shapes
from facade.problem import Problem

# Reasons for which the dialect has a status of its own.
_STATUS = {"PROMPT_HAS_NO_VERSION": 404, "VERSION_DELETED": 410}


def envelope(problem: Problem) -> Reply:
    """Print a problem: `{"code", "message", "error": true, "results"}`, with all faults in the message.

    `results` is empty, but has the `logId` of a run that failed.
    """
    status = _STATUS.get(problem.reason, problem.status)
    message = faults.list_all(problem.faults) if problem.faults else problem.message
    log_id = problem.metadata.get("log_id")
    return Reply(status, shapes.envelope(status, message, {"logId": log_id} if log_id else {}, error=True))


def dialect() -> Dialect:
    """Make the dialect."""
    return Dialect(
        name="Promptitude",
        description="Prompts and flows run, and rated, as by Promptitude's API.",
        prefixes=("/generate", "/rate", "/logs", "/v1/generate", "/v1/rate", "/v1/logs", "/v1/flows"),
        routes=(
            Route("POST", "/v1/generate", handlers.generate, openapi.GENERATE),
            Route("POST", "/generate", handlers.generate, openapi.GENERATE_ALIAS),
            Route("POST", "/v1/logs/{logId}/rate", handlers.rate_log, openapi.RATE_LOG),
            Route("POST", "/logs/{logId}/rate", handlers.rate_log, openapi.RATE_LOG_ALIAS),
            Route("POST", "/v1/rate", handlers.rate, openapi.RATE),
            Route("POST", "/rate", handlers.rate, openapi.RATE_ALIAS),
            Route("POST", "/v1/flows/{flowId}/generate", handlers.run_flow, openapi.RUN_FLOW),
        ),
        secret=bearer,
        envelope=envelope,
        schemas=schemas.SCHEMAS,
    )
