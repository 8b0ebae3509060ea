"""A child: safe from what lies in the current directory, and tried again however it cannot be started."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services import child
from services.child import Child


async def test_a_package_in_the_current_directory_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "facade").mkdir()
    for name in ("__init__.py", "__main__.py"):
        (tmp_path / "facade" / name).write_text("raise SystemExit('foreign')")
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "log").open("wb") as log:
        facade = Child("facade", ["facade", "--help"], {}, log)
        await facade.start()
        async with asyncio.timeout(30):
            while facade.alive:
                await asyncio.sleep(0.01)
        await facade.stop(15)
    assert (tmp_path / "log").read_text().startswith("usage: python -m facade")


async def test_a_spawn_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "RESTART_SECONDS", 0.0)
    spawn, calls = asyncio.create_subprocess_exec, 0
    third = asyncio.Event()

    async def fail_once(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        if calls == 3:
            third.set()
        return await spawn(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", fail_once)
    with (tmp_path / "log").open("wb") as log:
        ending = Child("json", ["json.tool", "--help"], {}, log)
        await ending.start()
        async with asyncio.timeout(30):
            await third.wait()
        await ending.stop(15)
