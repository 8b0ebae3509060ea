"""Which spans of time the partitions of `run` take up: a run's id begins with its time, so a range of ids is a span."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.runs import records

DAY = timedelta(days=1)
# After today.
DAYS_AHEAD = 3
# The time that runs are kept takes so many partitions, or up to twice as many: a list of runs looks into every one.
PARTITIONS_KEPT = 30


@dataclass(frozen=True, slots=True)
class Partition:
    """A table with the runs that were created from `begin` until before `end`."""

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
    """Give the partitions to make so that the next days have some: from `first`, or where the existing ones end."""
    width = _width(retention_days)
    horizon = midnight(now) + (1 + DAYS_AHEAD) * DAY
    begin = max([first, *(partition.end for partition in existing)])
    found: list[Partition] = []
    while begin < horizon:
        found.append(Partition(f"run_{begin:%Y%m%d}", begin, begin + width))
        begin += width
    return found


def expired(existing: Sequence[Partition], now: datetime, retention_days: int) -> list[Partition]:
    """Give the partitions all of whose runs are older than they have to be; none when runs are kept for ever (0)."""
    if not retention_days:
        return []
    return [partition for partition in existing if partition.end <= now - retention_days * DAY]


def midnight(now: datetime) -> datetime:
    """Give the start of the day."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _width(retention_days: int) -> timedelta:
    """A day, or more when runs are kept for months; a month when for ever, since none is ever dropped."""
    return max(1, retention_days // PARTITIONS_KEPT) * DAY if retention_days else 30 * DAY


def _least_id(moment: datetime) -> UUID:
    return records.least_id(int(moment.timestamp() * 1000))
