"""Runs that outlast their callers' patience, over REST: waited for, detached, repeated, cancelled."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import aiohttp
import pytest

from promptwire.v1 import prompt_pb2
from tests.conftest import clone
from tests.fakes.provider import Answer, Received
from tests.journeys.stack import Stack

INPUTS = {"topic": "the sea"}
TEXT = "echo: Explain the sea."
UNDER_WAY = ("STATE_QUEUED", "STATE_RUNNING", "queued", "running")


@pytest.fixture(scope="module")
async def patient(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Give a stack with a worker, whose BetterPrompt waits for a fifth of a second."""
    directory, settings = tmp_path_factory.mktemp("patient"), {"betterprompt_window": 0.2}
    async with clone(postgres) as dsn, Stack(dsn, directory, facade_settings=settings, with_worker=True) as stack:
        yield stack


@pytest.fixture(scope="module")
async def version(patient: Stack) -> prompt_pb2.Version:
    return await patient.create_version("Explain {topic}.")


@pytest.fixture
def gate(patient: Stack) -> Iterator[asyncio.Event]:
    """Hold the provider's next answer back until a test lets it go; at the test's end it is let go anyway."""
    gate = asyncio.Event()
    patient.fake.script(Answer(gate=gate))
    yield gate
    gate.set()
    patient.fake.reset()


@pytest.fixture(params=["/api/runs", "/v1/runs"])
def path(request: pytest.FixtureRequest) -> str:
    """Ask each dialect."""
    return request.param


def body_of(path: str, version: prompt_pb2.Version, topic: str = "the sea") -> Mapping[str, Any]:
    """Give the body that runs a version."""
    if path == "/api/runs":
        return {"versionId": version.id, "inputs": {"topic": topic}}
    return {"promptVersionId": version.id, "inputs": {"textInputs": {"topic": topic}}}


async def send(
    stack: Stack, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
) -> tuple[aiohttp.ClientResponse, Any]:
    """Make a request as the run key; give the answer and its JSON."""
    given = {"Authorization": f"Bearer {stack.run}", **(headers or {})}
    async with stack.session.request(method, stack.base_url + path, headers=given, **options) as response:
        return response, await response.json(content_type=None)


def told(answer: Any) -> tuple[str, str, str]:
    """Give the id, the state and the text of a run, in the words of its dialect."""
    if "run" in answer:
        run = answer["run"]
        return run["id"], run["state"], run["outputs"][0]["text"] if run["outputs"] else ""
    return answer["runId"], answer["runStatus"], answer["outputs"][0]["data"] if answer["outputs"] else ""


async def end_of(stack: Stack, location: str) -> Any:
    """Ask for a run as it is told, but sooner, until it has ended."""
    async with asyncio.timeout(20):
        while True:
            response, answer = await send(stack, "GET", location)
            assert response.status == 200, answer
            under_way = told(answer)[1] in UNDER_WAY
            assert response.headers.get("Retry-After") == ("2" if under_way else None)
            if not under_way:
                return answer
            await asyncio.sleep(0.02)


async def arrival(stack: Stack, count: int) -> Received:
    """Wait for the request that the provider gets after `count` others."""
    return await stack.fake.received(count + 1)


async def test_a_run_beyond_the_window_is_a_504_with_its_id_and_goes_on(
    patient: Stack, version: prompt_pb2.Version, gate: asyncio.Event
) -> None:
    response, answer = await send(patient, "POST", "/v1/runs", json=body_of("/v1/runs", version))
    assert (response.status, answer["status"]) == (504, "GATEWAY_TIMEOUT_ERROR")
    location = f"/v1/runs/{answer['data']['runId']}"
    assert response.headers["Location"] == location
    response, answer = await send(patient, "GET", location)
    assert (told(answer)[1], response.headers["Retry-After"]) == ("running", "2")
    gate.set()
    assert told(await end_of(patient, location))[1:] == ("succeeded", TEXT)


async def test_a_wait_that_passes_is_a_202_and_the_run_goes_on(
    patient: Stack, version: prompt_pb2.Version, gate: asyncio.Event
) -> None:
    headers = {"Prefer": "wait=0"}
    response, answer = await send(patient, "POST", "/api/runs", headers, json=body_of("/api/runs", version))
    assert (response.status, response.headers["Preference-Applied"]) == (202, "wait=0")
    assert told(answer)[1] in UNDER_WAY
    gate.set()
    assert told(await end_of(patient, response.headers["Location"]))[1:] == ("STATE_SUCCEEDED", TEXT)


async def test_who_prefers_not_to_wait_is_answered_at_once(
    patient: Stack, version: prompt_pb2.Version, path: str
) -> None:
    headers = {"Prefer": "respond-async"}
    response, answer = await send(patient, "POST", path, headers, json=body_of(path, version))
    assert (response.status, response.headers["Preference-Applied"]) == (202, "respond-async")
    assert response.headers["Location"] == f"{path}/{told(answer)[0]}"
    assert told(answer)[1] in UNDER_WAY
    assert told(await end_of(patient, response.headers["Location"]))[2] == TEXT


async def test_a_request_that_is_repeated_makes_one_run(patient: Stack, version: prompt_pb2.Version, path: str) -> None:
    before = len(patient.fake.requests)
    headers = {"Idempotency-Key": f"order of {path}", "Prefer": "respond-async, wait=10"}
    calls = [send(patient, "POST", path, headers, json=body_of(path, version)) for _ in range(20)]
    ids = {told(answer)[0] for _, answer in await asyncio.gather(*calls)}
    assert len(ids) == 1
    assert told(await end_of(patient, f"{path}/{ids.pop()}"))[2] == TEXT
    assert len(patient.fake.requests) == before + 1
    response, answer = await send(patient, "POST", path, headers, json=body_of(path, version, topic="a hill"))
    assert response.status == 422, answer


async def test_a_run_can_be_cancelled_once_and_for_all(
    patient: Stack, version: prompt_pb2.Version, gate: asyncio.Event, path: str
) -> None:
    count = len(patient.fake.requests)
    headers = {"Prefer": "respond-async, wait=0"}
    response, answer = await send(patient, "POST", path, headers, json=body_of(path, version))
    location = response.headers["Location"]
    received = await arrival(patient, count)
    for _ in range(2):
        response, answer = await send(patient, "POST", f"{location}/cancel")
        assert (response.status, told(answer)[1]) == (200, "STATE_CANCELLED" if "run" in answer else "failed")
    async with asyncio.timeout(5):
        await received.left.wait()
    assert (await end_of(patient, location)).get("outputs", []) in ([], [{"type": "error", "data": "canceled"}])


async def test_a_run_that_ended_stays_as_it_is(patient: Stack, version: prompt_pb2.Version, path: str) -> None:
    headers = {"Prefer": "respond-async"}
    response, _ = await send(patient, "POST", path, headers, json=body_of(path, version))
    location = response.headers["Location"]
    ended = await end_of(patient, location)
    response, answer = await send(patient, "POST", f"{location}/cancel")
    if path == "/api/runs":
        assert (response.status, answer["reason"]) == (409, "RUN_ENDED")
    else:
        assert (response.status, told(answer)) == (200, told(ended))
    assert told(await end_of(patient, location)) == told(ended)
