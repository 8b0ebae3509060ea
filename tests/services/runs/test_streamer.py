"""Runs whose events their callers get: cut, left, taken over, cancelled, with a database that goes and comes."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from uuid import UUID

import pytest

from promptwire.v1.run_pb2 import Run, RunEvent
from services import errors
from services.caller import Caller
from services.db import Database
from services.providers.base import ChatAnswer, ChatRequest, ProviderError, Tell
from services.providers.config import Config, ModelSettings, ProviderSettings
from services.providers.registry import Registry
from services.runs import executor
from services.runs.underway import Stop
from tests.services.runs.conftest import Another, Make
from tests.services.runs.outages import locked, wait_for_blocked
from tests.services.runs.process import Process, Scripted, ask
from tests.services.runs.telling import joined, kinds

BUSY = ProviderError("PROVIDER_FAILED", "busy", retryable=True)


class Telling(Scripted):
    """A provider that streams what a test tells it: texts, errors, and None for the end."""

    def __init__(self) -> None:
        super().__init__()
        self._scripts = defaultdict[int, asyncio.Queue[str | ProviderError | None]](asyncio.Queue)

    def say(self, *words: str | ProviderError | None, to: int = 0) -> None:
        """Stream this next, to the request of a number."""
        for word in words:
            self._scripts[to].put_nowait(word)

    async def stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        script = self._scripts[len(self.requests)]
        self.requests.append(request)
        words = ""
        try:
            while (word := await script.get()) is not None:
                if isinstance(word, ProviderError):
                    raise word
                tell(word)
                words += word
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return ChatAnswer(words, 1, 2, "stop")


@pytest.fixture
def provider() -> Telling:
    return Telling()


@pytest.fixture
async def models(provider: Telling, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Registry]:
    """Ask the provider once more when it fails, at once."""
    monkeypatch.setattr(executor, "FIRST_PAUSE", 0.0)
    providers = {"fake": ProviderSettings("http://fake", retries=1)}
    config = Config(providers=providers, models={}, default_name="small", default=ModelSettings("fake", "small"))
    registry = Registry(config, {"fake": provider})
    yield registry
    await registry.close()


def text_of(told: Sequence[RunEvent]) -> str:
    """Give the text that is not void, of events before the node's end."""
    return joined([event for event in told if event.HasField("node_started") or event.HasField("text_delta")])


async def until(events: AsyncGenerator[RunEvent], kind: str) -> list[RunEvent]:
    """Take events up to one of a kind."""
    told = [await anext(events)]
    while not told[-1].HasField(kind):  # type: ignore[arg-type]
        told.append(await anext(events))
    return told


async def watch(process: Process, me: Caller, run_id: str, after: int = 0) -> list[RunEvent]:
    """Watch a run to its end."""
    return [event async for event in process.watcher.watch(me.project_id, UUID(run_id), after)]


async def ended(process: Process, me: Caller, run_id: str) -> Run:
    """Wait for the end of a run, and give it."""
    return (await watch(process, me, run_id))[-1].ended.run


async def test_a_run_is_told_as_it_happens(process: Process, me: Caller, make_version: Make, provider: Telling) -> None:
    version = await make_version()
    async with aclosing(process.streamer.stream(me, ask(version), None)) as events:
        first = await anext(events)
        assert first.started.run.state == Run.STATE_RUNNING
        provider.say("one ")
        told = await until(events, "text_delta")
        assert kinds(told) == ["node_started", "text_delta"]
        provider.say("two ", "three", None)
        told += [event async for event in events]
    assert [event.sequence for event in [first, *told]] == list(range(1, len(told) + 2))
    assert text_of(told) == "one two three"
    assert kinds(told)[-2:] == ["node_ended", "ended"]
    run = told[-1].ended.run
    assert (run.state, run.outputs[0].text, run.usage.output_tokens) == (Run.STATE_SUCCEEDED, "one two three", 2)
    assert run == await process.store.get_listed(me.project_id, UUID(run.id))
    assert await watch(process, me, run.id) == [first, *told]


