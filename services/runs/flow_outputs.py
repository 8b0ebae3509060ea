"""What the outputs of a graph come to, from what its nodes came to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from services.images.kept import Kept
from services.prompts.flow import FromVariable, Output, Source
from services.runs.failure import Failure
from services.runs.flow_executor import Outcome

# What several nodes lead to one output is joined by this.
SEPARATOR = "\n"

Outcomes = Mapping[str, Outcome[Kept]]


def collect(
    outputs: Sequence[Output], values: Mapping[str, str], outcomes: Outcomes, limit: int
) -> list[dict[str, Any]]:
    """Give the outputs as JSON: an output node has one for each image and for the texts between them, or an empty text.

    All texts together take at most `limit` bytes; the output that would pass it has an error instead.
    """
    collected: list[dict[str, Any]] = []
    left = limit
    for output in outputs:
        left = _add(collected, output, [_resolve(source, values, outcomes) for source in output.sources], left)
    return collected


def find_failure(collected: Iterable[Mapping[str, Any]]) -> Failure | None:
    """Give why the run failed: every output did, and has nothing. None: it succeeded."""
    failure = None
    for output in collected:
        if "error" not in output or output.get("text") or "image" in output:
            return None
        failure = failure or Failure(**output["error"])
    return failure


def _resolve(source: Source, values: Mapping[str, str], outcomes: Outcomes) -> Outcome[Kept]:
    return Outcome(values[source.label]) if isinstance(source, FromVariable) else outcomes[source.id]


def _add(collected: list[dict[str, Any]], output: Output, outcomes: Sequence[Outcome[Kept]], left: int) -> int:
    """Add an output node's outputs; give how many bytes are left for the others."""
    given = [outcome for outcome in outcomes if outcome.failure is None]
    failure = next((outcome.failure for outcome in outcomes if outcome.failure is not None), None)
    parts = list(_list_parts(given))
    size = sum(len(part["text"].encode()) for part in parts if "text" in part)
    if size > left:
        parts, size = [], 0
        failure = Failure("OUTPUT_TOO_LARGE", "the outputs are over the limit of a run", {}, output.id)
    base = {"name": output.name, "node_id": output.id}
    added = [{**base, **part} for part in parts] or [{**base, "text": ""}]
    if failure is not None:
        added[0]["error"] = asdict(failure)
    collected += added
    return left - size


def _list_parts(outcomes: Sequence[Outcome[Kept]]) -> Iterable[dict[str, Any]]:
    for is_text, group in groupby(outcomes, lambda outcome: outcome.image is None):
        if is_text:
            yield {"text": SEPARATOR.join(outcome.text for outcome in group)}
        else:
            yield from ({"image": asdict(outcome.image)} for outcome in group if outcome.image is not None)
