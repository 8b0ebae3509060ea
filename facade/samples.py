"""Sample JSON from a JSON Schema, where it has no example of its own, for the pages that people read."""

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 8
_FORMATS = {
    "uuid": "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5",
    "date-time": "2030-01-31T12:00:00Z",
    "uri": "https://example.com/image.png",
    "int64": "1",
}

Schema = Mapping[str, Any]


def sample(schema: Schema, schemas: Mapping[str, Schema], depth: int = 0) -> Any:
    """Give a value that fits the schema; `schemas` are those that it may refer to by `#/components/schemas/...`."""
    if "$ref" in schema:
        return sample(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    given = _given(schema)
    if given:
        return given[0]
    for name in ("oneOf", "anyOf"):
        if name in schema and "properties" not in schema:
            return sample(schema[name][0], schemas, depth)
    if "allOf" in schema:
        return _merged([sample(part, schemas, depth) for part in schema["allOf"]])
    return _of_type(schema, schemas, depth)


def _given(schema: Schema) -> list[Any]:
    """Give what the schema itself says a value may be."""
    if "example" in schema:
        return [schema["example"]]
    if "const" in schema:
        return [schema["const"]]
    choices = [choice for choice in schema.get("enum", ()) if not str(choice).endswith("_UNSPECIFIED")]
    return [*schema.get("examples", ()), *([schema["default"]] if "default" in schema else ()), *choices]


def _merged(parts: list[Any]) -> Any:
    merged: dict[str, Any] = {}
    for part in parts:
        merged |= part if isinstance(part, dict) else {}
    return merged


def _of_type(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> Any:
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if depth > MAX_DEPTH:
        return None
    match kind:
        case "object":
            properties = schema.get("properties", {})
            return {name: sample(held, schemas, depth + 1) for name, held in properties.items()}
        case "array":
            return [sample(schema.get("items", {}), schemas, depth + 1)]
        case "string":
            return _FORMATS.get(schema.get("format", ""), "text")
        case _:
            return {"integer": 1, "number": 1.5, "boolean": True}.get(kind)
