"""The JSON Schemas of this dialect, for the OpenAPI document."""

from typing import Any

from facade.dialects.promptitude import shapes
from facade.dialects.promptitude.log_ids import LENGTH
from facade.dialects.promptitude.runs import MAX_END_USER_ID, MAX_RATING

Schema = dict[str, Any]


def of(name: str) -> Schema:
    """Refer to one of the schemas."""
    return {"$ref": f"#/components/schemas/Promptitude{name}"}


def _object(required: str, /, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


def _envelope(code: Schema, results: Schema, *, error: bool = False) -> Schema:
    message: Schema = {"const": "OK"} if code == _OK else TEXT
    return _object("code message error results", code=code, message=message, error={"const": error}, results=results)


TEXT: Schema = {"type": "string"}
LOG_ID: Schema = {"type": "string", "pattern": f"^[0-9A-Za-z]{{{LENGTH}}}$", "examples": ["2vnHop3lFZInJrgn1Ac1"]}
_OK: Schema = {"const": 200}
_STARS: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": MAX_RATING,
    "description": "Stars. 0 takes a rating back.",
    "examples": [MAX_RATING],
}
_RATING: Schema = {"oneOf": [_object("rating", rating=_STARS), _STARS]}
_END_USER: Schema = {
    "type": ["string", "null"],
    "maxLength": MAX_END_USER_ID,
    "description": "The person for whom the prompt is run, as the caller names them.",
    "examples": ["raeyBqUgKtPXDDt0psFrREVjF902"],
}
_INPUTS: Schema = {
    "type": ["object", "null"],
    "additionalProperties": True,
    "description": "Values by the names of variables. What is no text becomes one; null is as good as absent.",
    "examples": [{"variable1": "value1"}],
}
_UUID_OR_NULL: Schema = {
    "type": ["string", "null"],
    "format": "uuid",
    "description": "A version of the prompt. Absent: the latest.",
    "examples": [None],
}

SCHEMAS: dict[str, Schema] = {
    "PromptitudeError": _envelope(
        {"type": "integer", "description": "The HTTP status."},
        {
            "type": "object",
            "properties": {"logId": LOG_ID},
            "description": "Empty, but for the `logId` of a run that failed.",
            "examples": [{}],
        },
        error=True,
    ),
    "PromptitudeGenerate": {
        **_object(
            "prompt",
            prompt=_object(
                "promptId",
                promptId=TEXT | {"minLength": 1, "description": "The prompt's id or alias."},
                inputs=_INPUTS,
                versionId=_UUID_OR_NULL,
            ),
            endUserId=_END_USER,
        ),
        "examples": [
            {
                "prompt": {"promptId": "65a6sdf56f7asd6a7ssdasds", "inputs": {"variable1": "value1"}},
                "endUserId": "raeyBqUgKtPXDDt0psFrREVjF902",
            }
        ],
    },
    "PromptitudeGenerated": _envelope(
        _OK,
        _object(
            "result logId",
            result={
                "description": "A text; of a prompt that gives a list an array of texts; of one that gives JSON its "
                "value; of one that makes an image its URL, which works for 24 hours. Of several outputs an array.",
                "examples": ["Why did the developer need glasses? Because he couldn't C#!"],
            },
            logId=LOG_ID,
            resultJSON={
                "description": "Only of a prompt that gives JSON: the value again; or, when what the model gave is not "
                f"what it must be, `error` with this text: {shapes.INVALID_JSON}",
                "examples": [{"stars": 3}],
            },
        ),
    ),
    "PromptitudeUnfinished": _envelope({"const": 202}, _object("logId", logId=LOG_ID)),
    "PromptitudeRateLog": {**_object("rating", rating=_RATING), "examples": [{"rating": {"rating": MAX_RATING}}]},
    "PromptitudeRate": {
        **_object("logId rating", logId=TEXT, rating=_RATING),
        "examples": [{"logId": "2vnHop3lFZInJrgn1Ac1", "rating": {"rating": MAX_RATING}}],
    },
    "PromptitudeRated": _envelope(
        _OK,
        _object("promptsLogs", promptsLogs=_object("id rating", id=LOG_ID, rating=_STARS)),
    ),
    "PromptitudeRunFlow": {
        **_object("flow", flow=_object("", inputs=_INPUTS), userId=_END_USER),
        "examples": [{"flow": {"inputs": {"variable1": "value1"}}, "userId": "raeyBqUgKtPXDDt0psFrREVjF902"}],
    },
    "PromptitudeFlowResult": _envelope(
        _OK,
        _object(
            "result logId outputs",
            result=TEXT | {"description": "The first output."},
            logId=LOG_ID,
            outputs={"type": "array", "items": of("FlowOutput")},
        ),
    ),
    "PromptitudeFlowOutput": _object(
        "name output",
        name=TEXT,
        output=TEXT | {"description": "Text, or the URL of an image, which works for 24 hours."},
        error=TEXT | {"description": "Why it is empty, or not whole. Absent: nothing failed."},
    ),
}
