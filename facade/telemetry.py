"""Logs and metrics of the facade: one JSON line and one observation a request."""

import asyncio
import contextlib
import functools
import io
import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

FLUSH_SECONDS = 0.2
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_SECRET = re.compile(rb"(pw_[0-9A-Za-z]{12}_)[0-9A-Za-z]+")
_log = structlog.get_logger()


def render(logger: object, level: str, event: MutableMapping[str, Any]) -> bytes:
    """Make the line of an event, with what is bound to its request, and the secret part of every `pw_` secret blanked.

    One processor in place of structlog's five: every request has a line.
    """
    event = {**structlog.contextvars.get_contextvars(), **event, "level": level, "timestamp": datetime.now(UTC)}
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, level, event)
    line = orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)
    return _SECRET.sub(rb"\1[redacted]", line) if b"pw_" in line else line


class BufferedLines(io.BytesIO):
    """Gathers log lines and writes them to stdout at once, every 0.2 s and at the end."""

    def flush(self) -> None:
        """Do nothing: structlog flushes after every line."""

    def write_out(self) -> None:
        """Write what was gathered."""
        lines = self.getvalue()
        self.seek(0)
        self.truncate()
        # Lines that cannot be written, as on a full disk, are lost rather than kept in memory.
        with contextlib.suppress(OSError):
            sys.stdout.buffer.write(lines)
            sys.stdout.buffer.flush()

    async def keep_writing(self) -> None:
        """Write out until cancelled."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                self.write_out()
        finally:
            self.write_out()


def configure_logs(level: str) -> BufferedLines:
    """Make structlog gather JSON lines at `level` and above. The caller runs `keep_writing`."""
    lines = BufferedLines()
    structlog.configure(
        processors=[render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(lines),
        cache_logger_on_first_use=True,
    )
    return lines


class Metrics:
    """The counters of the facade. Paths are the routes' patterns, so that ids make no new series."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self._requests = Counter(
            "promptwire_http_requests_total", "Requests ended.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "promptwire_http_request_seconds", "Seconds a request took.", ["route"], registry=registry, buckets=_BUCKETS
        )
        # Children are kept here, as looking them up by labels costs more than counting.
        self._counted = functools.cache(self._requests.labels)
        self._timed = functools.cache(self._seconds.labels)

    def ended(self, request: web.Request, status: int, seconds: float) -> None:
        """Count and log a request that was answered."""
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        method = request.method if request.method in _METHODS else "other"
        self._counted(method, route, str(status)).inc()
        self._timed(route).observe(seconds)
        _log.info("request ended", method=method, route=route, status=status, seconds=round(seconds, 4))


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
