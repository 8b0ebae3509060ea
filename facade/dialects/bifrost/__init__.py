"""Bifrost's prompt repository: folders, prompts, versions, sessions under `/api/prompt-repo`, for keys that write."""

from functools import partial

from facade.dialect import Dialect, Handler, Reply, Route, bearer
from facade.dialects.bifrost import calls, faults, handlers, openapi, revisions, schemas
from facade.problem import Problem, renamed

PREFIX = "/api/prompt-repo"

# The dialect knows no other refusals; all else that a caller did wrong is 400.
_STATUS = (401, 403, 404, 405, 413, 429)


def envelope(problem: Problem) -> Reply:
    """Print a problem: `{"is_bifrost_error": false, "status_code", "error": {"message"}, "extra_fields": {}}`."""
    status = _status(problem)
    message = "Unauthorized" if status == 401 else faults.message_of(problem)
    body = {"is_bifrost_error": False, "status_code": status, "error": {"message": message}, "extra_fields": {}}
    return Reply(status, body)


def _status(problem: Problem) -> int:
    if problem.reason == "SCOPE_MISSING":
        return 401
    return problem.status if problem.status >= 500 or problem.status in _STATUS else 400


def _route(method: str, path: str, handler: Handler, operation: openapi.Operation) -> Route:
    return Route(method, PREFIX + path, calls.admitted(handler), operation)


def dialect() -> Dialect:
    """Make the dialect."""
    return Dialect(
        name="Bifrost",
        description="Folders, prompts, versions and sessions as Bifrost's prompt repository has them. "
        f"Needs a key with scope `{faults.SCOPE}`.",
        prefixes=(PREFIX,),
        routes=(
            _route("GET", "/folders", handlers.list_folders, openapi.LIST_FOLDERS),
            _route("POST", "/folders", handlers.create_folder, openapi.CREATE_FOLDER),
            _route("GET", "/folders/{id}", handlers.get_folder, openapi.GET_FOLDER),
            _route("PUT", "/folders/{id}", handlers.update_folder, openapi.UPDATE_FOLDER),
            _route("DELETE", "/folders/{id}", handlers.delete_folder, openapi.DELETE_FOLDER),
            _route("GET", "/prompts", handlers.list_prompts, openapi.LIST_PROMPTS),
            _route("POST", "/prompts", handlers.create_prompt, openapi.CREATE_PROMPT),
            _route("GET", "/prompts/{id}", handlers.get_prompt, openapi.GET_PROMPT),
            _route("PUT", "/prompts/{id}", handlers.update_prompt, openapi.UPDATE_PROMPT),
            _route("DELETE", "/prompts/{id}", handlers.delete_prompt, openapi.DELETE_PROMPT),
            _route("GET", "/prompts/{id}/versions", revisions.list_versions, openapi.LIST_VERSIONS),
            _route("POST", "/prompts/{id}/versions", revisions.create_version, openapi.CREATE_VERSION),
            _route("GET", "/versions/{id}", revisions.get_version, openapi.GET_VERSION),
            _route("DELETE", "/versions/{id}", revisions.delete_version, openapi.DELETE_VERSION),
            _route("GET", "/prompts/{id}/sessions", revisions.list_sessions, openapi.LIST_SESSIONS),
            _route("POST", "/prompts/{id}/sessions", revisions.create_session, openapi.CREATE_SESSION),
            _route("GET", "/sessions/{id}", revisions.get_session, openapi.GET_SESSION),
            _route("PUT", "/sessions/{id}", revisions.update_session, openapi.UPDATE_SESSION),
            _route("DELETE", "/sessions/{id}", revisions.delete_session, openapi.DELETE_SESSION),
            _route("PUT", "/sessions/{id}/rename", revisions.rename_session, openapi.RENAME_SESSION),
            _route("POST", "/sessions/{id}/commit", revisions.commit_session, openapi.COMMIT_SESSION),
        ),
        secret=bearer,
        envelope=envelope,
        schemas=schemas.SCHEMAS,
        in_terms=partial(renamed, field_of=faults.field_of),
    )
