"""Which spans of time the partitions of runs take up: a run's id begins with its time, so a range of ids is a span.

`run` has partitions, and with the same ones, so that all of them go together, so have the tables BESIDE it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.runs import records

Table = Literal["run", "node_run", "run_text", "delivery", "delivery_try"]
# Those with rows of the runs that `run` has.
BESIDE: tuple[Table, ...] = ("node_run", "run_text", "delivery", "delivery_try")
TABLES: tuple[Table, ...] = ("run", *BESIDE)
DAY = timedelta(days=1)
# After today.
DAYS_AHEAD = 3
# The time that runs are kept takes so many partitions, or up to twice as many: a list of runs looks into every one.
PARTITIONS_KEPT = 30


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of `table`, with the rows of the runs that were created from `begin` until before `end`."""

    table: Table
    name: str
    begin: datetime
    end: datetime

    @property
    def least(self) -> UUID:
        """The least id of its runs."""
        return _least_id(self.begin)

    @property
    def bound(self) -> UUID:
        """The first id that is too great."""
        return _least_id(self.end)


def missing(existing: Iterable[Partition], first: datetime, now: datetime, retention_days: int) -> list[Partition]:
    """Give those of `run` to make so that the next days have some: from `first`, or where the existing ones end."""
    width = _width(retention_days)
    horizon = midnight(now) + (1 + DAYS_AHEAD) * DAY
    begin = max([first, *(partition.end for partition in existing)])
    found: list[Partition] = []
    while begin < horizon:
        found.append(Partition("run", f"run_{begin:%Y%m%d}", begin, begin + width))
        begin += width
    return found


def beside(table: Table, runs: Sequence[Partition], existing: Iterable[Partition]) -> list[Partition]:
    """Give those of another table that are missing beside the ones of `run`."""
    begun = {partition.begin for partition in existing}
    return [
        replace(each, table=table, name=each.name.replace("run_", f"{table}_", 1))
        for each in runs
        if each.begin not in begun
    ]


def expired(existing: Iterable[Partition], now: datetime, retention_days: int) -> list[list[Partition]]:
    """Give the partitions all of whose runs are older than they have to be, those of a span together, the oldest first.

    There are none when runs are kept for ever (0).
    """
    spans: dict[tuple[datetime, datetime], list[Partition]] = {}
    for partition in sorted(existing, key=lambda partition: partition.begin):
        if retention_days and partition.end <= now - retention_days * DAY:
            spans.setdefault((partition.begin, partition.end), []).append(partition)
    return list(spans.values())


def midnight(now: datetime) -> datetime:
    """Give the start of the day."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _width(retention_days: int) -> timedelta:
    """A day, or more when runs are kept for months; a month when for ever, since none is ever dropped."""
    return max(1, retention_days // PARTITIONS_KEPT) * DAY if retention_days else 30 * DAY


def _least_id(moment: datetime) -> UUID:
    return records.least_id(int(moment.timestamp() * 1000))
