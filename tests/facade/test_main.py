"""The program: it serves, it stops when told to or when its parent is gone, and it says what is wrong with settings."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.fakes.services import FakeServices


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