async def test_a_failed_attempt_is_void(process: Process, me: Caller, make_version: Make, provider: Telling) -> None:
    provider.say("void", BUSY)
    provider.say("anew", None, to=1)
    told = [event async for event in process.streamer.stream(me, ask(await make_version()), None)]
    assert text_of(told) == "anew"
    assert [event.node_started.attempt for event in told if event.HasField("node_started")] == [1, 2]
    assert told[-1].ended.run.outputs[0].text == "anew"


async def test_a_run_that_failed_says_why(process: Process, me: Caller, make_version: Make, provider: Telling) -> None:
    provider.say("a", BUSY)
    provider.say("b", BUSY, to=1)
    told = [event async for event in process.streamer.stream(me, ask(await make_version()), None)]
    run = told[-1].ended.run
    assert (run.state, run.error.message, run.error.metadata) == (Run.STATE_FAILED, "busy", {"attempts": "2"})
    assert told[-2].node_ended.node_run.error == run.node_runs[0].error == run.error


async def test_one_who_leaves_cancels_the_run_and_the_providers_work(
    process: Process, me: Caller, make_version: Make, provider: Telling
) -> None:
    provider.say("a")
    async with aclosing(process.streamer.stream(me, ask(await make_version()), None)) as events:
        told = [await anext(events), *await until(events, "text_delta")]
    run = await ended(process, me, told[0].started.run.id)
    assert (run.state, provider.cancelled) == (Run.STATE_CANCELLED, True)
    assert (await watch(process, me, run.id))[: len(told)] == told


async def test_with_a_wait_it_goes_on_without_the_one_who_left(
    process: Process, me: Caller, make_version: Make, provider: Telling
) -> None:
    provider.say("a")
    async with aclosing(process.streamer.stream(me, ask(await make_version()), 60)) as events:
        told = [await anext(events), *await until(events, "text_delta")]
    provider.say("b", None)
    rest = await watch(process, me, told[0].started.run.id, told[-1].sequence)
    assert text_of([*told, *rest]) == "ab"
    assert rest[-1].ended.run.state == Run.STATE_SUCCEEDED


async def test_after_the_wait_the_stream_ends_and_the_run_goes_on(
    process: Process, me: Caller, make_version: Make, provider: Telling
) -> None:
    version = await make_version()
    for request, wait in enumerate((0.0, 0.05)):
        told = [event async for event in process.streamer.stream(me, ask(version), wait)]
        assert kinds(told)[0] == "started"
        provider.say("a", None, to=request)
        assert (await ended(process, me, told[0].started.run.id)).state == Run.STATE_SUCCEEDED


async def test_one_who_asks_again_joins_and_gets_the_same(
    process: Process, me: Caller, make_version: Make, provider: Telling
) -> None:
    version = await make_version()
    request = ask(version, request_id="once")
    first = process.streamer.stream(me, request, None)
    told = [await anext(first)]
    async with aclosing(process.streamer.stream(me, request, None)) as second:
        assert [await anext(second)] == told
        await first.aclose()
        provider.say("a", None)
        told += [event async for event in second]
    assert told[-1].ended.run.state == Run.STATE_SUCCEEDED
    assert len(provider.requests) == 1
    assert [event async for event in process.streamer.stream(me, request, None)] == told


async def test_a_run_that_is_handed_on_goes_on_elsewhere_and_its_text_anew(
    process: Process, another: Another, me: Caller, make_version: Make, provider: Telling
) -> None:
    provider.say("void")
    async with aclosing(process.streamer.stream(me, ask(await make_version()), 60)) as events:
        told = [await anext(events), *await until(events, "text_delta")]
        run = told[0].started.run
        process.underway.stop(UUID(run.id), Stop.HANDED_ON)
        async with another() as other:
            while (await process.store.get_listed(me.project_id, UUID(run.id))).state != Run.STATE_QUEUED:
                pass
            provider.say("anew", None, to=1)
            await other.do_job(run, me.project_id)
            told += [event async for event in events]
            assert await watch(other, me, run.id) == told
    assert text_of(told) == "anew"
    assert [event.node_started.attempt for event in told if event.HasField("node_started")] == [1, 2]
    assert told[-1].ended.run.attempt == 2


