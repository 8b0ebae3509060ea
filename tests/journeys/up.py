"""`promptwire up` as a user starts it: a process on its own data and addresses."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Self

READY = "Stop with Ctrl-C."
START_SECONDS = 120
STOP_SECONDS = 60


def free_address() -> str:
    """Give an address of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


class Up:
    """The process and what it printed. Leaving the block stops it as Ctrl-C does."""

    def __init__(self, data: Path, environment: dict[str, str] | None = None) -> None:
        self.data = data
        self.http = free_address()
        self.grpc = free_address()
        self.lines: list[str] = []
        self._environment = environment or {}
        self.process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def printed(self) -> str:
        """All that it printed so far."""
        return "\n".join(self.lines)

    @property
    def quickstart(self) -> dict[str, Any]:
        """What it wrote for first calls."""
        return json.loads((self.data / "quickstart.json").read_text())

    async def spawn(self) -> None:
        """Start the process and wait for nothing."""
        self.lines.clear()
        arguments = ["up", "--data", str(self.data), "--http", self.http, "--grpc", self.grpc]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"PROMPTWIRE_METRICS": free_address()} | self._environment,
        )

    async def start(self) -> None:
        """Start the process and wait until it says that it is ready."""
        await self.spawn()
        async with asyncio.timeout(START_SECONDS):
            while READY not in self.lines:
                assert await self._read(), self.printed

    async def finish(self) -> int:
        """Wait for its end; give its exit code."""
        async with asyncio.timeout(STOP_SECONDS):
            while await self._read():
                pass
            return await self.process.wait()

    async def stop(self) -> int:
        """Send what Ctrl-C sends, and wait for its end."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        return await self.finish()

    async def _read(self) -> bool:
        assert self.process.stdout
        line = await self.process.stdout.readline()
        if line:
            self.lines.append(line.decode().rstrip("\n"))
        return bool(line)
