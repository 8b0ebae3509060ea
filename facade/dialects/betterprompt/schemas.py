"""The JSON Schemas of this dialect, for the OpenAPI document."""

from typing import Any

Schema = dict[str, Any]


def of(name: str) -> Schema:
    """Refer to one of the schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: str, /, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _or_null(kind: str, **more: Any) -> Schema:
    return {"type": [kind, "null"], **more}


TEXT: Schema = {"type": "string"}
UUID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
STATUS: Schema = {"type": "string", "enum": ["queued", "running", "succeeded", "failed"]}
_NULL: Schema = {"type": "null"}
_VARIABLE_TYPE: Schema = {"enum": ["text", "select"], "examples": ["text"]}
_REQUEST = {"promptVersionId": "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5", "inputs": {"textInputs": {"topic": "tea"}}}
_INPUTS = {"topic": {"type": "text", "required": True, "description": "What to write about", "allowEmpty": False}}

_RUN_ROW: Schema = {
    "runId": UUID,
    "promptVersionId": _or_null("string", format="uuid", description="Null: a draft was run."),
    "runStatus": STATUS | {"examples": ["succeeded"]},
    "outputs": _array(of("BetterPromptOutput")),
    "tokens": COUNT | {"description": "Tokens read and written. 0 while the run is under way."},
    "runName": _or_null("string", examples=[None]),
    "credits": _NULL,
    "createdAt": TIME,
}
_TEXT_INPUT = _object(
    "type required description allowEmpty",
    type=_VARIABLE_TYPE,
    required=FLAG,
    description=TEXT,
    allowEmpty=FLAG,
    defaultValue=TEXT,
    options=_map(TEXT) | {"description": "Of a select: value by name."},
)
_IMAGE_INPUT: Schema = {
    "oneOf": [
        _object("type url", type={"const": "url"}, url=TEXT),
        _object(
            "type base64",
            type={"const": "base64"},
            base64=TEXT | {"description": "PNG, JPEG, GIF or WebP, up to 10 MB; a data-URL prefix is taken off."},
        ),
    ]
}
_VERSION = _object("promptVersionId publishedAt isLatest", promptVersionId=UUID, publishedAt=TIME, isLatest=FLAG)
_RUN_OPTION = _object("key options", key=TEXT, options=_array(TEXT))

SCHEMAS: dict[str, Schema] = {
    "BetterPromptError": _object(
        "status message data",
        status=TEXT | {"examples": ["VALIDATION_ERROR"]},
        message=TEXT,
        data={
            "oneOf": [
                _NULL,
                _object(
                    "errors",
                    errors=_array(
                        _object("field code message", field=TEXT, code={"enum": ["required", "invalid"]}, message=TEXT)
                    ),
                ),
                _object("runId", runId=UUID | {"description": "With 504: the run that goes on."}),
            ]
        },
    ),
    "BetterPromptRunRequest": _object(
        "promptVersionId",
        promptVersionId=UUID,
        inputs=_or_null(
            "object",
            properties={
                "textInputs": _or_null("object", additionalProperties=TEXT),
                "imageInputs": _or_null("array", items=_IMAGE_INPUT),
            },
        ),
        runOptions=_or_null("object", additionalProperties=TEXT)
        | {"description": "Options that `GET /v1/resources` lists for the model."},
        runModel=_or_null("string") | {"description": "A model of `GET /v1/resources` in place of the version's."},
    )
    | {"examples": [_REQUEST]},
    "BetterPromptOutput": _object(
        "type data", type={"enum": ["text", "image", "error"], "examples": ["text"]}, data=TEXT
    ),
    "BetterPromptRun": _object(
        f"{' '.join(_RUN_ROW)} tokenUsage error startedAt completedAt",
        **_RUN_ROW,
        tokenUsage=_object(
            "inputTokens outputTokens totalTokens", inputTokens=COUNT, outputTokens=COUNT, totalTokens=COUNT
        ),
        error={"oneOf": [_NULL, _object("reason message", reason=TEXT, message=TEXT)]},
        startedAt=_or_null("string", format="date-time"),
        completedAt=_or_null("string", format="date-time"),
    ),
    "BetterPromptRuns": _object("rows hasMore", rows=_array(_object(" ".join(_RUN_ROW), **_RUN_ROW)), hasMore=FLAG),
    "BetterPromptConfig": _object(
        "textInputs imageInputs imageCount variables images modality model runOptions",
        textInputs=_map(_TEXT_INPUT) | {"examples": [_INPUTS]},
        imageInputs=_array(_object("description required", description=TEXT, required=FLAG)),
        imageCount=COUNT,
        variables=_map(_object("type description", type=_VARIABLE_TYPE, description=TEXT)),
        images=_array(_object("description", description=TEXT)),
        modality={"const": "text"},
        model=_or_null("string"),
        runOptions=_array(_RUN_OPTION),
    ),
    "BetterPromptPrompt": _object(
        "promptVersionId promptId title publishedAt version config",
        promptVersionId=UUID,
        promptId=UUID,
        title=TEXT,
        publishedAt=TIME,
        version=_VERSION,
        config=of("BetterPromptConfig"),
    ),
    "BetterPromptVersions": _object(
        "promptId title versions",
        promptId=UUID,
        title=TEXT,
        versions=_array(_VERSION),
    ),
    "BetterPromptResources": _object(
        "resources",
        resources=_array(
            _object(
                "model modality availableRunOptions",
                model=TEXT,
                modality={"const": "text"},
                availableRunOptions=_array(_RUN_OPTION),
            )
        ),
    ),
    "BetterPromptAccount": _object(
        "id name email project scopes", id=TEXT, name=TEXT, email=_NULL, project=TEXT, scopes=_array(TEXT)
    ),
    "BetterPromptCredits": _object("credits", credits=_NULL),
    "N8nClipboard": _object(
        "nodes connections",
        nodes=_array(_object("parameters id name type typeVersion position credentials")),
        connections={"type": "object"},
        pinData={"type": "object"},
        meta={"type": "object"},
    ),
}
