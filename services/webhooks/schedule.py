"""When a delivery that failed is tried again: after gaps that grow, a little apart from others, or as receivers say."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A gap is made longer by up to this share of it, so that what failed together does not come back together.
JITTER = 0.1
# A receiver may put tries off, but not for ever.
MAX_RETRY_AFTER = 86_400.0


def next_gap(
    gaps: Sequence[float], failures: int, retry_after: float | None, draw: Callable[[], float]
) -> float | None:
    """Give the seconds until the next try, after so many failures; None: that was the last one.

    The first of the `gaps` comes before the first try. `draw` gives a number from 0 to 1.
    """
    if failures >= len(gaps):
        return None
    return max(gaps[failures] * (1 + JITTER * draw()), retry_after or 0.0)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how many seconds the receiver wants to be left alone for; None: it does not say."""
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        seconds = float(said) if said.strip().isdecimal() else _parse(said).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), MAX_RETRY_AFTER) if math.isfinite(seconds) else None


def _parse(date: str) -> datetime:
    """Read a date, which is of no zone at times, as in `-0000`: then it is UTC."""
    moment = parsedate_to_datetime(date)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
