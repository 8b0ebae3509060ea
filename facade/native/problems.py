"""Problems of the native API: the services' field names as the caller knows them, and problem details (RFC 9457)."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from google.protobuf.descriptor import Descriptor

from facade import problem
from facade.dialect import Reply
from facade.native.routes import Row
from facade.problem import Fault, Problem

CONTENT_TYPE = "application/problem+json"

_STEP = re.compile(r"([^.\[]*)((?:\[[0-9]+\])*)(.*)", re.DOTALL)
_INDEX = re.compile(r"\[([0-9]+)\]")


def localised(row: Row, raised: Problem) -> Problem:
    """Name the fields of a problem that the services raised as they stand in the path, the query or the body."""
    if not raised.faults:
        return raised
    raised.faults = tuple(_local(row, fault) for fault in raised.faults)
    raised.message = problem.invalid(*raised.faults).message
    if "field" in raised.metadata:
        raised.metadata["field"] = raised.faults[0].field
    return raised


def _local(row: Row, fault: Fault) -> Fault:
    where = "body" if row.has_body else "query"
    if fault.field in row.path_fields:
        where = "path"
    path = json_path(row.descriptor.input_type, fault.field)
    return replace(fault, field=path.removeprefix(row.body).removeprefix("."), where=where)


def json_path(descriptor: Descriptor, path: str) -> str:
    """Give a proto path in JSON's names: `pageSize` for `page_size`. What is below free JSON stays as it is."""
    name, index, rest = _STEP.fullmatch(path).groups()  # pyright: ignore[reportOptionalMemberAccess]
    field = descriptor.fields_by_name.get(name)
    if field is None:
        return path
    held = field.message_type
    if rest and held is not None and held.full_name.startswith("promptwire.") and not held.GetOptions().map_entry:
        rest = "." + json_path(held, rest.removeprefix("."))
    return field.json_name + index + rest


def envelope(refused: Problem) -> Reply:
    """Print a problem as problem details: `type`, `title`, `status`, `detail` and members of ours."""
    body: dict[str, Any] = {
        "type": f"/docs#{refused.reason}",
        "title": refused.reason.replace("_", " ").capitalize(),
        "status": refused.status,
        "detail": refused.message,
        "reason": refused.reason,
        "requestId": refused.request_id,
    }
    if refused.faults:
        body["errors"] = [_error(fault) for fault in refused.faults]
    if refused.metadata:
        body["metadata"] = refused.metadata
    return Reply(refused.status, body, content_type=CONTENT_TYPE)


def _error(fault: Fault) -> dict[str, str]:
    error = {"detail": fault.message, "reason": fault.reason}
    return error | ({"pointer": pointer(fault.field)} if fault.where == "body" else {fault.where: fault.field})


def pointer(path: str) -> str:
    """Give the JSON pointer, as a URI fragment, of a path: `#/inputs/a/0` for `inputs.a[0]`."""
    steps = [step for step in _INDEX.sub(r".\1", path).split(".") if step]
    return "#" + "".join("/" + quote(step.replace("~", "~0").replace("/", "~1"), safe="~") for step in steps)
