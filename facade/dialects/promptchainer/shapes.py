"""Flows in the shape of this dialect: the graph as it was given, and beside it what a caller needs to run it."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from facade import problem
from facade.dialects.promptchainer import faults
from facade.problem import Fault, Problem
from promptwire import values
from promptwire.v1 import prompt_pb2
from promptwire.v1 import prompt_service_pb2 as pb

Json = dict[str, Any]

DEFAULT_NAME = "Flow"
# What stands beside a graph and is no part of it, so that what was got can be sent back.
BESIDE = (
    *("id", "name", "description", "alias", "version", "variables", "outputs", "warnings"),
    *("strictVariables", "createdAt", "updatedAt"),
)
_TEXTS = ("name", "description", "alias")


def check(body: Any) -> Json:
    """Give the body, an object whose members beside the graph are of the right types. Raises Problem."""
    if not isinstance(body, dict):
        raise problem.malformed("the body must be a JSON object with `nodes` and `edges`")
    fields = cast("Json", body)
    found = [faults.invalid(name, "must be a text") for name in _TEXTS if not isinstance(fields.get(name), str | None)]
    if not isinstance(fields.get("strictVariables"), bool | None):
        found.append(faults.invalid("strictVariables", "must be true or false"))
    faults.refuse(found)
    return fields


def to_create_prompt(body: Json) -> pb.CreatePromptRequest:
    """Read what a new flow is called."""
    return pb.CreatePromptRequest(
        name=body.get("name") or DEFAULT_NAME,
        description=body.get("description") or "",
        alias=body.get("alias") or "",
        strict_variables=bool(body.get("strictVariables")),
    )


def to_update_prompt(flow_id: str, body: Json) -> pb.UpdatePromptRequest | None:
    """Read what a flow is called from now on; None when the body says nothing of it."""
    request = pb.UpdatePromptRequest(id=flow_id)
    for name in ("name", "description"):
        if body.get(name) is not None:
            setattr(request, name, body[name])
            request.update_mask.paths.append(name)
    if body.get("alias"):
        request.alias = body["alias"]
        request.update_mask.paths.append("alias")
    if body.get("strictVariables") is not None:
        request.strict_variables = body["strictVariables"]
        request.update_mask.paths.append("strict_variables")
    return request if request.update_mask.paths else None


def to_create_version(flow_id: str, body: Json) -> pb.CreateVersionRequest:
    """Read the graph, with all that it holds. Raises Problem."""
    request = pb.CreateVersionRequest(prompt_id=flow_id)
    try:
        graph = values.to_struct({name: value for name, value in body.items() if name not in BESIDE})
    except values.Unrepresentable as error:
        raise problem.invalid(Fault(error.path.removeprefix(".")[:200], "FIELD_INVALID", error.message)) from None
    request.graph.CopyFrom(graph)
    return request


def from_flow(prompt: prompt_pb2.Prompt, version: prompt_pb2.Version) -> Json:
    """Print a flow: its graph, and beside it what it needs and gives. Raises Problem when it is none."""
    if not version.HasField("graph"):
        raise faults.flow_not_found()
    graph = values.from_struct(version.graph)
    return {"nodes": graph["nodes"], "edges": graph["edges"], **graph, **summary(prompt, version)}


def summary(prompt: prompt_pb2.Prompt, version: prompt_pb2.Version) -> Json:
    """Print what stands beside the graph of a flow."""
    return {
        **row(prompt),
        "version": version.number,
        "variables": [_variable(variable) for variable in version.variables],
        "outputs": list(version.outputs),
    }


def row(prompt: prompt_pb2.Prompt) -> Json:
    """Print a flow without what its versions hold."""
    return {
        "id": prompt.id,
        "name": prompt.name,
        "description": prompt.description,
        "alias": prompt.alias or None,
        "strictVariables": prompt.strict_variables,
        "createdAt": prompt.create_time.ToJsonString(),
        "updatedAt": prompt.update_time.ToJsonString(),
    }


def from_warnings(warnings: Iterable[prompt_pb2.Warning]) -> list[Json]:
    """Print what is odd about a graph."""
    return [{"path": faults.field_of(warning.field), "message": warning.message} for warning in warnings]


def latest(prompt: prompt_pb2.Prompt) -> prompt_pb2.Version:
    """Give the latest version of a flow. Raises Problem when it has none."""
    if prompt.HasField("latest_version"):
        return prompt.latest_version
    raise faults.flow_not_found()


def find(versions: Sequence[prompt_pb2.Version], number: int) -> prompt_pb2.Version | None:
    """Give the version of a number, if it is among these."""
    return next((version for version in versions if version.number == number), None)


def version_not_found(number: int) -> Problem:
    """Make the problem of a version that is not there."""
    return Problem(404, "VERSION_NOT_FOUND", f"the flow has no version {number}", authenticated=True)


def _variable(variable: prompt_pb2.Variable) -> Json:
    return {"label": variable.name, "value": variable.default_value, "required": variable.required}
