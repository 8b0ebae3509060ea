"""What a driver tells is recorded first, then shown; once another drives the run, neither."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.db import Database
from services.errors import DatabaseUnavailable
from services.runs import feed as feed_module
from services.runs.event_store import EventStore, Told
from services.runs.executor import NodeStarted
from services.runs.feed import Feed, Feeds, Fenced
from services.runs.fenced_writer import FencedWriter
from services.runs.records import Start
from services.runs.store import RunStore
from tests.services.runs.outages import down, locked, wait_for_blocked
from tests.services.runs.telling import (
    ENDED,
    NODE,
    STARTED,
    begin,
    end,
    feeding,
    joined,
    kinds,
    stored,
    take,
    text,
    unknown,
)

SOON = 10.0


@pytest.fixture
def events(database: Database) -> EventStore:
    return EventStore(database)


@pytest.fixture
async def feeds(events: EventStore) -> AsyncIterator[Feeds]:
    writer = FencedWriter(events)
    yield Feeds(events, writer)
    await writer.close()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let text gather until the flush."""
    monkeypatch.setattr(feed_module, "GATHER_SECONDS", 3600)


async def shown(feed: Feed, last: int, after: int = 0) -> list[str | None]:
    """Wait until the event of a number is shown, and give the kinds of those up to it."""
    found = list[str | None]()
    while after < last:
        told = await feed.next(after, SOON)
        assert told
        assert [event.sequence for event in told] == list(range(after + 1, after + len(told) + 1))
        found += kinds(told)
        after = told[-1].sequence
    return found


async def test_what_is_told_is_recorded_and_shown(feeds: Feeds, events: EventStore, store: RunStore) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        assert await shown(feed, 1) == ["started"]
        feed.tell(STARTED)
        assert await shown(feed, 2, after=1) == ["node_started"]
        feed.tell(text("a"))
        feed.tell(ENDED)
        await feed.flush()
        assert await shown(feed, 4, after=2) == ["text_delta", "node_ended"]
    assert kinds(await stored(events, run)) == ["node_started", "text_delta", "node_ended"]


async def test_nothing_is_shown_before_it_is_recorded(feeds: Feeds, store: RunStore, dsn: str) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        async with locked(dsn):
            feed.tell(STARTED)
            await wait_for_blocked(dsn)
            watching = asyncio.create_task(feed.next(1, SOON))
            assert await feed.next(1, 0.01) == ()
            assert not watching.done()
        assert kinds(await watching) == ["node_started"]


@pytest.mark.usefixtures("patience")
async def test_the_first_text_goes_at_once_and_what_follows_it_gathers(
    feeds: Feeds, events: EventStore, store: RunStore
) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        feed.tell(STARTED)
        await shown(feed, 2, after=1)
        feed.tell(text("a"))
        await shown(feed, 3, after=2)
        for letter in "bcd":
            feed.tell(text(letter))
            assert await feed.next(3, 0.001) == ()
        await feed.flush()
        assert [event.text_delta.text for event in await feed.next(2, SOON)] == ["a", "bcd"]
    assert len(await stored(events, run)) == 3


async def test_text_gathers_for_a_moment_only(feeds: Feeds, store: RunStore) -> None:
    async with feeding(feeds, await begin(store)) as feed:
        for sequence in (2, 3, 4):
            feed.tell(text("a"))
            assert await shown(feed, sequence, after=sequence - 1) == ["text_delta"]


async def test_a_driver_that_lost_its_run_is_stopped_by_the_next_thing_that_it_tells(
    feeds: Feeds, events: EventStore, store: RunStore, database: Database
) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        feed.tell(STARTED)
        await shown(feed, 2, after=1)
        await take(database, run)
        feed.tell(text("late"))
        assert await feed.next(2, SOON) == ()
        with pytest.raises(Fenced):
            feed.tell(text("later"))
        with pytest.raises(Fenced):
            await feed.flush()
    assert len(await stored(events, run)) == 1


async def test_a_run_that_has_ended_takes_no_more(feeds: Feeds, store: RunStore) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        await end(store, run)
        feed.tell(text("late"))
        with pytest.raises(Fenced):
            await feed.flush()


