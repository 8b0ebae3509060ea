"""Leaves of canonical proto JSON: numbers, texts, bytes, enums, times, durations and masks, read and written."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

MAX_DURATION_SECONDS = 315_576_000_000
RANGES = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
}

_WHOLE = re.compile(r"-?[0-9]{1,19}")
_SECONDS = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_CAPITAL = re.compile(r"[A-Z]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Read = Callable[[Any], Any]


class Wrong(ValueError):
    """A JSON value that does not fit its field; the message says what to send instead."""


def reader(field: FieldDescriptor) -> Read:
    """Give the function that reads a scalar of this field's type. It raises Wrong."""
    if field.type in RANGES:
        return _whole_number(*RANGES[field.type])
    if field.enum_type is not None:
        return _enum(field.enum_type)
    return {
        FieldDescriptor.TYPE_STRING: read_text,
        FieldDescriptor.TYPE_BOOL: read_flag,
        FieldDescriptor.TYPE_BYTES: read_bytes,
        FieldDescriptor.TYPE_DOUBLE: read_number,
    }[field.type]


def read_text(json: Any) -> str:
    """Read a text. Raises Wrong."""
    if not isinstance(json, str):
        raise Wrong("must be a text")
    if not json.isascii():
        _require_unicode(json)
    return json


def read_flag(json: Any) -> bool:
    """Read true or false. Raises Wrong."""
    if not isinstance(json, bool):
        raise Wrong("must be true or false")
    return json


def read_number(json: Any) -> float:
    """Read a number. Raises Wrong."""
    if not isinstance(json, int | float) or isinstance(json, bool):
        raise Wrong("must be a number")
    try:
        return float(json)
    except OverflowError:
        raise Wrong("must be a number that a double can hold") from None


def read_bytes(json: Any) -> bytes:
    """Read base64, standard or URL-safe, padded or not. Raises Wrong."""
    text = read_text(json).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise Wrong("must be base64") from None


def _whole_number(least: int, most: int) -> Read:
    """Numbers, and texts of one, since a reader of JSON may not hold 64 bits; 1.0 is whole."""

    def read(json: Any) -> int:
        number = json
        if (isinstance(json, str) and _WHOLE.fullmatch(json)) or (isinstance(json, float) and json.is_integer()):
            number = int(json)
        if not isinstance(number, int) or isinstance(number, bool):
            raise Wrong("must be a whole number")
        if not least <= number <= most:
            raise Wrong(f"must be from {least} to {most}")
        return number

    return read


def _enum(descriptor: EnumDescriptor) -> Read:
    numbers = {value.name: value.number for value in descriptor.values}
    known = frozenset(numbers.values())
    choices = ", ".join(numbers)

    def read(json: Any) -> int:
        if isinstance(json, str) and json in numbers:
            return numbers[json]
        if isinstance(json, int) and not isinstance(json, bool) and json in known:
            return json
        raise Wrong(f"must be one of {choices}")

    return read


def enum_writer(descriptor: EnumDescriptor) -> Callable[[int], str | int]:
    """Give the function that writes an enum's value by name; one that a newer server knows stays a number."""
    names = {value.number: value.name for value in descriptor.values}
    return lambda number: names.get(number, number)


def write_bytes(data: bytes) -> str:
    """Write standard base64."""
    return base64.b64encode(data).decode()


def read_time(json: Any, message: Timestamp) -> None:
    """Read RFC 3339 into `message`, exact to a nanosecond. Raises Wrong."""
    match = _TIME.fullmatch(json) if isinstance(json, str) else None
    if match is None:
        raise Wrong("must be a time of RFC 3339, such as 2030-01-31T12:00:00Z")
    date, clock, fraction, zone = match.groups()
    try:
        # Both lie within the years 1 to 9999, where a moment near their edges may not.
        moment = datetime.fromisoformat(f"{date}T{clock}{'+00:00' if zone in 'Zz' else zone}")
        seconds = (moment - _EPOCH) // timedelta(seconds=1)
        datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):
        raise Wrong("is a time that does not exist, or outside of the years 1 to 9999") from None
    message.seconds, message.nanos = seconds, _nanos(fraction)


def write_time(message: Timestamp) -> str:
    """Write RFC 3339 in UTC with as many digits as it takes: none, 3, 6 or 9."""
    moment = _EPOCH + timedelta(seconds=message.seconds)
    return f"{moment.isoformat()[:19]}{_fraction(message.nanos)}Z"


def read_duration(json: Any, message: Duration) -> None:
    """Read seconds such as `3.5s` into `message`. Raises Wrong."""
    match = _SECONDS.fullmatch(json) if isinstance(json, str) else None
    if match is None or int(match[2]) > MAX_DURATION_SECONDS:
        raise Wrong("must be seconds as a text with an s at the end, such as 30s or 0.5s")
    sign = -1 if match[1] else 1
    message.seconds, message.nanos = sign * int(match[2]), sign * _nanos(match[3])


def write_duration(message: Duration) -> str:
    """Write seconds such as `3.500s`."""
    sign = "-" if message.seconds < 0 or message.nanos < 0 else ""
    return f"{sign}{abs(message.seconds)}{_fraction(abs(message.nanos))}s"


def read_mask(json: Any, message: FieldMask) -> None:
    """Read field names separated by commas into `message`. Raises Wrong."""
    if not isinstance(json, str):
        raise Wrong("must be names of fields separated by commas")
    message.paths[:] = [snake(name.strip()) for name in json.split(",") if name.strip()]


def write_mask(message: FieldMask) -> str:
    """Write field names separated by commas."""
    return ",".join(camel(path) for path in message.paths)


def snake(name: str) -> str:
    """Give a proto name for a JSON name: `display_name` for `displayName`."""
    return _CAPITAL.sub(lambda capital: "_" + capital[0].lower(), name)


def camel(name: str) -> str:
    """Give a JSON name for a proto name: `displayName` for `display_name`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Wrong("must be Unicode; it holds half of a surrogate pair") from None


def _nanos(fraction: str | None) -> int:
    return int((fraction or "").ljust(9, "0"))


def _fraction(nanos: int) -> str:
    if nanos == 0:
        return ""
    digits = f"{nanos:09d}"
    return "." + digits.removesuffix("000").removesuffix("000")
