"""Logs and metrics of the facade: one JSON line and one observation a request."""

import asyncio
import contextlib
import functools
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple

import orjson
import structlog
from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

FLUSH_SECONDS = 0.2
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_SECRET = re.compile(rb"(pw_[0-9A-Za-z]{12}_)[0-9A-Za-z]+")
_log = structlog.get_logger()


class Told(NamedTuple):
    """An event as it was told: with its level, when (seconds since the epoch), and what was bound to its request."""

    level: str
    time: float
    bound: Mapping[str, Any]
    event: str
    fields: dict[str, Any]

    def render(self) -> bytes:
        """Make the line, with the secret part of every `pw_` secret blanked."""
        line = {**self.bound, "event": self.event, **self.fields, "level": self.level}
        line["timestamp"] = datetime.fromtimestamp(self.time, UTC)
        if "exc_info" in line:
            structlog.processors.format_exc_info(None, self.level, line)
        try:
            text = orjson.dumps(line, default=repr, option=orjson.OPT_UTC_Z)
        except TypeError:
            # Such as half of a surrogate pair.
            text = orjson.dumps({name: ascii(value) for name, value in line.items()})
        return _SECRET.sub(rb"\1[redacted]", text) if b"pw_" in text else text


class BufferedLines:
    """Gathers what is told at `level` and above, and writes lines of it to `stream`, every 0.2 s and at the end.

    Every request tells something, and a line that is made among many takes a fraction of one that is made by itself.
    """

    def __init__(self, level: str, stream: IO[bytes]) -> None:
        self._least = LEVELS[level.lower()]
        self._stream = stream
        self._told: list[Told] = []

    def tell(self, level: str, event: str, fields: dict[str, Any]) -> None:
        """Take an event."""
        if LEVELS[level] >= self._least:
            self._told.append(Told(level, time.time(), structlog.contextvars.get_contextvars(), event, fields))

    def flush(self) -> None:
        """Write what was gathered."""
        told, self._told = self._told, []
        # Lines that cannot be written, as on a full disk, are lost rather than kept in memory.
        with contextlib.suppress(OSError):
            self._stream.write(b"".join(each.render() + b"\n" for each in told))
            self._stream.flush()

    async def keep_flushing(self) -> None:
        """Flush until cancelled."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                self.flush()
        finally:
            self.flush()


class Logger(structlog.BoundLoggerBase):
    """What `structlog.get_logger` gives: it passes on what it is told."""

    _logger: BufferedLines

    def debug(self, event: str, **fields: Any) -> None:
        """Tell what is of use in a search for faults only."""
        self._logger.tell("debug", event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Tell what happened."""
        self._logger.tell("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Tell of trouble that passes, or that is not ours."""
        self._logger.tell("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Tell of what somebody must look into."""
        self._logger.tell("error", event, fields)


def configure_logs(level: str, stream: IO[bytes]) -> BufferedLines:
    """Make structlog write JSON lines at `level` and above to `stream`. The caller runs `keep_flushing`."""
    lines = BufferedLines(level, stream)
    structlog.configure(logger_factory=lambda *_: lines, wrapper_class=Logger, cache_logger_on_first_use=True)
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
