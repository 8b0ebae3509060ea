"""Makes the settings that a version gives into those that its model takes, and tells what was changed."""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

# What a model may write at most, in tokens: OpenAI's newer models know only the second name.
LIMITS = frozenset({"max_tokens", "max_completion_tokens"})
# Settings of the choice of words, which OpenAI's reasoning models refuse while they reason.
SAMPLING = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty"})
# A token of English takes four bytes and more; three leave room for other languages.
BYTES_A_TOKEN = 3


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a setting became: `sent` in place of `given`, as `renamed` if that is not empty; None: nothing was sent."""

    parameter: str
    given: Any
    sent: Any = None
    renamed: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a model refuses: `drop` and, while it reasons, `drop_reasoning`; `rename` what it has another name for.

    `refuse` are values that it refuses, by setting. `context` is how many tokens its prompt and answer may take
    together; None: not known.
    """

    drop: frozenset[str] = frozenset()
    drop_reasoning: frozenset[str] = frozenset()
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    refuse: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    context: int | None = None
    _touched: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = LIMITS if self.context else frozenset[str]()
        touched = frozenset().union(self.drop, self.drop_reasoning, self.rename, self.refuse, limits)
        object.__setattr__(self, "_touched", touched)

    def touches(self, parameters: Mapping[str, Any]) -> Set[str]:
        """Give the settings that may have to be changed."""
        return parameters.keys() & self._touched if parameters else parameters.keys()


def adjust(
    rules: Rules, parameters: Mapping[str, Any], prompt_bytes: int
) -> tuple[Mapping[str, Any], tuple[Adjustment, ...]]:
    """Give the settings to send with a prompt of so many bytes, the same mapping when none is changed; and the changes.

    That one answer of many is asked for is no setting: `n` is left out in silence when it is 1.
    """
    touched = rules.touches(parameters)
    if not touched:
        return parameters, ()
    sent = {name: value for name, value in parameters.items() if name not in touched}
    changes: list[Adjustment] = []
    for name in sorted(touched):
        given, to = parameters[name], rules.rename.get(name, name)
        if to in sent or (to != name and to in parameters) or _is_refused(rules, parameters, name, to):
            if (name, given) != ("n", 1):
                changes.append(Adjustment(name, given))
            continue
        sent[to] = _clamp(rules, name, given, prompt_bytes)
        if to != name or sent[to] != given:
            changes.append(Adjustment(name, given, sent[to], to if to != name else ""))
    return (sent, tuple(changes)) if changes or len(sent) != len(parameters) else (parameters, ())


def _is_refused(rules: Rules, parameters: Mapping[str, Any], name: str, to: str) -> bool:
    given, reasons = parameters[name], parameters.get("reasoning_effort") != "none"
    return any(
        it in rules.drop
        or (reasons and it in rules.drop_reasoning)
        or (isinstance(given, str) and given in rules.refuse.get(it, ()))
        for it in (name, to)
    )


def _clamp(rules: Rules, name: str, given: Any, prompt_bytes: int) -> Any:
    if name not in LIMITS or not rules.context or type(given) is not int:
        return given
    return min(given, max(1, rules.context - math.ceil(prompt_bytes / BYTES_A_TOKEN)))
