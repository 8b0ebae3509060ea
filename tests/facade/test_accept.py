"""What a caller takes, and how gladly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade import sse
from facade.accept import qualities


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], {"": 1}),
        (["a/b"], {"a/b": 1}),
        (["A/B;Q=0.5, c/d ; x=1; q=0"], {"a/b": 0.5, "c/d": 0}),
        (["a/b;q=soon"], {"a/b": 0}),
        (["a/b;q=0.1", "a/b"], {"a/b": 0.1}),
    ],
)
def test_qualities(headers: list[str], expected: dict[str, float]) -> None:
    assert qualities(headers) == expected


@given(st.lists(st.text() | st.text(",;=q0.1 "), max_size=3))
def test_anything_is_read(headers: list[str]) -> None:
    qualities(headers)


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream", True),
        ("application/json;q=0.5, text/event-stream", True),
        ("text/event-stream, application/problem+json", True),
        ("text/event-stream, */*", True),
        ("text/event-stream;q=0", False),
        ("application/json, text/event-stream", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
    ],
)
def test_events_are_for_who_asks_by_name_and_more_gladly_than_for_json(header: str, asked: bool) -> None:
    assert sse.asked([header]) is asked
