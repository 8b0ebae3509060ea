"""Calls of every kind with valid keys, made without end while something breaks; and what became of each."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

import grpc
import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from promptwire import values
from promptwire.v1 import key_service_pb2, prompt_service_pb2, run_pb2, run_service_pb2
from tests.journeys.stack import Stack

OK, UNAVAILABLE = "OK", "UNAVAILABLE"
INPUTS = {"topic": "the sea"}
# Longer than any answer may take, so that a hang is seen and ends.
PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 0.02

Call = Callable[[], Awaitable[str]]


class Answer(NamedTuple):
    """What a call was told (OK, UNAVAILABLE, or what was wrong), when it was made, and how long it took (s)."""

    call: str
    told: str
    began: float
    seconds: float


class Hammer:
    """Makes every call again and again, each one after the other. `answers` holds what they were told."""

    def __init__(self, calls: Mapping[str, Call]) -> None:
        self.answers: list[Answer] = []
        self._calls = calls
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._keep_calling(name)) for name in self._calls]
        try:
            await self.all_told(OK)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, raised: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        await self._stop()
        assert raised or set(self.told()) <= {OK, UNAVAILABLE}, self.told()

    def told(self) -> Counter[str]:
        """Count what was told, by what it was."""
        return Counter(answer.told for answer in self.answers)

    @property
    def longest(self) -> float:
        """How long the slowest answer took (s)."""
        return max(answer.seconds for answer in self.answers)

    async def all_told(self, told: str) -> float:
        """Wait until each call that is made from now on was told this; give how long that took (s)."""
        since = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._calls.keys() <= self._told_since(since, told):
                await asyncio.sleep(PAUSE_SECONDS)
        return time.monotonic() - since

    def _told_since(self, since: float, told: str) -> set[str]:
        return {answer.call for answer in self.answers if answer.told == told and answer.began >= since}

    async def _stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _keep_calling(self, name: str) -> None:
        while not self._stopping:
            began = time.monotonic()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    told = await self._calls[name]()
            except Exception as error:
                told = repr(error)
            self.answers.append(Answer(name, told, began, time.monotonic() - began))
            await asyncio.sleep(PAUSE_SECONDS)


async def calls(stack: Stack) -> dict[str, Call]:
    """Give calls that read, write and run, over all wires."""
    version = await stack.create_version("Explain {topic}.")
    run = await stack.create_run(version.id, INPUTS)
    spec = run_pb2.RunSpec(version_id=version.id, inputs=values.to_struct(INPUTS))
    key = key_service_pb2.CreateKeyRequest(display_name="made by a hammer", scopes=["runs:read"])
    betterprompt = {"promptVersionId": version.id, "inputs": {"textInputs": INPUTS}}
    return {
        "WhoAmI": rpc(stack, stack.keys.WhoAmI, key_service_pb2.WhoAmIRequest()),
        "CreateKey": rpc(stack, stack.keys.CreateKey, key),
        "CreatePrompt": rpc(stack, stack.prompts.CreatePrompt, prompt_service_pb2.CreatePromptRequest(name="made")),
        "CreateRun": rpc(stack, stack.runs.CreateRun, run_service_pb2.CreateRunRequest(spec=spec)),
        "GetRun": rpc(stack, stack.runs.GetRun, run_service_pb2.GetRunRequest(id=run.id)),
        "ListRuns": rpc(stack, stack.runs.ListRuns, run_service_pb2.ListRunsRequest()),
        "POST /api/runs": rest(stack, "POST", "/api/runs", json={"versionId": version.id, "inputs": INPUTS}),
        "GET /api/prompts": rest(stack, "GET", "/api/prompts"),
        "POST /v1/runs": rest(stack, "POST", "/v1/runs", json=betterprompt),
        "GET /v1/prompts": rest(stack, "GET", f"/v1/prompts/{version.prompt_id}"),
        "GET /v1/me": rest(stack, "GET", "/v1/me"),
    }


def rpc(stack: Stack, method: Callable[..., Any], request: object) -> Call:
    """Make the call of an RPC. UNAVAILABLE must say which, and when to come back."""

    async def call() -> str:
        try:
            answer = await method(request, metadata=stack.metadata(stack.admin))
        except grpc.aio.AioRpcError as error:
            return _unavailable(error) or f"{error.code().name}: {error.details()}"
        if not isinstance(answer, run_service_pb2.CreateRunResponse):
            return OK
        return _state(run_pb2.Run.State.Name(answer.run.state))

    return call


def _unavailable(error: grpc.aio.AioRpcError) -> str:
    info, retry, rich = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo(), rpc_status.from_call(error)
    if error.code() != grpc.StatusCode.UNAVAILABLE or rich is None:
        return ""
    unpacked = rich.details[0].Unpack(info) and rich.details[1].Unpack(retry)
    right = unpacked and info.reason == "DATABASE_UNAVAILABLE" and retry.retry_delay.ToMilliseconds() > 0
    return UNAVAILABLE if right else ""


def rest(stack: Stack, method: str, path: str, **options: Any) -> Call:
    """Make the call of a route. A 503 must wear the envelope of its path, and say when to come back."""
    url, headers = stack.base_url + path, {"Authorization": f"Bearer {stack.admin}"}

    async def call() -> str:
        async with stack.session.request(method, url, headers=headers, **options) as response:
            body = await response.json(content_type=None)
            if response.status == 200:
                return _state(body["run"]["state"] if "run" in body else body.get("runStatus", "succeeded"))
            if path.startswith("/v1"):
                right = body == {"status": "SERVICE_UNAVAILABLE_ERROR", "message": body["message"], "data": None}
            else:
                right = (response.content_type, body["reason"]) == ("application/problem+json", "DATABASE_UNAVAILABLE")
            right = right and response.status == 503 and int(response.headers.get("Retry-After", "0")) > 0
            return UNAVAILABLE if right else f"{response.status} {dict(response.headers)} {body}"

    return call


def _state(state: str) -> str:
    return OK if state in ("STATE_SUCCEEDED", "succeeded") else state
