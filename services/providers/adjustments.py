"""Makes the settings that a version gives into those that its model takes, and tells what was changed."""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

# What a model may write at most, in tokens: OpenAI's newer models know only the second name.
LIMITS = frozenset({"max_tokens", "max_completion_tokens"})
# A token of English takes four letters and more; a small model may take two for one letter of another script. Beside
# the words there is what a model's own form of a chat adds, and an image takes as much as a long text.
LETTERS_A_TOKEN = 4
TOKENS_A_WIDE_LETTER = 2
TOKENS_BESIDE = 64
TOKENS_AN_IMAGE = 1000
# What a guess may not take of an answer: that share of the context is asked for, however long the prompt seems.
LEAST_SHARE = 4


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
    together; None: not known. `effort` is how much it reasons when `reasoning_effort` is not given.
    """

    drop: frozenset[str] = frozenset()
    drop_reasoning: frozenset[str] = frozenset()
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    refuse: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    context: int | None = None
    effort: str = ""
    _touched: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = LIMITS if self.context else frozenset[str]()
        touched = frozenset().union(self.drop, self.drop_reasoning, self.rename, self.refuse, limits)
        object.__setattr__(self, "_touched", touched)

    def touches(self, parameters: Mapping[str, Any]) -> Set[str]:
        """Give the settings that may have to be changed."""
        return parameters.keys() & self._touched if parameters else parameters.keys()


def adjust(
    rules: Rules, parameters: Mapping[str, Any], messages: Sequence[Any]
) -> tuple[Mapping[str, Any], tuple[Adjustment, ...]]:
    """Give the settings to send with these messages, the same mapping when none is changed; and the changes.

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
        sent[to] = _clamp(rules, name, given, messages)
        if to != name or sent[to] != given:
            changes.append(Adjustment(name, given, sent[to], to if to != name else ""))
    return (sent, tuple(changes)) if changes or len(sent) != len(parameters) else (parameters, ())


def _is_refused(rules: Rules, parameters: Mapping[str, Any], name: str, to: str) -> bool:
    given, reasons = parameters[name], parameters.get("reasoning_effort", rules.effort) != "none"
    return any(
        it in rules.drop
        or (reasons and it in rules.drop_reasoning)
        or (isinstance(given, str) and given in rules.refuse.get(it, ()))
        for it in (name, to)
    )


def _clamp(rules: Rules, name: str, given: Any, messages: Sequence[Any]) -> Any:
    """Give how many tokens to ask for: what the prompt seems to leave of the context.

    It is a guess. One that is too high the provider corrects, which knows; one that is too low would cost the answer.
    """
    if name not in LIMITS or not rules.context or type(given) is not int:
        return given
    room = rules.context - TOKENS_BESIDE - sum(_guess(message.get("content")) for message in messages)
    return min(given, max(room, rules.context // LEAST_SHARE, 1))


def _guess(content: Any) -> int:
    """Guess how many tokens the content of a message takes."""
    match content:
        case str():
            plain = len(content) if content.isascii() else len(content.encode("ascii", "ignore"))
            return math.ceil(plain / LETTERS_A_TOKEN) + TOKENS_A_WIDE_LETTER * (len(content) - plain)
        case list():
            parts = [part for part in content if isinstance(part, dict)]
            return sum(_guess(part["text"]) if "text" in part else TOKENS_AN_IMAGE for part in parts)
        case _:
            return 0
