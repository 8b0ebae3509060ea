"""Runs in the shape of this dialect: a flat object of variables in, a list of named texts out."""

import json
from itertools import groupby
from typing import Any, cast

from facade import images
from facade.dialects.promptchainer import faults
from facade.problem import Fault
from promptwire.v1 import run_pb2, run_service_pb2

Json = dict[str, Any]

# What several values of an output are joined by.
SEPARATOR = "\n"
MAX_NUMBER = 2**63 - 1


def to_create_run(flow_id: str, body: Any, version: str | None, request_id: str) -> run_service_pb2.CreateRunRequest:
    """Read the body, which may be absent, and `?version=N`. Raises Problem with every fault."""
    found: list[Fault] = []
    request = run_service_pb2.CreateRunRequest()
    request.spec.prompt_id = flow_id
    request.spec.request_id = request_id
    if body is not None and not isinstance(body, dict):
        found.append(faults.invalid("body", "must be a JSON object"))
    elif body:
        _add_variables(request.spec, cast("Json", body).get("variables"), found)
    if version is not None:
        request.spec.number = to_number(version, found)
    faults.refuse(found)
    return request


def to_number(version: str, found: list[Fault]) -> int:
    """Read the number of a version, noting a fault in `found`."""
    if version.isascii() and version.isdigit() and 0 < int(version[:20]) <= MAX_NUMBER:
        return int(version[:20])
    found.append(faults.invalid("version", "must be the number of a version, 1 or more", "query"))
    return 0


def from_run(run: run_pb2.Run, public_url: str) -> list[Json]:
    """Print the outputs of a run that succeeded: one item for each output node, in their order."""
    return [_item(list(outputs), public_url) for _, outputs in groupby(run.outputs, lambda output: output.node_id)]


def unfinished(run: run_pb2.Run) -> Json:
    """Print a run that goes on."""
    return {"id": run.id, "status": "queued" if run.state == run_pb2.Run.STATE_QUEUED else "running"}


def _add_variables(spec: run_pb2.RunSpec, variables: Any, found: list[Fault]) -> None:
    if variables is None:
        return
    if not isinstance(variables, dict):
        found.append(faults.invalid("variables", "must be an object of values by label"))
        return
    spec.inputs.SetInParent()
    for label, value in cast("Json", variables).items():
        if value is None:
            continue
        try:
            spec.inputs.fields[label].string_value = _to_text(value)
        except ValueError:
            found.append(faults.invalid(f"variables.{label}", "holds a number that is too large; send it as text"))


def _to_text(value: Any) -> str:
    """Give the text of a value: prompts are texts, and so are all outputs. Raises ValueError for an infinite number."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _item(outputs: list[run_pb2.Output], public_url: str) -> Json:
    texts = [_value(output, public_url) for output in outputs]
    item: Json = {"name": outputs[0].name, "output": SEPARATOR.join(texts), "type": "output"}
    failed = next((output.error for output in outputs if output.HasField("error")), None)
    return item if failed is None else {**item, "error": failed.message}


def _value(output: run_pb2.Output, public_url: str) -> str:
    return images.url_of(public_url, output.image) if output.HasField("image") else output.text
