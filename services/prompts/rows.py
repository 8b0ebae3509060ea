"""Rows of the tables `prompt` and `version` as messages of the contract, and the JSON columns of a version."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Option, Prompt, Variable, Version


def to_prompt(row: asyncpg.Record) -> Prompt:
    """Give the prompt of a row; its times are in `prompt_create_time` and `update_time`."""
    return Prompt(
        id=str(row["prompt_id"]),
        name=row["name"],
        description=row["description"],
        alias=row["alias"] or "",
        create_time=row["prompt_create_time"],
        update_time=row["update_time"],
    )


def to_prompt_with_version(row: asyncpg.Record) -> Prompt:
    """Give the prompt of a row with its latest version; the version's columns are null when there is none."""
    prompt = to_prompt(row)
    if row["version_id"] is not None:
        prompt.latest_version.CopyFrom(to_version(row))
    return prompt


def to_version(row: asyncpg.Record) -> Version:
    """Give the version of a row."""
    return Version(
        id=str(row["version_id"]),
        serial=row["serial"],
        number=row["number"],
        prompt_id=str(row["prompt_id"]),
        messages=[values.to_value(message) for message in _load(row["messages"])],
        variables=[_to_variable(variable) for variable in _load(row["variables"])],
        images=[ImageVariable(description=image["description"]) for image in _load(row["images"])],
        provider=row["provider"],
        model=row["model"],
        parameters=values.to_struct(_load(row["parameters"])),
        commit_message=row["commit_message"],
        is_latest=row["is_latest"],
        create_time=row["create_time"],
    )


def to_columns(version: Version) -> Sequence[str]:
    """Give the columns messages, variables, images, provider, model, parameters and commit_message of a version."""
    return (
        _dump([values.from_value(message) for message in version.messages]),
        _dump([_from_variable(variable) for variable in version.variables]),
        _dump([{"description": image.description} for image in version.images]),
        version.provider,
        version.model,
        _dump(values.from_struct(version.parameters)),
        version.commit_message,
    )


def _to_variable(column: Mapping[str, Any]) -> Variable:
    return Variable(
        name=column["name"],
        type=Variable.TYPE_SELECT if column["type"] == "select" else Variable.TYPE_TEXT,
        required=column["required"],
        default_value=column["default"],
        description=column["description"],
        options=[Option(name=option["name"], value=option["value"]) for option in column["options"]],
        allow_empty=column["allow_empty"],
    )


def _from_variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "type": "select" if variable.type == Variable.TYPE_SELECT else "text",
        "required": variable.required,
        "default": variable.default_value if variable.HasField("default_value") else None,
        "description": variable.description,
        "options": [{"name": option.name, "value": option.value} for option in variable.options],
        "allow_empty": variable.allow_empty,
    }


def _dump(json_value: object) -> str:
    return orjson.dumps(json_value).decode()


def _load(column: str) -> Any:
    return json.loads(column, parse_int=_to_number)


def _to_number(digits: str) -> int | float:
    """Read a whole number. jsonb writes large doubles as digits too: beyond 2^53 it was one."""
    number = int(digits) if len(digits) < 20 else float(digits)
    return number if abs(number) <= values.MAX_INTEGER else float(number)
