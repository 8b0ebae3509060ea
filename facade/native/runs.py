"""Runs of the native API: waited for, detached, or event by event."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson

from facade import sse
from facade.core import Core
from facade.dialect import POLL_SECONDS, Call, Reply, Stream, ended
from facade.native import problems
from facade.native.reader import Reader
from facade.native.requests import to_request
from facade.native.routes import Row
from facade.native.scalars import camel
from facade.native.writer import Writer
from facade.problem import Problem
from promptwire.v1 import run_pb2

MAX_WAIT_SECONDS = 300
# As EventSource names an event that has no name.
UNNAMED = "message"


class Runs:
    """The handlers of the paths that are more than one RPC and its answer. Their RPCs raise Problem."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def create(self, row: Row, call: Call) -> Reply | Stream:
        """Run a version: answer its events where they are asked for, else the run, with 202 until it has ended."""
        streaming = row.streaming
        if streaming and sse.asked(call.request.headers.getall("Accept", ())):
            return await self._stream(streaming, call)
        request: Any = await to_request(row, self._reader, call)
        prefer = call.prefers(MAX_WAIT_SECONDS)
        response = await call.create_run(request, prefer)
        headers = prefer.applied
        if ended(response.run):
            return Reply(200, self._writer.write(response), headers)
        headers |= {"Location": f"/api/runs/{response.run.id}", "Retry-After": str(POLL_SECONDS)}
        return Reply(202, self._writer.write(response), headers)

    async def get(self, row: Row, call: Call) -> Reply:
        """Get a run, and say when to ask again if it has not ended."""
        response: Any = await call.rpc(row.stub(call.core), await to_request(row, self._reader, call))
        headers = {} if ended(response.run) else {"Retry-After": str(POLL_SECONDS)}
        return Reply(200, self._writer.write(response), headers)

    async def watch(self, row: Row, call: Call) -> Stream:
        """Give the events of a run; who leaves may come again with the id of the last one."""
        request = await to_request(row, self._reader, call)
        responses = call.core.stream(call.core.runs.WatchRun, request, call.caller)
        return Stream(self._events(row, responses), resumable=True)

    async def _stream(self, row: Row, call: Call) -> Stream:
        request: Any = await to_request(row, self._reader, call)
        prefer = call.prefers(MAX_WAIT_SECONDS)
        ...
