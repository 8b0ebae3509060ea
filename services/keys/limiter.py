"""The limits of keys on the runs that they begin a minute and have at a time, exact over all servers."""

import asyncio
import math
import time
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from services import caller as callers
from services import errors
from services.caller import Caller
from services.keys.limit_store import MINUTE_SECONDS, LimitStore, Use

# For how long it is remembered that a minute is full, so that a flood of refused calls costs next to no queries.
KEPT_SECONDS = 0.5
MAX_KEPT = 10_000
# How long the fields may hold up an answer, which is as good without them.
REPORT_SECONDS = 1.0
# When another run may be tried while all that are allowed are under way: any of them may end.
RETRY_SECONDS = 1.0

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Minute:
    """How many runs a key began in its minute, when that was asked and when the minute ends (monotonic clock, s).

    The end counts from before the question, so that it is never taken for later than it is.
    """

    requests: int
    asked: float
    ends: float


# The minute that the run of the call being served was counted in, or is refused for.
_minute: ContextVar[Minute] = ContextVar("minute")


class Limiter:
    """Holds keys to their limits; a key that has none costs nothing."""

    def __init__(self, store: LimitStore) -> None:
        self._store = store
        self._full: dict[str, Minute] = {}

    async def admit(self, caller: Caller) -> None:
        """Count a run that the caller is about to begin. Raises ResourceExhausted when its minute is full."""
        if not caller.requests_per_minute:
            return
        full = self._remembered(caller) or await self._count(caller)
        if full is not None:
            _minute.set(full)
            raise _rate_limited(caller, full)

    async def reserve(self, caller: Caller, run_id: UUID) -> None:
        """Make a run, whose row must be there within 15 s, one of those that the caller has until their rows say ended.

        Raises ResourceExhausted when the caller has as many as it may.
        """
        limit = caller.concurrent_runs
        if not limit:
            return
        if not await self._store.reserve(caller.key_project_id, caller.key_id, caller.project_id, run_id, limit):
            raise _too_many_runs(caller)

    async def release(self, caller: Caller, run_id: UUID) -> None:
        """Give back what was reserved for a run that did not begin."""
        if caller.concurrent_runs:
            await self._store.release(caller.key_project_id, caller.key_id, run_id)

    async def report(self) -> Fields:
        """Give the RateLimit fields of the call being served; none when its key has no limit, or nobody can tell."""
        caller = callers.find()
        if caller is None or not caller.requests_per_minute:
            return ()
        minute = _minute.get(None)
        if minute is None or minute.ends <= time.monotonic():
            try:
                async with asyncio.timeout(REPORT_SECONDS):
                    minute = await self._find(caller)
            except (errors.DatabaseUnavailable, TimeoutError):
                return ()
        return _to_fields(caller.requests_per_minute, minute)

    async def _count(self, caller: Caller) -> Minute | None:
        """Count a run; or give the minute that is full."""
        while True:
            asked = time.monotonic()
            use = await self._store.count(caller.key_project_id, caller.key_id, caller.requests_per_minute)
            if use is not None:
                _minute.set(_to_minute(use, asked))
                return None
            # It may have ended since: then the run is counted in the next one.
            found = await self._find(caller)
            if found.requests >= caller.requests_per_minute:
                self._remember(caller, found)
                return found

    async def _find(self, caller: Caller) -> Minute:
        asked = time.monotonic()
        return _to_minute(await self._store.find(caller.key_project_id, caller.key_id), asked)

    def _remember(self, caller: Caller, full: Minute) -> None:
        if len(self._full) >= MAX_KEPT:
            self._full.clear()
        self._full[caller.key_id] = full

    def _remembered(self, caller: Caller) -> Minute | None:
        """Give the minute of a key if it was full a moment ago, also by the limit that the key has now."""
        full = self._full.get(caller.key_id)
        if full is None or full.requests < caller.requests_per_minute:
            return None
        return full if time.monotonic() < min(full.ends, full.asked + KEPT_SECONDS) else None


def _to_minute(use: Use, asked: float) -> Minute:
    return Minute(use.requests, asked, asked + use.seconds)


def _to_fields(limit: int, minute: Minute) -> Fields:
    """Print a minute as draft-ietf-httpapi-ratelimit-headers has it."""
    return (
        ("ratelimit-policy", f'"default";q={limit};w={MINUTE_SECONDS:.0f}'),
        ("ratelimit", f'"default";r={max(0, limit - minute.requests)};t={math.ceil(_left(minute))}'),
    )


def _left(minute: Minute) -> float:
    return max(0.0, minute.ends - time.monotonic())


def _rate_limited(caller: Caller, full: Minute) -> errors.ResourceExhausted:
    limit, seconds = caller.requests_per_minute, _left(full)
    message = f"the key began its {limit} runs of this minute; retry in {math.ceil(seconds)} s"
    metadata = {"requests_per_minute": str(limit)}
    return errors.ResourceExhausted("RATE_LIMITED", message, metadata=metadata, retry_after=seconds)


def _too_many_runs(caller: Caller) -> errors.ResourceExhausted:
    limit = caller.concurrent_runs
    message = f"the key has its {limit} runs at a time; retry when one of them has ended"
    metadata = {"concurrent_runs": str(limit)}
    return errors.ResourceExhausted("TOO_MANY_RUNS", message, metadata=metadata, retry_after=RETRY_SECONDS)
