"""The `config` of a version: what a run must and may send.

Readers of the vendor's guide look at `textInputs` and `imageInputs`, readers of its CLI at `variables` and `images`.
"""

from typing import Any

from facade.dialects.betterprompt import options
from promptwire.v1 import prompt_pb2, run_pb2


def from_version(version: prompt_pb2.Version, model: run_pb2.Model | None) -> dict[str, Any]:
    """Describe the inputs of a version; `model` is the one that it asks, None when that is not known."""
    return {
        "textInputs": {variable.name: _text_input(variable) for variable in version.variables},
        "imageInputs": [{"description": image.description, "required": True} for image in version.images],
        "imageCount": len(version.images),
        "variables": {variable.name: _variable(variable) for variable in version.variables},
        "images": [{"description": image.description} for image in version.images],
        "modality": "text",
        "model": version.model or (model.name if model else None),
        "runOptions": options.from_choices(model),
    }


def _text_input(variable: prompt_pb2.Variable) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": _type(variable),
        "required": _must_be_sent(variable),
        "description": variable.description,
        "allowEmpty": _may_be_empty(variable),
    }
    if variable.HasField("default_value"):
        described["defaultValue"] = variable.default_value
    return described | _options(variable)


def _variable(variable: prompt_pb2.Variable) -> dict[str, Any]:
    described: dict[str, Any] = {"type": _type(variable), "description": variable.description}
    if variable.type == prompt_pb2.Variable.TYPE_SELECT:
        return described | _options(variable)
    described["allowEmpty"] = _may_be_empty(variable)
    # The CLI takes a text without default values for required.
    if not _must_be_sent(variable):
        described["defaultValues"] = [variable.default_value]
    return described


def _type(variable: prompt_pb2.Variable) -> str:
    return "select" if variable.type == prompt_pb2.Variable.TYPE_SELECT else "text"


def _must_be_sent(variable: prompt_pb2.Variable) -> bool:
    return variable.required and not variable.HasField("default_value")


def _may_be_empty(variable: prompt_pb2.Variable) -> bool:
    return variable.allow_empty or not variable.required


def _options(variable: prompt_pb2.Variable) -> dict[str, Any]:
    if variable.type != prompt_pb2.Variable.TYPE_SELECT:
        return {}
    return {"options": {option.name: option.value for option in variable.options}}
