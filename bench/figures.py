"""What a benchmark measured: windows of load in blocks, their medians, and the table of these."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

REFERENCE = "sdk"
HEAD = ("target", "c", "CPU", "core", "facade", "Postgres", "runs/s", "p50", "p99", "rows", "x ref", "from", "to")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of load on one target. CPU by process and latencies in seconds; `rows` runs ended SUCCEEDED in it."""

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

    @property
    def charged(self) -> float:
        """CPU seconds of a call: what the caller's own process used for the reference, our servers for the rest."""
        names = ("load",) if self.target == REFERENCE else ("core", "facade")
        return sum(map(self.each, names))

    def each(self, name: str) -> float:
        """CPU seconds of a call in one process."""
        return _over(self.cpu[name], self.answers)

    @property
    def fault(self) -> str:
        """Why this window proves nothing; empty when it does: every call was answered and every answer recorded."""
        if self.failures:
            return f"{self.failures} calls failed, the first with {self.failure}"
        expected = 0 if self.target == REFERENCE else self.answers
        if self.rows != expected or not self.answers:
            return f"{self.answers} answers, but {self.rows} recorded runs"
        return ""


@dataclass(frozen=True, slots=True)
class Block:
    """Windows that were measured one after the other, so that they may be compared: one a target."""

    windows: Mapping[str, Window]

    def ratio(self, target: str) -> float:
        """Give the CPU of a call of this target over that of the reference beside it."""
        return _over(self.windows[target].charged, self.windows[REFERENCE].charged)


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
    runs_per_second: float
    p50: float
    p99: float
    rows_per_answer: float
    ratio: float
    low: float
    high: float


def quantile(values: Sequence[float], share: float) -> float:
    """Give the least of the values that `share` of them do not exceed; 0 of none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def rows_of(blocks: Sequence[Block]) -> list[Row]:
    """Give a row for each target and concurrency; one for the reference, whose concurrency never changes."""
    cells: dict[tuple[int, str], list[Block]] = {}
    for block in blocks:
        for target, window in block.windows.items():
            order = -1 if target == REFERENCE else window.concurrency
            cells.setdefault((order, target), []).append(block)
    return [_row(target, blocks) for (_, target), blocks in sorted(cells.items(), key=lambda cell: cell[0][0])]


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


def _row(target: str, blocks: Sequence[Block]) -> Row:
    windows = [block.windows[target] for block in blocks]
    ratios = _spread(windows) if target == REFERENCE else [block.ratio(target) for block in blocks]
    return Row(
        target=target,
        concurrency=windows[0].concurrency,
        windows=len(windows),
        cpu=median(1000 * window.charged for window in windows),
        core=median(1000 * window.each("core") for window in windows),
        facade=median(1000 * window.each("facade") for window in windows),
        postgres=median(1000 * window.each("postgres") for window in windows),
        runs_per_second=median(window.answers / window.seconds for window in windows),
        p50=median(1000 * window.p50 for window in windows),
        p99=median(1000 * window.p99 for window in windows),
        rows_per_answer=_over(sum(window.rows for window in windows), sum(window.answers for window in windows)),
        ratio=median(ratios),
        low=min(ratios),
        high=max(ratios),
    )


def _spread(windows: Sequence[Window]) -> list[float]:
    """The reference to its own median: how much the machine's noise alone makes of one."""
    middle = median(window.charged for window in windows)
    return [_over(window.charged, middle) for window in windows]


def _over(value: float, base: float) -> float:
    return value / base if base else math.nan


def _cells(row: Row) -> tuple[str, ...]:
    reference = row.target == REFERENCE
    servers = ("-",) * 3 if reference else tuple(f"{value:.2f}" for value in (row.core, row.facade, row.postgres))
    return (
        row.target,
        str(row.concurrency),
        f"{row.cpu:.2f}",
        *servers,
        f"{row.runs_per_second:.0f}",
        f"{row.p50:.1f}",
        f"{row.p99:.1f}",
        "-" if reference else f"{row.rows_per_answer:.2f}",
        *(f"{value:.2f}" for value in (row.ratio, row.low, row.high)),
    )
