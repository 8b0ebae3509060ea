"""Callers who leave, providers who fail, payloads not kept: a run ends once, and every wire tells the same."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import asyncpg
import grpc
import grpc.aio
import pytest

from promptwire import values
from promptwire.v1 import key_service_pb2, prompt_pb2, run_pb2, run_service_pb2
from services.keys import scopes
from tests.conftest import clone
from tests.fakes.provider import Answer, Received
from tests.journeys.stack import Stack
from tests.journeys.wires import WIRES, Wire

INPUTS = {"topic": "the sea"}
# How long the provider's work may go on after its caller has left.
LEAVE_SECONDS = 1.0

wires = pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)


@pytest.fixture(scope="module")
async def version(stack: Stack) -> prompt_pb2.Version:
    return await stack.create_version("Explain {topic}.")


@pytest.fixture
def gate() -> Iterator[asyncio.Event]:
    """Hold the provider's answer back until a test lets it go; at the test's end it is let go anyway."""
    gate = asyncio.Event()
    yield gate
    gate.set()


@pytest.fixture(autouse=True)
def forget_script(stack: Stack) -> Iterator[None]:
    """Keep what a failed test did not use up from the next one."""
    yield
    stack.fake.reset()


async def arrival(stack: Stack, count: int) -> Received:
    """Wait for the request that the provider gets after `count` others."""
    return await stack.fake.received(count + 1)


async def ended(stack: Stack, version_id: str) -> asyncpg.Record:
    """Wait until the newest run of a version has ended, and give its row."""
    query = "SELECT * FROM run WHERE version_id = $1 ORDER BY run_id DESC LIMIT 1"
    async with asyncio.timeout(5):
        while True:
            row = await stack.server.database.fetchrow(query, version_id)
            if row is not None and row["state"] != "RUNNING":
                return row


def to_request(version_id: str) -> run_service_pb2.CreateRunRequest:
    return run_service_pb2.CreateRunRequest(
        spec=run_pb2.RunSpec(version_id=version_id, inputs=values.to_struct(INPUTS))
    )


async def cancel_grpc(stack: Stack, version_id: str, arrived: Awaitable[Received]) -> Received:
    call = stack.runs.CreateRun(to_request(version_id), metadata=stack.metadata(stack.run))
    received = await arrived
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    return received


async def pass_deadline(stack: Stack, version_id: str, arrived: Awaitable[Received]) -> Received:
    call = stack.runs.CreateRun(to_request(version_id), metadata=stack.metadata(stack.run), timeout=0.3)
    received = await arrived
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    return received


async def disconnect(stack: Stack, path: str, body: Mapping[str, Any], arrived: Awaitable[Received]) -> Received:
    task = asyncio.create_task(stack.rest("POST", path, json=body))
    received = await arrived
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return received


async def disconnect_native(stack: Stack, version_id: str, arrived: Awaitable[Received]) -> Received:
    return await disconnect(stack, "/api/runs", {"versionId": version_id, "inputs": INPUTS}, arrived)


async def disconnect_betterprompt(stack: Stack, version_id: str, arrived: Awaitable[Received]) -> Received:
    body = {"promptVersionId": version_id, "inputs": {"textInputs": INPUTS}}
    return await disconnect(stack, "/v1/runs", body, arrived)


Leave = Callable[[Stack, str, Awaitable[Received]], Awaitable[Received]]


@pytest.mark.parametrize("leave", [cancel_grpc, pass_deadline, disconnect_native])
async def test_a_caller_who_leaves_stops_the_provider_and_cancels_the_run(
    stack: Stack, version: prompt_pb2.Version, gate: asyncio.Event, leave: Leave
) -> None:
    cancelled = await stack.counter("promptwire_runs_total", state="CANCELLED")
    stack.fake.script(Answer(gate=gate))
    received = await leave(stack, version.id, arrival(stack, len(stack.fake.requests)))
    async with asyncio.timeout(LEAVE_SECONDS):
        await received.left.wait()
    row = await ended(stack, version.id)
    assert row["state"] == "CANCELLED"
    assert '"RUN_CANCELLED"' in row["error"]
    assert row["end_time"] is not None
    assert row["outputs"] is None
    # A late answer of the provider changes nothing, and the run is counted once.
    gate.set()
    told = (
        await stack.runs.GetRun(
            run_service_pb2.GetRunRequest(id=str(row["run_id"])), metadata=stack.metadata(stack.run)
        )
    ).run
    assert told.state == run_pb2.Run.STATE_CANCELLED
    assert await ended(stack, version.id) == row
    assert await stack.counter("promptwire_runs_total", state="CANCELLED") == cancelled + 1


async def test_a_run_that_somebody_waits_for_goes_on_without_him(
    stack: Stack, version: prompt_pb2.Version, gate: asyncio.Event
) -> None:
    stack.fake.script(Answer(gate=gate))
    received = await disconnect_betterprompt(stack, version.id, arrival(stack, len(stack.fake.requests)))
    gate.set()
    assert (await ended(stack, version.id))["state"] == "SUCCEEDED"
    assert not received.left.is_set()


@pytest.mark.parametrize("path", ["/api/runs/{}", "/v1/runs/{}"])
async def test_a_cancelled_run_can_be_read_over_rest(
    stack: Stack, version: prompt_pb2.Version, gate: asyncio.Event, path: str
) -> None:
    stack.fake.script(Answer(gate=gate))
    await cancel_grpc(stack, version.id, arrival(stack, len(stack.fake.requests)))
    row = await ended(stack, version.id)
    status, told = await stack.rest("GET", path.format(row["run_id"]))
    assert status == 200
    if path.startswith("/v1"):
        assert (told["runStatus"], told["outputs"]) == ("failed", [{"type": "error", "data": "canceled"}])
    else:
        assert (told["run"]["state"], told["run"]["error"]["reason"]) == (
            "STATE_CANCELLED",
            "ERROR_REASON_RUN_CANCELLED",
        )


async def test_callers_who_leave_at_any_moment_leave_no_run_behind(stack: Stack, version: prompt_pb2.Version) -> None:
    """Deadlines from none at all to longer than a run takes hit it in every part of its way."""
    calls = [
        stack.runs.CreateRun(to_request(version.id), metadata=stack.metadata(stack.run), timeout=0.0005 * number)
        for number in range(1, 100)
    ]
    await asyncio.gather(*calls, return_exceptions=True)
    query = (
        "SELECT 1 WHERE NOT EXISTS (SELECT FROM run WHERE version_id = $1 AND (state = 'RUNNING' OR end_time IS NULL))"
    )
    async with asyncio.timeout(10):
        while await stack.server.database.fetchrow(query, version.id) is None:
            pass


@pytest.fixture(scope="module")
async def hasty(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Give a stack whose runs may last a third of a second."""
    directory = tmp_path_factory.mktemp("hasty")
    async with clone(postgres) as dsn, Stack(dsn, directory, server_settings={"run_timeout": 0.3}) as stack:
        yield stack


