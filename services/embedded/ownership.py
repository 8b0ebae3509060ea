"""Let one process at a time own a data directory, and tell the second one who the first is."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TextIO, cast


class AlreadyOwned(RuntimeError):
    """Another process owns the directory. `pid` and `addresses` say who, as far as it has told yet."""

    def __init__(self, directory: Path, pid: int | None, addresses: Mapping[str, str]) -> None:
        self.pid = pid
        self.addresses = dict(addresses)
        where = ", ".join(f"{name} {address}" for name, address in self.addresses.items())
        super().__init__(
            f"`up` already runs on {directory} (pid {pid or 'unknown'}{', ' + where if where else ''}). "
            "Use that one, stop it first, or choose another directory with --data."
        )


class Ownership:
    """Hold `directory/lock` while the context is open; the kernel lets go of it however the process ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        """Take the lock, making the directory if need be. Raise AlreadyOwned at once if another process has it."""
        self._directory.mkdir(parents=True, exist_ok=True)
        file = open(self._directory / "lock", "a+", opener=_private)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                raise AlreadyOwned(self._directory, *_read(file)) from None
        self._file = file
        self.announce({})
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def announce(self, addresses: Mapping[str, str]) -> None:
        """Write this process's id and `addresses` (for instance {"http": "127.0.0.1:8080"}) for others to read."""
        if self._file is None:
            raise RuntimeError(f"{self._directory} is not owned by this process: enter the context first")
        self._file.truncate(0)
        json.dump({"pid": os.getpid(), "addresses": dict(addresses)}, self._file)
        self._file.flush()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(file: TextIO) -> tuple[int | None, dict[str, str]]:
    file.seek(0)
    try:
        owner = cast("dict[str, Any]", json.load(file))
        return int(owner["pid"]), dict(owner["addresses"])
    except (ValueError, KeyError, TypeError):
        return None, {}
