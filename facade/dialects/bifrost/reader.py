"""A JSON body, field by field: a value of a wrong type spoils the whole, null is as good as absent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar, cast

from google.protobuf import struct_pb2

from facade import problem
from facade.dialects.bifrost import faults
from facade.problem import Fault, Problem
from promptwire import values

MAX_PATH = 200
MAX_INDEX = 2**63 - 1

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object that was sent. Every method raises Problem 400."""

    fields: Mapping[str, Any]

    @classmethod
    def of(cls, json: Any) -> Self:
        """Take a JSON value; null is an empty object."""
        if json is not None and not isinstance(json, dict):
            raise faults.malformed()
        return cls(cast("dict[str, Any]", json or {}))

    def text(self, name: str) -> str:
        """Give a text; empty when it is absent."""
        return self._of(name, str) or ""

    def number(self, name: str) -> int | None:
        """Give a whole number of 0 or more."""
        number = self._of(name, int)
        if number is not None and (isinstance(number, bool) or not 0 <= number <= MAX_INDEX):
            raise faults.malformed()
        return number

    def indices(self, name: str) -> list[int] | None:
        """Give whole numbers."""
        items = cast("list[Any] | None", self._of(name, list))
        if any(type(item) is not int or abs(item) > MAX_INDEX for item in items or ()):
            raise faults.malformed()
        return items

    def texts(self, name: str) -> dict[str, str] | None:
        """Give texts by name."""
        items = cast("dict[str, Any] | None", self._of(name, dict))
        if not all(isinstance(item, str) for item in (items or {}).values()):
            raise faults.malformed()
        return items

    def values(self, name: str) -> list[struct_pb2.Value]:
        """Give an array of any JSON; empty when it is absent."""
        items = cast("list[Any]", self._of(name, list) or [])
        return [_value(f"{name}[{index}]", item) for index, item in enumerate(items)]

    def struct(self, name: str) -> struct_pb2.Struct | None:
        """Give an object of any JSON."""
        fields = cast("dict[str, Any] | None", self._of(name, dict))
        try:
            return None if fields is None else values.to_struct(fields)
        except values.Unrepresentable as wrong:
            raise _unrepresentable(name, wrong) from None

    def _of(self, name: str, kind: type[Kind]) -> Kind | None:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, kind):
            raise faults.malformed()
        return value


def _value(path: str, json: Any) -> struct_pb2.Value:
    try:
        return values.to_value(json)
    except values.Unrepresentable as wrong:
        raise _unrepresentable(path, wrong) from None


def _unrepresentable(path: str, wrong: values.Unrepresentable) -> Problem:
    raised = problem.invalid(Fault((path + wrong.path)[:MAX_PATH], "FIELD_INVALID", wrong.message))
    raised.authenticated = True
    return raised
