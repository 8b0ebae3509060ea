"""The embedded model in its own process: what it answers in form, never in words, and how its life ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.embedded import model
from services.embedded.model import EmbeddedModel, Endpoint, ModelUnavailable

OWNER = """
import asyncio
from services.embedded.model import EmbeddedModel

async def main():
    model = EmbeddedModel()
    await model.endpoint()
    print(model._process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""

needs_model = pytest.mark.skipif(not model.available(), reason="the extra `embedded` is not installed")


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[EmbeddedModel]:
    """Give a model that the tests of this file share."""
    shared = EmbeddedModel()
    yield shared
    await shared.stop()


@pytest.fixture
async def unstarted() -> AsyncIterator[EmbeddedModel]:
    """Give a model of one test."""
    unstarted = EmbeddedModel()
    yield unstarted
    await unstarted.stop()


async def ask(endpoint: Endpoint, **changes: object) -> tuple[int, Any]:
    body: dict[str, object] = {
        "model": EmbeddedModel.name,
        "messages": [{"role": "user", "content": "Write one sentence about rivers."}],
        "max_tokens": 8,
    }
    headers = {"Authorization": f"Bearer {endpoint.api_key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        response = await session.post(f"{endpoint.base_url}/chat/completions", json=body | changes)
        return response.status, await response.json()


def is_alive(pid: int) -> bool:
    # A zombie that nobody has waited for yet has no executable.
    return Path(f"/proc/{pid}/exe").exists()


@needs_model
async def test_it_answers_a_chat_with_token_counts(shared: EmbeddedModel) -> None:
    status, answer = await ask(await shared.endpoint())

    assert status == 200
    assert answer["model"] == "smollm2-135m-instruct"
    choice = answer["choices"][0]
    assert choice["message"]["content"]
    assert choice["finish_reason"] in {"stop", "length"}
    usage = answer["usage"]
    assert usage["prompt_tokens"] > 0
    assert 0 < usage["completion_tokens"] <= 8
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@needs_model
async def test_a_question_has_2048_tokens_of_room(shared: EmbeddedModel) -> None:
    endpoint = await shared.endpoint()

    status, answer = await ask(endpoint, messages=[{"role": "user", "content": "word " * 3000}])

    assert status == 400
    assert "2048" in answer["error"]["message"]


@needs_model
async def test_it_refuses_others(shared: EmbeddedModel) -> None:
    endpoint = await shared.endpoint()

    status, _ = await ask(Endpoint(endpoint.base_url, "guessed"))

    assert status == 401


@needs_model
async def test_callers_share_one_launch_that_outlives_an_impatient_one(unstarted: EmbeddedModel) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(unstarted.endpoint(), 0.01)

    first, second = await asyncio.gather(unstarted.endpoint(), unstarted.endpoint())

    assert first == second == await unstarted.endpoint()


@needs_model
async def test_it_is_launched_again_when_it_died(unstarted: EmbeddedModel) -> None:
    first = await unstarted.endpoint()
    process = unstarted._process
    assert process
    process.send_signal(signal.SIGKILL)
    await process.wait()

    second = await unstarted.endpoint()

    assert second.api_key != first.api_key
    assert (await ask(second))[0] == 200


@needs_model
async def test_stopping_ends_the_process(unstarted: EmbeddedModel) -> None:
    await unstarted.endpoint()
    process = unstarted._process
    assert process

    await unstarted.stop()
    await unstarted.stop()

    assert process.returncode == 0


@needs_model
async def test_stopping_while_it_starts_ends_the_process(unstarted: EmbeddedModel) -> None:
    caller = asyncio.create_task(unstarted.endpoint())
    while not unstarted._process:
        await asyncio.sleep(0)
    process = unstarted._process

    await unstarted.stop()

    assert process.returncode is not None
    with pytest.raises(asyncio.CancelledError):
        await caller


@needs_model
async def test_it_ends_when_its_owner_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        pid = int(await asyncio.to_thread(owner.stdout.readline))
        assert is_alive(pid)
        owner.kill()

    async with asyncio.timeout(10):
        while is_alive(pid):
            await asyncio.sleep(0.01)


async def test_a_failed_start_shows_what_the_process_said(
    unstarted: EmbeddedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable = tmp_path / "python"
    executable.write_text("#!/bin/sh\necho the weights are broken >&2\nexit 1\n")
    executable.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(executable))
    monkeypatch.setattr(model, "available", lambda: True)

    with pytest.raises(ModelUnavailable, match=r"(?s)OPENAI_API_KEY.*the weights are broken"):
        await unstarted.endpoint()


async def test_a_missing_package_is_said(unstarted: EmbeddedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "WEIGHTS_PACKAGE", "no_such_package")

    assert not model.available()
    with pytest.raises(ModelUnavailable, match=r"extra `embedded`.*OPENAI_API_KEY"):
        await unstarted.endpoint()


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (4, 3), (64, 4)])
def test_it_leaves_a_core_to_the_servers(cores: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_cores", lambda: cores)

    assert model._threads() == threads


def test_it_counts_the_cores_of_this_process() -> None:
    assert 1 <= model._cores() <= (os.cpu_count() or 1)
