"""Bodies of this dialect as requests of the services, all their faults found at once. Unknown names are ignored."""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from facade import idempotency, problem
from facade.dialects.promptitude import faults
from facade.problem import Fault
from promptwire.v1 import run_pb2, run_service_pb2

Json = dict[str, Any]

MAX_END_USER_ID = 256
MAX_RATING = 3

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Rating:
    """What a body says of a log: its stars, 0 to clear them, and the id of the log if the body names it."""

    stars: int
    log_id: str


def to_generate(body: Any, idempotency_key: str | None) -> tuple[run_service_pb2.CreateRunRequest, str]:
    """Read the body of `/generate`: the run of a prompt, and the id of a version of it or nothing. Raises Problem."""
    fields, found = _fields(body), list[Fault]()
    request = run_service_pb2.CreateRunRequest()
    prompt = _part("prompt", fields, found)
    prompt_id = _text("prompt.promptId", prompt.get("promptId"), found) if prompt is not None else ""
    version_id = _version_id((prompt or {}).get("versionId"), found)
    _add(request.spec, "prompt.inputs", (prompt or {}).get("inputs"), found)
    _add_end_user(request.spec, "endUserId", fields, found)
    request.spec.request_id = idempotency.read(idempotency_key, found)
    faults.refuse(found)
    request.spec.prompt_id = faults.check_id(prompt_id, faults.PROMPT)
    return request, version_id


def to_run_flow(flow_id: str, body: Any, idempotency_key: str | None) -> run_service_pb2.CreateRunRequest:
    """Read the body of a flow's `/generate`. Raises Problem."""
    fields, found = _fields(body), list[Fault]()
    request = run_service_pb2.CreateRunRequest()
    flow = _part("flow", fields, found)
    _add(request.spec, "flow.inputs", (flow or {}).get("inputs"), found)
    _add_end_user(request.spec, "userId", fields, found)
    request.spec.request_id = idempotency.read(idempotency_key, found)
    faults.refuse(found)
    request.spec.prompt_id = faults.check_id(flow_id, faults.FLOW)
    return request


def to_rating(body: Any, *, names_log: bool = False) -> Rating:
    """Read a rating, `{"rating": {"rating": 3}}` or `{"rating": 3}`, and `logId` where the path has none."""
    fields, found = _fields(body), list[Fault]()
    log_id = _text("logId", fields.get("logId"), found) if names_log else ""
    name, given = "rating", fields.get("rating")
    if isinstance(given, dict):
        name, given = "rating.rating", cast("Json", given).get("rating")
    # A boolean is an int to Python, and 3.0 is no integer.
    if type(given) is not int or not 0 <= given <= MAX_RATING:
        found.append(faults.invalid(name, f"must be an integer from 0 to {MAX_RATING}; 0 takes a rating back"))
    faults.refuse(found)
    return Rating(cast("int", given), log_id)


def _fields(body: Any) -> Json:
    if not isinstance(body, dict):
        raise problem.malformed("the body must be a JSON object")
    return cast("Json", body)


def _part(name: str, fields: Json, found: list[Fault]) -> Json | None:
    """Give an object that must be there; None after noting a fault."""
    value = fields.get(name)
    if isinstance(value, dict):
        return cast("Json", value)
    found.append(faults.invalid(name, "must be an object" if value is not None else "is required: an object"))
    return None


def _text(field: str, value: Any, found: list[Fault]) -> str:
    """Give a text that must be there; empty after noting a fault."""
    if isinstance(value, str) and value:
        return value
    found.append(faults.invalid(field, "is required: a text" if value in (None, "") else "must be a text"))
    return ""


def _version_id(value: Any, found: list[Fault]) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value
    found.append(faults.invalid("prompt.versionId", "must be the id of a version, a UUID"))
    return ""


def _add_end_user(spec: run_pb2.RunSpec, name: str, fields: Json, found: list[Fault]) -> None:
    value = fields.get(name)
    if value is None:
        return
    if isinstance(value, str) and len(value) <= MAX_END_USER_ID:
        spec.end_user_id = value
    else:
        found.append(faults.invalid(name, f"must be a text of up to {MAX_END_USER_ID} characters"))


def _add(spec: run_pb2.RunSpec, field: str, inputs: Any, found: list[Fault]) -> None:
    """Put the values of variables into a run as texts. One that is null is not given."""
    if inputs is None:
        return
    if not isinstance(inputs, dict):
        found.append(faults.invalid(field, "must be an object of values by the names of variables"))
        return
    for name, value in cast("Json", inputs).items():
        if value is None:
            continue
        try:
            spec.inputs.fields[name].string_value = _to_text(value)
        except ValueError:
            found.append(faults.invalid(f"{field}.{name}", "has a number that is too large; send it as a text"))


def _to_text(value: Any) -> str:
    """Give the text of a value, as JSON prints what is none. Raises ValueError."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
