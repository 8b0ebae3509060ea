"""Logs and metrics of the gRPC server: one JSON line an event, written in batches; counters bound once."""

import asyncio
import contextlib
import logging
import re
from collections.abc import MutableMapping
from typing import IO, Any, Self

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

FLUSH_SECONDS = 0.2
SECRET_NAMES = ("secret", "authorization", "api_key", "password", "database_url", "dsn", "token")
_SECRET = re.compile(r"(pw_[0-9A-Za-z]{12}_)[0-9A-Za-z]+")
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


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank every field that is named like a secret, and every `pw_` secret inside a text."""
    for name, value in event.items():
        if name in SECRET_NAMES:
            event[name] = "[redacted]"
        elif isinstance(value, str) and "pw_" in value:
            event[name] = _SECRET.sub(r"\1[redacted]", value)
    return event


def configure_logs(level: str, stream: IO[bytes]) -> BufferedLines:
    """Make structlog write JSON lines at `level` and above to `stream`. The caller runs `keep_flushing`."""
    lines = BufferedLines(stream)
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
