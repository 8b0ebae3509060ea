"""The log of `up`: one file that several processes append to, moved aside at each start and whenever it is large."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import IO

import structlog

MAX_BYTES = 10 * 1024 * 1024
# How many earlier ones are kept beside it, as `.1` (the newest), `.2` and so on.
KEPT = 3
CHECK_SECONDS = 5.0

_log = structlog.get_logger()


def begin(file: Path) -> IO[bytes]:
    """Open a new log to append to; the one before is kept, so that a crash can be looked into after the next start."""
    if file.exists():
        _make_room(file)
        file.rename(_earlier(file, 1))
    return open(file, "ab", opener=_private)


async def keep_bounded(file: Path) -> None:
    """Rotate the log whenever it has grown large, until cancelled."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            await asyncio.to_thread(_bound, file)
        except OSError as error:
            _log.warning("the log is not rotated", error=str(error))


def rotate(file: Path) -> None:
    """Copy the log aside and empty it: another process has it open, so it cannot be moved.

    What is written between the end of the copy and the emptying is lost; that is a moment, every 10 MB.
    """
    _make_room(file)
    with file.open("r+b") as current, open(_earlier(file, 1), "wb", opener=_private) as copy:
        shutil.copyfileobj(current, copy)
        current.truncate(0)


def _bound(file: Path) -> None:
    if file.stat().st_size > MAX_BYTES:
        rotate(file)


def _make_room(file: Path) -> None:
    for number in range(KEPT - 1, 0, -1):
        if (earlier := _earlier(file, number)).exists():
            earlier.replace(_earlier(file, number + 1))


def _earlier(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
