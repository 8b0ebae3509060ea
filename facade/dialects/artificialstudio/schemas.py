"""The JSON Schemas of this dialect, for the OpenAPI document."""

from typing import Any

from facade.dialects.artificialstudio import faults, tools
from facade.dialects.artificialstudio.query import MAX_LIMIT, MAX_OFFSET, STATES
from facade.dialects.artificialstudio.runs import MAX_NAME
from facade.dialects.artificialstudio.webhooks import EVENTS

Schema = dict[str, Any]


def of(name: str) -> Schema:
    """Refer to one of the schemas."""
    return {"$ref": f"#/components/schemas/ArtificialStudio{name}"}


def _object(required: str, /, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(kind: str, description: str, **more: Any) -> Schema:
    return {"type": [kind, "null"], "description": description, **more}


TEXT: Schema = {"type": "string"}
UUID: Schema = {"type": "string", "format": "uuid"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
OFFSET: Schema = COUNT | {"maximum": MAX_OFFSET}
STATUS: Schema = {"enum": list(STATES), "examples": ["success"]}
_TYPE: Schema = {"enum": ["image", "text"]}
_NULL: Schema = {"type": "null"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
_URL = "https://prompts.example.org/images/9rJbVhAvZD0uYq6wNTkN3g"
_PROMPT = "Astronaut in a jungle, cold color palette, muted colors, detailed, 8k"
_HOOK = "https://your-server.com/api/webhook"

_WEBHOOKS: dict[str, Schema] = {
    "webhook": _or_null(
        "string",
        "The URL that is told of the end, by a POST of the object that GET answers, but for `outputs`, signed as "
        "Standard Webhooks has it. An https URL on a public address, unless the server allows others.",
        pattern="^[Hh][Tt][Tt][Pp][Ss]?://",
    ),
    "webhook_events_filter": {
        "type": ["array", "null"],
        "items": {"enum": list(EVENTS)},
        "description": "What to tell: the start, the end of each node of a flow (`node` or `output`), the end. "
        "Absent: the end.",
        "examples": [["completed"]],
    },
}
_INPUT: Schema = {
    "type": "object",
    "properties": {"prompt": TEXT | {"minLength": 1, "examples": [_PROMPT]}},
    "additionalProperties": True,
    "description": "The `prompt`, and settings for the model; or the variables of a stored prompt.",
    "examples": [{"prompt": _PROMPT}],
}
_GENERATE = _object(
    "model input",
    model=_NAME
    | {
        "description": "The model; or a stored prompt: its id, or `prompt:` and its alias.",
        "examples": ["playground-v2"],
    },
    input=_INPUT,
    **_WEBHOOKS,
)
_RUN_TOOL = _object(
    "tool input",
    tool=_NAME
    | {
        "description": f"`{tools.CREATE_IMAGE}`, whose input may name a `model`; or a stored prompt: its alias or id.",
        "examples": [tools.CREATE_IMAGE],
    },
    input=_INPUT,
    **_WEBHOOKS,
)
_TOOL = _object(
    "slug name description type outputType",
    slug=TEXT | {"examples": [tools.CREATE_IMAGE]},
    name=TEXT | {"examples": ["Create image"]},
    description=TEXT,
    type=_TYPE,
    outputType=_TYPE,
)
_INPUT_SCHEMA: Schema = {"type": "object", "description": "The JSON Schema of `input`.", "additionalProperties": True}

SCHEMAS: dict[str, Schema] = {
    "ArtificialStudioError": _object(
        "message",
        message=TEXT | {"examples": ["Model not found"]},
        errors=_array(
            _object(
                "field message code",
                field=TEXT | {"examples": ["input.prompt"]},
                message=TEXT | {"examples": ["is required: a text"]},
                code={"enum": [faults.REQUIRED, faults.TYPE, faults.VALUE, faults.UNKNOWN, faults.URL]},
            )
        )
        | {"description": "All faults of the request. Absent: it is refused for another reason."},
    ),
    "ArtificialStudioGenerate": {
        **_GENERATE,
        "examples": [{"model": "playground-v2", "input": {"prompt": _PROMPT}, "webhook": _HOOK}],
    },
    "ArtificialStudioRunTool": {
        **_RUN_TOOL,
        "additionalProperties": False,
        "examples": [{"tool": tools.CREATE_IMAGE, "input": {"prompt": _PROMPT}, "webhook": _HOOK}],
    },
    "ArtificialStudioGeneration": _object(
        "_id id status output outputs thumbnail model tool type payload error createdAt",
        _id=UUID | {"description": "The same as `id`."},
        id=UUID,
        status=STATUS,
        output=_or_null("string", "The URL of the first image, or the text. Null until it succeeds.", examples=[_URL]),
        outputs=_array(TEXT) | {"description": "All URLs of images, and texts.", "examples": [[_URL]]},
        thumbnail=_NULL,
        model=_or_null("string", "What the request named, or the model that was asked.", examples=["playground-v2"]),
        tool=_or_null("string", "What the request named.", examples=[None]),
        type=_TYPE,
        payload=_or_null("object", "The `input` as it was received.", examples=[{"prompt": _PROMPT}]),
        error=_or_null("string", "Why it failed; `canceled` if it was cancelled.", examples=[None]),
        createdAt=_TIME,
        placeholder={
            "const": True,
            "description": "No image model is configured: the picture stands in for the image.",
        },
    ),
    "ArtificialStudioGenerations": _object(
        "data pagination",
        data=_array(of("Generation")),
        pagination=_object(
            "total limit offset hasMore",
            total=COUNT | {"description": "How many there are at least; exact if `hasMore` is false."},
            limit=LIMIT,
            offset=OFFSET,
            hasMore={"type": "boolean"},
        ),
    ),
    "ArtificialStudioTools": _object("data", data=_array(_TOOL)),
    "ArtificialStudioTool": {
        **_TOOL,
        "required": [*_TOOL["required"], "models"],
        "properties": {
            **_TOOL["properties"],
            "models": _array(
                _object(
                    "slug name cost costUnit inputSchema",
                    slug=TEXT,
                    name=TEXT,
                    cost=_NULL,
                    costUnit=_NULL,
                    inputSchema=_INPUT_SCHEMA,
                )
            )
            | {"description": f"Those that make images, for `{tools.CREATE_IMAGE}`; a stored prompt has its own."},
            "inputSchema": _INPUT_SCHEMA | {"description": "Only of a stored prompt: the JSON Schema of its `input`."},
        },
    },
    "ArtificialStudioAccount": _object(
        "id email credits plan createdAt",
        id=TEXT | {"description": "The id of the key.", "examples": ["8Zk2mQ4vT1xY"]},
        email=_NULL,
        credits=_NULL,
        plan=_NULL,
        createdAt=_or_null("string", "When the key was made.", format="date-time"),
    ),
}
