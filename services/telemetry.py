"""Logs and metrics of the gRPC server: one JSON line an event, written in batches; counters bound once."""

import asyncio
import contextlib
import logging
import re
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import IO, Any, Self

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

FLUSH_SECONDS = 0.2
SECRET_NAMES = frozenset({"secret", "authorization", "api_key", "password", "database_url", "dsn", "token"})
_SECRET = re.compile(rb"(pw_[0-9A-Za-z]{12}_)[0-9A-Za-z]+")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class BufferedLines:
    """Gathers log lines and writes them to `stream` at once, every 0.2 s and at the end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: list[bytes] = []

    def msg(self, line: bytes) -> None:
        """Take a line."""
        self._lines.append(line)

    debug = info = warning = error = critical = exception = log = msg

    def __call__(self, *_: object) -> Self:
        """Be its own factory: structlog asks for a logger by calling."""
        return self

    def flush(self) -> None:
        """Write what was gathered."""
        lines, self._lines = self._lines, []
        # Lines that cannot be written, as on a full disk, are lost rather than kept in memory.
        with contextlib.suppress(OSError):
            self._stream.write(b"".join(line + b"\n" for line in lines))
            self._stream.flush()

    async def keep_flushing(self) -> None:
        """Flush until cancelled."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                self.flush()
        finally:
            self.flush()


def render(logger: object, level: str, event: MutableMapping[str, Any]) -> bytes:
    """Make the line of an event, with what is bound to its call, and secrets blanked: by their name, or inside a text.

    One processor in place of structlog's five: every run has a line.
    """
    event = {**structlog.contextvars.get_contextvars(), **event, "level": level, "timestamp": datetime.now(UTC)}
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, level, event)
    for name in event.keys() & SECRET_NAMES:
        event[name] = "[redacted]"
    line = orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)
    return _SECRET.sub(rb"\1[redacted]", line) if b"pw_" in line else line


def configure_logs(level: str, stream: IO[bytes]) -> BufferedLines:
    """Make structlog write JSON lines at `level` and above to `stream`. The caller runs `keep_flushing`."""
    lines = BufferedLines(stream)
    structlog.configure(
        processors=[render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lines,
        cache_logger_on_first_use=True,
    )
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
