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
PUBLISHED = ROOT / "docs" / "guarantees.json"
RESULTS = ROOT / "tests" / "chaos" / "results"
HEAD = """\
# What Promptwire guarantees

Each of these is a promise and its proof: what was done to running servers, what was measured, and the bar that it was
held against. The page is written by the commands that it shows, from `docs/guarantees.json`. `make test` plays every
scenario at a small scale.

Unless said otherwise a scenario plays on one machine ({cpus} CPUs, {platform}, Python {python}) with an embedded
Postgres, two gRPC servers, two workers and two facades, each a process of its own, and a provider over HTTP that does
as each run's text says. A run is *accepted* when a client was told so. What is killed is started again at once.

## How callers retry

Over gRPC by this service config of the channel, to which both servers are known, with a `request_id` for each run:

```json
{policy}
```

Over REST: a 429 or 503 after the seconds that `Retry-After` says, a broken connection at once, both with the same
`Idempotency-Key`.
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


def write(file: Path, result: Result) -> None:
    """Put a result into the file, in place of that of the same scenario there."""
    known = _read(file)["scenarios"] if file.exists() else {}
    known[result.id] = asdict(result)
    machine = {
        "cpus": os.cpu_count(),
        "platform": f"{platform.system()} on {platform.machine()}",
        "python": platform.python_version(),
    }
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
    figures: Any = [Figure(**figure) for figure in stored["figures"]]
    return Result(**stored | {"figures": figures})
