"""Bodies of this dialect as requests of the services, all their faults found at once."""

from typing import Any, cast

from google.protobuf import struct_pb2

from facade import idempotency, problem
from facade.dialects.artificialstudio import faults, tools, webhooks
from facade.problem import Fault
from promptwire import values
from promptwire.v1 import prompt_pb2, run_pb2, run_service_pb2, webhook_pb2

Json = dict[str, Any]

# The longest name of a model, or a tool.
MAX_NAME = 255
TOOL_FIELDS = ("tool", "input", "webhook", "webhook_events_filter")

# Members of the input that are no settings for a model. Of the reserved ones the services have the same list.
_NO_SETTINGS = frozenset(
    {
        *("prompt", "messages", "model", "n", "stream", "stream_options"),
        *("api_base", "api_key", "base_url", "extra_body", "extra_headers", "extra_query"),
    }
)


def to_generate(body: Any, idempotency_key: str | None) -> run_service_pb2.CreateRunRequest:
    """Read the body of `/api/generate`, whose unknown names are ignored. Raises Problem.

    It runs the prompt that the user writes on the model, or the stored prompt that `model` names: by its id, or its
    alias behind `prompt:`.
    """
    fields, found = _fields(body), list[Fault]()
    model = _name("model", fields.get("model"), found)
    is_stored = faults.is_uuid(model) or model.startswith(tools.STORED)
    spec, webhook = _read(fields, idempotency_key, found, needs_prompt=not is_stored)
    faults.refuse(found)
    if is_stored:
        _set_prompt(spec, model, "Model")
    else:
        _set_inline(spec, model)
    return _request(spec, webhook)


def to_run_tool(body: Any, idempotency_key: str | None) -> run_service_pb2.CreateRunRequest:
    """Read the body of `/api/run`, whose unknown names are refused. Raises Problem."""
    fields, found = _fields(body), list[Fault]()
    unknown = [name for name in fields if name not in TOOL_FIELDS]
    found += [faults.fault(name, faults.UNKNOWN, "is not known; leave it out") for name in unknown[: faults.MAX_FAULTS]]
    tool = _name("tool", fields.get("tool"), found)
    makes_image = tool == tools.CREATE_IMAGE
    spec, webhook = _read(fields, idempotency_key, found, needs_prompt=makes_image)
    model = _model(fields.get("input"), found) if makes_image else ""
    faults.refuse(found)
    spec.metadata["tool"] = tool
    if makes_image:
        _set_inline(spec, model)
    else:
        _set_prompt(spec, tool, "Tool")
    return _request(spec, webhook)


def _fields(body: Any) -> Json:
    if not isinstance(body, dict):
        raise problem.malformed("the body must be a JSON object")
    return cast("Json", body)


def _name(field: str, value: Any, found: list[Fault]) -> str:
    """Give a text that must be there; empty after noting a fault."""
    if not isinstance(value, str) or not value:
        found.append(faults.missing(field, value, "a text"))
    elif len(value) > MAX_NAME or "\0" in value:
        found.append(faults.fault(field, faults.VALUE, f"must have at most {MAX_NAME} characters, and no U+0000"))
    else:
        return value
    return ""


def _read(
    fields: Json, idempotency_key: str | None, found: list[Fault], *, needs_prompt: bool
) -> tuple[run_pb2.RunSpec, webhook_pb2.Webhook | None]:
    """Read what both bodies have."""
    inputs = _inputs(fields.get("input"), found, needs_prompt=needs_prompt)
    webhook = webhooks.read(fields, found)
    return run_pb2.RunSpec(inputs=inputs, request_id=idempotency.read(idempotency_key, found)), webhook


def _inputs(given: Any, found: list[Fault], *, needs_prompt: bool) -> struct_pb2.Struct:
    """Give the input as it came; empty after noting a fault."""
    if not isinstance(given, dict):
        found.append(faults.missing("input", given, "an object"))
        return struct_pb2.Struct()
    fields = cast("Json", given)
    prompt = fields.get("prompt")
    if needs_prompt and not (isinstance(prompt, str) and prompt):
        found.append(faults.missing("input.prompt", prompt, "a text"))
    try:
        return values.to_struct(fields)
    except values.Unrepresentable as error:
        found.append(faults.fault(f"input{error.path}", faults.VALUE, error.message))
        return struct_pb2.Struct()


def _model(given: Any, found: list[Fault]) -> str:
    """Give the model that the input of a tool names, if it names one."""
    model = cast("Json", given).get("model") if isinstance(given, dict) else None
    return "" if model is None else _name("input.model", model, found)


def _set_prompt(spec: run_pb2.RunSpec, name: str, thing: str) -> None:
    """Run a stored prompt. Raises Problem when the name can be none of one."""
    spec.prompt_id = faults.check_prompt_id(name.removeprefix(tools.STORED), thing)


def _set_inline(spec: run_pb2.RunSpec, model: str) -> None:
    """Run what the user writes on the model, or on the default one for images; the rest of the input are settings."""
    prompt = spec.inputs.fields["prompt"].string_value
    spec.inline.messages.append(values.to_value({"role": "user", "content": prompt}))
    if model:
        spec.model = spec.metadata["model"] = model
    else:
        spec.inline.output_format.type = prompt_pb2.OutputFormat.TYPE_IMAGE
    for name, value in spec.inputs.fields.items():
        if name not in _NO_SETTINGS and not value.HasField("null_value"):
            spec.parameters.fields[name].CopyFrom(value)


def _request(spec: run_pb2.RunSpec, webhook: webhook_pb2.Webhook | None) -> run_service_pb2.CreateRunRequest:
    if webhook is not None:
        webhook.body.CopyFrom(webhooks.to_body(spec.metadata, "image" if spec.HasField("inline") else "text"))
        spec.webhook.CopyFrom(webhook)
    return run_service_pb2.CreateRunRequest(spec=spec)
