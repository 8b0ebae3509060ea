"""Processes of a benchmark: started and ended by it, and the CPU time that each has used."""

import asyncio
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

ROOT = Path(__file__).parent.parent
PROC = Path("/proc")
STOP_SECONDS = 15.0
ANSWER_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MB (10^6 bytes): whole (RSS), and with what processes share split among them (PSS)."""

    rss: float
    pss: float


class Unable(Exception):
    """The benchmark cannot be carried out; the message says why and what to do."""


class Program:
    """A Python module run as a program of its own, which writes to a log."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, log: Path) -> None:
        self._process = process
        self._name = name
        self._log = log

    @classmethod
    async def start(cls, name: str, arguments: Sequence[str], settings: Mapping[str, str], directory: Path) -> Self:
        """Run `python -m ARGUMENTS`; its log is `directory/NAME.log`."""
        log = directory / f"{name}.log"
        with log.open("ab") as output:
            # In a session of its own, so that Ctrl-C reaches the benchmark alone, which then ends all in its order.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *arguments),
                cwd=ROOT,
                env={**clean(os.environ), **settings},
                stderr=output,
                start_new_session=True,
                **cls._streams(output),
            )
        return cls(process, name, log)

    @property
    def pid(self) -> int:
        """Its id, to read its CPU time by."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    def unable(self, what: str) -> Unable:
        """Make the error that says what became of it, with the end of its log."""
        last_lines = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
        return Unable(f"{self._name} {what}; its log ends with:\n{last_lines}")

    async def wait(self) -> int:
        """Wait for its end and give its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it with SIGTERM, and with SIGKILL if that takes more than 15 s."""
        if not self.alive:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    @staticmethod
    def _streams(log: IO[bytes]) -> dict[str, Any]:
        return {"stdin": asyncio.subprocess.DEVNULL, "stdout": log}


class Respondent(Program):
    """A program that answers each line with a line, and ends by itself when nobody can ask any more."""

    def write(self, line: bytes) -> None:
        """Send a line."""
        assert self._process.stdin
        self._process.stdin.write(line + b"\n")

    async def ask(self, line: bytes) -> bytes:
        """Send a line and give the answer. Raises Unable when it ends or stays silent instead."""
        self.write(line)
        assert self._process.stdout
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._process.stdout.readline()
        except TimeoutError:
            raise self.unable(f"said nothing for {ANSWER_SECONDS:.0f} s") from None
        if not answer:
            raise self.unable("ended")
        return answer

    @staticmethod
    def _streams(log: IO[bytes]) -> dict[str, Any]:
        return {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would change where a program connects to, or how it does: our settings, OpenAI's and proxies."""
    names = (name for name in environment if not name.startswith(("PROMPTWIRE_", "OPENAI_")))
    return {name: environment[name] for name in names if not name.lower().endswith("_proxy")}


def cpu_seconds(pid: int) -> float:
    """Give the user and system CPU time of a process and its children, also ended ones. Raises Unable if it is gone."""
    own = _stat(pid)
    if own is None:
        raise Unable(f"process {pid} ended while it was measured")
    of_ended_children = sum(map(int, own[13:15])) / os.sysconf("SC_CLK_TCK")
    return of_ended_children + sum(map(_clock, (pid, *_children(pid))))


def machine_seconds() -> float:
    """Give the CPU seconds that the machine has spent on anything since it was started, all of its CPUs together."""
    user, nice, system, _, _, hard, soft = map(int, (PROC / "stat").read_text().split()[1:8])
    return (user + nice + system + hard + soft) / os.sysconf("SC_CLK_TCK")


def memory(pids: Iterable[int]) -> Memory:
    """Give what processes and their children hold."""
    rolled_up = [_smaps(each) for pid in pids for each in (pid, *_children(pid))]
    rss, pss = (sum(int(found[name]) for found in rolled_up) * 1024 / 1e6 for name in ("Rss:", "Pss:"))
    return Memory(rss, pss)


def require_proc() -> None:
    """Raise Unable on systems that do not show CPU times as Linux does."""
    if not (PROC / "self" / "stat").exists():
        raise Unable("CPU times are read as Linux tells them, in /proc; run the benchmark there")


def _clock(pid: int) -> float:
    """Read a process' CPU clock, which counts in nanoseconds where /proc counts in steps of 10 ms."""
    try:
        # How Linux numbers these clocks (clock_getcpuclockid), for which Python has no function.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _children(pid: int) -> list[int]:
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [child for child in pids if (fields := _stat(child)) and fields[1] == str(pid)]


def _smaps(pid: int) -> dict[str, str]:
    """Give /proc/PID/smaps_rollup: kB by name; the first line, of addresses, has no number in its second place."""
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    return {name: amount for name, amount, _ in map(str.split, lines)}


def _stat(pid: int) -> list[str] | None:
    """Give the fields of /proc/PID/stat from the state on, the third of them; the name before may hold spaces."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
