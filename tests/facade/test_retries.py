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
async def core(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    """Open the way to the services, with pauses too short to notice."""
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.001)
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


async def create(core: Core, request_id: str = "") -> str:
    """Begin a run; give its id, or the reason why it did not begin."""
    request = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(prompt_id="haiku", request_id=request_id))
    try:
        return (await core.create_run(request, CALLER, 10)).run.id
    except Problem as refused:
        return refused.reason


RUN = run_service_pb2.CreateRunResponse(run=run_pb2.Run(id="a run"))


@pytest.mark.parametrize(
    ("times", "error", "request_id", "told", "attempts"),
    [
        (3, DRAINING, "", "a run", 4),
        (4, DRAINING, "", "DRAINING", 4),
        (1, BUSY, "", "a run", 2),
        (2, BUSY, "", "SERVER_BUSY", 2),
        (1, None, "", "SERVICE_UNAVAILABLE", 1),
        (1, errors.DatabaseUnavailable(), "", "DATABASE_UNAVAILABLE", 1),
        (1, errors.Internal(), "order-7", "INTERNAL", 1),
        (3, None, "order-7", "a run", 4),
        (4, None, "order-7", "SERVICE_UNAVAILABLE", 4),
        (1, errors.DatabaseUnavailable(), "order-7", "a run", 2),
        (1, BUSY, "order-7", "a run", 2),
    ],
)
async def test_a_run_is_begun_again_only_where_there_cannot_be_two(
    services: FakeServices, core: Core, times: int, error: Exception, request_id: str, told: str, attempts: int
) -> None:
    services.answers["CreateRun"] = failing(times, error, RUN)
    assert await create(core, request_id) == told
    assert len(services.asked("CreateRun")) == attempts


async def test_a_stream_is_begun_again_only_before_its_first_event(services: FakeServices, core: Core) -> None:
    event = run_service_pb2.StreamRunResponse(event=run_pb2.RunEvent(sequence=1))
    request = run_service_pb2.StreamRunRequest(spec=run_pb2.RunSpec(prompt_id="haiku"))
    services.answers["StreamRun"] = streaming(3, DRAINING, event)
    assert [response async for response in core.stream_run(request, CALLER)] == [event]
    assert len(services.asked("StreamRun")) == 4
    services.requests.clear()
    services.answers["StreamRun"] = streaming(3, DRAINING, event, begun=True)
    with pytest.raises(Problem, match="about to stop"):
        [response async for response in core.stream_run(request, CALLER)]
    assert len(services.asked("StreamRun")) == 1


async def test_what_is_safe_is_made_again_by_grpc(services: FakeServices, core: Core) -> None:
    request = run_service_pb2.GetRunRequest(id="a")
    services.answers["GetRun"] = failing(3, None, run_service_pb2.GetRunResponse())
    await core.call(core.runs.GetRun, request, CALLER)
    assert len(services.asked("GetRun")) == 4
    services.requests.clear()
    services.answers["GetRun"] = failing(4, None, run_service_pb2.GetRunResponse())
    with pytest.raises(Problem):
        await core.call(core.runs.GetRun, request, CALLER)
    assert len(services.asked("GetRun")) == 4


async def test_what_changes_things_is_not(services: FakeServices, core: Core) -> None:
    services.answers["CreateKey"] = failing(1, None, key_service_pb2.CreateKeyResponse())
    with pytest.raises(Problem):
        await core.call(core.keys.CreateKey, key_service_pb2.CreateKeyRequest(), CALLER)
    assert len(services.asked("CreateKey")) == 1


def test_the_policy_names_all_that_is_safe_and_nothing_else() -> None:
    [config] = retries.policy()["methodConfig"]
    assert {name["method"] for name in config["name"]} == {
        *("GetKey", "ListKeys", "WhoAmI", "GetPrompt", "ListPrompts", "GetVersion", "ListVersions"),
        *("WatchRun", "CancelRun", "GetRun", "ListRuns", "ListModels"),
    }


async def test_the_pauses_grow_up_to_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(retries, "MAX_ATTEMPTS", 7)
    monkeypatch.setattr(retries.random, "uniform", lambda _, __: 1)
    attempts = retries.Attempts("order-7")
    for _ in range(6):
        await attempts.again(Problem(503, "SERVICE_UNAVAILABLE", "cut"))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1, 1]
