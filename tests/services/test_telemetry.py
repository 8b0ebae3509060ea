"""Log lines: whole, in time, and without secrets."""

import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import structlog

from services.telemetry import SECRET_NAMES, BufferedLines, Logger, Told

SECRET = "pw_0123456789ab_" + "s" * 27 + "c" * 6


def shown(**fields: Any) -> dict[str, Any]:
    """Give what the line of an event holds."""
    return orjson.loads(Told("info", time.time(), {"request_id": "r-1"}, "happened", fields).render())


def test_a_line_holds_the_event_with_what_is_bound_its_level_and_its_time() -> None:
    line = shown(seconds=0.5)
    assert datetime.now(UTC) - datetime.fromisoformat(line["timestamp"]) < timedelta(minutes=1)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "happened", "level": "info", "request_id": "r-1", "seconds": 0.5}


def test_an_event_goes_before_what_is_bound() -> None:
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
    assert shown(value="half of a pair: \ud800")["value"] == "'half of a pair: \\ud800'"


def test_lines_are_written_at_once_from_their_level_on() -> None:
    stream = io.BytesIO()
    lines = BufferedLines("warning", stream)
    log = Logger(lines, [], {})
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        for tell in (log.debug, log.info, log.warning, log.error):
            tell("happened", number=1)
    assert stream.getvalue() == b""
    lines.flush()
    written = [orjson.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["level"], line["request_id"]) for line in written] == [("warning", "r-1"), ("error", "r-1")]
    lines.flush()
    assert len(stream.getvalue().splitlines()) == 2


def test_lines_that_cannot_be_written_are_lost_and_later_ones_are_not() -> None:
    stream = Full()
    lines = BufferedLines("info", stream)
    log = Logger(lines, [], {})
    log.info("first")
    lines.flush()
    stream.is_full = False
    log.info("second")
    lines.flush()
    assert [orjson.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["second"]


class Full(io.BytesIO):
    """A stream that takes nothing while it is full."""

    is_full = True

    def write(self, data: Any) -> int:
        if self.is_full:
            raise OSError(28, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_a_field_that_is_named_like_a_secret_is_blanked(name: str) -> None:
    assert shown(**{name: "anything"})[name] == "[redacted]"


def test_an_exception_that_is_being_handled_is_told_as_it_was() -> None:
    stream = io.BytesIO()
    lines = BufferedLines("info", stream)
    try:
        raise ValueError("odd")
    except ValueError:
        Logger(lines, [], {}).exception("failed", method="CreateRun")
    lines.flush()
    line = orjson.loads(stream.getvalue())
    assert (line["level"], line["method"]) == ("error", "CreateRun")
    assert line["exception"].endswith("ValueError: odd")