@wires
async def test_a_run_past_its_timeout_is_an_answer(hasty: Stack, gate: asyncio.Event, wire: Wire) -> None:
    version = await hasty.create_version("Explain {topic}.")
    hasty.fake.script(Answer(gate=gate))
    arrived = asyncio.create_task(arrival(hasty, len(hasty.fake.requests)))
    outcome = await wire(hasty, version.id, INPUTS, hasty.run)
    assert (outcome.state, outcome.reason, outcome.text) == ("FAILED", "RUN_TIMED_OUT", "")
    async with asyncio.timeout(LEAVE_SECONDS):
        await (await arrived).left.wait()
    assert (await ended(hasty, version.id))["state"] == "FAILED"


async def test_a_request_names_a_timeout_of_its_own(
    stack: Stack, version: prompt_pb2.Version, gate: asyncio.Event
) -> None:
    stack.fake.script(Answer(gate=gate))
    body = {"versionId": version.id, "inputs": INPUTS, "timeout": "0.2s"}
    status, answer = await stack.rest("POST", "/api/runs", json=body)
    assert (status, answer["run"]["state"]) == (200, "STATE_FAILED")
    assert answer["run"]["error"]["reason"] == "ERROR_REASON_RUN_TIMED_OUT"


FAILURES = {
    "500": (Answer(status=500), "PROVIDER_FAILED"),
    "400": (Answer(status=400), "PROVIDER_REFUSED"),
    "401": (Answer(status=401), "PROVIDER_UNAUTHENTICATED"),
    "429": (Answer(status=429, headers={"Retry-After": "7"}), "PROVIDER_RATE_LIMITED"),
    "cut": (Answer(cut=True), "PROVIDER_UNREACHABLE"),
    "not JSON": (Answer(body=b'{"choices"'), "PROVIDER_ANSWER_INVALID"),
    "no choices": (Answer(body=b"{}"), "PROVIDER_ANSWER_INVALID"),
}


@wires
@pytest.mark.parametrize("failure", FAILURES)
async def test_a_provider_that_fails_is_a_failed_run(
    stack: Stack, version: prompt_pb2.Version, wire: Wire, failure: str
) -> None:
    answer, reason = FAILURES[failure]
    # On a connection that was kept, one that is cut without an answer is asked again on a new one.
    stack.fake.script(answer, answer)
    outcome = await wire(stack, version.id, INPUTS, stack.run)
    assert (outcome.state, outcome.reason, outcome.text) == ("FAILED", reason, "")
    row = await ended(stack, version.id)
    assert (str(row["run_id"]), row["state"]) == (outcome.run_id, "FAILED")
    assert f'"{reason}"' in row["error"]


@wires
async def test_a_key_that_omits_payloads_keeps_nothing_and_answers_all(
    stack: Stack, version: prompt_pb2.Version, wire: Wire
) -> None:
    wanted = key_service_pb2.CreateKeyRequest(display_name="discreet", scopes=scopes.RUN_SCOPES, omit_payloads=True)
    secret = (await stack.keys.CreateKey(wanted, metadata=stack.metadata(stack.admin))).secret
    outcome = await wire(stack, version.id, INPUTS, secret)
    assert (outcome.state, outcome.text) == ("SUCCEEDED", "echo: Explain the sea.")
    row = await ended(stack, version.id)
    assert str(row["run_id"]) == outcome.run_id
    assert [row[name] for name in ("inputs", "messages", "outputs")] == [None] * 3
    assert (row["state"], row["input_tokens"]) == ("SUCCEEDED", 3)
    _, told = await stack.rest("GET", f"/api/runs/{outcome.run_id}", secret)
    assert "the sea" not in str(told)