async def test_the_next_driver_goes_on_behind_the_last_one(
    feeds: Feeds, events: EventStore, store: RunStore, database: Database
) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        assert (await feed.resume()).attempts == {}
        for event in (STARTED, NodeStarted(NODE, 2), text("a")):
            feed.tell(event)
        await feed.flush()
        async with feeding(feeds, await take(database, run)) as later:
            assert feeds.find(run.project_id, run.run_id) is later
            watching = asyncio.create_task(later.next(1, SOON))
            await asyncio.sleep(0)
            assert (await later.resume()).attempts == {NODE: 2}
            assert await watching == ()
            later.tell(NodeStarted(NODE, 3))
            later.tell(text("b"))
            await later.flush()
            assert await later.next(1, SOON) == ()
            assert kinds(await later.next(4, SOON)) == ["node_started", "text_delta"]
    told = await stored(events, run)
    assert [event.sequence for event in told] == [2, 3, 4, 5, 6]
    assert joined(told) == "b"


async def test_the_next_driver_waits_for_the_end_of_an_outage(
    feeds: Feeds, events: EventStore, store: RunStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, troubles = events.find_told, [DatabaseUnavailable()] * 2

    async def find_later(start: Start) -> Told:
        if troubles:
            raise troubles.pop()
        return await find(start)

    monkeypatch.setattr(feed_module, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(events, "find_told", find_later)
    async with feeding(feeds, await take(database, await begin(store))) as feed:
        assert await feed.resume() == Told()
    assert not troubles


async def test_a_run_that_came_back_keeps_its_new_feed(feeds: Feeds, store: RunStore, database: Database) -> None:
    run = await begin(store)
    former = feeds.open(run)
    async with feeding(feeds, await take(database, run)) as feed:
        await feeds.close(former)
        assert feeds.find(run.project_id, run.run_id) is feed
    assert feeds.find(run.project_id, run.run_id) is None


async def test_a_feed_is_found_in_its_own_project_only(feeds: Feeds, store: RunStore) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        assert feeds.find(run.project_id, run.run_id) is feed
        assert feeds.find(unknown(), run.run_id) is None


async def test_only_the_last_events_are_kept(
    feeds: Feeds, events: EventStore, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "WINDOW", 10_000)
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        feed.tell(STARTED)
        feed.tell(text("x" * 100_000))
        await feed.flush()
        assert await feed.next(0, SOON) == ()
        told = await stored(events, run)
        held = await feed.next(told[-3].sequence, SOON)
        assert list(held) == told[-2:]
    assert joined(told) == "x" * 100_000


async def test_what_is_void_is_not_kept(feeds: Feeds, store: RunStore) -> None:
    async with feeding(feeds, await begin(store)) as feed:
        feed.tell(text("a"))
        await shown(feed, 2, after=1)
        feed.tell(NodeStarted(NODE, 2))
        await shown(feed, 3, after=2)
        assert await feed.next(1, SOON) == ()
        assert kinds(await feed.next(2, SOON)) == ["node_started"]


async def test_with_payloads_omitted_texts_are_shown_and_not_recorded(
    feeds: Feeds, events: EventStore, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "WINDOW", 10)
    run = await begin(store, inputs=None, messages=None)
    async with feeding(feeds, run) as feed:
        for event in (STARTED, text("x" * 10_000), ENDED):
            feed.tell(event)
        await feed.flush()
        told = await feed.next(1, SOON)
        assert joined(told) == "x" * 10_000
    kept = await stored(events, run)
    assert [event.sequence for event in kept] == [event.sequence for event in told]
    assert joined(kept) == ""


async def test_what_is_not_recorded_when_the_feed_closes_is_nobodys(
    feeds: Feeds, events: EventStore, store: RunStore, dsn: str
) -> None:
    run = await begin(store)
    async with feeding(feeds, run) as feed, locked(dsn):
        feed.tell(STARTED)
        watching = asyncio.create_task(feed.next(1, SOON))
        await wait_for_blocked(dsn)
        feed.tell(text("a"))
    assert await watching == ()
    assert "text_delta" not in kinds(await stored(events, run))


async def test_an_outage_is_waited_for(
    feeds: Feeds, events: EventStore, store: RunStore, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("services.runs.fenced_writer.PAUSE_SECONDS", 0.01)
    run = await begin(store)
    async with feeding(feeds, run) as feed:
        async with down(dsn):
            feed.tell(STARTED)
            flushing = asyncio.create_task(feed.flush())
            assert await feed.next(1, 0.05) == ()
        await flushing
    assert kinds(await stored(events, run)) == ["node_started"]
