"""The results as JSON, and docs/guarantees.md written from them."""

import json
import os
import platform
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import orjson

from tests.chaos.outcome import Figure, Outcome
from tests.chaos.rpc import SERVICE_CONFIG
from tests.chaos.stage import Scenario

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "guarantees.md"
RESULTS = ROOT / "docs" / "guarantees.json"
HEAD = """\
# What Promptwire guarantees

Each of these is a promise and its proof: what was done to running servers, what was measured, and the bar it was held
against. This page is written by the commands it shows, from `docs/guarantees.json`; `make test` plays every scenario at a
small scale.

Unless said otherwise a scenario plays on one machine ({cpus} CPUs, {platform}, Python {python}) with one embedded Postgres,
two gRPC servers, two workers and two facades, each a process, and a provider over HTTP that answers as each run's text says.
A run is *accepted* when a client was told so. A program that is killed is started again at once.

## How callers retry

Over gRPC, with this service config on the channel, and a `request_id` on every call that begins a run:

```json
{policy}
```

Over REST: after 429 and 503, when the seconds of `Retry-After` have passed; after a broken connection at once. Both with the
same `Idempotency-Key`.
"""


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario that was played: what was done and measured, at which scale, and how long it took (s)."""

    id: str
    title: str
    scale: float
    seconds: float
    holds: bool
    done: str
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()
    evidence: Sequence[str] = ()
    time: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")

    @classmethod
    def of(cls, scenario: Scenario, outcome: Outcome, scale: float, seconds: float) -> Self:
        """Make the result of an outcome. Evidence is kept of what went wrong only."""
        evidence = outcome.evidence if outcome.missed else ()
        return cls(
            scenario.id,
            scenario.title,
            scale,
            seconds,
            not outcome.missed,
            outcome.done,
            outcome.figures,
            outcome.notes,
            evidence,
        )

    @classmethod
    def broken(cls, scenario: Scenario, error: Exception, scale: float, seconds: float) -> Self:
        """Make the result of a scenario that could not be played to its end."""
        done, evidence = "could not be played to its end", "".join(traceback.format_exception(error)).splitlines()
        return cls(scenario.id, scenario.title, scale, seconds, holds=False, done=done, evidence=evidence)

    @property
    def command(self) -> str:
        """What plays it again."""
        return f'make chaos SCALE={self.scale:g} ARGS="--only {self.id}"'


def words(result: Result) -> str:
    """Give a result as text for a terminal."""
    lines = [f"{result.id}  {result.title}: {'holds' if result.holds else 'MISSED'} ({result.seconds:.0f} s)"]
    lines += [f"    {result.done}"]
    lines += [
        f"  {' ' if figure.holds else '!'} {figure.name}: {figure.measured}"
        + (f"  [{figure.bar}]" if figure.bar else "")
        for figure in result.figures
    ]
    return "\n".join([*lines, *(f"  > {line}" for line in result.evidence)])


def write(file: Path, results: Sequence[Result]) -> None:
    """Put results into the file, in place of those of the same scenarios there."""
    known = _read(file)["scenarios"] if file.exists() else {}
    known |= {result.id: asdict(result) for result in results}
    machine = {"cpus": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()}
    content = {"machine": machine, "scenarios": known}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def publish(file: Path, order: Sequence[str]) -> None:
    """Write the page from the file, the scenarios in this order."""
    content = _read(file)
    found = [_result(content["scenarios"][name]) for name in order if name in content["scenarios"]]
    machine = content["machine"]
    head = HEAD.format(cpus=machine["cpus"], platform=machine["platform"], python=machine["python"], policy=_policy())
    PAGE.write_text("\n".join([head, *map(_section, found)]))


def _section(result: Result) -> str:
    rows = [
        f"| {figure.name} | {figure.measured} | {figure.bar}{'' if figure.holds else ' (**missed**)'} |"
        for figure in result.figures
    ]
    return "\n".join(
        [
            f"## {result.id}: {result.title}",
            "",
            f"{result.done[0].upper()}{result.done[1:]}. {' '.join(result.notes)}".rstrip(),
            "",
            f"`{result.command}` ({result.seconds:.0f} s, {result.time[:10]})",
            "",
            "| measured | | bar |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _policy() -> str:
    return json.dumps(SERVICE_CONFIG, indent=2)


def _read(file: Path) -> Any:
    return orjson.loads(file.read_bytes())


def _result(stored: dict[str, Any]) -> Result:
    return Result(**stored | {"figures": [Figure(**figure) for figure in stored["figures"]]})
