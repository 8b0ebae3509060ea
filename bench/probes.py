"""What to wait for after a start: an address that is free, a server that answers, work that must come to its end."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bench.processes import Program

START_SECONDS = 60.0
PROBE_SECONDS = 0.05

Ready = Callable[[], Awaitable[bool]]


def free_address() -> str:
    """Give an address on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def until(ready: Ready, program: Program) -> None:
    """Ask until the program is ready. Raises Unable when it ends, or is not within a minute."""
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await ready():
                if not program.alive:
                    raise program.unable("ended")
                await asyncio.sleep(PROBE_SECONDS)
    except TimeoutError:
        raise program.unable(f"was not ready within {START_SECONDS:.0f} s") from None


async def while_so(is_so: Callable[[], bool]) -> None:
    """Return when it is not so any more."""
    while is_so():
        await asyncio.sleep(PROBE_SECONDS)


async def answers(url: str) -> bool:
    """Tell whether a GET is answered 200."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def serves(address: str) -> bool:
    """Tell whether a gRPC server says that it serves."""
    async with grpc.aio.insecure_channel(address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=1)
        except grpc.aio.AioRpcError:
            return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING


async def to_its_end(work: Coroutine[Any, Any, object]) -> None:
    """Let what cannot be cut short come to its end even when this task is cancelled, so that it can be undone then."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    finally:
        await asyncio.wait([task])
