"""What the outputs of a graph come to, from what its nodes came to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from services.images.kept import Kept
from services.prompts.flow import FromVariable, Output, Source
from services.runs.failure import Failure
from services.runs.flow_executor import Outcome

# What several nodes lead to one output is joined by this.
SEPARATOR = "\n"

Outcomes = Mapping[str, Outcome[Kept]]


@dataclass(frozen=True, slots=True)
class Collected:
    """The outputs of a run as JSON, and why it failed: every one of them did. None: it succeeded."""

    outputs: Sequence[dict[str, Any]]
    failure: Failure | None


def collect(outputs: Sequence[Output], values: Mapping[str, str], outcomes: Outcomes, limit: int) -> Collected:
    """Give the outputs: an output node has one for each image and for the texts between them, or an empty text.

    One to which a node leads that failed has the error beside what the others gave; it failed itself when there were no
    others. All texts together take at most `limit` bytes; the output that would pass it failed, too.
    """
    collected: list[dict[str, Any]] = []
    failures: list[Failure] = []
    left = limit
    for output in outputs:
        given = [_resolve(source, values, outcomes) for source in output.sources]
        parts, failure = _join(output, given, left)
        collected += parts
        left -= sum(len(part["text"].encode()) for part in parts if "text" in part)
        if failure is not None:
            failures.append(failure)
    return Collected(collected, failures[0] if failures and len(failures) == len(outputs) else None)


def _resolve(source: Source, values: Mapping[str, str], outcomes: Outcomes) -> Outcome[Kept]:
    return Outcome(values[source.label]) if isinstance(source, FromVariable) else outcomes[source.id]


def _join(
    output: Output, outcomes: Sequence[Outcome[Kept]], limit: int
) -> tuple[Sequence[dict[str, Any]], Failure | None]:
    """Give an output node's outputs, and why it failed, if it did."""
    given = [outcome for outcome in outcomes if outcome.failure is None]
    error = next((outcome.failure for outcome in outcomes if outcome.failure is not None), None)
    failure = None if given else error
    parts = list(_list_parts(given))
    if sum(len(part["text"].encode()) for part in parts if "text" in part) > limit:
        parts = []
        error = failure = Failure("OUTPUT_TOO_LARGE", "the outputs are over the limit of a run", {}, output.id)
    base = {"name": output.name, "node_id": output.id}
    joined = [{**base, **part} for part in parts] or [{**base, "text": ""}]
    if error is not None:
        joined[0]["error"] = asdict(error)
    return joined, failure


def _list_parts(outcomes: Sequence[Outcome[Kept]]) -> Iterable[dict[str, Any]]:
    for is_text, group in groupby(outcomes, lambda outcome: outcome.image is None):
        if is_text:
            yield {"text": SEPARATOR.join(outcome.text for outcome in group)}
        else:
            yield from ({"image": asdict(outcome.image)} for outcome in group if outcome.image is not None)
