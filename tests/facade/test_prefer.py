"""What callers prefer, however they write it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.prefer import Prefer


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], Prefer()),
        ([""], Prefer()),
        (["respond-async"], Prefer(respond_async=True)),
        (["Respond-Async"], Prefer(respond_async=True)),
        (["wait=10"], Prefer(wait=10)),
        (["WAIT = 10"], Prefer(wait=10)),
        (['wait="10"'], Prefer(wait=10)),
        (["wait=0"], Prefer(wait=0)),
        (["wait=007"], Prefer(wait=7)),
        (["wait=301"], Prefer(wait=300)),
        ([f"wait={'9' * 5000}"], Prefer(wait=300)),
        ([f"wait={'0' * 5000}1"], Prefer(wait=1)),
        (["respond-async, wait=10"], Prefer(respond_async=True, wait=10)),
        (["respond-async", "wait=10"], Prefer(respond_async=True, wait=10)),
        ([" ,, respond-async ;x=1; y , wait=5 ; z"], Prefer(respond_async=True, wait=5)),
        (['handling=strict, foo="a, respond-async", wait=5'], Prefer(wait=5)),
        ([r'foo="\", wait=5", respond-async'], Prefer(respond_async=True)),
        (['foo="wait=5, respond-async'], Prefer()),
        (["wait=5, wait=6"], Prefer(wait=5)),
        (["return=minimal"], Prefer()),
    ],
)
def test_a_preference_is_read(headers: list[str], expected: Prefer) -> None:
    assert Prefer.read(headers, 300) == expected


@pytest.mark.parametrize("wait", ["", "-1", "1.5", "1e2", "soon", "٣", "1 2", "=5"])
def test_a_wait_that_makes_no_sense_is_ignored(wait: str) -> None:
    assert Prefer.read([f"wait={wait}, respond-async"], 300) == Prefer(respond_async=True)


@pytest.mark.parametrize(
    ("prefer", "detached", "applied"),
    [
        (Prefer(), False, {}),
        (Prefer(respond_async=True), True, {"Preference-Applied": "respond-async"}),
        (Prefer(wait=5), False, {"Preference-Applied": "wait=5"}),
        (Prefer(wait=0.5), False, {"Preference-Applied": "wait=0.5"}),
        (Prefer(respond_async=True, wait=5), False, {"Preference-Applied": "respond-async, wait=5"}),
    ],
)
def test_what_was_followed_is_told(prefer: Prefer, detached: bool, applied: dict[str, str]) -> None:
    assert (prefer.detached, prefer.applied) == (detached, applied)


@given(st.lists(st.text() | st.text('",;= wait10\\'), max_size=3))
def test_anything_is_read(headers: list[str]) -> None:
    wait = Prefer.read(headers, 300).wait
    assert wait is None or 0 <= wait <= 300


@pytest.mark.parametrize("piece", ['"', '\\"', '"\\', "a,", ";", '"",', "=,"])
def test_a_hostile_header_costs_nothing(piece: str) -> None:
    began = time.perf_counter()
    Prefer.read([piece * (8000 // len(piece))], 300)
    assert time.perf_counter() - began < 0.1
