"""What a key may hold, and who may do what to it; pure, so that the matrix of cases can be tested whole."""

import re
from collections.abc import Iterable, Sequence, Set
from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from services import errors
from services.checks import Checks
from services.keys.scopes import OPERATOR, SCOPES

MAX_TEXT = 255
MAX_GRACE = timedelta(days=7)
MAX_REQUESTS = 1_000_000
MAX_RUNS = 100_000

# A project is named in a header too, which carries no more than this.
_PROJECT = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")


def check_project(check: Checks, name: str) -> None:
    """Ask for a project's name that fits into a header."""
    if not _PROJECT.fullmatch(name):
        check.fail("project", "must have 1 to 255 printable ASCII characters, no space at its ends")


def check_scopes(check: Checks, scopes: Sequence[str]) -> None:
    """Ask for at least one scope, each known and named once."""
    if not 1 <= len(scopes) <= len(SCOPES):
        check.count("scopes", scopes, least=1, most=len(SCOPES))
        return
    for index, scope in enumerate(scopes):
        if scope not in SCOPES:
            check.fail(f"scopes[{index}]", f"must be one of {', '.join(sorted(SCOPES))}")
        elif scope in scopes[:index]:
            check.fail(f"scopes[{index}]", f"repeats {scope}")


def check_expiry(check: Checks, expire_time: Timestamp, now: datetime) -> datetime | None:
    """Ask for a time after `now`, the database's, and give it; None after a fault."""
    try:
        time = expire_time.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        check.fail("expire_time", "must be a time from year 1 to 9999, with 0 to 999999999 nanos")
        return None
    if time <= now:
        check.fail("expire_time", f"must lie in the future; the server has {now.isoformat(timespec='seconds')}")
    return time


def check_grace(check: Checks, grace: Duration) -> timedelta:
    """Ask for 0 seconds to 7 days, and give it; nothing after a fault."""
    try:
        span = grace.ToTimedelta()
    except (ValueError, OverflowError):
        span = timedelta.max
    if timedelta() <= span <= MAX_GRACE:
        return span
    check.fail("grace", "must be from 0 seconds to 7 days (604800 seconds)")
    return timedelta()


def check_limits(check: Checks, requests_per_minute: int, concurrent_runs: int) -> None:
    """Ask for limits that are not below 0, which is none, and that can still be counted."""
    check.number("requests_per_minute", requests_per_minute, least=0, most=MAX_REQUESTS)
    check.number("concurrent_runs", concurrent_runs, least=0, most=MAX_RUNS)


def require_scopes(held: Set[str], wanted: Iterable[str]) -> None:
    """Refuse a caller that lacks a scope which it would grant, or which the key has that it would change."""
    for scope in sorted(wanted):
        if scope not in held:
            raise scope_missing(scope)


def scope_missing(scope: str) -> errors.PermissionDenied:
    """Make the error of a caller that lacks a scope."""
    message = f"this needs a key with scope {scope}, which yours lacks; use another key"
    return errors.PermissionDenied("SCOPE_MISSING", message, metadata={"scope": scope})


def weakens_operator(
    scopes: Sequence[str], expire_time: datetime | None, scopes_after: Sequence[str], expire_time_after: datetime | None
) -> bool:
    """Tell whether a change takes the scope `operator` from a key, now or by an earlier expiry."""
    if OPERATOR not in scopes:
        return False
    if OPERATOR not in scopes_after:
        return True
    return expire_time_after is not None and (expire_time is None or expire_time_after < expire_time)


def not_found(key_id: str) -> errors.NotFound:
    """Make the error of a key that is not in the caller's project."""
    message = "this project has no key of this id; ListKeys lists those that it has"
    return errors.NotFound("KEY_NOT_FOUND", message, metadata={"id": key_id[:MAX_TEXT]})


def project_not_found(name: str) -> errors.NotFound:
    """Make the error of a project that an operator names, and that is not there."""
    message = "there is no project of this name; CreateKey with `project` makes one"
    return errors.NotFound("PROJECT_NOT_FOUND", message, metadata={"project": name[:MAX_TEXT]})


def ended(key_id: str) -> errors.FailedPrecondition:
    """Make the error of a revoked key that is to be changed."""
    message = "the key was revoked, so it can be neither changed nor regenerated; create another one"
    return errors.FailedPrecondition("KEY_ENDED", message, metadata={"id": key_id})


def last_operator(key_id: str) -> errors.FailedPrecondition:
    """Make the error of a change after which no lasting key would hold `operator`."""
    message = "it is the last key with scope operator that lasts; first create another one without an expiry"
    return errors.FailedPrecondition("LAST_OPERATOR", message, metadata={"id": key_id})
