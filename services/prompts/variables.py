"""Fills the variables of a version with the values that a run gives, and tells every fault."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

# How much of a long list of choices a fault tells.
TOLD_OPTIONS = 10
TOLD_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a select: what people see, and what the template gets."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A hole to fill: what may fill it, and what does when a run says nothing."""

    name: str
    type: Literal["text", "select"] = "text"
    required: bool = False
    default: str | None = None
    allow_empty: bool = False
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a variable cannot be filled: no value, a value of a wrong type, no choice of a select, or an empty text."""

    name: str
    code: Literal["required", "type", "choice", "empty"]
    message: str


class Unfilled(ValueError):
    """Some variables cannot be filled; `faults` lists all of them, in the order of the variables."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.name}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)


def fill(variables: Iterable[Variable], inputs: Mapping[str, Any]) -> dict[str, str]:
    """Give the text for each variable, from JSON values by name; other names are ignored. Raises Unfilled."""
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for variable in variables:
        outcome = _fill(variable, inputs.get(variable.name))
        if isinstance(outcome, Fault):
            faults.append(outcome)
        else:
            values[variable.name] = outcome
    if faults:
        raise Unfilled(faults)
    return values


def _fill(variable: Variable, value: Any) -> str | Fault:
    if value is None:
        return _fill_missing(variable)
    text = _to_text(value)
    if text is None:
        return Fault(variable.name, "type", "must be a text, a number or a boolean")
    if variable.type == "select":
        return _choose(variable, text)
    if variable.required and not text and not variable.allow_empty:
        return Fault(variable.name, "empty", "must not be empty")
    return text


def _fill_missing(variable: Variable) -> str | Fault:
    if variable.default is not None:
        return variable.default
    if variable.required:
        return Fault(variable.name, "required", "is required")
    return ""


def _to_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def _choose(variable: Variable, text: str) -> str | Fault:
    if any(text == option.value for option in variable.options):
        return text
    for option in variable.options:
        if text == option.name:
            return option.value
    return Fault(variable.name, "choice", f"must be one of: {_tell(variable.options)}")


def _tell(options: Sequence[Option]) -> str:
    told = ", ".join(option.name for option in options[:TOLD_OPTIONS])
    return told if len(told) <= TOLD_LENGTH and len(options) <= TOLD_OPTIONS else f"{told[:TOLD_LENGTH]}, ..."
