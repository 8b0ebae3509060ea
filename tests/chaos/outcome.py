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

    @property
    def measured(self) -> str:
        """The value in words."""
        return f"{_plain(self.value)} {self.unit}".rstrip()


def exactly(name: str, value: float, wanted: float, unit: str = "") -> Figure:
    """Measured, and to be just this."""
    return Figure(name, value, _bar("", wanted, unit), value == wanted, unit)


def at_most(name: str, value: float, most: float, unit: str = "") -> Figure:
    """Measured, and to be no more than this."""
    return Figure(name, value, _bar("at most ", most, unit), value <= most, unit)


def at_least(name: str, value: float, least: float, unit: str = "") -> Figure:
    """Measured, and to be no less than this."""
    return Figure(name, value, _bar("at least ", least, unit), value >= least, unit)


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
    def missed(self) -> bool:
        """Whether a bar does not hold."""
        return not all(figure.holds for figure in self.figures)


def _bar(word: str, value: float, unit: str) -> str:
    return f"{word}{_plain(value)} {unit}".rstrip()


def _plain(value: float) -> str:
    return f"{value:,.3g}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}"
