"""Rows of the tables `prompt`, `version` and `session` as messages of the contract, and their JSON columns."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Option, Prompt, Variable, Version
from promptwire.v1.session_pb2 import Session
from services.prompts import formats, graph


def to_prompt(row: asyncpg.Record) -> Prompt:
    """Give the prompt of a row; its times are in `prompt_create_time` and `update_time`."""
    return Prompt(
        id=str(row["prompt_id"]),
        name=row["name"],
        description=row["description"],
        alias=row["alias"] or "",
        create_time=row["prompt_create_time"],
        update_time=row["update_time"],
        folder_id=str(row["folder_id"] or ""),
        strict_variables=row["strict_variables"],
    )


def to_prompt_with_version(row: asyncpg.Record) -> Prompt:
    """Give the prompt of a row with its latest version; the version's columns are null when there is none."""
    prompt = to_prompt(row)
    if row["version_id"] is not None:
        prompt.latest_version.CopyFrom(to_version(row))
    return prompt


def to_version(row: asyncpg.Record) -> Version:
    """Give the version of a row."""
    version = Version(
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
        first_message_serial=row["first_message_serial"],
        labels=row["labels"] or (),
    )
    if row["graph"] is not None:
        document = _load(row["graph"])
        version.graph.CopyFrom(values.to_struct(document))
        version.outputs.extend(graph.list_outputs(document))
    if row["output_format"] is not None:
        version.output_format.CopyFrom(formats.from_column(_load(row["output_format"])))
    ratings = row.get("ratings")
    if ratings is not None and ratings[0]:
        version.ratings.count, version.ratings.average = ratings[0], ratings[1] / ratings[0]
    return version


def to_session(row: asyncpg.Record) -> Session:
    """Give the session of a row; the columns of its base version begin with `base_`, and are null without one."""
    session = Session(
        id=str(row["session_id"]),
        serial=row["session_serial"],
        prompt_id=str(row["prompt_id"]),
        name=row["session_name"],
        messages=[values.to_value(message) for message in _load(row["messages"])],
        first_message_serial=row["first_message_serial"],
        variables=[_to_variable(variable) for variable in _load(row["variables"])],
        images=[ImageVariable(description=image["description"]) for image in _load(row["images"])],
        provider=row["provider"],
        model=row["model"],
        parameters=values.to_struct(_load(row["parameters"])),
        inputs=_load(row["inputs"]),
        create_time=row["create_time"],
        update_time=row["session_update_time"],
    )
    if row["graph"] is not None:
        session.graph.CopyFrom(values.to_struct(_load(row["graph"])))
    if row["output_format"] is not None:
        session.output_format.CopyFrom(formats.from_column(_load(row["output_format"])))
    if row["base_id"] is not None:
        session.base_version.CopyFrom(_to_base(row))
    return session


def _to_base(row: asyncpg.Record) -> Version:
    return Version(
        id=str(row["base_id"]),
        serial=row["base_serial"],
        number=row["base_number"],
        prompt_id=str(row["prompt_id"]),
        variables=[_to_variable(variable) for variable in _load(row["base_variables"])],
        images=[ImageVariable(description=image["description"]) for image in _load(row["base_images"])],
        provider=row["base_provider"],
        model=row["base_model"],
        parameters=values.to_struct(_load(row["base_parameters"])),
        output_format=formats.from_column(_load(row["base_output_format"])) if row["base_output_format"] else None,
        commit_message=row["base_commit_message"],
        is_latest=row["base_is_latest"],
        create_time=row["base_create_time"],
    )


def to_columns(content: Version | Session) -> Sequence[str | None]:
    """Give the columns messages, variables, images, provider, model, parameters, graph and output_format."""
    return (
        _dump([values.from_value(message) for message in content.messages]),
        _dump([_from_variable(variable) for variable in content.variables]),
        _dump([{"description": image.description} for image in content.images]),
        content.provider,
        content.model,
        _dump(values.from_struct(content.parameters)),
        _dump(values.from_struct(content.graph)) if content.HasField("graph") else None,
        formats.to_column(content),
    )


def to_inputs(inputs: Mapping[str, str]) -> str:
    """Give the column of a session's inputs."""
    return _dump(dict(inputs))


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
