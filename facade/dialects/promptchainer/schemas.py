"""The JSON Schemas of this dialect, for the OpenAPI document."""

from typing import Any

Schema = dict[str, Any]


def of(name: str) -> Schema:
    """Refer to one of the schemas."""
    return {"$ref": f"#/components/schemas/PromptChainer{name}"}


def array(items: Schema) -> Schema:
    """Describe an array."""
    return {"type": "array", "items": items}


def _object(required: str, /, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 1}
_FLAG: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_FAULTS = array(_object("path message", path=TEXT, message=TEXT))
_NODES: Schema = {"type": "array", "maxItems": 1000, "items": {"type": "object"}}
_EDGES: Schema = {"type": "array", "maxItems": 10_000, "items": {"type": "object"}}
_ROW = {
    "id": TEXT,
    "name": TEXT,
    "description": TEXT,
    "alias": {"type": ["string", "null"]},
    "strictVariables": _FLAG,
    "createdAt": _TIME,
    "updatedAt": _TIME,
}
_SUMMARY = {
    **_ROW,
    "version": COUNT,
    "variables": array(
        _object(
            "label value required",
            label=TEXT,
            value=TEXT
            | {
                "description": "What is stored: it stands in for a value that a run does not give, unless "
                "`strictVariables` is true."
            },
            required=_FLAG | {"description": "Whether a run must give a value."},
        )
    ),
    "outputs": array(TEXT),
}
_GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "c", "type": "variableNode", "data": {"variable": {"label": "color", "value": "blue"}}},
        {
            "id": "j",
            "type": "actionNode",
            "data": {"name": "joke", "prompt": "A joke about {color}", "modelParams": {}},
        },
        {"id": "t", "type": "outputNode", "data": {"name": "text"}},
    ],
    "edges": [
        {"id": "1", "source": "c", "sourceHandle": "output", "target": "j", "targetHandle": "variables"},
        {"id": "2", "source": "j", "sourceHandle": "output", "target": "t", "targetHandle": "input"},
    ],
}

SCHEMAS: dict[str, Schema] = {
    "PromptChainerError": _object(
        "statusCode message error",
        statusCode={"type": "integer"},
        message=TEXT,
        error=TEXT,
        errors=_FAULTS,
        runId=TEXT,
    ),
    "PromptChainerRun": {
        **_object(
            "",
            variables={
                "type": ["object", "null"],
                "additionalProperties": True,
                "description": "Values by label. What is no text becomes one; null is as good as absent.",
            },
        ),
        "examples": [{"variables": {"item": "cat", "color": "green"}}],
    },
    "PromptChainerOutput": _object(
        "name output type",
        name=TEXT,
        output=TEXT | {"description": "Text, or the URL of an image, which works for an hour."},
        type={"const": "output"},
        error=TEXT | {"description": "Why it is empty, or not whole. Absent: nothing failed."},
    ),
    "PromptChainerUnfinished": _object("id status", id=TEXT, status={"enum": ["queued", "running"]}),
    "PromptChainerSave": {
        **_object(
            "nodes edges",
            name={
                "type": ["string", "null"],
                "maxLength": 255,
                "description": "Null or empty: `Flow` when it is created, else the name that it has.",
            },
            description={"type": ["string", "null"], "maxLength": 10_000},
            alias={
                "type": ["string", "null"],
                "maxLength": 64,
                "description": "Stands for the id. Null or empty: it has none. "
                "Not `run`, `runs`, `getFlowInfo` or `get-flow-info`.",
            },
            strictVariables={
                "type": ["boolean", "null"],
                "description": "Whether a run must give every variable a value, also one with a stored value.",
            },
            nodes=_NODES,
            edges=_EDGES,
        ),
        "additionalProperties": True,
        "examples": [{"name": "Jokes", **_GRAPH}],
    },
    "PromptChainerRow": _object(" ".join(_ROW), **_ROW),
    "PromptChainerSaved": _object(f"{' '.join(_SUMMARY)} warnings", **_SUMMARY, warnings=_FAULTS),
    "PromptChainerFlow": {
        **_object(f"nodes edges {' '.join(_SUMMARY)}", nodes=_NODES, edges=_EDGES, **_SUMMARY),
        "additionalProperties": True,
    },
    "PromptChainerDeleted": _object("id deleted", id=TEXT, deleted={"const": True}),
}
