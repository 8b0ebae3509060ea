"""The outcome of a scenario: figures, each held against its bar."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured. `bar` says in words what was asked of it; without one it is told, not judged."""

    name: str
    value: float
    bar: str = ""
    holds: bool = True
    unit: str = ""


def exactly(name: str, value: float, wanted: float, unit: str = "") -> Figure:
    """Measured, and to be just this."""
    return Figure(name, value, f"= {_plain(wanted)}", value == wanted, unit)


def at_most(name: str, value: float, most: float, unit: str = "") -> Figure:
    """Measured, and to be no more than this."""
    return Figure(name, value, f"≤ {_plain(most)}", value <= most, unit)


def at_least(name: str, value: float, least: float, unit: str = "") -> Figure:
    """Measured, and to be no less than this."""
    return Figure(name, value, f"≥ {_plain(least)}", value >= least, unit)


def told(name: str, value: float, unit: str = "") -> Figure:
    """Measured, to be known."""
    return Figure(name, value, unit=unit)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, in words, and what was measured. `notes` explain figures; `evidence` shows what broke a bar."""

    done: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()
    evidence: Sequence[str] = field(default=())

    @property
    def missed(self) -> list[str]:
        """The bars that do not hold, in words."""
        return [
            f"{figure.name}: {_plain(figure.value)} {figure.unit}".rstrip() + f", to be {figure.bar}"
            for figure in self.figures
            if not figure.holds
        ]


def _plain(value: float) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"
