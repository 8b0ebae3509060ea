"""JSON Schemas of the contract's messages, from their descriptors and the comments of the .proto files.

What callers send and what they get differ: the first may leave fields out and may not have others, the second always
has those that cannot be absent. A message that goes both ways has two schemas.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from facade.native.comments import Comments
from facade.native.examples import THINGS
from facade.native.routes import Row
from facade.native.scalars import camel

Schema = dict[str, Any]

# What a request must have beyond its oneofs. A proto cannot say so; the services refuse a request without them.
REQUIRED = {
    "CreateKeyRequest": ("displayName", "scopes"),
    "CreatePromptRequest": ("name",),
    "Variable": ("name",),
}
WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {},
}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_INT64: {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"},
}
_PACKAGE = "promptwire.v1."
_LIMITS = re.compile(r"(?:([0-9,]+) to|up to) ([0-9,]+) characters", re.IGNORECASE)
_QUOTED = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")


class Schemas:
    """The schemas of all messages that the rows' RPCs take and give."""

    def __init__(self, rows: Sequence[Row], comments: Comments) -> None:
        self._comments = comments
        self._sent = _reached(row.descriptor.input_type for row in rows)
        self._got = _reached(row.answer for row in rows)
        self._field_names = {field.name for held in (self._sent | self._got).values() for field in held.fields}

    def all(self) -> dict[str, Schema]:
        """Give every schema by its name, but those of requests, which stand with their paths."""
        sent = [held for held in self._sent.values() if not held.name.endswith("Request")]
        enums = {
            field.enum_type.full_name: field.enum_type
            for held in (self._sent | self._got).values()
            for field in held.fields
            if field.enum_type is not None
        }
        return {
            **{_name(enum): self._enum(enum) for enum in enums.values()},
            **{self._sent_name(held): self.sent(held) for held in sent},
            **{_name(held): self._of_answer(held) for held in self._got.values()},
        }

    def sent(self, held: Descriptor, without: Sequence[str] = ()) -> Schema:
        """Give the schema of a message that a caller sends, without the fields that its path gives."""
        fields = [field for field in held.fields if field.name not in without]
        schema = self._object(held, {field.json_name: self.field(field, sent=True) for field in fields})
        schema["additionalProperties"] = False
        if held.name in REQUIRED:
            schema["required"] = list(REQUIRED[held.name])
        for oneof in held.oneofs:
            # A field that is `optional` is alone in a oneof that only its descriptor has.
            if len(oneof.fields) > 1:
                schema["oneOf"] = [{"required": [field.json_name]} for field in oneof.fields]
        return schema

    def field(self, field: FieldDescriptor, *, sent: bool) -> Schema:
        """Give the schema of a field with its description."""
        schema = self._value(field, sent=sent)
        if field.is_repeated and not _is_map(field):
            schema = {"type": "array", "items": schema}
        return schema | {"description": self.text(field.full_name)}

    def reference(self, held: Descriptor, *, sent: bool) -> Schema:
        """Refer to the schema of a message."""
        name = self._sent_name(held) if sent else _name(held)
        return WELL_KNOWN.get(held.full_name, {"$ref": f"#/components/schemas/{name}"})

    def text(self, full_name: str) -> str:
        """Give the comment of a thing, with the names of fields as JSON has them."""
        text = self._comments.of(full_name)
        return _QUOTED.sub(lambda name: f"`{camel(name[1])}`" if name[1] in self._field_names else name[0], text)

    def _of_answer(self, held: Descriptor) -> Schema:
        schema = self._object(held, {field.json_name: self.field(field, sent=False) for field in held.fields})
        always = [field.json_name for field in held.fields if not field.has_presence]
        return schema | ({"required": always} if always else {})

    def _object(self, held: Descriptor, properties: dict[str, Schema]) -> Schema:
        schema = {"type": "object", "description": self.text(held.full_name), "properties": properties}
        return schema | ({"examples": [THINGS[held.name]]} if held.name in THINGS else {})

    def _enum(self, enum: EnumDescriptor) -> Schema:
        scope = enum.full_name.removesuffix(f".{enum.name}")
        values = [f"- `{value.name}`: {self.text(f'{scope}.{value.name}')}" for value in enum.values]
        text = "\n".join([self.text(enum.full_name), "", *(value.partition("\n")[0] for value in values)])
        return {"type": "string", "enum": [value.name for value in enum.values], "description": text}

    def _value(self, field: FieldDescriptor, *, sent: bool) -> Schema:
        if _is_map(field):
            values = cast(Descriptor, field.message_type).fields_by_name["value"]
            return {"type": "object", "additionalProperties": self._value(values, sent=sent)}
        if field.message_type is not None:
            return dict(self.reference(field.message_type, sent=sent))
        if field.enum_type is not None:
            return {"$ref": f"#/components/schemas/{_name(field.enum_type)}"}
        return _SCALARS[field.type] | (self._limits(field) if sent else {})

    def _limits(self, field: FieldDescriptor) -> Schema:
        """Give what else holds of a scalar that is sent; limits of texts stand in the comments."""
        if field.name == "page_size":
            return {"minimum": 0, "maximum": 1000, "default": 0}
        if field.type == FieldDescriptor.TYPE_INT64:
            return {"type": ["integer", "string"]}
        found = _LIMITS.search(self._comments.of(field.full_name)) if field.type == field.TYPE_STRING else None
        if found is None or field.is_repeated:
            return {}
        least, most = (int((number or "0").replace(",", "")) for number in found.groups())
        return {"minLength": least, "maxLength": most}

    def _sent_name(self, held: Descriptor) -> str:
        return _name(held) + ("Input" if held.full_name in self._got else "")


def _reached(roots: Iterable[Descriptor]) -> dict[str, Descriptor]:
    """Give the messages of ours that the roots are or hold, by full name."""
    found: dict[str, Descriptor] = {}
    left = list(roots)
    while left:
        held = left.pop()
        if held.full_name in found or not held.full_name.startswith(_PACKAGE) or held.GetOptions().map_entry:
            continue
        found[held.full_name] = held
        left += [field.message_type for field in held.fields if field.message_type is not None]
    return dict(sorted(found.items()))


def _name(held: Descriptor | EnumDescriptor) -> str:
    return held.full_name.removeprefix(_PACKAGE).replace(".", "")


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry
