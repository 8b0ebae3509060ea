"""Messages of the contract with any of their fields set, for Hypothesis."""

from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st

from promptwire import values

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
# -0.0 is written as 0, which is the same number.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
LEAVES = {
    FieldDescriptor.TYPE_STRING: TEXT,
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=8),
    FieldDescriptor.TYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    FieldDescriptor.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
}
# The seconds of the years 1 to 9999.
MOMENTS = (-62135596800, 253402300799)
NANOS = st.integers(0, 10**9 - 1)


@st.composite
def messages(draw: st.DrawFn, kind: type[Message]) -> Message:
    """Make a message; each of its fields is set or not."""
    message: Any = kind()
    for field in kind.DESCRIPTOR.fields:
        if draw(st.booleans()):
            _set(draw, message, field)
    return message


def _set(draw: st.DrawFn, message: Any, field: Any) -> None:
    held, name = field.message_type, field.name
    if held is not None and held.GetOptions().map_entry:
        getattr(message, name).update(draw(st.dictionaries(TEXT, TEXT, max_size=2)))
    elif field.is_repeated:
        getattr(message, name).extend(draw(st.lists(_of(held) if held else _leaf(field), max_size=2)))
    elif held is not None:
        getattr(message, name).CopyFrom(draw(_of(held)))
    else:
        setattr(message, name, draw(_leaf(field)))


def _leaf(field: Any) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    return LEAVES[field.type]


def _of(descriptor: Any) -> st.SearchStrategy[Any]:
    kind = message_factory.GetMessageClass(descriptor)
    match descriptor.full_name:
        case "google.protobuf.Value":
            return JSON.map(values.to_value)
        case "google.protobuf.Struct":
            return st.dictionaries(TEXT, JSON, max_size=3).map(values.to_struct)
        case "google.protobuf.Timestamp":
            return st.builds(kind, seconds=st.integers(*MOMENTS), nanos=NANOS)
        case "google.protobuf.Duration":
            return st.builds(_duration, st.just(kind), st.integers(0, 10**11), NANOS, st.sampled_from((-1, 1)))
        case "google.protobuf.FieldMask":
            return st.builds(kind, paths=st.lists(st.sampled_from(["display_name", "owner"]), max_size=2))
        case _:
            return messages(kind)


def _duration(kind: Any, seconds: int, nanos: int, sign: int) -> Any:
    return kind(seconds=sign * seconds, nanos=sign * nanos)
