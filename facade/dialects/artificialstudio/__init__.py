"""Artificial Studio's API: images and stored prompts run under `/api/generate` and `/api/run`, told of by webhooks."""

from functools import partial
from typing import Any

from facade import problem
from facade.dialect import Dialect, Reply, Route
from facade.dialects.artificialstudio import auth, faults, handlers, openapi, schemas
from facade.problem import Problem, renamed

# Reasons whose words are the vendor's, which clients may look for.
_MESSAGES = {
    "BODY_MALFORMED": "Invalid JSON body",
    "KEY_MISSING": "Authorization header is required",
    "MODEL_UNKNOWN": "Model not found",
    faults.NO_RUN: "Generation not found",
}
# Reasons for which the dialect has a status of its own.
_STATUS = {"MODEL_UNKNOWN": 404, "PROMPT_HAS_NO_VERSION": 404, "VERSION_DELETED": 410}


def envelope(refused: Problem) -> Reply:
    """Print a problem: `{"message", "errors"?}`, where `errors` lists the faults: `{"field", "message", "code"}`."""
    status = _STATUS.get(refused.reason, refused.status)
    if refused.reason in _MESSAGES:
        return Reply(status, {"message": _MESSAGES[refused.reason]})
    if status == 401:
        return Reply(status, {"message": "Invalid API key"})
    found = faults.in_terms(refused.faults)
    if not found:
        return Reply(status, {"message": refused.message})
    body: dict[str, Any] = {"message": problem.invalid(*found).message, "errors": [faults.to_json(it) for it in found]}
    return Reply(status, body)


def dialect(window: float, image_seconds: int) -> Dialect:
    """Make the dialect.

    `window` is how long `POST /api/generate` waits for the end of a run (s), `image_seconds` how long the URLs of
    images work.
    """
    get_run = partial(handlers.get_run, image_seconds)
    cancel_run = partial(handlers.cancel_run, image_seconds)
    return Dialect(
        name="Artificial Studio",
        description="Images made, and prompts run, as by Artificial Studio's API, with webhooks. "
        "The key may stand in `Authorization` as it is, without `Bearer`.",
        prefixes=("/api/generate", "/api/run", "/api/generations", "/api/media", "/api/tools", "/api/account"),
        routes=(
            Route("POST", "/api/generate", partial(handlers.generate, window, image_seconds), openapi.GENERATE),
            Route("GET", "/api/generate/{id}", get_run, openapi.GET_GENERATE),
            Route("POST", "/api/run", partial(handlers.run_tool, image_seconds), openapi.RUN_TOOL),
            Route("GET", "/api/generations", partial(handlers.list_runs, image_seconds), openapi.LIST_GENERATIONS),
            Route("GET", "/api/generations/{id}", get_run, openapi.GET_GENERATION),
            Route("POST", "/api/generations/{id}/cancel", cancel_run, openapi.CANCEL_GENERATION),
            Route("GET", "/api/media/{id}", get_run, openapi.GET_MEDIA),
            Route("GET", "/api/tools", handlers.list_tools, openapi.LIST_TOOLS),
            Route("GET", "/api/tools/{slug}", handlers.get_tool, openapi.GET_TOOL),
            Route("GET", "/api/account", handlers.get_account, openapi.GET_ACCOUNT),
        ),
        secret=auth.secret,
        key_header="Authorization",
        envelope=envelope,
        schemas=schemas.SCHEMAS,
        in_terms=partial(renamed, field_of=faults.field_of),
    )
