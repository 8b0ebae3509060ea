"""Flows in the shape of this dialect: the graph as it was given, and beside it what a caller needs to run it."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from google.protobuf.field_mask_pb2 import FieldMask

from facade import problem
from facade.dialects.promptchainer import faults
from facade.problem import Fault
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
# What stands in the place of an id in paths of this API, so that no flow can be reached by it.
_TAKEN = ("run", "runs", "getFlowInfo", "get-flow-info")


def to_save(body: Any) -> tuple[Json, pb.CreateVersionRequest]:
    """Read what a flow is saved by: what it is called, checked, and its graph. Raises Problem."""
    fields = check(body)
    return fields, to_create_version(fields)


def check(body: Any) -> Json:
    """Give the body, an object whose members beside the graph are of the right types. Raises Problem."""
    if not isinstance(body, dict):
        raise problem.malformed("the body must be a JSON object with `nodes` and `edges`")
    fields = cast("Json", body)
    found = [faults.invalid(name, "must be a text") for name in _TEXTS if not isinstance(fields.get(name), str | None)]
    if not isinstance(fields.get("strictVariables"), bool | None):
        found.append(faults.invalid("strictVariables", "must be true or false"))
    if fields.get("alias") in _TAKEN:
        found.append(faults.invalid("alias", f"must not be one of {', '.join(_TAKEN)}, which are paths of this API"))
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
    """Read what a flow is called from now on; None when the body says nothing of it.

    An empty name leaves the one that it has, an empty alias takes the one that it had.
    """
    given: Json = {
        "name": body.get("name") or None,
        "description": body.get("description"),
        "alias": (body["alias"] or "") if "alias" in body else None,
        "strict_variables": body.get("strictVariables"),
    }
    changed = {name: value for name, value in given.items() if value is not None}
    return pb.UpdatePromptRequest(id=flow_id, update_mask=FieldMask(paths=changed), **changed) if changed else None


def to_create_version(body: Json) -> pb.CreateVersionRequest:
    """Read the graph, with all that it holds. Raises Problem."""
    request = pb.CreateVersionRequest()
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
        "variables": [_variable(variable, strict=prompt.strict_variables) for variable in version.variables],
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


def _variable(variable: prompt_pb2.Variable, *, strict: bool) -> Json:
    return {"label": variable.name, "value": variable.default_value, "required": variable.required or strict}
