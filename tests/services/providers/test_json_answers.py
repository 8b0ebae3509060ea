"""A model is held to JSON as far as its provider can do that, and told in words otherwise."""

from typing import Any

import pytest

from services.providers.json_answers import JsonStyle, constrain, instruct, tell

OBJECT: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"type": "array", "items": {"enum": ["x", "y"]}}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
ARRAY: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
JSON_OBJECT = {"response_format": {"type": "json_object"}}


def in_schema(schema: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    held = {"name": "output", "schema": schema, "strict": strict}
    return {"response_format": {"type": "json_schema", "json_schema": held}}


@pytest.mark.parametrize(
    ("style", "schema", "settings"),
    [
        ("schema", OBJECT, in_schema(OBJECT, strict=True)),
        ("schema", None, JSON_OBJECT),
        # OpenAI and others take objects alone.
        ("schema", ARRAY, {}),
        ("any", ARRAY, in_schema(ARRAY, strict=True)),
        ("object", OBJECT, JSON_OBJECT),
        ("object", None, JSON_OBJECT),
        ("object", ARRAY, {}),
        ("none", OBJECT, {}),
        ("none", None, {}),
    ],
)
def test_settings(style: JsonStyle, schema: dict[str, Any] | None, settings: dict[str, Any]) -> None:
    assert constrain(style, schema) == settings


@pytest.mark.parametrize(
    "change",
    [
        {"additionalProperties": True},
        {"required": ["a"]},
        {"minProperties": 1},
        {"properties": {"a": {"type": "string", "maxLength": 3}, "b": {"enum": [1]}}},
        {"properties": {"a": {"anyOf": [{"type": "object"}]}, "b": {"enum": [1]}}},
        {"$defs": {"c": {"not": {}}}},
        {"properties": {"a": {"type": "array", "items": {"oneOf": []}}, "b": {"enum": [1]}}},
        {"properties": {"a": {}, "b": {"enum": [1]}}},
        {"properties": {"a": {"type": "array"}, "b": {"enum": [1]}}},
        {"properties": {"a": {"type": ["object", "null"]}, "b": {"enum": [1]}}},
        {"anyOf": [{"const": 1}]},
    ],
)
def test_strictness_is_not_asked_for_where_it_would_be_refused(change: dict[str, Any]) -> None:
    changed = {**OBJECT, **change}
    assert constrain("schema", changed) == in_schema(changed, strict=False)


def test_the_words() -> None:
    assert "JSON" in instruct(None)
    assert instruct({"type": "array"}).endswith('{"type":"array"}')


def test_the_words_stand_where_instructions_do() -> None:
    system, user = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}
    assert tell([system, user], "In JSON.") == [{"role": "system", "content": "Be brief.\n\nIn JSON."}, user]
    assert system["content"] == "Be brief."
    assert tell([user], "In JSON.") == [{"role": "system", "content": "In JSON."}, user]
    parts = {"role": "system", "content": [{"type": "text", "text": "Be brief."}]}
    assert tell([parts, user], "In JSON.") == [{"role": "system", "content": "In JSON."}, parts, user]
