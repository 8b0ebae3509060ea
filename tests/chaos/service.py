"""A program of ours that can be killed, paused, ended and started again where it was."""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import probes
from bench.processes import Program


class Service:
    """A program that keeps its name, address and settings when it is started again."""

    def __init__(
        self, name: str, arguments: Sequence[str], settings: Mapping[str, str], ready: probes.Ready, directory: Path
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._settings = settings
        self._ready = ready
        self._directory = directory
        self._program: Program | None = None
        self._paused = False

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._program is not None and self._program.alive

    async def start(self, **settings: str) -> None:
        """Start it and wait until it is ready; `settings` are laid over its own, for this time. Raises Unable."""
        everything = {**self._settings, **settings}
        self._program = await Program.start(self.name, self._arguments, everything, self._directory)
        await probes.until(self._ready, self._program)

    async def keep_alive(self) -> None:
        """Start it again whenever it is gone, until cancelled."""
        while True:
            await self.wait()
            await self.start()

    async def revive(self) -> None:
        """Have it run and be ready, whatever was done to it."""
        if self._program is None or not self._program.alive:
            return await self.start()
        return await probes.until(self._ready, self._program)

    async def kill(self) -> float:
        """End it with SIGKILL; give when it was dead (Unix time)."""
        self.signal(signal.SIGKILL)
        await self.wait()
        return time.time()

    async def crash(self) -> float:
        """End it with SIGKILL and start it again; give when it was dead (Unix time)."""
        died = await self.kill()
        await self.start()
        return died

    async def terminate(self) -> float:
        """End it with SIGTERM, however long that takes; give the seconds."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        await self.wait()
        return time.monotonic() - began

    async def restart(self, **settings: str) -> None:
        """End it with SIGTERM and start it again, with `settings` laid over its own for this time."""
        await self.terminate()
        await self.start(**settings)

    def pause(self) -> None:
        """Stop it in the middle of whatever it does."""
        self._paused = True
        self.signal(signal.SIGSTOP)

    def proceed(self) -> None:
        """Let it go on from there."""
        self._paused = False
        self.signal(signal.SIGCONT)

    async def stop(self) -> None:
        """End it, whatever was done to it."""
        if self._paused:
            self.proceed()
        if self._program is not None:
            await self._program.stop()

    async def wait(self) -> None:
        """Wait for its end."""
        assert self._program is not None
        await self._program.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._program is not None and self._program.alive:
            os.kill(self._program.pid, number)

    def memory(self) -> int:
        """Give the bytes of memory that it uses (RSS)."""
        assert self._program is not None
        pages = int(Path(f"/proc/{self._program.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
