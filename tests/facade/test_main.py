"""The program: it serves, it stops when told to or when its parent is gone, and it says what is wrong with settings."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from promptwire.v1 import run_pb2, run_service_pb2
from tests.facade.serving import KEY
from tests.fakes.services import FakeServices

AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


@asynccontextmanager
async def program(*arguments: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `python -m facade`; it is killed when it did not end by itself."""
    environment = os.environ | {f"PROMPTWIRE_{name.upper()}": value for name, value in settings.items()}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "facade", *arguments, env=environment, **pipes)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def port_of(process: asyncio.subprocess.Process) -> int:
    """Read from its log where it listens."""
    assert process.stdout
    async with asyncio.timeout(30):
        line = json.loads(await process.stdout.readline())
    assert line["event"] == "facade serves"
    return line["addresses"][0][1]


async def test_it_serves_until_it_is_told_to_stop(services: FakeServices) -> None:
    async with program(http="127.0.0.1:0", grpc_target=services.target) as process:
        url = f"http://127.0.0.1:{await port_of(process)}/readyz"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0


async def test_before_it_stops_it_sends_its_callers_elsewhere_and_lets_runs_end(services: FakeServices) -> None:
    release = asyncio.Event()

    async def watch(_: object, __: object) -> AsyncIterator[run_service_pb2.WatchRunResponse]:
        yield run_service_pb2.WatchRunResponse(event=run_pb2.RunEvent(sequence=1))
        await asyncio.Event().wait()

    async def create(_: object, __: object) -> run_service_pb2.CreateRunResponse:
        await release.wait()
        return run_service_pb2.CreateRunResponse(run=run_pb2.Run(state=run_pb2.Run.STATE_SUCCEEDED))

    services.answers |= {"WatchRun": watch, "CreateRun": create}
    async with (
        program(http="127.0.0.1:0", grpc_target=services.target) as process,
        aiohttp.ClientSession(f"http://127.0.0.1:{await port_of(process)}", headers=AUTHORIZED) as session,
        session.get("/api/runs/r/events") as watched,
        asyncio.timeout(20),
    ):
        running = asyncio.create_task(session.post("/api/runs", json={"promptId": "haiku"}))
        while not services.asked("CreateRun"):
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert await until_not_ready(session) == "close"
        # Who watches a run is sent away at once, while the run that somebody waits for goes on.
        assert (await watched.read()).count(b"event: ") == 1
        assert not running.done()
        release.set()
        async with await running as answer:
            assert answer.status == 200
        assert await process.wait() == 0


async def until_not_ready(session: aiohttp.ClientSession) -> str:
    """Ask until the facade says that it is not ready; give whether it closes the connection."""
    while True:
        async with session.get("/readyz") as answer:
            if answer.status == 503:
                return answer.headers["Connection"]


async def test_it_does_not_wait_beyond_the_grace(services: FakeServices) -> None:
    async def create(_: object, __: object) -> run_service_pb2.CreateRunResponse:
        await asyncio.Event().wait()
        raise AssertionError

    services.answers["CreateRun"] = create
    async with (
        program(http="127.0.0.1:0", grpc_target=services.target, grace="1") as process,
        aiohttp.ClientSession(f"http://127.0.0.1:{await port_of(process)}", headers=AUTHORIZED) as session,
    ):
        running = asyncio.create_task(session.post("/api/runs", json={"promptId": "haiku"}))
        while not services.asked("CreateRun"):
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert await process.wait() == 0
        assert 1 < time.monotonic() - began < 4
        with pytest.raises(aiohttp.ClientError):
            await running


async def test_it_stops_with_its_parent() -> None:
    async with program("--with-parent", http="127.0.0.1:0") as process:
        await port_of(process)
        assert process.stdin
        process.stdin.close()
        async with asyncio.timeout(10):
            assert await process.wait() == 0


async def test_wrong_settings_are_all_named() -> None:
    async with program(http="nonsense", body_limit="0") as process:
        _, words = await process.communicate()
    assert process.returncode == 1
    assert b"PROMPTWIRE_HTTP: " in words
    assert b"PROMPTWIRE_BODY_LIMIT: " in words


async def test_a_port_that_is_taken_is_told(services: FakeServices) -> None:
    async with program(http=services.target) as process:
        out, _ = await process.communicate()
    assert (process.returncode, json.loads(out)["event"]) == (1, "facade cannot listen; set PROMPTWIRE_HTTP")
