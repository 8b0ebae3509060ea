"""Readers of runs over gRPC, event by event: they hang up where they like, and read on anywhere."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc.aio
from google.protobuf.duration_pb2 import Duration

from promptwire.v1 import prompt_pb2, run_pb2
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_pb2 import RunEvent
from tests.journeys.stack import Stack

WAIT = Duration(seconds=60)


def stream(server: Stack, version: prompt_pb2.Version, wait: Duration | None = WAIT) -> Any:
    """Run a version, and go on with it when the reader hangs up, unless without `wait`."""
    request = pb.StreamRunRequest(spec=run_pb2.RunSpec(version_id=version.id), wait=wait)
    return server.runs.StreamRun(request, metadata=server.metadata(server.run))


def watch(server: Stack, run_id: str, after: int = 0) -> Any:
    """Read the events of a run behind a number."""
    request = pb.WatchRunRequest(id=run_id, after_sequence=after)
    return server.runs.WatchRun(request, metadata=server.metadata(server.run))


async def read(call: Any, most: int = 10**6) -> list[RunEvent]:
    """Read so many events, or all; then hang up."""
    told = [response.event async for response in _some(call, most)]
    call.cancel()
    return told


async def _some(call: Any, most: int) -> AsyncIterator[Any]:
    while most > 0 and (response := await call.read()) is not grpc.aio.EOF:
        most -= 1
        yield response


def over(told: Sequence[RunEvent]) -> bool:
    """Tell whether there is no more."""
    return bool(told) and told[-1].HasField("ended")


class Reader:
    """Begins a run, and reads its events in legs that break off behind a few of them, each from a server by chance."""

    def __init__(self, servers: Sequence[Stack], seed: int) -> None:
        self._servers = servers
        self._chance = random.Random(seed)
        self.told: list[RunEvent] = []
        self.legs = 0

    async def read(self, version: prompt_pb2.Version) -> None:
        """Read until the last event."""
        self.told += await read(stream(self._server(), version), self._chance.randint(1, 4))
        while not over(self.told):
            after = self.told[-1].sequence
            call = watch(self._server(), self.run_id, after)
            self.told += await read(call, self._chance.randint(0, 4))
            self.legs += 1

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.told[0].started.run.id

    def _server(self) -> Stack:
        return self._chance.choice(self._servers)
