"""Log lines: whole, in time, and without secrets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import structlog

from services import telemetry

SECRET = "pw_0123456789ab_" + "s" * 27 + "c" * 6


def shown(**event: object) -> dict[str, Any]:
    """Give what the line of an event holds."""
    return orjson.loads(telemetry.render(None, "info", {"event": "happened", **event}))


def test_a_line_holds_the_event_with_what_is_bound_its_level_and_its_time() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        line = shown(seconds=0.5)
    assert datetime.now(UTC) - datetime.fromisoformat(line["timestamp"]) < timedelta(minutes=1)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "happened", "level": "info", "request_id": "r-1", "seconds": 0.5}


def test_an_event_goes_before_what_is_bound() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        assert shown(request_id="r-2")["request_id"] == "r-2"


def test_a_secret_inside_a_text_is_blanked_however_deep() -> None:
    line = orjson.dumps(shown(detail=f"Bearer {SECRET}, again", more={"a": [SECRET]})).decode()
    assert "s" * 27 not in line
    assert line.count("pw_0123456789ab_[redacted]") == 2


def test_an_exception_is_shown_with_where_it_was_raised() -> None:
    try:
        raise ValueError("odd")
    except ValueError as error:
        line = shown(exc_info=error)
    assert line["exception"].endswith("ValueError: odd")
    assert __file__ in line["exception"]


def test_what_is_no_json_is_shown_as_python_shows_it() -> None:
    assert shown(value=ValueError("odd"))["value"] == "ValueError('odd')"


@pytest.mark.parametrize("name", sorted(telemetry.SECRET_NAMES))
def test_a_field_that_is_named_like_a_secret_is_blanked(name: str) -> None:
    assert shown(**{name: "anything"})[name] == "[redacted]"
