"""Makes the settings that a version gives into those that its model takes, and tells what was changed."""

import math
from collections.abc import Mapping
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

    `context` is how many tokens its prompt and answer may take together; None: not known.
    """

    drop: frozenset[str] = frozenset()
    drop_reasoning: frozenset[str] = frozenset()
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    context: int | None = None

    def touches(self, parameters: Mapping[str, Any]) -> set[str]:
        """Give the settings that may have to be changed."""
        limits = LIMITS if self.context else frozenset[str]()
        return {
            it for it in parameters if it in self.drop or it in self.drop_reasoning or it in self.rename or it in limits
        }


def adjust(
    rules: Rules, parameters: Mapping[str, Any], prompt_bytes: int
) -> tuple[Mapping[str, Any], tuple[Adjustment, ...]]:
    """Give the settings to send with a prompt of so many bytes, the same mapping when none is touched; and the changes.

    That one answer of many is asked for is no setting: `n` is left out in silence when it is 1.
    """
    touched = rules.touches(parameters)
    if not touched:
        return parameters, ()
    sent = {name: value for name, value in parameters.items() if name not in touched}
    changes: list[Adjustment] = []
    for name in sorted(touched):
        change = _change(rules, parameters, name, prompt_bytes)
        if change.sent is not None:
            sent[change.renamed or name] = change.sent
        if (change.sent, change.renamed) != (change.given, "") and (name, change.given) != ("n", 1):
            changes.append(change)
    return sent, tuple(changes)


def _change(rules: Rules, parameters: Mapping[str, Any], name: str, prompt_bytes: int) -> Adjustment:
    given, renamed = parameters[name], rules.rename.get(name, "")
    reasons = parameters.get("reasoning_effort") != "none"
    if name in rules.drop or (reasons and name in rules.drop_reasoning) or renamed in parameters:
        return Adjustment(name, given)
    if name in LIMITS and rules.context and type(given) is int:
        room = max(1, rules.context - math.ceil(prompt_bytes / BYTES_A_TOKEN))
        return Adjustment(name, given, min(given, room), renamed)
    return Adjustment(name, given, given, renamed)
