"""The benchmark itself, over its real processes, with as little load as shows that it works."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.processes import PROC, clean

LITTLE = ("--rounds", "1", "--runs", "8", "--seconds", "5", "--concurrency", "2")
SECONDS = 120

pytestmark = pytest.mark.skipif(not (PROC / "self" / "stat").exists(), reason="reads CPU times from /proc")


async def bench(repository: Path, *arguments: str) -> tuple[int | None, str, str]:
    """Run it; give its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", *arguments),
        cwd=repository,
        env=clean(os.environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_every_target_is_measured_and_every_answer_recorded(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "result.json"
    code, out, err = await bench(repository, *LITTLE, "--output", str(file))
    assert code == 0, err
    assert [line.split()[0] for line in out.splitlines()[:5]] == ["target", "sdk", "grpc", "betterprompt", "native"]
    (windows,) = (block["windows"] for block in json.loads(file.read_text())["blocks"])
    assert {name: (window["answers"], window["rows"]) for name, window in windows.items()} == {
        "grpc": (8, 8),
        "betterprompt": (8, 8),
        "native": (8, 8),
        "sdk": (8, 0),
    }
    check_cpu(windows)


def check_cpu(windows: dict[str, Any]) -> None:
    """Each process that had work shows some CPU time."""
    for name, worked in {"grpc": ("core", "postgres"), "native": ("core", "facade"), "sdk": ("load",)}.items():
        assert all(windows[name]["cpu"][process] > 0 for process in worked)


async def test_wrong_arguments_are_refused(repository: Path) -> None:
    code, _, err = await bench(repository, "--targets", "grpc,carrier-pigeon")
    assert code == 2
    assert "there is no target carrier-pigeon" in err
