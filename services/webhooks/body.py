"""What a delivery says: the standard body, or one that a webhook's template makes of the same facts.

A template is data. A text that names a fact becomes that fact, once; nothing is evaluated, and no fact is read as
template.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import orjson

# Texts in a standard body that are longer in all are left out: receivers ask for the run.
MAX_TEXT_BYTES = 16 * 1024
STATES = ("QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED")

_CHOICE = "$state"
_PREFIX = "$run."


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a run when it is told of, as JSON."""

    id: str
    prompt_id: str | None
    version_id: str | None
    state: str
    output: str | None
    outputs: list[dict[str, Any]]
    error: str | None
    reason: str | None
    inputs: Mapping[str, Any] | None
    metadata: Mapping[str, str]
    end_user_id: str | None
    model: str | None
    create_time: str
    end_time: str | None


NAMES = frozenset(f"{_PREFIX}{field.name}" for field in fields(Facts))
# Those that fit into a header whatever the run is.
HEADER_NAMES = frozenset(
    f"{_PREFIX}{name}" for name in ("id", "prompt_id", "version_id", "state", "create_time", "end_time")
)
# A template names the others, which can be large, so many times at most.
MAX_LARGE = 16


def find_faults(template: Any) -> Iterator[tuple[str, str]]:
    """Give the place and the words of everything that is wrong in a template."""
    yield from _find_faults(template, "")
    if (count := _count_large(template)) > MAX_LARGE:
        yield "", f"may name what a run was given and gave {MAX_LARGE} times; it does {count} times"


def _find_faults(template: Any, path: str) -> Iterator[tuple[str, str]]:
    match template:
        case str():
            if fault := find_text_fault(template):
                yield path, fault
        case list():
            for index, item in enumerate(template):
                yield from _find_faults(item, f"{path}[{index}]")
        case {"$state": choices, **others}:
            if others or not isinstance(choices, dict) or not choices or not choices.keys() <= set(STATES):
                yield path, f"`$state` stands alone, with values by state: {', '.join(STATES)}"
            else:
                yield from _find_faults(list(choices.values()), f"{path}.$state")
        case dict():
            for name, item in template.items():
                yield from _find_faults(item, f"{path}.{name}")
        case _:
            return


def _count_large(template: Any) -> int:
    match template:
        case str():
            return template in NAMES - HEADER_NAMES
        case list():
            return sum(map(_count_large, template))
        case dict():
            return sum(map(_count_large, template.values()))
        case _:
            return 0


def find_text_fault(text: str, names: Collection[str] = NAMES) -> str | None:
    """Tell what is wrong with a text of a template, or with the value of a header."""
    if text.startswith("$") and not text.startswith("$$") and text not in names:
        return f"stands for nothing; write {', '.join(sorted(names))}, or a text with two dollars in front"
    return None


def fill(template: Any, facts: Facts) -> Any:
    """Give what a template becomes, which has no faults."""
    match template:
        case str():
            return _fill_text(template, facts)
        case list():
            return [fill(item, facts) for item in template]
        case {"$state": choices}:
            return fill(choices.get(facts.state), facts)
        case dict():
            return {name: fill(item, facts) for name, item in template.items()}
        case _:
            return template


def standard(event: str, facts: Facts, node: Mapping[str, Any] | None, moment: datetime) -> dict[str, Any]:
    """Give the standard body: `type`, `timestamp` and `data`, as Standard Webhooks advises."""
    size = sum(len(str(output.get("text", "")).encode()) for output in facts.outputs)
    data = {
        "run_id": facts.id,
        "prompt_id": facts.prompt_id,
        "version_id": facts.version_id,
        "state": facts.state,
        "outputs": facts.outputs if size <= MAX_TEXT_BYTES else None,
        "error": None if facts.error is None else {"reason": facts.reason, "message": facts.error},
        "metadata": facts.metadata,
        "end_user_id": facts.end_user_id,
        "create_time": facts.create_time,
        "end_time": facts.end_time,
    }
    kind = {"start": "run.started", "node": "run.node_ended"}.get(event, f"run.{facts.state.lower()}")
    return {"type": kind, "timestamp": to_text(moment), "data": {**data, "node": node} if node is not None else data}


def to_bytes(json: Any) -> bytes:
    """Give the bytes to send, and to sign."""
    return orjson.dumps(json)


def to_text(moment: datetime) -> str:
    """Write a time: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fill_text(text: str, facts: Facts) -> Any:
    if text.startswith("$$"):
        return text[1:]
    return getattr(facts, text.removeprefix(_PREFIX)) if text.startswith("$") else text
