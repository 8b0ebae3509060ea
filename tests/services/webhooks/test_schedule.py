"""Tries come after the gaps that are set, and no later than a receiver may ask for."""

import pytest

from services.config import Settings
from services.webhooks.schedule import JITTER, MAX_RETRY_AFTER, next_gap, read_retry_after

GAPS = (0.0, 5.0, 15.0)


def test_gaps_follow_each_other_and_end() -> None:
    assert [next_gap(GAPS, failures, None, lambda: 0.0) for failures in range(4)] == [0.0, 5.0, 15.0, None]
    assert next_gap(GAPS, 1, None, lambda: 1.0) == 5.0 * (1 + JITTER)
    assert next_gap(GAPS, 1, 60.0, lambda: 0.0) == 60.0
    assert next_gap(GAPS, 2, 1.0, lambda: 0.0) == 15.0


def test_they_span_three_days_unless_set_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMPTWIRE_WEBHOOK_GAPS", raising=False)
    gaps = Settings().webhook_gaps
    assert len(gaps) == 11
    assert round(sum(gaps) / 3600, 1) == 72.0
    monkeypatch.setenv("PROMPTWIRE_WEBHOOK_GAPS", "0, 1.5,2")
    assert Settings().webhook_gaps == (0.0, 1.5, 2.0)


@pytest.mark.parametrize("text", ["", "x", "-1", "1,,x", "1e9", "nan"])
def test_other_gaps_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PROMPTWIRE_WEBHOOK_GAPS", text or ",")
    with pytest.raises(ValueError, match="webhook_gaps"):
        Settings()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("999999999", MAX_RETRY_AFTER),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("soon", None),
        ("-5", None),
        ("1e5", None),
        ("inf", None),
    ],
)
def test_retry_after(said: str, seconds: float | None) -> None:
    assert read_retry_after({"retry-after": said}) == seconds
    assert read_retry_after({}) is None
