"""Which calls are made again, against services that fail so many times."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc.aio
import pytest

from facade import retries
from facade.config import Settings
from facade.core import Caller, Core
from facade.problem import Problem
from promptwire.v1 import key_service_pb2, run_pb2, run_service_pb2
from services import errors
from tests.fakes.services import FakeServices

CALLER = Caller("pw_a", "r1")
DRAINING = errors.Unavailable("DRAINING", "the server is about to stop")
BUSY = errors.Unavailable("SERVER_BUSY", "the server has enough to do", retry_after=1)


@pytest.fixture
async def core(services: FakeServices) -> AsyncIterator[Core]:
    """Open the way to the services."""
    core = Core.open(Settings(grpc_target=services.target))
    yield core
    await core.close()


def failing(times: int, error: Exception | None, answer: Any) -> Callable[[Any, Any], Any]:
    """Fail so many times, with an error of the services or with no more than a code; then answer."""
    left = times

    async def call(_: object, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            return answer
        if error is None:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
        raise error or AssertionError

    return call


def streaming(times: int, error: Exception, *answers: Any, begun: bool = False) -> Callable[[Any, Any], Any]:
    """Fail so many times, when `begun` behind the first answer; then answer."""
    left = times

    async def call(_: object, __: object) -> AsyncIterator[Any]:
        nonlocal left
        left -= 1
        for answer in answers:
            if left >= 0 and not begun:
                raise error
            yield answer
            if left >= 0:
                raise error

    return call


async def told(core: Core, rpc: str, request: Any) -> str:
    """Make a call; give the reason of its refusal, or nothing."""
    try:
        await core.call(getattr(core.keys if "Key" in rpc else core.runs, rpc), request, CALLER)
    except Problem as refused:
        return refused.reason
    return ""


PLAIN = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(prompt_id="haiku"))
REPEATABLE = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(prompt_id="haiku", request_id="order-7"))
ANSWERS = {
    "CreateRun": run_service_pb2.CreateRunResponse(),
    "GetRun": run_service_pb2.GetRunResponse(),
    "CreateKey": key_service_pb2.CreateKeyResponse(),
}


@pytest.mark.parametrize(
    ("rpc", "request_", "error", "times", "reason", "attempts"),
    [
        ("CreateRun", PLAIN, DRAINING, 3, "", 4),
        ("CreateRun", PLAIN, DRAINING, 4, "DRAINING", 4),
        ("CreateRun", PLAIN, BUSY, 1, "", 2),
        ("CreateRun", PLAIN, BUSY, 2, "SERVER_BUSY", 2),
        ("CreateRun", PLAIN, None, 1, "SERVICE_UNAVAILABLE", 1),
        ("CreateRun", PLAIN, errors.DatabaseUnavailable(), 1, "DATABASE_UNAVAILABLE", 1),
        ("CreateRun", REPEATABLE, None, 3, "", 4),
        ("CreateRun", REPEATABLE, None, 4, "SERVICE_UNAVAILABLE", 4),
        ("CreateRun", REPEATABLE, BUSY, 2, "SERVER_BUSY", 2),
        ("CreateRun", REPEATABLE, errors.DatabaseUnavailable(), 1, "DATABASE_UNAVAILABLE", 1),
        ("CreateRun", REPEATABLE, errors.Internal(), 1, "INTERNAL", 1),
        ("CreateKey", key_service_pb2.CreateKeyRequest(), None, 1, "SERVICE_UNAVAILABLE", 1),
        ("CreateKey", key_service_pb2.CreateKeyRequest(request_id="order-7"), None, 1, "", 2),
        ("GetRun", run_service_pb2.GetRunRequest(id="a"), None, 3, "", 4),
        (
            "GetRun",
            run_service_pb2.GetRunRequest(id="a"),
            errors.NotFound("RUN_NOT_FOUND", "no"),
            1,
            "RUN_NOT_FOUND",
            1,
        ),
    ],
)
async def test_a_call_is_made_again_where_that_makes_no_difference(
    services: FakeServices,
    core: Core,
    rpc: str,
    request_: Any,
    error: Exception | None,
    times: int,
    reason: str,
    attempts: int,
) -> None:
    services.answers[rpc] = failing(times, error, ANSWERS[rpc])
    assert await told(core, rpc, request_) == reason
    assert len(services.asked(rpc)) == attempts


async def test_a_stream_is_begun_again_only_before_its_first_event(services: FakeServices, core: Core) -> None:
    event = run_service_pb2.StreamRunResponse(event=run_pb2.RunEvent(sequence=1))
    request = run_service_pb2.StreamRunRequest(spec=run_pb2.RunSpec(prompt_id="haiku"))
    services.answers["StreamRun"] = streaming(3, DRAINING, event)
    assert [response async for response in core.stream(core.runs.StreamRun, request, CALLER)] == [event]
    assert len(services.asked("StreamRun")) == 4
    services.requests.clear()
    services.answers["StreamRun"] = streaming(3, DRAINING, event, begun=True)
    with pytest.raises(Problem, match="about to stop"):
        [response async for response in core.stream(core.runs.StreamRun, request, CALLER)]
    assert len(services.asked("StreamRun")) == 1


async def test_the_pauses_grow_up_to_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.1)
    monkeypatch.setitem(retries.ATTEMPTS, "DRAINING", 7)
    monkeypatch.setattr(retries.random, "uniform", lambda _, __: 1)
    attempts = retries.Attempts(PLAIN)
    for _ in range(6):
        await attempts.again(Problem(503, "DRAINING", "the server is about to stop"))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1, 1]