async def test_a_driver_that_lost_its_run_stops_at_its_next_word_and_leaves_no_trace(
    process: Process, another: Another, me: Caller, make_version: Make, provider: Telling, database: Database
) -> None:
    provider.say("void")
    async with aclosing(process.streamer.stream(me, ask(await make_version()), 60)) as events:
        told = [await anext(events), *await until(events, "text_delta")]
        run = told[0].started.run
        # As if its lease had lapsed without its knowing.
        await process.lease.close()
        await database.execute("UPDATE run SET server_id = gen_random_uuid()")
        async with another() as other:
            taking = asyncio.create_task(other.do_job(run, me.project_id))
            await until(other.watcher.watch(me.project_id, UUID(run.id), told[-1].sequence), "node_started")
            drive = process.drive_of(run)
            while not drive.done():
                provider.say("late")
                await asyncio.sleep(0.01)
            provider.say("anew", None, to=1)
            await taking
            told += [event async for event in events]
            assert await watch(other, me, run.id) == told
    assert text_of(told) == "anew"
    assert not any("late" in event.text_delta.text for event in told)
    assert (told[-1].ended.run.state, told[-1].ended.run.attempt) == (Run.STATE_SUCCEEDED, 2)


async def test_a_detached_run_is_told_too(process: Process, me: Caller, make_version: Make, provider: Telling) -> None:
    run = await process.intake.queue(me, ask(await make_version()))
    watching = asyncio.create_task(watch(process, me, run.id))
    provider.say("a", "b", None)
    await process.do_job(run, me.project_id)
    told = await watching
    assert told[0].started.run.state == Run.STATE_QUEUED
    assert text_of(told) == "ab"


async def test_the_end_is_recorded_behind_all_that_was_told(
    process: Process, me: Caller, make_version: Make, provider: Telling, dsn: str
) -> None:
    async with aclosing(process.streamer.stream(me, ask(await make_version()), None)) as events:
        await until(events, "node_started")
        async with locked(dsn):
            provider.say("a", None)
            await wait_for_blocked(dsn)
            going_on = asyncio.create_task(anext(events))
            await asyncio.sleep(0.05)
            assert not going_on.done()
        told = [await going_on] + [event async for event in events]
    assert kinds(told) == ["text_delta", "node_ended", "ended"]


async def test_a_run_that_passes_its_time_ends_behind_what_it_told(
    process: Process, me: Caller, make_version: Make, provider: Telling
) -> None:
    provider.say("a")
    told = [event async for event in process.streamer.stream(me, ask(await make_version(), seconds=0.3), None)]
    assert kinds(told) == ["started", "node_started", "text_delta", "ended"]
    assert told[-1].ended.run.error.message == "the run passed its timeout of 0.3 s"


async def test_cancelling_ends_the_stream(process: Process, me: Caller, make_version: Make, provider: Telling) -> None:
    async with aclosing(process.streamer.stream(me, ask(await make_version()), 60)) as events:
        told = await until(events, "node_started")
        run = await process.intake.cancel(me.project_id, UUID(told[0].started.run.id))
        assert run.state == Run.STATE_CANCELLED
        assert [event.ended.run.state async for event in events] == [Run.STATE_CANCELLED]
    assert provider.cancelled


async def test_what_cannot_begin_is_refused(process: Process, me: Caller, make_version: Make) -> None:
    version = await make_version("Hello {name}")
    with pytest.raises(errors.InvalidArgument, match="name"):
        await anext(process.streamer.stream(me, ask(version), None))
    process.intake.drain()
    with pytest.raises(errors.Unavailable, match="about to stop"):
        await anext(process.streamer.stream(me, ask(version, {"name": "Ann"}), None))


async def test_with_payloads_omitted_nothing_of_the_text_is_kept(
    process: Process, me: Caller, make_version: Make, provider: Telling, database: Database
) -> None:
    private = Caller(me.key_id, me.project_id, me.project, me.scopes, omit_payloads=True)
    provider.say("secret ", "words", None)
    told = [event async for event in process.streamer.stream(private, ask(await make_version()), None)]
    assert text_of(told) == "secret words"
    assert not told[-1].ended.run.outputs
    rows = await database.fetch("SELECT event FROM run_event")
    assert rows
    assert not any(b"secret" in row["event"] or b"words" in row["event"] for row in rows)
