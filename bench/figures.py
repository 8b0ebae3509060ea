"""What a benchmark measured: windows of load in blocks, their medians, what they are to be, and the table of these."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

REFERENCE = "sdk"
REFERENCE_CONCURRENCY = 16
# What is measured in the process that calls, since it goes to the provider itself and through no server of ours.
DIRECT = (REFERENCE, "verb")
# The most that a call may cost, as a share of the reference, by target and concurrency.
GOALS = {("grpc", 16): 0.75, ("grpc", 64): 0.65, ("betterprompt", 16): 1.05, ("betterprompt", 64): 0.90}
HEAD = (
    *("target", "c", "CPU", "core", "facade", "Postgres", "calls/s", "p50", "p99", "+p50", "rows"),
    *("x ref", "from", "to", "goal"),
)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of load on one target. CPU by process and latencies in seconds; `rows` runs ended SUCCEEDED in it.

    `others` is the share of the machine's CPUs that processes took which are none of the benchmark's.
    """

    target: str
    concurrency: int
    answers: int
    failures: int
    failure: str
    rows: int
    seconds: float
    p50: float
    p99: float
    cpu: Mapping[str, float]
    others: float

    @property
    def charged(self) -> float:
        """CPU seconds of a call: what the caller's own process used for a direct one, our servers for the rest."""
        names = ("load",) if self.target in DIRECT else ("core", "facade")
        return sum(map(self.each, names))

    def each(self, name: str) -> float:
        """CPU seconds of a call in one process."""
        return _over(self.cpu[name], self.answers)

    @property
    def fault(self) -> str:
        """Why this window proves nothing; empty when it does: every call was answered and every answer recorded."""
        if self.failures:
            return f"{self.failures} calls failed, the first with {self.failure}"
        expected = 0 if self.target in DIRECT else self.answers
        if self.rows != expected or not self.answers:
            return f"{self.answers} answers, but {self.rows} recorded runs"
        return ""


@dataclass(frozen=True, slots=True)
class Block:
    """Windows that were measured one after the other, so that they may be compared; the reference is one of them."""

    windows: Sequence[Window]

    @property
    def reference(self) -> Window:
        """The window of the naive SDK call, at the concurrency that all ratios are to."""
        return next(window for window in self.windows if _is_reference(window))

    def ratio(self, window: Window) -> float:
        """Give the CPU of a call in a window over that of the reference beside it."""
        return _over(window.charged, self.reference.charged)

    def added(self, window: Window) -> float:
        """Give the seconds of p50 beyond those of a naive call; nan when many calls wait for each other's end."""
        naive = [other.p50 for other in self.windows if (other.target, other.concurrency) == (REFERENCE, 1)]
        return window.p50 - naive[0] if naive and window.concurrency == 1 else math.nan


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of the windows of a target at a concurrency. CPU and latencies in ms; `ratio` lay in `low` to `high`."""

    target: str
    concurrency: int
    windows: int
    cpu: float
    core: float
    facade: float
    postgres: float
    calls_per_second: float
    p50: float
    p99: float
    added_p50: float
    rows_per_answer: float
    ratio: float
    low: float
    high: float
    goal: float | None


def quantile(values: Sequence[float], share: float) -> float:
    """Give the least of the values that `share` of them do not exceed; 0 of none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def rows_of(blocks: Sequence[Block]) -> list[Row]:
    """Give a row for each target and concurrency, by concurrency, targets in the order of their first windows."""
    cells: dict[tuple[int, str], list[tuple[Block, Window]]] = {}
    for block in blocks:
        for window in block.windows:
            cells.setdefault((window.concurrency, window.target), []).append((block, window))
    return [_row(cells[key]) for key in sorted(cells, key=lambda key: key[0])]


def table(rows: Iterable[Row]) -> str:
    """Print rows for people."""
    lines = [HEAD, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if first == 0 else cell.rjust(width)
            for first, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _row(cell: Sequence[tuple[Block, Window]]) -> Row:
    windows = [window for _, window in cell]
    first = windows[0]
    ratios = _spread(windows) if _is_reference(first) else [block.ratio(window) for block, window in cell]
    return Row(
        target=first.target,
        concurrency=first.concurrency,
        windows=len(windows),
        cpu=median(1000 * window.charged for window in windows),
        core=median(1000 * window.each("core") for window in windows),
        facade=median(1000 * window.each("facade") for window in windows),
        postgres=median(1000 * window.each("postgres") for window in windows),
        calls_per_second=median(window.answers / window.seconds for window in windows),
        p50=median(1000 * window.p50 for window in windows),
        p99=median(1000 * window.p99 for window in windows),
        added_p50=median(1000 * block.added(window) for block, window in cell),
        rows_per_answer=_over(sum(window.rows for window in windows), sum(window.answers for window in windows)),
        ratio=median(ratios),
        low=min(ratios),
        high=max(ratios),
        goal=GOALS.get((first.target, first.concurrency)),
    )


def _is_reference(window: Window) -> bool:
    return (window.target, window.concurrency) == (REFERENCE, REFERENCE_CONCURRENCY)


def _spread(windows: Sequence[Window]) -> list[float]:
    """The reference to its own median: how much the machine's noise alone makes of one."""
    middle = median(window.charged for window in windows)
    return [_over(window.charged, middle) for window in windows]


def _over(value: float, base: float) -> float:
    return value / base if base else math.nan


def _cells(row: Row) -> tuple[str, ...]:
    direct = row.target in DIRECT
    servers = ("-",) * 3 if direct else tuple(f"{value:.2f}" for value in (row.core, row.facade, row.postgres))
    return (
        row.target,
        str(row.concurrency),
        f"{row.cpu:.2f}",
        *servers,
        f"{row.calls_per_second:.0f}",
        f"{row.p50:.1f}",
        f"{row.p99:.1f}",
        "-" if direct or math.isnan(row.added_p50) else f"{row.added_p50:.1f}",
        "-" if direct else f"{row.rows_per_answer:.2f}",
        *(f"{value:.2f}" for value in (row.ratio, row.low, row.high)),
        "-" if row.goal is None else f"{row.goal:.2f}",
    )
