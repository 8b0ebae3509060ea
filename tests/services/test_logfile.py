"""The log of `up`: what is kept of it, and that those who have it open go on writing."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from services import logfile


def kept(file: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(file.parent.iterdir())}


def test_each_start_begins_a_new_log_and_keeps_the_last_ones(tmp_path: Path) -> None:
    file = tmp_path / "p.log"
    for number in range(6):
        with logfile.begin(file) as log:
            log.write(b"%d" % number)
    assert kept(file) == {"p.log": b"5", "p.log.1": b"4", "p.log.2": b"3", "p.log.3": b"2"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_whoever_has_the_log_open_goes_on_with_an_empty_one(tmp_path: Path) -> None:
    file = tmp_path / "p.log"
    with logfile.begin(file) as log:
        echo = [sys.executable, "-c", "for line in open(0): print(line, end='', flush=True)"]
        with subprocess.Popen(echo, stdin=subprocess.PIPE, stdout=log, text=True, bufsize=1) as child:
            assert child.stdin is not None
            for number in range(5):
                child.stdin.write(f"child {number}\n")
                while not file.read_bytes().endswith(b"child %d\n" % number):
                    assert child.poll() is None
                log.write(b"parent %d\n" % number)
                log.flush()
                if number < 4:
                    logfile.rotate(file)
    lines = {name: content.split(b"\n")[:-1] for name, content in kept(file).items()}
    assert lines == {
        "p.log": [b"child 4", b"parent 4"],
        "p.log.1": [b"child 3", b"parent 3"],
        "p.log.2": [b"child 2", b"parent 2"],
        "p.log.3": [b"child 1", b"parent 1"],
    }
    assert file.with_name("p.log.1").stat().st_mode & 0o777 == 0o600


async def test_a_log_is_rotated_when_it_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfile, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(logfile, "MAX_BYTES", 10)
    file = tmp_path / "p.log"
    with logfile.begin(file) as log:
        keeping = asyncio.create_task(logfile.keep_bounded(file))
        for line in (b"0123456789\n", b"abcdefghij\n"):
            log.write(line)
            log.flush()
            while file.stat().st_size:
                await asyncio.sleep(0)
        log.write(b"short\n")
        log.flush()
        # What fails once, as when somebody removed the file, is tried again.
        file.unlink()
        await asyncio.sleep(0)
        file.write_bytes(b"a new one, large\n")
        while file.stat().st_size:
            await asyncio.sleep(0)
        keeping.cancel()
    assert kept(file)["p.log.1"] == b"a new one, large\n"
    assert kept(file)["p.log.2"] == b"abcdefghij\n"
