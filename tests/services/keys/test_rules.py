"""The rules on scopes, expiry and projects, each with the cases that they must tell apart."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from services import errors
from services.checks import Checks
from services.keys import rules
from services.keys.scopes import SCOPES

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(days=1)
SETS = [frozenset(chosen) for size in range(3) for chosen in combinations(("keys:read", "operator", "runs:read"), size)]


@pytest.mark.parametrize("held", SETS)
@pytest.mark.parametrize("wanted", SETS)
def test_scopes_must_be_held(held: frozenset[str], wanted: frozenset[str]) -> None:
    if wanted <= held:
        rules.require_scopes(held, wanted)
        return
    with pytest.raises(errors.PermissionDenied) as caught:
        rules.require_scopes(held, wanted)

    assert caught.value.reason == "SCOPE_MISSING"
    assert caught.value.metadata == {"scope": min(wanted - held)}
    assert min(wanted - held) in caught.value.message


@pytest.mark.parametrize(
    ("scopes", "fields"),
    [
        (["runs:read"], []),
        (sorted(SCOPES), []),
        ([], ["scopes"]),
        (["runs:read"] * 11, ["scopes"]),
        (["runs:read", "runs:read"], ["scopes[1]"]),
        (["", "runs:Read", "runs:read", "runs:*"], ["scopes[0]", "scopes[1]", "scopes[3]"]),
    ],
)
def test_scopes_must_be_known_and_named_once(scopes: list[str], fields: list[str]) -> None:
    assert _faults(lambda check: rules.check_scopes(check, scopes)) == fields


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("default", True),
        ("a", True),
        ("two words", True),
        ("a" * 255, True),
        ("", False),
        ("a" * 256, False),
        (" a", False),
        ("a ", False),
        ("a\n", False),
        ("größe", False),
        ("a\0b", False),
    ],
)
def test_a_project_fits_into_a_header(name: str, good: bool) -> None:
    assert _faults(lambda check: rules.check_project(check, name)) == ([] if good else ["project"])


@pytest.mark.parametrize(
    ("expire_time", "good"),
    [
        (Timestamp(seconds=int(SOON.timestamp())), True),
        (Timestamp(seconds=253402300799, nanos=999_999_999), True),
        (Timestamp(seconds=int(NOW.timestamp())), False),
        (Timestamp(), False),
        (Timestamp(seconds=253402300800), False),
        (Timestamp(seconds=-(2**63)), False),
        (Timestamp(seconds=int(SOON.timestamp()), nanos=-1), False),
        (Timestamp(seconds=int(SOON.timestamp()), nanos=2_000_000_000), False),
    ],
)
def test_an_expiry_is_a_time_in_the_future(expire_time: Timestamp, good: bool) -> None:
    assert _faults(lambda check: rules.check_expiry(check, expire_time, NOW)) == ([] if good else ["expire_time"])


@pytest.mark.parametrize(
    ("grace", "good"),
    [
        (Duration(), True),
        (Duration(nanos=1), True),
        (Duration(seconds=7 * 24 * 3600), True),
        (Duration(seconds=7 * 24 * 3600, nanos=1000), False),
        (Duration(seconds=-1), False),
        (Duration(nanos=-1_000_000), False),
        (Duration(seconds=2**63 - 1), False),
        (Duration(seconds=-(2**63)), False),
    ],
)
def test_a_grace_lasts_up_to_seven_days(grace: Duration, good: bool) -> None:
    assert _faults(lambda check: rules.check_grace(check, grace)) == ([] if good else ["grace"])


@pytest.mark.parametrize(
    ("requests", "runs", "fields"),
    [
        (0, 0, []),
        (1_000_000, 100_000, []),
        (-1, -1, ["requests_per_minute", "concurrent_runs"]),
        (1_000_001, 100_001, ["requests_per_minute", "concurrent_runs"]),
    ],
)
def test_limits_can_still_be_counted(requests: int, runs: int, fields: list[str]) -> None:
    assert _faults(lambda check: rules.check_limits(check, requests, runs)) == fields


@pytest.mark.parametrize(
    ("scopes", "expiry", "scopes_after", "expiry_after", "weakens"),
    [
        (["operator"], None, ["operator"], None, False),
        (["operator"], None, [], None, True),
        (["operator"], None, ["operator"], LATER, True),
        (["operator"], LATER, ["operator"], SOON, True),
        (["operator"], SOON, ["operator"], LATER, False),
        (["operator"], SOON, ["operator"], None, False),
        (["operator"], SOON, ["runs:read"], None, True),
        (["runs:read"], None, [], SOON, False),
        ([], None, ["operator"], None, False),
    ],
)
def test_what_weakens_an_operator(
    scopes: list[str], expiry: datetime | None, scopes_after: list[str], expiry_after: datetime | None, weakens: bool
) -> None:
    assert rules.weakens_operator(scopes, expiry, scopes_after, expiry_after) is weakens


def test_an_id_of_any_length_makes_a_short_error() -> None:
    assert len(rules.not_found("x" * 100_000).metadata["id"]) == 255


def _faults(check_it: object) -> list[str]:
    check = Checks()
    try:
        with check:
            check_it(check)  # type: ignore[operator]
    except errors.InvalidArgument as error:
        return [fault.field for fault in error.violations]
    return []
