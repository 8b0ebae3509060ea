"""End the PostgreSQL processes that a killed owner, or a killed server, left behind on a data directory."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
FAST_SECONDS = 15.0
ABRUPT_SECONDS = 5.0


def end(data: Path, socket_lock: Path) -> None:
    """End what still runs over `data` and remove its lock files, so that a new server can start.

    The caller owns the data directory, so nobody needs those processes. The server takes a lock file for live if any
    process of its account has the recorded id by now, so stale files are removed here. Blocks until all have ended.
    """
    lock = data / "postmaster.pid"
    if not lock.exists() or not PROC.exists():
        return
    _end_postmaster(data, lock)
    _end_orphans(data)
    lock.unlink(missing_ok=True)
    socket_lock.unlink(missing_ok=True)


def _end_postmaster(data: Path, lock: Path) -> None:
    """A postmaster that is asked ends its processes before itself."""
    first_line = lock.read_text().partition("\n")[0]
    pid = int(first_line) if first_line.isdigit() else 0
    if pid in _running(data):
        _signal([pid], signal.SIGINT)
        _wait(lambda: pid not in _running(data), FAST_SECONDS)


def _end_orphans(data: Path) -> None:
    """Processes that have lost their postmaster end by themselves unless they are busy."""
    for how in (signal.SIGQUIT, signal.SIGKILL):
        _signal(_running(data), how)
        if _wait(lambda: not _running(data), ABRUPT_SECONDS):
            return
    raise OSError(f"server processes {_running(data)} do not end; kill them")


def _running(data: Path) -> list[int]:
    """The server processes over `data`: every one has it as its working directory."""
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _is_server(PROC / str(pid), data)]


def _is_server(process: Path, data: Path) -> bool:
    try:
        return (process / "comm").read_text() == "postgres\n" and (process / "cwd").samefile(data)
    except OSError:
        return False


def _signal(pids: list[int], how: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            continue


def _wait(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
