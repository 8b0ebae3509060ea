"""What can be run by name, as the JSON of this dialect: the tool that makes images, and each stored prompt."""

from collections.abc import Iterable
from typing import Any

from promptwire.v1 import prompt_pb2, run_pb2

Json = dict[str, Any]

# The tool that every project has.
CREATE_IMAGE = "create-image"
# Goes before the alias of a prompt where a model or a tool is named.
STORED = "prompt:"


def from_prompts(prompts: Iterable[prompt_pb2.Prompt]) -> Json:
    """Print all tools: the one that every project has, then the prompts."""
    stored = (_tool(slug_of(prompt), prompt.name, prompt.description, "text") for prompt in prompts)
    return {"data": [_create_image(), *stored]}


def from_models(models: Iterable[run_pb2.Model]) -> Json:
    """Print the tool that makes images, with the models that can."""
    return {
        **_create_image(),
        "models": [_model(model.name) for model in models if model.kind == run_pb2.Model.KIND_IMAGE],
    }


def from_prompt(prompt: prompt_pb2.Prompt) -> Json:
    """Print a prompt as a tool, with the schema of its input."""
    kind = "image" if prompt.latest_version.output_format.type == prompt_pb2.OutputFormat.TYPE_IMAGE else "text"
    tool = _tool(slug_of(prompt), prompt.name, prompt.description, kind)
    return {**tool, "models": [], "inputSchema": _input_schema(prompt)}


def slug_of(prompt: prompt_pb2.Prompt) -> str:
    """Give the name of a prompt as a tool: its alias, or its id where that is free or means something else."""
    meant = prompt.alias and prompt.alias != CREATE_IMAGE and not prompt.alias.startswith(STORED)
    return prompt.alias if meant else prompt.id


def _create_image() -> Json:
    return _tool(CREATE_IMAGE, "Create image", "Makes an image of what `prompt` describes.", "image")


def _tool(slug: str, name: str, description: str, kind: str) -> Json:
    return {"slug": slug, "name": name, "description": description, "type": kind, "outputType": kind}


def _model(name: str) -> Json:
    schema = {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}}
    return {"slug": name, "name": name, "cost": None, "costUnit": None, "inputSchema": schema}


def _input_schema(prompt: prompt_pb2.Prompt) -> Json:
    variables = prompt.latest_version.variables
    return {
        "type": "object",
        "required": [held.name for held in variables if prompt.strict_variables or _is_required(held)],
        "properties": {held.name: _property(held) for held in variables},
    }


def _is_required(variable: prompt_pb2.Variable) -> bool:
    return variable.required and not variable.HasField("default_value")


def _property(variable: prompt_pb2.Variable) -> Json:
    printed: Json = {"type": "string"}
    if variable.description:
        printed["description"] = variable.description
    if variable.options:
        printed["enum"] = [option.value for option in variable.options]
    if variable.HasField("default_value"):
        printed["default"] = variable.default_value
    return printed
