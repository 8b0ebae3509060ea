"""Has a model answer in JSON: by a setting where its provider can hold it to that, in words where it has to be told."""

from collections.abc import Mapping
from typing import Any, Literal

import orjson

# What a provider can hold a model to: a schema of any value, one of an object, any object, or nothing.
JsonStyle = Literal["any", "schema", "object", "none"]

SETTING = "response_format"
_ONLY = "Answer with nothing but a JSON value, without code fences."
# What OpenAI's strict mode knows. https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas"
_STRICT = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs"),
        *("title", "description", "pattern", "format", "minItems", "maxItems", "$schema"),
        *("multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    }
)

# What says which values there are, without a type.
_KINDLESS = frozenset({"enum", "const", "anyOf", "$ref"})


def constrain(style: JsonStyle, schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Give the settings that hold a model to JSON, to the schema if there is one; none where the provider cannot."""
    if style == "none" or (style != "any" and schema is not None and schema.get("type") != "object"):
        return {}
    if schema is None or style == "object":
        return {SETTING: {"type": "json_object"}}
    strict = "anyOf" not in schema and _is_strict(schema)
    return {SETTING: {"type": "json_schema", "json_schema": {"name": "output", "schema": schema, "strict": strict}}}


def instruct(schema: Mapping[str, Any] | None) -> str:
    """Give the words that tell a model what to answer."""
    return f"{_ONLY} It must hold this JSON Schema:\n{orjson.dumps(schema).decode()}" if schema else _ONLY


def tell(messages: list[Any], words: str) -> list[Any]:
    """Give the messages with words for the model: at the end of the instructions that come first, or before all."""
    match messages:
        case [{"role": "system" | "developer", "content": str(text)} as first, *rest]:
            return [{**first, "content": f"{text}\n\n{words}"}, *rest]
        case _:
            return [{"role": "system", "content": words}, *messages]


def _is_strict(schema: Any) -> bool:
    """Whether a schema is one that OpenAI's strict mode takes: it refuses others."""
    if not isinstance(schema, dict) or not schema.keys() <= _STRICT:
        return False
    properties: Any = schema.get("properties", {})
    kind: Any = schema.get("type", ())
    kinds = {kind} if isinstance(kind, str) else set(kind)
    if (not kinds and not schema.keys() & _KINDLESS) or ("array" in kinds and "items" not in schema):
        return False
    if "object" in kinds or properties:
        if schema.get("additionalProperties") is not False or not isinstance(properties, dict):
            return False
        if set(schema.get("required", ())) != properties.keys():
            return False
    held = [*properties.values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", ())]
    return all(_is_strict(part) for part in [*held, *([schema["items"]] if "items" in schema else [])])
