"""How the native API answers: with the RPC's response, but for runs, which may be unfinished or told event by event."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import orjson

from facade import lines, sse
from facade.dialect import POLL_SECONDS, Answered, Call, Lines, Reply, Stream, aside, ended
from facade.native import problems
from facade.native.routes import Row
from facade.native.scalars import camel
from facade.native.writer import Writer
from facade.prefer import Prefer
from facade.problem import Problem
from promptwire.v1 import run_pb2
from promptwire.v1 import run_service_pb2 as pb

# What EventSource takes an event for that has no name: here one that only a newer server knows.
UNNAMED = "message"

# Makes the RPC of a row and answers it. Raises Problem.
Answer = Callable[[Row, Call, Any], Awaitable[Answered]]


class Answers:
    """The answers of all rows."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._runs: Mapping[str, Answer] = {
            "CreateRun": self._create,
            "GetRun": self._get,
            "StreamRun": self._stream,
            "WatchRun": self._watch,
        }

    def of(self, row: Row) -> Answer:
        """Give how a row is answered."""
        return self._lines if row.lines else self._runs.get(row.rpc, self._plain)

    async def _plain(self, row: Row, call: Call, request: Any) -> Reply:
        response = await call.rpc(row.stub(call.core), request)
        return Reply(200, await aside(response.ByteSize(), self._writer.write, response))

    async def _lines(self, row: Row, call: Call, request: Any) -> Lines:
        return Lines(self._parts(row, call.core.stream(row.stream_stub(call.core), request, call.caller)))

    async def _parts(self, row: Row, responses: AsyncGenerator[Any, None]) -> lines.Parts:
        try:
            async with aclosing(responses):
                async for response in responses:
                    yield [self._writer.write(item) for item in getattr(response, row.lines)]
        except Problem as raised:
            raise problems.localised(row, raised) from None

    async def _create(self, _: Row, call: Call, request: pb.CreateRunRequest) -> Reply:
        prefer = call.prefers()
        response = await call.create_run(request, prefer)
        if ended(response.run):
            return Reply(200, self._writer.write(response), prefer.applied)
        headers = {"Location": f"/api/runs/{response.run.id}", "Retry-After": str(POLL_SECONDS)}
        return Reply(202, self._writer.write(response), headers | prefer.applied)

    async def _get(self, row: Row, call: Call, request: pb.GetRunRequest) -> Reply:
        response: Any = await call.rpc(row.stub(call.core), request)
        headers = {} if ended(response.run) else {"Retry-After": str(POLL_SECONDS)}
        return Reply(200, self._writer.write(response), headers)

    async def _stream(self, row: Row, call: Call, request: pb.StreamRunRequest) -> Stream:
        prefer = Prefer(wait=call.prefers().wait)
        if prefer.wait is not None:
            request.wait.FromNanoseconds(round(prefer.wait * 1e9))
        responses = call.core.stream(call.core.runs.StreamRun, request, call.caller)
        return Stream(self._events(row, responses), prefer.applied)

    async def _watch(self, row: Row, call: Call, request: pb.WatchRunRequest) -> Stream:
        responses = call.core.stream(call.core.runs.WatchRun, request, call.caller)
        return Stream(self._events(row, responses), resumable=True)

    async def _events(self, row: Row, responses: AsyncGenerator[Any, None]) -> sse.Events:
        complete = False
        try:
            async with aclosing(responses):
                async for response in responses:
                    complete = response.event.HasField("ended")
                    yield self._event(response.event)
        except Problem as raised:
            # Behind the last event nothing can be missing.
            if not complete:
                raise problems.localised(row, raised) from None

    def _event(self, event: run_pb2.RunEvent) -> sse.Event:
        kind = event.WhichOneof("event")
        data = orjson.dumps(self._writer.write(event))
        return sse.Event(camel(kind) if kind else UNNAMED, data, str(event.sequence))
