"""How long a caller waits for its run, and what it is told of one that has not ended."""

from typing import Any

import pytest

from promptwire.v1 import run_pb2
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_pb2 import Run
from services import errors
from tests.facade.serving import Answer, Site, serving
from tests.fakes.services import FakeServices

SPEC = {"promptId": "haiku"}
WAITING = ("Location", "Preference-Applied", "Retry-After")


def told(answer: Answer) -> tuple[int, dict[str, str]]:
    """Give the status, and the headers that say how it goes on."""
    return answer.status, {name: answer.headers[name] for name in WAITING if name in answer.headers}


def created(state: "Run.State") -> pb.CreateRunResponse:
    return pb.CreateRunResponse(run=Run(id="r", state=state))


@pytest.mark.parametrize("state", [Run.STATE_SUCCEEDED, Run.STATE_FAILED, Run.STATE_CANCELLED])
async def test_a_run_that_ended_is_an_answer(site: Site, services: FakeServices, state: "Run.State") -> None:
    services.answers["CreateRun"] = created(state)
    assert told(await site.call("POST", "/api/runs", json=SPEC)) == (200, {})
    assert services.asked("CreateRun")[0].request == pb.CreateRunRequest(spec=run_pb2.RunSpec(prompt_id="haiku"))


@pytest.mark.parametrize("state", [Run.STATE_QUEUED, Run.STATE_RUNNING])
async def test_a_run_that_goes_on_is_accepted(site: Site, services: FakeServices, state: "Run.State") -> None:
    services.answers["CreateRun"] = created(state)
    answer = await site.call("POST", "/api/runs", json=SPEC)
    assert told(answer) == (202, {"Location": "/api/runs/r", "Retry-After": "2"})
    assert answer.json["run"]["id"] == "r"


@pytest.mark.parametrize(
    ("prefer", "asked", "applied"),
    [
        ("respond-async", {"detached": True}, "respond-async"),
        ("wait=10", {"wait": 10}, "wait=10"),
        ("wait=0", {"wait": 0}, "wait=0"),
        ("wait=301", {"wait": 300}, "wait=300"),
        ("respond-async, wait=10", {"wait": 10}, "respond-async, wait=10"),
    ],
)
async def test_what_is_preferred_is_asked_for(
    site: Site, services: FakeServices, prefer: str, asked: dict[str, Any], applied: str
) -> None:
    services.answers["CreateRun"] = created(Run.STATE_QUEUED)
    status, headers = told(await site.call("POST", "/api/runs", {"Prefer": prefer}, json=SPEC))
    assert (status, headers["Preference-Applied"]) == (202, applied)
    request = services.asked("CreateRun")[0].request
    assert request.detached == asked.get("detached", False)
    assert request.HasField("wait") == ("wait" in asked)
    assert request.wait.seconds == asked.get("wait", 0)


async def test_several_headers_are_one(site: Site, services: FakeServices) -> None:
    services.answers["CreateRun"] = created(Run.STATE_QUEUED)
    head = b"POST /api/runs HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer pw_a\r\n"
    await site.send(head + b"Content-Length: 2\r\nPrefer: handling=lenient\r\nPrefer: wait=10\r\n\r\n{}")
    assert services.asked("CreateRun")[0].request.wait.seconds == 10


async def test_a_run_under_way_is_to_be_asked_for_again(site: Site, services: FakeServices) -> None:
    services.answers["GetRun"] = pb.GetRunResponse(run=Run(id="r", state=Run.STATE_RUNNING))
    assert told(await site.call("GET", "/api/runs/r")) == (200, {"Retry-After": "2"})
    services.answers["GetRun"] = pb.GetRunResponse(run=Run(id="r", state=Run.STATE_SUCCEEDED))
    assert told(await site.call("GET", "/api/runs/r")) == (200, {})


async def test_how_long_an_answer_may_take(services: FakeServices) -> None:
    seconds: dict[str, float] = {}

    async def answer(request: Any, context: Any) -> Any:
        seconds[request.spec.prompt_id] = context.time_remaining()
        return created(Run.STATE_QUEUED)

    services.answers["CreateRun"] = answer
    async with serving(services.target, run_timeout=30) as site:
        for prefer in ("", "wait=100", "respond-async"):
            await site.call("POST", "/api/runs", {"Prefer": prefer}, json={"promptId": prefer})
    assert 38 < seconds[""] < 41
    assert 108 < seconds["wait=100"] < 111
    assert 8 < seconds["respond-async"] < 11


async def test_an_idempotency_key_is_the_request_id_of_the_spec(site: Site, services: FakeServices) -> None:
    services.answers["CreateRun"] = created(Run.STATE_SUCCEEDED)
    for body in (SPEC, SPEC | {"requestId": "order-7"}):
        await site.call("POST", "/api/runs", {"Idempotency-Key": '"order-7"'}, json=body)
    assert {made.request.spec.request_id for made in services.requests} == {"order-7"}
    answer = await site.call("POST", "/api/runs", {"Idempotency-Key": "order-8"}, json=SPEC | {"requestId": "order-7"})
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, ["#/requestId"])


async def test_a_cancelled_run_is_answered_as_it_is(site: Site, services: FakeServices) -> None:
    services.answers["CancelRun"] = pb.CancelRunResponse(run=Run(id="r", state=Run.STATE_CANCELLED))
    answer = await site.call("POST", "/api/runs/r/cancel")
    assert (answer.status, answer.json["run"]["state"]) == (200, "STATE_CANCELLED")
    services.answers["CancelRun"] = errors.FailedPrecondition("RUN_ENDED", "the run has ended")
    answer = await site.call("POST", "/api/runs/r/cancel")
    assert (answer.status, answer.json["reason"]) == (409, "RUN_ENDED")


async def test_what_goes_on_beyond_a_dialects_patience_can_be_told_as_problem_details(
    site: Site, services: FakeServices
) -> None:
    services.answers["CreateRun"] = created(Run.STATE_RUNNING)
    body = {"promptVersionId": "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"}
    answer = await site.call("POST", "/v1/runs", {"Accept": "application/problem+json"}, json=body)
    assert told(answer) == (504, {"Location": "/v1/runs/r"})
    assert (answer.json["reason"], answer.json["metadata"]) == ("RUN_UNFINISHED", {"run_id": "r"})


async def test_the_window_is_a_setting(services: FakeServices) -> None:
    services.answers["CreateRun"] = created(Run.STATE_RUNNING)
    body = {"promptVersionId": "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"}
    async with serving(services.target, betterprompt_window=0.25) as site:
        await site.call("POST", "/v1/runs", json=body)
        await site.call("POST", "/v1/runs", {"Prefer": "wait=9"}, json=body)
    assert [made.request.wait.ToMilliseconds() for made in services.asked("CreateRun")] == [250, 250]
