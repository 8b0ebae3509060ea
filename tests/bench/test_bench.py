"""The benchmark itself, over its real processes, with as little load as shows that it works."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import flows, lists
from bench.processes import PROC, clean

LITTLE = ("--rounds", "1", "--runs", "8", "--seconds", "5", "--concurrency", "2")
SECONDS = 120
# How long the model of a flow takes.
LITTLE_SECONDS = 0.01

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
    lines = [line.split()[:2] for line in out.splitlines()[1:7]]
    assert lines == [[name, "2"] for name in ("sdk", "verb", "grpc", "betterprompt", "native")] + [["sdk", "16"]]
    result = json.loads(file.read_text())
    windows = {window["target"]: window for block in result["blocks"] for window in block["windows"]}
    assert {name: (window["answers"], window["rows"]) for name, window in windows.items()} == {
        "sdk": (8, 0),
        "verb": (8, 0),
        "grpc": (8, 8),
        "betterprompt": (8, 8),
        "native": (8, 8),
    }
    check_cpu(windows)
    check_memory(result["rested"])


def check_cpu(windows: dict[str, Any]) -> None:
    """Each process that had work shows some CPU time."""
    for name, worked in {"grpc": ("core", "postgres"), "native": ("core", "facade"), "sdk": ("load",)}.items():
        assert all(windows[name]["cpu"][process] > 0 for process in worked)


def check_memory(memory: dict[str, float]) -> None:
    """Two Python processes hold some memory, and share some of it."""
    assert 20 < memory["pss"] < memory["rss"] < 1000


async def test_wrong_arguments_are_refused(repository: Path) -> None:
    code, _, err = await bench(repository, "--targets", "grpc,carrier-pigeon")
    assert code == 2
    assert "there is no target carrier-pigeon" in err


async def test_flows_are_measured_beside_their_longest_path() -> None:
    rows = await flows.measure(2, 3, LITTLE_SECONDS)
    kinds = {"template": 1, "flow of 1 node": 1, "flow of 20 nodes": 4}
    wires = ("gRPC", "REST")
    assert [(row.what, row.wire) for row in rows] == [(what, wire) for what in kinds for wire in wires]
    for row in rows:
        assert row.path == pytest.approx(LITTLE_SECONDS * kinds[row.what])
        assert row.ratio == row.seconds / row.path > 0
        assert row.cpu.keys() >= {"core", "facade", "postgres"}
    head, *lines = flows.table(rows).splitlines()[: len(rows) + 1]
    assert {len(line) for line in lines} == {len(head)}


async def test_lists_take_as_many_statements_however_long_they_are() -> None:
    rows = await lists.measure((2, 60), 1)
    statements = {(row.what, row.prompts): row.statements for row in rows}
    for what in ("/api/prompt-repo/prompts, all", "/api/prompt-repo/folders, all"):
        assert 1 <= statements[what, 2] == statements[what, 60] <= 2
    assert [len(line) for line in lists.table(rows).splitlines()] == [82] * 9
