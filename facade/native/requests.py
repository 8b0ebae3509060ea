"""A REST request of the native API read into the RPC's request: path, query, body and headers, all faults at once."""

import re
from dataclasses import replace
from typing import Any

from google.protobuf.message import Message
from multidict import MultiMapping

from facade import idempotency, problem
from facade.dialect import Call, aside, parse
from facade.native.reader import Reader
from facade.native.routes import Row
from facade.native.scalars import camel
from facade.problem import Fault

_MEMBER = re.compile(r"([A-Za-z_]+)\[(.+)\]", re.DOTALL)
_SEQUENCE = re.compile("[0-9]{1,18}")


async def to_request(row: Row, reader: Reader, call: Call) -> Message:
    """Read the request. Raises Problem 400 with every fault, 413."""
    message: Any = row.request()
    faults = [
        *_read_path(row, reader, call, message),
        *_read_query(row, reader, call.request.query, message),
        *(await _read_body(row, reader, call, message) if row.has_body else ()),
        *_read_request_id(row, call.request.headers.get("Idempotency-Key"), message),
        *_read_last_event(call.request.headers.get("Last-Event-ID"), message),
    ]
    if faults:
        raise problem.invalid(*faults)
    return message


def _read_path(row: Row, reader: Reader, call: Call, message: Message) -> list[Fault]:
    faults = reader.read({name: call.path[name] for name in row.path_fields}, message)
    return [replace(fault, where="path") for fault in faults]


def _read_query(row: Row, reader: Reader, query: MultiMapping[str], message: Message) -> list[Fault]:
    fields = {} if row.has_body else _query_fields(row)
    unknown = [
        Fault(name, "FIELD_INVALID", f"is no query parameter of this path, which takes {_names(fields)}", "query")
        for name in dict.fromkeys(query)
        if name not in fields and not _member_of(fields, name)
    ]
    given = {name: _query_value(fields[name], query.getall(name)) for name in dict.fromkeys(query) if name in fields}
    given |= _query_members(fields, query)
    return unknown + [replace(fault, where="query") for fault in reader.read(given, message)]


def _query_fields(row: Row) -> dict[str, Any]:
    """Give the fields that the query may give, by both of their names."""
    fields = [field for field in row.descriptor.input_type.fields if field.name not in row.path_fields]
    return {name: field for field in fields for name in (field.json_name, field.name)}


def _member_of(fields: dict[str, Any], name: str) -> tuple[str, str] | None:
    """Read `metadata[plan]`: the name of a map and of a member of it; None when it is no such thing."""
    found = _MEMBER.fullmatch(name)
    field = fields.get(found[1]) if found else None
    is_map = field is not None and field.message_type is not None and field.message_type.GetOptions().map_entry
    return (found[1], found[2]) if found and is_map else None


def _query_members(fields: dict[str, Any], query: MultiMapping[str]) -> dict[str, dict[str, Any]]:
    """Give the maps that the query gives member by member; a member that comes twice has no valid form."""
    maps: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(query):
        if found := _member_of(fields, name):
            values = query.getall(name)
            maps.setdefault(found[0], {})[found[1]] = values[0] if len(values) == 1 else values
    return maps


def _names(fields: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys(field.json_name for field in fields.values())) or "none"


def _query_value(field: Any, values: list[str]) -> Any:
    """Give the JSON of a parameter: a list when it may be repeated; one that may not, but is, has no valid form."""
    if field.is_repeated or len(values) > 1:
        return values
    return {"true": True, "false": False}.get(values[0], values[0]) if field.type == field.TYPE_BOOL else values[0]


async def _read_body(row: Row, reader: Reader, call: Call, message: Any) -> list[Fault]:
    data = await call.request.read()
    return await aside(len(data), _fill, row, reader, data, message)


def _fill(row: Row, reader: Reader, data: bytes, message: Any) -> list[Fault]:
    json = parse(data, row.most_items) if data else {}
    if not isinstance(json, dict):
        raise problem.malformed("the body must be a JSON object")
    given_by_path = {spelling for name in row.path_fields for spelling in (name, camel(name))}
    faults = [
        Fault(name, "FIELD_INVALID", "is given by the path; leave it out of the body")
        for name in json
        if name in given_by_path
    ]
    body = {name: value for name, value in json.items() if name not in given_by_path}
    faults += reader.read({row.body: body} if row.body else body, message)
    if row.method == "PATCH":
        _complete_mask(body, message)
    return [replace(fault, field=fault.field.removeprefix(f"{row.body}.")) for fault in faults]


def _complete_mask(body: dict[str, Any], message: Any) -> None:
    """Let a PATCH change what its body names: also what is named with null or with an empty value."""
    fields = {name: field.name for field in message.DESCRIPTOR.fields for name in (field.json_name, field.name)}
    if fields.pop("update_mask", None) and not message.HasField("update_mask"):
        message.update_mask.paths.extend(dict.fromkeys(fields[name] for name in body if name in fields))


def _read_request_id(row: Row, header: str | None, message: Any) -> list[Fault]:
    if not row.takes_request_id:
        return []
    faults: list[Fault] = []
    holder = getattr(message, row.body) if row.body else message
    given = idempotency.read(header, faults)
    if given and holder.request_id not in ("", given):
        faults.append(Fault("requestId", "FIELD_INVALID", "differs from the header Idempotency-Key; send one of them"))
    elif given:
        holder.request_id = given
    return faults


def _read_last_event(header: str | None, message: Any) -> list[Fault]:
    """Read what a browser sends when it comes again, with the path and query of the first time."""
    if not header or "after_sequence" not in message.DESCRIPTOR.fields_by_name:
        return []
    if not _SEQUENCE.fullmatch(header.strip()):
        return [Fault("Last-Event-ID", "FIELD_INVALID", "must be the id of an event of this run", "header")]
    message.after_sequence = int(header)
    return []
