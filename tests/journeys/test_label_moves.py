"""F2: a label moves through one server while runs by it go through another: each uses a version that had the label.

PROMPTWIRE_TEST_SCALE multiplies the moves. A move counts from before its call to after its answer.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1 import run_pb2, run_service_pb2
from tests.conftest import clone
from tests.journeys.stack import Stack

MOVES = 100 * int(os.environ.get("PROMPTWIRE_TEST_SCALE", "1"))
# How much longer than its label a version may be used, on any server.
STALE_SECONDS = 1.0
# So many runs at a time, and between two moves.
RUNNERS = 4
RUNS = 12


@pytest.fixture(scope="module")
async def two(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, Stack]]:
    """Start two servers over one database."""
    paths: list[Path] = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    async with clone(postgres) as dsn, Stack(dsn, paths[0]) as one, Stack(dsn, paths[1], fake=one.fake) as other:
        yield one, other


async def test_runs_use_what_the_label_was_on(two: tuple[Stack, Stack]) -> None:
    moving, running = two
    first = await moving.create_version("One")
    more = pb.CreateVersionRequest(prompt_id=first.prompt_id, messages=first.messages)
    # Each has the label but once, so that one used too late is told from one used again.
    for _ in range(MOVES):
        await moving.prompts.CreateVersion(more, metadata=moving.metadata(moving.admin))
    # When a version may first have had the label, and when it last may.
    spans: list[tuple[int, float, float]] = []
    used: list[tuple[int, float, float]] = []
    done = asyncio.Event()

    async def move(number: int) -> None:
        began = time.monotonic()
        request = pb.SetLabelRequest(prompt_id=first.prompt_id, label="latest", number=number)
        await moving.prompts.SetLabel(request, metadata=moving.metadata(moving.admin))
        if spans:
            spans[-1] = (*spans[-1][:2], time.monotonic())
        spans.append((number, began, float("inf")))

    async def run() -> None:
        spec = run_pb2.RunSpec(prompt_id=first.prompt_id, label="latest")
        while not done.is_set():
            began = time.monotonic()
            request = run_service_pb2.CreateRunRequest(spec=spec)
            answer = await running.runs.CreateRun(request, metadata=running.metadata(running.run))
            used.append((answer.run.version_number, began, time.monotonic()))

    await move(1)
    async with asyncio.TaskGroup() as group:
        runners = [group.create_task(run()) for _ in range(RUNNERS)]
        for index in range(MOVES):
            seen = len(used)
            await move(index + 2)
            while len(used) < seen + RUNS and not any(task.done() for task in runners):
                await asyncio.sleep(0)
        done.set()
    wrong = [
        (number, began, ended)
        for number, began, ended in used
        if not any(on == number and start <= ended and end >= began - STALE_SECONDS for on, start, end in spans)
    ]
    assert wrong == []
    assert len(used) >= MOVES * RUNS
