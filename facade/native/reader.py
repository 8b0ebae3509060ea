"""Canonical proto JSON to messages, by functions that are made once for each type from its descriptor.

By hand, since `json_format` stops at the first fault where a caller wants all of them, and costs three times as much on
the path of a run. Names are lowerCamelCase or as in the proto; null is as good as absent.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, NamedTuple, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from facade.native import scalars
from facade.native.scalars import Wrong
from facade.problem import Fault
from promptwire import values

MAX_FAULTS = 100
MAX_PATH = 200
VALUE = "google.protobuf.Value"

# Puts a JSON value into a message (or a field of one) and notes each fault with the path of its value.
Fill = Callable[[Any, Any, str, list[Fault]], None]
Read = Callable[[Any, Any], None]


class _Field(NamedTuple):
    """How to fill a field; what it may be given but once with: itself, or the other members of its oneof."""

    fill: Fill
    slot: str
    takes_null: bool


class Reader:
    """Reads JSON into messages. Make one and keep it: it remembers what it made of each type."""

    def __init__(self) -> None:
        self._fills: dict[str, Fill] = {}
        # Held while functions are made, since threads must not find any that are not whole.
        self._making = Lock()

    def read(self, json: Any, message: Message, path: str = "") -> list[Fault]:
        """Put a JSON value into `message`; give the faults, each with a path such as `inputs.a[0]`, at most 100."""
        faults: list[Fault] = []
        with self._making:
            fill = self._fill(cast(Descriptor, message.DESCRIPTOR))
        fill(message, json, path, faults)
        return faults

    def _fill(self, descriptor: Descriptor) -> Fill:
        name = descriptor.full_name
        if name in WELL_KNOWN:
            return _well_known(WELL_KNOWN[name])
        if name not in self._fills:
            fields: dict[str, _Field] = {}
            # Before its fields, so that a type may hold itself.
            self._fills[name] = _object(fields)
            for field in descriptor.fields:
                fields[field.json_name] = fields[field.name] = self._field(field)
        return self._fills[name]

    def _field(self, field: FieldDescriptor) -> _Field:
        kind, oneof = field.message_type, field.containing_oneof
        takes_null = kind is not None and kind.full_name == VALUE and not field.is_repeated
        return _Field(self._fill_field(field), oneof.name if oneof else field.name, takes_null)

    def _fill_field(self, field: FieldDescriptor) -> Fill:
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            return _map(field.name, scalars.reader(kind.fields_by_name["value"]))
        if kind is not None:
            return (_messages if field.is_repeated else _message)(field.name, self._fill(kind))
        return (_scalars if field.is_repeated else _scalar)(field.name, scalars.reader(field))


def _object(fields: Mapping[str, _Field]) -> Fill:
    def fill(message: Any, json: Any, path: str, faults: list[Fault]) -> None:
        if not isinstance(json, dict):
            _note(faults, path, "must be an object")
            return
        given: dict[str, str] = {}
        for name, value in json.items():
            at = f"{path}.{name}" if path else name
            field = fields.get(name)
            if field is None:
                _note(faults, at, "is not a field of this request; compare its name with /docs")
            elif value is not None or field.takes_null:
                first = given.setdefault(field.slot, name)
                if first != name:
                    _note(faults, at, f"cannot be given together with {first}")
                field.fill(message, value, at, faults)

    return fill


def _well_known(read: Read) -> Fill:
    def fill(message: Any, json: Any, path: str, faults: list[Fault]) -> None:
        try:
            read(json, message)
        except values.Unrepresentable as wrong:
            _note(faults, path + wrong.path if path else wrong.path.removeprefix("."), wrong.message)
        except Wrong as wrong:
            _note(faults, path, str(wrong))
        except UnicodeEncodeError:
            _note(faults, path, "must be Unicode; it holds half of a surrogate pair")

    return fill


def _message(name: str, fill: Fill) -> Fill:
    def fill_field(message: Any, json: Any, path: str, faults: list[Fault]) -> None:
        held = getattr(message, name)
        held.SetInParent()
        fill(held, json, path, faults)

    return fill_field


def _messages(name: str, fill: Fill) -> Fill:
    def fill_field(message: Any, json: Any, path: str, faults: list[Fault]) -> None:
        if _is_list(json, path, faults):
            held = getattr(message, name)
            for index, item in enumerate(json):
                fill(held.add(), item, f"{path}[{index}]", faults)

    return fill_field


def _scalar(name: str, read: scalars.Read) -> Fill:
    def fill_field(message: Any, json: Any, path: str, faults: list[Fault]) -> None:
        try:
            setattr(message, name, read(json))
        except Wrong as wrong:
            _note(faults, path, str(wrong))

    return fill_field


def _scalars(name: str, read: scalars.Read) -> Fill:
    def fill_field(message: Any, json: Any, path: str, faults: list[Fault]) -> None:
        if _is_list(json, path, faults):
            held = getattr(message, name)
            for index, item in enumerate(json):
                try:
                    held.append(read(item))
                except Wrong as wrong:
                    _note(faults, f"{path}[{index}]", str(wrong))

    return fill_field


def _map(name: str, read: scalars.Read) -> Fill:
    def fill_field(message: Any, json: Any, path: str, faults: list[Fault]) -> None:
        if not isinstance(json, dict):
            _note(faults, path, "must be an object")
            return
        held = getattr(message, name)
        for key, item in json.items():
            try:
                held[scalars.read_text(key)] = read(item)
            except Wrong as wrong:
                _note(faults, f"{path}.{key}", str(wrong))

    return fill_field


def _is_list(json: Any, path: str, faults: list[Fault]) -> bool:
    if not isinstance(json, list):
        _note(faults, path, "must be a list")
    return isinstance(json, list)


def _read_struct(json: Any, message: Any) -> None:
    if not isinstance(json, dict):
        raise Wrong("must be an object")
    message.CopyFrom(values.to_struct(json))


def _read_value(json: Any, message: Any) -> None:
    message.CopyFrom(values.to_value(json))


def _note(faults: list[Fault], path: str, message: str) -> None:
    # A hostile body may have a hundred thousand faults, and names of megabytes.
    if len(faults) < MAX_FAULTS:
        faults.append(Fault(path[:MAX_PATH], "FIELD_INVALID", message))


# The types that JSON knows in a form of their own.
WELL_KNOWN: Mapping[str, Read] = {
    "google.protobuf.Timestamp": scalars.read_time,
    "google.protobuf.Duration": scalars.read_duration,
    "google.protobuf.FieldMask": scalars.read_mask,
    "google.protobuf.Struct": _read_struct,
    VALUE: _read_value,
}
