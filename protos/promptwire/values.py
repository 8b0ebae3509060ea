"""Free JSON as the contract carries it: google.protobuf.Value and Struct to plain Python values and back.

By hand, since `json_format` costs three times as much on the path of a run. Python callers may use it too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import struct_pb2

# A level of JSON takes three of the hundred messages that a protobuf decoder nests.
MAX_DEPTH = 32
MAX_INTEGER = 2**53

# The way to a value: that to its container, and its name or index there. Written out only for a fault, since names may
# be megabytes long.
_Path = tuple["_Path", str | int] | None


class Unrepresentable(ValueError):
    """JSON that cannot be carried and come back equal: `path` says where (`.a[0]`), the message why."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def to_value(json: object) -> struct_pb2.Value:
    """Give the Value of a JSON value made of None, bool, int, float, str, list and dict. Raises Unrepresentable."""
    value = struct_pb2.Value()
    _fill(value, json, None, 1)
    return value


def to_struct(json: Mapping[str, object]) -> struct_pb2.Struct:
    """Give the Struct of a JSON object. Raises Unrepresentable."""
    struct = struct_pb2.Struct()
    _fill_struct(struct, json, None, 1)
    return struct


def from_value(value: struct_pb2.Value) -> Any:
    """Give the JSON value of a Value, whole numbers as int. Raises Unrepresentable: it may come from anybody."""
    return _read(value, None, 1)


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Give the JSON object of a Struct. Raises Unrepresentable."""
    return _read_struct(struct, None, 1)


def _fill(value: struct_pb2.Value, json: object, path: _Path, depth: int) -> None:
    match json:
        case str():
            value.string_value = _text(json, path)
        case bool():
            value.bool_value = json
        case int() | float():
            value.number_value = _number(json, path)
        case None:
            value.null_value = struct_pb2.NULL_VALUE
        case dict():
            value.struct_value.SetInParent()
            _fill_struct(value.struct_value, json, path, depth)  # pyright: ignore[reportUnknownArgumentType]
        case list():
            value.list_value.SetInParent()
            _fill_list(value.list_value, json, path, depth)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            raise Unrepresentable(_where(path), f"a {type(json).__name__} is not JSON")


def _fill_struct(struct: struct_pb2.Struct, json: Mapping[str, object], path: _Path, depth: int) -> None:
    _check_depth(path, depth)
    for name, item in json.items():
        _fill(struct.fields[_text(name, path)], item, (path, name), depth + 1)


def _fill_list(values: struct_pb2.ListValue, json: Sequence[object], path: _Path, depth: int) -> None:
    _check_depth(path, depth)
    for index, item in enumerate(json):
        _fill(values.values.add(), item, (path, index), depth + 1)


def _read(value: struct_pb2.Value, path: _Path, depth: int) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return _text(value.string_value, path)
        case "number_value":
            number = _number(value.number_value, path)
            return int(number) if number.is_integer() and abs(number) <= MAX_INTEGER else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _read_struct(value.struct_value, path, depth)
        case "list_value":
            _check_depth(path, depth)
            return [_read(item, (path, index), depth + 1) for index, item in enumerate(value.list_value.values)]
        case _:
            return None


def _read_struct(struct: struct_pb2.Struct, path: _Path, depth: int) -> dict[str, Any]:
    _check_depth(path, depth)
    return {_text(name, path): _read(item, (path, name), depth + 1) for name, item in struct.fields.items()}


def _check_depth(path: _Path, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unrepresentable(_where(path), f"is nested deeper than {MAX_DEPTH} levels")


def _text(text: str, path: _Path) -> str:
    if "\0" in text:
        raise Unrepresentable(_where(path), "must not contain U+0000")
    return text


def _number(number: float, path: _Path) -> float:
    if not -MAX_INTEGER <= number <= MAX_INTEGER and (isinstance(number, int) or not _finite(number)):
        raise Unrepresentable(_where(path), "is a number that a double cannot hold exactly; send it as text")
    return float(number)


def _where(path: _Path) -> str:
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(f".{step}" if isinstance(step, str) else f"[{step}]")
    return "".join(reversed(steps))


def _finite(number: float) -> bool:
    return number - number == 0
