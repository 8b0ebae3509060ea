"""Reads what a server says of settings that it refuses, and gives those that it may take: it knows its models best."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from services.providers.adjustments import LIMITS, Adjustment

# How often a request is asked again with other settings: each refusal tells of one.
MOST = 8
STATUSES = (400, 422)

# What codes say that a setting, or its value, is not for this model.
_CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
# A fault within a setting, such as `tools[0].name`, is the caller's; only of a value it may name a part: `stop[0]`.
_NAME = re.compile(r"([A-Za-z_]+)(\[\d+\])?")
# Without these the answer would be another one than was asked for.
_KEPT = frozenset({"tools", "tool_choice", "functions", "function_call", "response_format"})
_INSTEAD = re.compile(r"[Uu]se '([a-z_]+)' instead")
# The words of OpenAI, vLLM and their kin, of a prompt that leaves less room than was asked for.
_CONTEXT = re.compile(r"maximum context length (?:is|of) (\d{1,9}) tokens", re.IGNORECASE)
_PROMPT = re.compile(r"(\d{1,9}) (?:in (?:your|the) (?:prompt|messages)|(?:prompt|input) tokens)")
_LARGEST = re.compile(r"supports at most (\d{1,9}) completion tokens")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a request's settings: `parameter` is not taken, and `instead` is the name of one that is.

    When `parameter` is empty, an answer has more tokens than `most`.
    """

    parameter: str = ""
    instead: str = ""
    most: int | None = None


def read(content: bytes) -> Refusal | None:
    """Read the body of an answer that refuses a request; None when it does not speak of a setting."""
    try:
        body: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    error: Any = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(words := error.get("message"), str):
        return None
    if (most := _read_room(words)) is not None:
        return Refusal(most=most)
    name, code = error.get("param"), error.get("code")
    if (
        not isinstance(code, str)
        or code not in _CODES
        or not isinstance(name, str)
        or not (found := _NAME.fullmatch(name))
    ):
        return None
    instead = _INSTEAD.search(words)
    return Refusal(found[1], instead[1] if instead else "")


def heed(parameters: Mapping[str, Any], refusal: Refusal) -> tuple[Mapping[str, Any], Adjustment] | None:
    """Give the settings that a refusal leaves, and what was changed; None when it speaks of none that was sent."""
    if refusal.most is not None:
        return _shorten(parameters, refusal.most)
    name, to = refusal.parameter, refusal.instead
    if name not in parameters or name in _KEPT:
        return None
    left = {it: value for it, value in parameters.items() if it != name}
    # Only a limit has another name that means the same.
    if not {name, to} <= LIMITS or to in parameters:
        return left, Adjustment(name, parameters[name])
    return {**left, to: parameters[name]}, Adjustment(name, parameters[name], parameters[name], to)


def _read_room(words: str) -> int | None:
    if largest := _LARGEST.search(words):
        return int(largest[1])
    context, prompt = _CONTEXT.search(words), _PROMPT.search(words)
    return int(context[1]) - int(prompt[1]) if context and prompt else None


def _shorten(parameters: Mapping[str, Any], most: int) -> tuple[Mapping[str, Any], Adjustment] | None:
    for name in sorted(LIMITS & parameters.keys()):
        given = parameters[name]
        if type(given) is int and 0 < most < given:
            return {**parameters, name: most}, Adjustment(name, given, most)
    return None
