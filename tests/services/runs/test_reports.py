"""Runs are found by whatever they are looked for, exported whole, rated once, and counted."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.prompt_pb2 import OutputFormat, Version
from promptwire.v1.run_pb2 import Run
from services import caller, errors
from services.caller import Caller
from services.db import Database
from services.prompts.version_store import VersionStore
from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.runs import records, search_store
from services.runs.search_store import Filters, SearchStore
from services.runs.servicer import RunServicer
from services.runs.text_writer import TextWriter
from tests.journeys.graphs import graph
from tests.services.runs.conftest import Make
from tests.services.runs.process import Process, Scripted, ask

Find = Callable[..., Awaitable[list[str]]]


@pytest.fixture(autouse=True)
def as_me(me: Caller) -> None:
    caller.enter(me)


@pytest.fixture
async def other(database: Database) -> Caller:
    """Give a caller of another project."""
    project_id = uuid4()
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, $2)", project_id, str(project_id))
    return Caller("key9", project_id, "other", frozenset({"runs:write", "runs:read"}))


@pytest.fixture
def writer(dsn: str) -> TextWriter:
    return TextWriter(dsn)


@pytest.fixture
def find(servicer: RunServicer) -> Find:
    """Give the ids of the runs that fit: `await find(model="large")`."""

    async def find(**filters: Any) -> list[str]:
        return [run.id for run in (await servicer.ListRuns(pb.ListRunsRequest(**filters), None)).runs]

    return find


async def run(process: Process, me: Caller, version: Version, inputs: dict[str, Any] | None = None, **spec: Any) -> str:
    return (await process.intake.create(me, ask(version, inputs, **spec), None)).id


async def test_runs_are_found_by_their_words(
    process: Process, me: Caller, make_version: Make, find: Find, writer: TextWriter, provider: Scripted
) -> None:
    version = await make_version("Tell of {topic}")
    tea = await run(process, me, version, {"topic": "Green tea, and 42 cups"})
    coffee = await run(process, me, version, {"topic": "coffee"})
    await writer.write_due()
    assert await find(text="tea") == [tea]
    assert await find(text="GREEN cups") == [tea]
    assert await find(text='"green tea"') == [tea]
    assert await find(text='"tea green"') == []
    assert await find(text="42") == [tea]
    # Words of the outputs, too: the provider gives back what it is told.
    assert await find(text="echo tell") == [coffee, tea]
    assert await find(text="tea coffee") == []
    assert await find(text="output") == await find(text="topic") == []
    provider.behaviour = refuse
    failed = await run(process, me, version, {"topic": "milk"})
    await writer.write_due()
    assert await find(text="milk") == [failed]


async def test_words_are_found_among_the_newest_and_then_among_all(
    process: Process,
    me: Caller,
    make_version: Make,
    find: Find,
    writer: TextWriter,
    servicer: RunServicer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search_store, "RECENT", 3)
    version = await make_version("Tell of {topic}")
    topics = ("tea", "coffee", "tea", "milk", "tea and milk", "coffee")
    made = [await run(process, me, version, {"topic": topic}, end_user_id=f"for {topic}") for topic in topics]
    await writer.write_due()
    assert await find(text="tea") == [made[4], made[2], made[0]]
    assert await find(text="tea", page_size=1) == [made[4]]
    assert await find(text="tea", older_than=made[4]) == [made[2], made[0]]
    assert await find(text="tea", newer_than=made[0]) == [made[4], made[2]]
    assert await find(text="tea", newer_than=made[0], page_size=1) == [made[2]]
    assert await find(text="tea milk", page_size=1) == [made[4]]
    assert await find(text="tea", end_user_id="for tea") == [made[2], made[0]]
    assert await find(text="tea", model="small", stars=[]) == [made[4], made[2], made[0]]
    pages, token = [], ""
    while not pages or token:
        request = pb.ListRunsRequest(text="tea", page_size=1, page_token=token)
        answer = await servicer.ListRuns(request, None)
        pages.append([it.id for it in answer.runs])
        token = answer.next_page_token
    assert pages == [[made[4]], [made[2]], [made[0]]]


async def refuse(_: ChatRequest) -> ChatAnswer:
    raise ProviderError("PROVIDER_REFUSED", "fake: no")


async def test_words_are_written_once_and_by_one(
    process: Process, me: Caller, make_version: Make, find: Find, writer: TextWriter, database: Database
) -> None:
    version = await make_version("Tell of {topic}")
    made = [await run(process, me, version, {"topic": f"tea {number}"}) for number in range(3)]
    await writer.write_due()
    await writer.write_due()
    assert await find(text="tea") == made[::-1]
    assert await database.fetch("SELECT FROM run_text_due") == []


async def test_words_that_cannot_be_written_keep_no_others_back(
    process: Process,
    me: Caller,
    make_version: Make,
    find: Find,
    writer: TextWriter,
    database: Database,
) -> None:
    version = await make_version("Tell of {topic}")
    broken = await run(process, me, version, {"topic": "tea"})
    # What Postgres takes for JSON, but not for a text.
    await database.execute("UPDATE run SET inputs = $1 WHERE run_id = $2", '{"topic": "\\u0000"}', UUID(broken))
    whole = [await run(process, me, version, {"topic": "tea"}) for _ in range(2)]
    await writer.write_due()
    assert await find(text="tea") == whole[::-1]
    assert await database.fetch("SELECT FROM run_text_due") == []


async def test_nothing_is_found_in_runs_without_payloads(
    process: Process, me: Caller, make_version: Make, find: Find, writer: TextWriter, database: Database
) -> None:
    shy = Caller(me.key_id, me.project_id, me.project, me.scopes, omit_payloads=True)
    await run(process, shy, await make_version("Tell of {topic}"), {"topic": "tea"})
    await writer.write_due()
    assert await find(text="tea") == []
    assert await database.fetch("SELECT FROM run_text") == []


async def test_runs_are_found_by_metadata_model_reason_and_stars(
    process: Process, me: Caller, make_version: Make, find: Find, servicer: RunServicer, provider: Scripted
) -> None:
    version = await make_version()
    one = await run(process, me, version, metadata={"plan": "pro", "team": "a"})
    two = await run(process, me, version, metadata={"plan": "pro"}, model="fake/large")
    provider.behaviour = refuse
    three = await run(process, me, version, metadata={"plan": "free"})
    assert await find(metadata={"plan": "pro"}) == [two, one]
    assert await find(metadata={"plan": "pro", "team": "a"}) == [one]
    assert await find(metadata={"plan": "team"}) == []
    assert await find(model="large") == [two]
    assert await find(error_reason="ERROR_REASON_PROVIDER_REFUSED") == [three]
    assert await find(error_reason="ERROR_REASON_PROVIDER_FAILED") == []
    assert await find(states=["STATE_FAILED"]) == [three]
    assert await find(states=["STATE_FAILED", "STATE_SUCCEEDED"]) == [three, two, one]
    await servicer.RateRun(pb.RateRunRequest(id=one, stars=1), None)
    await servicer.RateRun(pb.RateRunRequest(id=three, stars=3), None)
    assert await find(stars=[1]) == [one]
    assert await find(stars=[1, 2, 3]) == [three, one]
    assert await find(stars=[2]) == []
    assert await find(metadata={"plan": "free"}, stars=[3], error_reason="ERROR_REASON_PROVIDER_REFUSED") == [three]


async def test_runs_are_found_by_what_is_wrong_with_their_outputs(
    process: Process, me: Caller, make_version: Make, find: Find
) -> None:
    version = await make_version("Tell", output_format=OutputFormat(type=OutputFormat.TYPE_JSON))
    told = await run(process, me, version)
    assert await find(error_reason="ERROR_REASON_OUTPUT_NOT_JSON") == [told]


async def test_graphs_are_found_by_the_models_of_their_nodes(
    process: Process, me: Caller, make_version: Make, find: Find
) -> None:
    document = graph({}, {"a": "A", "b": "B"}, {"o": ["a", "b"]})
    document["nodes"][0]["data"]["modelParams"] = {"model": "large"}
    flow = await make_version(messages=[], graph=values.to_struct(document))
    template = await make_version("Hi")
    made = [await run(process, me, flow)]
    made += [await run(process, me, template, model="fake/large"), await run(process, me, template)]
    assert await find(model="large") == [made[1], made[0]]
    assert await find(model="large", page_size=1) == [made[1]]
    assert await find(model="large", older_than=made[1]) == [made[0]]
    assert await find(model="large", newer_than=made[0]) == [made[1]]
    assert await find(model="unheard") == []


async def test_an_image_is_found_once_by_its_model(
    process: Process, me: Caller, make_version: Make, find: Find
) -> None:
    form = OutputFormat(type=OutputFormat.TYPE_IMAGE)
    made = await run(process, me, await make_version("A fox", output_format=form, model="fake/painter"))
    assert await find(model="painter") == [made]


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"text": "..."}, "text"),
        ({"text": "a" * 1001}, "text"),
        ({"text": "a\0"}, "text"),
        ({"stars": [0]}, "stars"),
        ({"stars": [4]}, "stars"),
        ({"error_reason": 12345}, "error_reason"),
        ({"model": "m" * 256}, "model"),
        ({"metadata": {"": "x"}}, "metadata."),
        ({"metadata": {"x": "y" * 256}}, "metadata.x"),
        ({"metadata": {str(number): "" for number in range(17)}}, "metadata"),
    ],
    ids=range(10),
)
async def test_what_cannot_be_looked_for_is_refused(servicer: RunServicer, filters: Any, field: str) -> None:
    for ask_for in (
        lambda: servicer.ListRuns(pb.ListRunsRequest(**filters), None),
        lambda: anext(servicer.ExportRuns(pb.ExportRunsRequest(**filters), None)),
    ):
        with pytest.raises(errors.InvalidArgument) as refused:
            await ask_for()
        assert refused.value.violations[0].field == field


@pytest.mark.parametrize(
    "metadata", [{"x" * 65: ""}, {"": ""}, {"x": "y" * 256}, {str(number): "" for number in range(17)}, {"x": "\0"}]
)
async def test_metadata_has_bounds(process: Process, me: Caller, make_version: Make, metadata: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidArgument):
        await run(process, me, await make_version(), metadata=metadata)


async def test_an_export_gives_every_run_once(
    process: Process, me: Caller, make_version: Make, servicer: RunServicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_store, "EXPORTED", 2)
    version = await make_version("Tell of {topic}")
    made = [await run(process, me, version, {"topic": "tea"}, end_user_id=f"user {i % 2}") for i in range(7)]
    assert await export(servicer) == made[::-1]
    assert await export(servicer, end_user_id="user 1") == made[5::-2]
    assert await export(servicer, older_than=made[4]) == made[3::-1]
    assert await export(servicer, end_user_id="nobody") == []


async def export(servicer: RunServicer, **filters: Any) -> list[str]:
    answers = servicer.ExportRuns(pb.ExportRunsRequest(**filters), None)
    return [run.id async for answer in answers for run in answer.runs]


async def test_an_export_is_of_one_s_own_runs(
    process: Process, me: Caller, make_version: Make, servicer: RunServicer, other: Caller
) -> None:
    await run(process, me, await make_version())
    caller.enter(other)
    assert await export(servicer) == []


async def test_a_rating_is_told_and_counted(
    process: Process, me: Caller, make_version: Make, servicer: RunServicer, database: Database
) -> None:
    version = await make_version()
    one, two = await run(process, me, version), await run(process, me, version)

    async def rate(run_id: str, stars: int, comment: str = "") -> Run:
        return (await servicer.RateRun(pb.RateRunRequest(id=run_id, stars=stars, comment=comment), None)).run

    async def summary() -> tuple[int, float]:
        found, _ = await VersionStore(database).get(me.project_id, version.id)
        [listed], _ = await VersionStore(database).list(me.project_id, UUID(version.prompt_id), before=None, size=9)
        assert listed.ratings == found.ratings
        return found.ratings.count, found.ratings.average

    assert await summary() == (0, 0)
    rated = await rate(one, 3, "just right")
    assert (rated.rating.stars, rated.rating.comment) == (3, "just right")
    assert rated.rating.rate_time.seconds > 0
    await rate(two, 2)
    assert await summary() == (2, 2.5)
    again = await rate(one, 1)
    assert (again.rating.stars, again.rating.comment) == (1, "")
    assert await summary() == (2, 1.5)
    assert not (await rate(one, 0)).HasField("rating")
    assert not (await rate(one, 0)).HasField("rating")
    assert await summary() == (1, 2.0)
    assert not (await process.store.get(me.project_id, UUID(one))).HasField("rating")


async def test_a_run_of_a_session_can_be_rated(
    process: Process, me: Caller, make_session: Any, servicer: RunServicer
) -> None:
    made = await process.intake.create(me, ask(await make_session()), None)
    assert (await servicer.RateRun(pb.RateRunRequest(id=made.id, stars=2), None)).run.rating.stars == 2


@pytest.mark.parametrize(
    "change", [{"stars": 4}, {"stars": -1}, {"comment": "why"}, {"stars": 1, "comment": "x" * 10_001}]
)
async def test_what_is_no_rating_is_refused(
    process: Process, me: Caller, make_version: Make, servicer: RunServicer, change: dict[str, Any]
) -> None:
    made = await run(process, me, await make_version())
    with pytest.raises(errors.InvalidArgument):
        await servicer.RateRun(pb.RateRunRequest(id=made, **change), None)


async def test_the_runs_of_others_are_not_rated(
    process: Process, me: Caller, make_version: Make, servicer: RunServicer, other: Caller
) -> None:
    made = await run(process, me, await make_version())
    caller.enter(other)
    with pytest.raises(errors.NotFound):
        await servicer.RateRun(pb.RateRunRequest(id=made, stars=1), None)


def put(database: Database, me: Caller, at: datetime, **columns: Any) -> Awaitable[str]:
    """Put a run that took `seconds` into its table."""
    seconds = columns.pop("seconds", 1.0)
    run_id = UUID(int=records.least_id(int(at.timestamp() * 1000)).int + next(_NUMBERS))
    row = {
        "project_id": me.project_id,
        "run_id": run_id,
        "prompt_id": UUID(int=7),
        "version_number": 1,
        "key_id": me.key_id,
        "end_user_id": "",
        "state": "SUCCEEDED",
        "provider": "fake",
        "model": "small",
        "input_tokens": 10,
        "output_tokens": 5,
        "create_time": at,
        "end_time": at + timedelta(seconds=seconds),
    } | columns
    names, numbers = ", ".join(row), ", ".join(f"${index + 1}" for index in range(len(row)))
    return database.execute(f"INSERT INTO run ({names}) VALUES ({numbers})", *row.values())


_NUMBERS = itertools.count(1)
NOON = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def buckets(answer: pb.GetUsageResponse) -> list[tuple[int, str, int, int]]:
    return [(it.begin_time.ToDatetime(UTC).hour, it.group, it.runs, it.errors) for it in answer.buckets]


def between(begin: datetime, end: datetime, **fields: Any) -> pb.GetUsageRequest:
    return pb.GetUsageRequest(min_create_time=begin, max_create_time=end, **fields)


async def test_usage_by_the_hour_and_by_the_day(database: Database, me: Caller, servicer: RunServicer) -> None:
    for seconds in range(1, 101):
        await put(database, me, NOON, seconds=seconds)
    await put(database, me, NOON + HOUR, state="FAILED", seconds=9)
    await put(database, me, NOON + HOUR, state="RUNNING", end_time=None, input_tokens=None, output_tokens=None)
    answer = await servicer.GetUsage(between(NOON, NOON + 2 * HOUR), None)
    assert buckets(answer) == [(12, "", 100, 0), (13, "", 2, 1)]
    first, second = answer.buckets
    assert (first.usage.input_tokens, first.usage.output_tokens) == (1000, 500)
    quantiles = (first.latency.p50, first.latency.p90, first.latency.p99)
    assert [round(it.ToTimedelta().total_seconds(), 2) for it in quantiles] == [50.5, 90.1, 99.01]
    assert second.latency.p99.seconds == 9
    [day] = (await servicer.GetUsage(between(NOON, NOON + 2 * HOUR, interval="INTERVAL_DAY"), None)).buckets
    assert (day.begin_time.ToDatetime(UTC), day.runs) == (NOON.replace(hour=0, minute=0), 102)
    # Down to the begin of the hour, but not up to its end.
    assert buckets(await servicer.GetUsage(between(NOON + timedelta(minutes=20), NOON + HOUR), None)) == [
        (12, "", 100, 0)
    ]
    assert buckets(await servicer.GetUsage(between(NOON - HOUR, NOON), None)) == []


async def test_usage_by_key_prompt_and_model(
    database: Database, me: Caller, servicer: RunServicer, make_version: Make
) -> None:
    mine = UUID((await make_version(alias="mine")).prompt_id)
    await put(database, me, NOON, prompt_id=mine)
    await put(database, me, NOON, key_id="key2", model="large", prompt_id=mine)
    await put(database, me, NOON, key_id="key2")
    groups = {
        "GROUP_KEY": [("key1", 1), ("key2", 2)],
        "GROUP_PROMPT": [(str(UUID(int=7)), 1), (str(mine), 2)],
        "GROUP_MODEL": [("fake/large", 1), ("fake/small", 2)],
    }
    for group, expected in groups.items():
        answer = await servicer.GetUsage(between(NOON, NOON + HOUR, group=group), None)
        assert [(it.group, it.runs) for it in answer.buckets] == expected
    only = between(NOON, NOON + HOUR, key_id="key2", prompt_id="mine", group="GROUP_MODEL")
    assert buckets(await servicer.GetUsage(only, None)) == [(12, "fake/large", 1, 0)]


async def test_each_node_of_a_graph_counts_for_its_model(
    process: Process, me: Caller, make_version: Make, servicer: RunServicer
) -> None:
    document = graph({}, {"a": "A", "b": "B"}, {"o": ["a", "b"]})
    document["nodes"][0]["data"]["modelParams"] = {"model": "large"}
    await run(process, me, await make_version(messages=[], graph=values.to_struct(document)))
    await run(process, me, await make_version("Hi"))
    by_model = await servicer.GetUsage(pb.GetUsageRequest(group="GROUP_MODEL"), None)
    assert sorted((it.group, it.runs, it.usage.output_tokens) for it in by_model.buckets) == [
        ("fake/large", 1, 7),
        ("fake/small", 2, 14),
    ]
    everything = await servicer.GetUsage(pb.GetUsageRequest(), None)
    assert sum(it.runs for it in everything.buckets) == 2
    assert sum(it.usage.output_tokens for it in everything.buckets) == 21


@pytest.mark.parametrize(
    "request_",
    [
        between(NOON, NOON),
        between(NOON + HOUR, NOON),
        between(NOON, NOON + 32 * DAY, interval="INTERVAL_HOUR"),
        between(NOON, NOON + 367 * DAY),
        between(NOON, datetime(9999, 12, 31, 23, 59, 59, 999_900, tzinfo=UTC)),
        pb.GetUsageRequest(interval=9),
        pb.GetUsageRequest(group=9),
        pb.GetUsageRequest(prompt_id="x" * 65),
        pb.GetUsageRequest(key_id="x" * 65),
    ],
    ids=range(9),
)
async def test_what_cannot_be_counted_is_refused(servicer: RunServicer, request_: pb.GetUsageRequest) -> None:
    with pytest.raises(errors.InvalidArgument):
        await servicer.GetUsage(request_, None)


async def test_runs_under_way_are_found_whoever_drives_them(
    process: Process, me: Caller, make_version: Make, find: Find, database: Database
) -> None:
    version = await make_version()
    queued = await process.intake.queue(me, ask(version))
    await put(database, me, datetime.now(UTC), state="RUNNING", end_time=None)
    await run(process, me, version)
    found = await find(states=["STATE_QUEUED", "STATE_RUNNING"])
    assert len(found) == 2
    assert queued.id in found
    assert await find(states=["STATE_QUEUED"]) == [queued.id]
    assert await find(states=["STATE_QUEUED"], model="small") == [queued.id]
    assert len(await find(states=["STATE_RUNNING"])) == 1


async def test_what_takes_too_long_is_refused_with_what_to_do(
    database: Database, me: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_store, "SETTINGS", "SELECT set_config('statement_timeout', '1ms', true)")
    monkeypatch.setattr(search_store, "LISTED", search_store.LISTED.replace("SELECT", "SELECT pg_sleep(1),", 1))
    await put(database, me, NOON)
    with pytest.raises(errors.InvalidArgument, match="takes more than"):
        await SearchStore(database).list(me.project_id, Filters(), after=None, size=1)
    assert await database.fetch("SELECT 1")


async def test_many_looks_that_take_too_long_in_all_are_refused(
    database: Database, me: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_store, "PAGE_SECONDS", 0.05)
    monkeypatch.setattr(search_store, "LISTED", search_store.LISTED.replace("SELECT", "SELECT pg_sleep(1),", 1))
    await put(database, me, NOON)
    with pytest.raises(errors.InvalidArgument, match="takes more than"):
        await SearchStore(database).list(me.project_id, Filters(), after=None, size=1)
    assert await database.fetch("SELECT 1")
