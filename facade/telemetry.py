"""Logs and metrics of the facade: one JSON line and one observation a request."""

import asyncio
import contextlib
import functools
import io
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog
from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

FLUSH_SECONDS = 0.2
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_SECRET = re.compile(r"(pw_[0-9A-Za-z]{12}_)[0-9A-Za-z]+")
_log = structlog.get_logger()


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank the secret part of every `pw_` secret inside a text."""
    for name, value in event.items():
        if isinstance(value, str) and "pw_" in value:
            event[name] = _SECRET.sub(r"\1[redacted]", value)
    return event


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
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
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
