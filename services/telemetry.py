"""Logs and metrics of the gRPC server: one JSON line an event, written in batches; counters bound once."""

import asyncio
import contextlib
import re
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any, NamedTuple

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

FLUSH_SECONDS = 0.2
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
SECRET_NAMES = frozenset({"secret", "authorization", "api_key", "password", "database_url", "dsn", "token"})
_SECRET = re.compile(rb"(pw_[0-9A-Za-z]{12}_)[0-9A-Za-z]+")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Told(NamedTuple):
    """An event as it was told: with its level, when (seconds since the epoch), and what was bound to its call."""

    level: str
    time: float
    bound: Mapping[str, Any]
    event: str
    fields: dict[str, Any]

    def render(self) -> bytes:
        """Make the line, with secrets blanked: by the names of fields, or inside a text."""
        line = {**self.bound, "event": self.event, **self.fields, "level": self.level}
        line["timestamp"] = datetime.fromtimestamp(self.time, UTC)
        if "exc_info" in line:
            structlog.processors.format_exc_info(None, self.level, line)
        for name in line.keys() & SECRET_NAMES:
            line[name] = "[redacted]"
        try:
            text = orjson.dumps(line, default=repr, option=orjson.OPT_UTC_Z)
        except TypeError:
            # Such as half of a surrogate pair.
            text = orjson.dumps({name: ascii(value) for name, value in line.items()})
        return _SECRET.sub(rb"\1[redacted]", text) if b"pw_" in text else text


class BufferedLines:
    """Gathers what is told at `level` and above, and writes lines of it to `stream`, every 0.2 s and at the end.

    Every run tells something, and a line that is made among many takes a fraction of one that is made by itself.
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

    def exception(self, event: str, **fields: Any) -> None:
        """Tell of an error with the exception that is being handled."""
        self._logger.tell("error", event, {"exc_info": sys.exc_info(), **fields})


def configure_logs(level: str, stream: IO[bytes]) -> BufferedLines:
    """Make structlog write JSON lines at `level` and above to `stream`. The caller runs `keep_flushing`."""
    lines = BufferedLines(level, stream)
    structlog.configure(logger_factory=lambda *_: lines, wrapper_class=Logger, cache_logger_on_first_use=True)
    return lines


class Metrics:
    """The counters of the gRPC server; children with labels are bound here once a method, not once a call."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.calls = Counter(
            "promptwire_rpc_total", "RPCs ended, by method and gRPC code.", ["method", "code"], registry=registry
        )
        self.seconds = Histogram(
            "promptwire_rpc_seconds", "Seconds an RPC took.", ["method"], registry=registry, buckets=_BUCKETS
        )
        self.runs = Counter("promptwire_runs_total", "Runs ended, by state.", ["state"], registry=registry)
        self.tokens = Counter(
            "promptwire_tokens_total", "Tokens counted by providers.", ["direction"], registry=registry
        )
        self.provider_seconds = Histogram(
            "promptwire_provider_seconds", "Seconds a provider took.", ["provider"], registry=registry, buckets=_BUCKETS
        )
        self.housekeeping = Counter(
            "promptwire_housekeeping_total", "Partitions made and dropped, rows deleted.", ["what"], registry=registry
        )
        self.database_up = Gauge("promptwire_database_up", "1 while the database answers.", registry=registry)
