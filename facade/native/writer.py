"""Messages to canonical proto JSON, by functions that are made once for each type from its descriptor.

Every field is written, also one with its default, but for those that are absent: messages, members of a oneof and
optional fields. 64-bit numbers are texts.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from facade.native import scalars
from promptwire import values

Write = Callable[[Any], Any]

# The types that JSON knows in a form of their own.
WELL_KNOWN: Mapping[str, Write] = {
    "google.protobuf.Timestamp": scalars.write_time,
    "google.protobuf.Duration": scalars.write_duration,
    "google.protobuf.FieldMask": scalars.write_mask,
    "google.protobuf.Struct": values.from_struct,
    "google.protobuf.Value": values.from_value,
}


class Writer:
    """Writes messages. Make one and keep it: it remembers what it made of each type."""

    def __init__(self) -> None:
        self._writes: dict[str, Write] = {}
        # Held while functions are made, since threads must not find any that are not whole.
        self._making = Lock()

    def write(self, message: Message) -> Any:
        """Give the JSON value of a message."""
        with self._making:
            write = self._write(cast(Descriptor, message.DESCRIPTOR))
        return write(message)

    def _write(self, descriptor: Descriptor) -> Write:
        name = descriptor.full_name
        if name in WELL_KNOWN:
            return WELL_KNOWN[name]
        if name not in self._writes:
            fields: list[tuple[str, str, bool, Write]] = []
            # Before its fields, so that a type may hold itself.
            self._writes[name] = _object(fields)
            fields.extend(
                (field.json_name, field.name, field.has_presence, self._write_field(field))
                for field in descriptor.fields
            )
        return self._writes[name]

    def _write_field(self, field: FieldDescriptor) -> Write:
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            return _map(_scalar(kind.fields_by_name["value"]))
        write = self._write(kind) if kind is not None else _scalar(field)
        return _list(write) if field.is_repeated else write


def _object(fields: Sequence[tuple[str, str, bool, Write]]) -> Write:
    def write(message: Any) -> dict[str, Any]:
        return {
            json_name: write_field(getattr(message, name))
            for json_name, name, has_presence, write_field in fields
            if not has_presence or message.HasField(name)
        }

    return write


def _scalar(field: FieldDescriptor) -> Write:
    if field.enum_type is not None:
        return scalars.enum_writer(field.enum_type)
    if field.type == FieldDescriptor.TYPE_INT64:
        return str
    return scalars.write_bytes if field.type == FieldDescriptor.TYPE_BYTES else _as_it_is


def _list(write: Write) -> Write:
    return lambda items: [write(item) for item in items]


def _map(write: Write) -> Write:
    return lambda items: {key: write(item) for key, item in items.items()}


def _as_it_is(value: Any) -> Any:
    return value
