"""RunService as callers of two projects have it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import grpc
import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from uuid_utils.compat import uuid7

from promptwire import values
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_pb2 import Model, ParameterChoice, Run, RunSpec
from promptwire.v1.run_service_pb2_grpc import RunServiceStub, add_RunServiceServicer_to_server
from services import caller, errors, paging
from services.caller import Caller
from services.db import Database
from services.interceptors import CallInterceptor
from services.prompts.store import PromptStore
from services.providers.base import ChatAnswer, ChatRequest
from services.runs.servicer import RunServicer
from services.telemetry import Metrics
from tests.services.runs.conftest import Make
from tests.services.runs.process import Scripted, hang, to_duration

if TYPE_CHECKING:
    # The asyncio stub is a type only.
    from promptwire.v1.run_service_pb2_grpc import RunServiceAsyncStub

Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def call(servicer: RunServicer, me: Caller) -> Call:
    """Call an RPC with the fields of its request: `await call("GetRun", id=...)`, as someone else with `by`."""

    async def call(rpc: str, *, by: Caller = me, **fields: Any) -> Any:
        caller.enter(by)
        return await getattr(servicer, rpc)(getattr(pb, f"{rpc}Request")(**fields), None)

    return call


@pytest.fixture
def stream(servicer: RunServicer, me: Caller) -> Call:
    """Give all answers of an RPC that streams."""

    async def stream(rpc: str, *, by: Caller = me, **fields: Any) -> list[Any]:
        caller.enter(by)
        return [answer async for answer in getattr(servicer, rpc)(getattr(pb, f"{rpc}Request")(**fields), None)]

    return stream


@pytest.fixture
def run(call: Call) -> Callable[..., Awaitable[Run]]:
    """Make a run: `await run(version, {"name": "Ann"}, end_user_id="user")`."""

    async def run(version: Any, inputs: dict[str, Any] | None = None, **fields: Any) -> Run:
        spec = RunSpec(version_id=version.id, inputs=values.to_struct(inputs or {}), **fields)
        return (await call("CreateRun", spec=spec)).run

    return run


async def ids(call: Call, **fields: Any) -> list[str]:
    return [found.id for found in (await call("ListRuns", **fields)).runs]


async def test_a_run_is_got_with_its_messages_and_listed_without(call: Call, run: Any, make_version: Make) -> None:
    made = await run(await make_version("Hello {name}"), {"name": "Ann"})
    assert not made.node_runs[0].messages
    got = (await call("GetRun", id=made.id)).run
    assert values.from_value(got.node_runs[0].messages[0]) == {"role": "user", "content": "Hello Ann"}
    assert list((await call("ListRuns")).runs) == [made]


async def test_the_deepest_message_comes_back(call: Call, run: Any, make_version: Make, provider: Scripted) -> None:
    async def answer(_: ChatRequest) -> ChatAnswer:
        return ChatAnswer("deep")

    provider.behaviour = answer
    deep: Any = "x"
    for _ in range(values.MAX_DEPTH):
        deep = {"d": deep}
    message = {"role": "user", "content": "Hi", **deep}
    made = await run(await make_version(messages=[values.to_value(message)]))
    response = await call("GetRun", id=made.id)
    assert pb.GetRunResponse.FromString(response.SerializeToString()) == response


async def test_another_projects_run_is_not_there(call: Call, run: Any, make_version: Make, me: Caller) -> None:
    made = await run(await make_version())
    other = Caller("key2", uuid4(), "other", me.scopes)
    for run_id, by in ((made.id, other), (str(uuid4()), me)):
        with pytest.raises(errors.NotFound) as caught:
            await call("GetRun", id=run_id, by=by)
        assert (caught.value.reason, caught.value.metadata) == ("RUN_NOT_FOUND", {"run_id": run_id})
    assert await ids(call, by=other) == []


async def test_pages_go_from_the_newest_to_the_oldest(call: Call, run: Any, make_version: Make) -> None:
    version = await make_version()
    made = [(await run(version)).id for _ in range(5)]
    token, pages = "", list[list[str]]()
    while True:
        response = await call("ListRuns", page_size=2, page_token=token)
        pages.append([found.id for found in response.runs])
        token = response.next_page_token
        if not token:
            break
    assert pages == [made[4:2:-1], made[2:0:-1], made[0:1]]


async def test_bounds_name_runs_and_what_is_newer_comes_next_to_them(call: Call, run: Any, make_version: Make) -> None:
    version = await make_version()
    made = [(await run(version)).id for _ in range(6)]
    assert await ids(call, older_than=made[2]) == [made[1], made[0]]
    assert await ids(call, newer_than=made[3]) == [made[5], made[4]]
    assert await ids(call, newer_than=made[0], older_than=made[4], page_size=2) == [made[2], made[1]]
    first = await call("ListRuns", newer_than=made[0], page_size=2)
    assert [found.id for found in first.runs] == [made[2], made[1]]
    assert await ids(call, newer_than=made[0], page_size=2, page_token=first.next_page_token) == [made[4], made[3]]
    for bound in ("older_than", "newer_than"):
        with pytest.raises(errors.NotFound):
            await call("ListRuns", **{bound: str(uuid7())})


async def test_filters_are_laid_one_over_the_other(
    call: Call, run: Any, make_version: Make, provider: Scripted, database: Database
) -> None:
    welcome, other = await make_version(alias="welcome"), await make_version()
    first = await run(welcome, end_user_id="ann")
    second = await run(welcome, end_user_id="bob")
    third = await run(other, end_user_id="ann")
    await database.execute("UPDATE run SET state = 'RUNNING' WHERE run_id = $1", UUID(second.id))
    assert await ids(call, prompt_id="welcome") == [second.id, first.id]
    assert await ids(call, prompt_id=welcome.prompt_id, end_user_id="ann") == [first.id]
    assert await ids(call, end_user_id="ann") == [third.id, first.id]
    assert await ids(call, states=[Run.STATE_RUNNING]) == [second.id]
    assert await ids(call, states=[Run.STATE_FAILED, Run.STATE_SUCCEEDED]) == [third.id, first.id]
    assert await ids(call, prompt_id="nobody") == await ids(call, prompt_id=str(uuid4())) == []


async def test_a_deleted_prompts_runs_are_found_by_its_id(
    call: Call, run: Any, make_version: Make, database: Database, project_id: UUID
) -> None:
    version = await make_version(alias="welcome")
    made = await run(version)
    await PromptStore(database).delete(project_id, version.prompt_id)
    assert await ids(call, prompt_id=version.prompt_id) == [made.id]
    assert await ids(call, prompt_id="welcome") == []


async def test_an_alias_that_looks_like_an_id_stands_for_its_prompt(call: Call, run: Any, make_version: Make) -> None:
    alias = str(uuid4())
    made = await run(await make_version(alias=alias))
    assert await ids(call, prompt_id=alias) == [made.id]


async def test_times_bound_a_list_to_the_millisecond(call: Call, run: Any, make_version: Make) -> None:
    made = await run(await make_version())
    milliseconds = made.create_time.ToMilliseconds()

    def at(offset: int, nanos: int = 0) -> Timestamp:
        time = Timestamp()
        time.FromNanoseconds((milliseconds + offset) * 10**6 + nanos)
        return time

    assert await ids(call, min_create_time=at(0), max_create_time=at(1)) == [made.id]
    assert await ids(call, min_create_time=at(0, 1)) == []
    assert await ids(call, max_create_time=at(0)) == []
    assert await ids(call, max_create_time=at(0, 1)) == [made.id]
    assert await ids(call, min_create_time=Timestamp(seconds=-5)) == [made.id]


async def test_a_page_of_large_runs_ends_early(
    call: Call, run: Any, make_version: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_BYTES", 100)
    version = await make_version()
    made = [(await run(version)).id for _ in range(3)]
    response = await call("ListRuns")
    assert [found.id for found in response.runs] == made[:1:-1]
    assert await ids(call, page_token=response.next_page_token) == made[1:0:-1]


@pytest.mark.parametrize(
    ("rpc", "fields", "faults"),
    [
        ("CreateRun", {}, ["spec.prompt_id"]),
        ("GetRun", {"id": "x"}, ["id"]),
        (
            "ListRuns",
            {
                "page_size": 1001,
                "states": [0],
                "prompt_id": "x" * 65,
                "end_user_id": "\0",
                "min_create_time": Timestamp(seconds=2**60),
                "max_create_time": Timestamp(nanos=-1),
                "older_than": "x",
                "newer_than": "y",
            },
            [
                "page_size",
                "prompt_id",
                "end_user_id",
                "states",
                "min_create_time",
                "max_create_time",
                "older_than",
                "newer_than",
            ],
        ),
        ("ListRuns", {"states": [99]}, ["states"]),
        ("ListRuns", {"page_token": "x"}, ["page_token"]),
    ],
)
async def test_every_fault_is_told(call: Call, rpc: str, fields: dict[str, Any], faults: list[str]) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        await call(rpc, **fields)
    assert [fault.field for fault in caught.value.violations] == faults


async def test_a_page_token_belongs_to_its_filters(call: Call, run: Any, make_version: Make) -> None:
    version = await make_version()
    for _ in range(2):
        await run(version)
    token = (await call("ListRuns", page_size=1)).next_page_token
    with pytest.raises(errors.InvalidArgument):
        await call("ListRuns", page_size=1, page_token=token, end_user_id="ann")


async def test_models_are_listed(call: Call) -> None:
    models = (await call("ListModels")).models
    assert list(models) == [
        Model(name="large", provider="fake", provider_model="large"),
        Model(name="small", provider="fake", provider_model="small", is_default=True),
    ]
    assert ParameterChoice not in [type(choice) for model in models for choice in model.choices]


async def test_a_run_is_streamed_and_watched(stream: Call, call: Call, make_version: Make) -> None:
    told = [answer.event for answer in await stream("StreamRun", spec=RunSpec(version_id=(await make_version()).id))]
    kinds = ["started", "node_started", "text_delta", "node_ended", "ended"]
    assert [event.WhichOneof("event") for event in told] == kinds
    run = told[-1].ended.run
    assert run == (await call("ListRuns")).runs[0]
    for after in range(len(told) + 1):
        assert [answer.event for answer in await stream("WatchRun", id=run.id, after_sequence=after)] == told[after:]


async def test_what_a_stream_cannot_be_asked_is_refused(stream: Call, make_version: Make) -> None:
    spec = RunSpec(version_id=(await make_version()).id)
    for rpc, fields in (
        ("WatchRun", {"id": "?"}),
        ("WatchRun", {"id": str(uuid4()), "after_sequence": -1}),
        ("StreamRun", {"spec": spec, "wait": to_duration(301)}),
        ("StreamRun", {"spec": RunSpec()}),
    ):
        with pytest.raises(errors.InvalidArgument):
            await stream(rpc, **fields)


async def test_another_projects_run_cannot_be_watched(stream: Call, run: Any, make_version: Make, me: Caller) -> None:
    made = await run(await make_version())
    with pytest.raises(errors.NotFound):
        await stream("WatchRun", by=replace(me, project_id=uuid4()), id=made.id)


@pytest.fixture
async def stub(servicer: RunServicer, metrics: Metrics, me: Caller) -> AsyncIterator["RunServiceAsyncStub"]:
    """Serve RunService over a wire, to the one caller."""

    class Known(grpc.aio.ServerInterceptor):
        async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
            caller.enter(me)
            return await continuation(handler_call_details)

    server = grpc.aio.server(interceptors=(CallInterceptor(metrics), Known()))
    add_RunServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield RunServiceStub(channel)
    await server.stop(0)


@pytest.mark.parametrize("leave", ["cancel", "deadline"])
async def test_a_client_that_leaves_or_passes_its_deadline_cancels_the_provider(
    stub: "RunServiceAsyncStub", make_version: Make, provider: Scripted, database: Database, leave: str
) -> None:
    provider.behaviour = hang
    request = pb.CreateRunRequest(spec=RunSpec(version_id=(await make_version()).id))
    running = stub.CreateRun(request, timeout=0.3 if leave == "deadline" else None)
    await provider.asked.wait()
    if leave == "cancel":
        running.cancel()
    with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
        await running
    while not await database.fetchrow("SELECT 1 FROM run WHERE state = 'CANCELLED'"):
        pass
    assert provider.cancelled
