"""A process of our own that is started again when it dies."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from typing import IO

import structlog

RESTART_SECONDS = 1.0

_log = structlog.get_logger()


class Child:
    """A Python module run as a program. Its standard input stays open while this process lives, so that it can tell."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], output: IO[bytes]) -> None:
        self._name = name
        # Without -P a package of our names in the current directory would be imported in place of ours.
        self._arguments = [sys.executable, "-P", "-m", *arguments]
        self._environment = os.environ | dict(environment)
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, and keep it started until `stop`."""
        await self._spawn()
        self._task = asyncio.create_task(self._keep())

    async def stop(self, seconds: float) -> None:
        """End it with SIGTERM, and with SIGKILL if it has not ended within the time."""
        if self._task is not None:
            self._task.cancel()
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()

    @property
    def alive(self) -> bool:
        """Whether it runs at the moment."""
        return self._process is not None and self._process.returncode is None

    async def _spawn(self) -> None:
        # In a session of its own, so that Ctrl-C reaches us alone and we end it in our order.
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
        )

    async def _keep(self) -> None:
        while self._process is not None:
            code = await self._process.wait()
            _log.error("child ended; starting it again", child=self._name, exit_code=code)
            await asyncio.sleep(RESTART_SECONDS)
            try:
                await self._spawn()
            except OSError as error:
                _log.error("child cannot be started; trying again", child=self._name, error=str(error))
