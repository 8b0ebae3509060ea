"""The JSON Schemas of this dialect, for the OpenAPI document."""

from typing import Any

Schema = dict[str, Any]


def of(name: str) -> Schema:
    """Refer to one of the schemas."""
    return {"$ref": f"#/components/schemas/Bifrost{name}"}


def wrap(**properties: Schema) -> Schema:
    """Describe an object that has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def array(items: Schema) -> Schema:
    """Describe an array."""
    return {"type": "array", "items": items}


def _object(required: str, /, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


TEXT: Schema = {"type": "string"}
UUID: Schema = {"type": "string", "format": "uuid"}
SERIAL: Schema = {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
_ID: Schema = {"type": "integer", "minimum": 0}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_TIME: Schema = {"type": "string", "format": "date-time"}
_FLAG: Schema = {"type": "boolean"}
_FREE: Schema = {"type": "object", "additionalProperties": True}
_TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
_ANY: Schema = {"description": "Any JSON. To be run it must be a chat message."}
_CHAT: Schema = {"type": "array", "items": _ANY, "examples": [[{"role": "user", "content": "Write about {{topic}}."}]]}
_REQUIRED_NAME: Schema = TEXT | {"minLength": 1, "maxLength": 255}
_FOLDER_ID = _or_null(TEXT) | {"examples": ["8c1ff1b2-9a44-4b5e-8f0e-6a6c1f1f7d10"]}

_PROMPT = {"id": UUID, "name": TEXT, "folder_id": UUID, "created_at": _TIME, "updated_at": _TIME}
_CONTENT = {
    "messages": _or_null(_CHAT),
    "model_params": _or_null(_FREE) | {"examples": [{"temperature": 0.2}]},
    "provider": _or_null(TEXT),
    "model": _or_null(TEXT),
    "variables": _or_null(_TEXTS) | {"examples": [{"topic": "tea"}]},
}
_SETTINGS = {"model_params": _FREE, "provider": TEXT, "model": TEXT, "variables": _TEXTS}
_MESSAGE = {"id": _ID, "prompt_id": UUID, "version_id": _ID, "session_id": _ID, "order_index": _ID, "message": _ANY}

SCHEMAS: dict[str, Schema] = {
    "BifrostError": _object(
        "is_bifrost_error status_code error extra_fields",
        is_bifrost_error={"const": False},
        status_code={"type": "integer"},
        error=_object("message", message=TEXT),
        extra_fields={"type": "object"},
    ),
    "BifrostFolder": _object(
        "id name created_at updated_at",
        id=UUID,
        name=TEXT,
        description=TEXT,
        created_at=_TIME,
        updated_at=_TIME,
        prompts_count=_COUNT | {"description": "Absent: none, or nobody counted."},
    ),
    "BifrostBarePrompt": _object("id name created_at updated_at", **_PROMPT),
    "BifrostPrompt": _object(
        "id name created_at updated_at",
        **_PROMPT,
        folder=of("Folder"),
        versions=array(of("Version")),
        sessions=array(of("Session")),
        latest_version=of("Version"),
    ),
    "BifrostMessage": _object("id prompt_id order_index message", **_MESSAGE),
    "BifrostVersion": _object(
        "id prompt_id version_number commit_message model_params provider model is_latest created_at",
        id=_ID,
        prompt_id=UUID,
        prompt=of("BarePrompt"),
        version_number=_COUNT,
        commit_message=TEXT,
        **_SETTINGS,
        is_latest=_FLAG,
        created_at=_TIME,
        messages=array(of("Message")),
    ),
    "BifrostSession": _object(
        "id prompt_id name model_params provider model created_at updated_at",
        id=_ID,
        prompt_id=UUID,
        prompt=of("BarePrompt"),
        version_id=_ID,
        version=of("Version"),
        name=TEXT,
        **_SETTINGS,
        created_at=_TIME,
        updated_at=_TIME,
        messages=array(of("Message")),
    ),
    "BifrostCreateFolder": _object("name", name=_REQUIRED_NAME, description=_or_null(TEXT)),
    "BifrostUpdateFolder": _object(
        "",
        name=_or_null(TEXT) | {"description": "Empty or absent: it stays."},
        description=_or_null(TEXT) | {"description": "Absent: it stays. Null: there is none."},
    ),
    "BifrostCreatePrompt": _object("name", name=_REQUIRED_NAME, folder_id=_FOLDER_ID),
    "BifrostUpdatePrompt": _object(
        "",
        name=_or_null(TEXT) | {"description": "Empty or absent: it stays."},
        folder_id=_FOLDER_ID | {"description": "Absent: it stays. Empty or null: it moves to the root."},
    ),
    "BifrostCreateVersion": _object("", commit_message=_or_null(TEXT), **_CONTENT),
    "BifrostCreateSession": _object(
        "",
        name=_or_null(TEXT),
        version_id=_or_null(_ID)
        | {"description": "The version to begin with: its messages are taken, and what else is empty here."},
        **_CONTENT,
    ),
    "BifrostUpdateSession": _object(
        "",
        name=_or_null(TEXT) | {"description": "Empty or absent: it stays."},
        **_CONTENT | {"variables": _or_null(_TEXTS) | {"description": "Absent: they stay."}},
    ),
    "BifrostRenameSession": _object("", name=_or_null(TEXT)),
    "BifrostCommitSession": _object(
        "commit_message",
        commit_message=TEXT | {"minLength": 1},
        message_indices={
            "type": ["array", "null"],
            "items": {"type": "integer", "minimum": 0},
            "minItems": 1,
            "description": "The messages to take, counted from 0, in this order. Absent: all.",
        },
    ),
}
