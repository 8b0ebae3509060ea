"""Hold JSON against users' JSON Schemas (2020-12), in a process of its own, which a hostile one can end, but not hang.

The first half asks that process, from the server; the second half is the process (`python -m services.schemas`). What a
check may cost cannot be told from a schema, and nothing stops native code in a thread.
"""

import asyncio
import os
import resource
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson
import structlog

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What a check may take of a processor; then the process is ended.
CPU_SECONDS = 0.2
# For a machine that has next to no processor left.
WALL_SECONDS = 10.0
MEMORY_BYTES = 2 * 1024**3
# Of compiled schemas: one takes up to tens of MB.
MAX_KEPT = 16
MAX_MESSAGE = 300
MAX_PATH = 500
TOO_DEAR = f"took more than {CPU_SECONDS:g} s to be checked; make the schema simpler"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: a JSON Pointer (RFC 6901)."""

    path: str
    message: str


class SchemaChecker:
    """Starts the process when it is first needed, and again when it was ended. It does one check at a time."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._lock = asyncio.Lock()

    async def find_schema_fault(self, schema: Mapping[str, Any]) -> str | None:
        """Tell what is wrong with a schema; None: it can be used."""
        if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
            return f"must be of {DIALECT}; leave `$schema` out, or name that one"
        fault = await self._ask(orjson.dumps(schema).decode(), None)
        return None if fault is None else f"{fault.path}: {fault.message}" if fault.path else fault.message

    async def find_fault(self, schema: Mapping[str, Any], text: str) -> Fault | None:
        """Tell the first fault of a JSON text by a schema that can be used; None: it holds the schema."""
        return await self._ask(orjson.dumps(schema).decode(), text)

    async def close(self) -> None:
        """End the process."""
        async with self._lock:
            await self._end()

    async def _ask(self, schema: str, text: str | None) -> Fault | None:
        request = orjson.dumps([schema, text]) + b"\n"
        async with self._lock:
            try:
                async with asyncio.timeout(WALL_SECONDS):
                    reply = await self._exchange(request)
            except (TimeoutError, OSError):
                reply = b""
            except BaseException:
                # The answer would be taken for the next one's.
                await self._end()
                raise
            if not reply:
                await self._end()
        if not reply:
            _log.warning("a JSON Schema could not be checked in time", size=len(schema))
            return Fault("", TOO_DEAR)
        told = orjson.loads(reply)
        return None if told is None else Fault(*told)

    async def _exchange(self, request: bytes) -> bytes:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "services.schemas"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                # Ctrl-C in a terminal must not end it under the runs that the server still lets end.
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(request)
        await self._process.stdin.drain()
        return await self._process.stdout.readline()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


def main() -> None:
    """Answer each line, a list of a schema and a JSON text or null, with null or a list of path and message."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # Python would wait for native code to come back; the default ends the process at once.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        schema, text = orjson.loads(line)
        instance = None if text is None else orjson.loads(text)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        fault = _check(schema, instance) if text is not None else _check_schema(schema)
        signal.setitimer(signal.ITIMER_PROF, 0)
        os.write(1, orjson.dumps(fault) + b"\n")


def _check_schema(schema: str) -> Sequence[str] | None:
    try:
        _validator(schema)
    except jsonschema_rs.ValidationError as error:
        return _tell(error)
    except ValueError as error:
        return "", str(error)[:MAX_MESSAGE]
    return None


def _check(schema: str, instance: Any) -> Sequence[str] | None:
    try:
        _validator(schema).validate(instance)
    except jsonschema_rs.ValidationError as error:
        return _tell(error)
    return None


@lru_cache(maxsize=MAX_KEPT)
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        orjson.loads(schema), retriever=_refuse, pattern_options=jsonschema_rs.RegexOptions()
    )


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri[:MAX_MESSAGE]} is not part of the schema, which can refer to itself alone")


def _tell(error: jsonschema_rs.ValidationError) -> Sequence[str]:
    path = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in error.instance_path)
    return path[:MAX_PATH], error.message[:MAX_MESSAGE]


if __name__ == "__main__":
    main()
