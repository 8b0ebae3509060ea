"""The operations of this dialect, for the OpenAPI document."""

from typing import Any

from facade.dialects.bifrost.schemas import SERIAL, TEXT, UUID, Schema, array, of, wrap

Operation = dict[str, Any]

_ERRORS = {
    400: "The body is not the JSON that it must be, lacks something, or names what is not there.",
    401: "No key, or one that does not work or may not write prompts.",
    403: "A protected label is in the way.",
    404: "There is no such thing in the caller's project.",
    413: "The body is too large.",
    503: "The server cannot serve now; retry after the seconds of `Retry-After`.",
    504: "The server did not answer in time.",
}
_ALWAYS = (401, 503, 504)
_DELETED: Schema = wrap(message=TEXT)


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _operation(name: str, summary: str, answer: Schema, *errors: int, body: str = "", **more: Any) -> Operation:
    failed, sent = of("Error"), {400, 413} if body else set[int]()
    responses = {str(status): _json(_ERRORS[status], failed) for status in sorted({*_ALWAYS, *errors, *sent})}
    content = {"application/json": {"schema": of(body)}}
    return {
        "operationId": f"bifrost{name}",
        "summary": summary,
        **more,
        **({"requestBody": {"required": True, "content": content}} if body else {}),
        "responses": {"200": _json("Done.", answer), **responses, "default": _json("Any other error.", failed)},
    }


def _path(schema: Schema, description: str) -> list[dict[str, Any]]:
    return [{"name": "id", "in": "path", "required": True, "schema": schema, "description": description}]


_FOLDER_ID = _path(UUID, "The folder's id.")
_PROMPT_ID = _path(TEXT | {"minLength": 1}, "The prompt's id (UUID) or alias.")
_VERSION_ID = _path(SERIAL, "The version's id, not its number.")
_SESSION_ID = _path(SERIAL, "The session's id.")
_IN_FOLDER = {"name": "folder_id", "in": "query", "required": False, "schema": TEXT}
_FOLDER, _PROMPT = wrap(folder=of("Folder")), wrap(prompt=of("Prompt"))
_VERSION, _SESSION = wrap(version=of("Version")), wrap(session=of("Session"))

LIST_FOLDERS = _operation("ListFolders", "List all folders, the newest first", wrap(folders=array(of("Folder"))))
CREATE_FOLDER = _operation("CreateFolder", "Create a folder", _FOLDER, body="CreateFolder")
GET_FOLDER = _operation("GetFolder", "Get a folder", _FOLDER, 404, parameters=_FOLDER_ID)
UPDATE_FOLDER = _operation("UpdateFolder", "Change a folder", _FOLDER, 404, body="UpdateFolder", parameters=_FOLDER_ID)
DELETE_FOLDER = _operation(
    "DeleteFolder", "Delete a folder with its prompts", _DELETED, 403, 404, parameters=_FOLDER_ID
)
LIST_PROMPTS = _operation(
    "ListPrompts",
    "List all prompts with their latest versions, the newest first",
    wrap(prompts=array(of("Prompt"))),
    parameters=[_IN_FOLDER | {"description": "Only the prompts in the folder of this id. Empty: all."}],
)
CREATE_PROMPT = _operation("CreatePrompt", "Create a prompt", _PROMPT, body="CreatePrompt")
GET_PROMPT = _operation("GetPrompt", "Get a prompt with its versions and sessions", _PROMPT, 404, parameters=_PROMPT_ID)
UPDATE_PROMPT = _operation(
    "UpdatePrompt", "Rename or move a prompt", _PROMPT, 404, body="UpdatePrompt", parameters=_PROMPT_ID
)
DELETE_PROMPT = _operation(
    "DeletePrompt", "Delete a prompt with all that it holds", _DELETED, 403, 404, parameters=_PROMPT_ID
)
LIST_VERSIONS = _operation(
    "ListVersions",
    "List the versions of a prompt, the newest first",
    wrap(versions=array(of("Version"))),
    parameters=_PROMPT_ID,
)
CREATE_VERSION = _operation(
    "CreateVersion",
    "Create the next version of a prompt",
    _VERSION,
    404,
    body="CreateVersion",
    description="Of `variables` only the names are kept.",
    parameters=_PROMPT_ID,
)
GET_VERSION = _operation("GetVersion", "Get a version", _VERSION, 400, 404, parameters=_VERSION_ID)
DELETE_VERSION = _operation("DeleteVersion", "Delete a version", _DELETED, 400, 403, 404, parameters=_VERSION_ID)
LIST_SESSIONS = _operation(
    "ListSessions",
    "List the sessions of a prompt, the newest first",
    wrap(sessions=array(of("Session"))),
    parameters=_PROMPT_ID,
)
CREATE_SESSION = _operation(
    "CreateSession",
    "Create a session of a prompt, from a version or from nothing",
    _SESSION,
    404,
    body="CreateSession",
    parameters=_PROMPT_ID,
)
GET_SESSION = _operation("GetSession", "Get a session", _SESSION, 400, 404, parameters=_SESSION_ID)
UPDATE_SESSION = _operation(
    "UpdateSession",
    "Save a session",
    _SESSION,
    404,
    body="UpdateSession",
    description="Replaces it: messages, settings, provider and model that are not given are emptied.",
    parameters=_SESSION_ID,
)
DELETE_SESSION = _operation("DeleteSession", "Delete a session", _DELETED, 400, 404, parameters=_SESSION_ID)
RENAME_SESSION = _operation(
    "RenameSession", "Name a session", _SESSION, 404, body="RenameSession", parameters=_SESSION_ID
)
COMMIT_SESSION = _operation(
    "CommitSession",
    "Make the next version of a session, which stays as it is",
    _VERSION,
    404,
    body="CommitSession",
    parameters=_SESSION_ID,
)
