"""Whoever watches a run, from whichever server and from whatever event on, sees the same events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing

import pytest

from promptwire.v1.run_pb2 import Run, RunEvent
from services.db import Database
from services.errors import DatabaseUnavailable, NotFound, Unavailable
from services.runs import watcher as watching
from services.runs.event_store import EventStore
from services.runs.executor import NodeStarted
from services.runs.feed import Feeds
from services.runs.fenced_writer import FencedWriter
from services.runs.records import Start
from services.runs.store import RunStore
from services.runs.watcher import Watcher
from tests.services.runs.outages import down
from tests.services.runs.telling import ENDED, NODE, STARTED, begin, end, feeding, joined, kinds, take, text, unknown


class Place:
    """A server's share in streams: its feeds, and who watches there."""

    def __init__(self, database: Database, store: RunStore) -> None:
        events = EventStore(database)
        self.writer = FencedWriter(events)
        self.feeds = Feeds(events, self.writer)
        self.watcher = Watcher(store, events, self.feeds)

    async def watch(self, run: Start, after: int = 0, seconds: float = 30.0) -> list[RunEvent]:
        """Watch to the end."""
        return [event async for event in self.watcher.watch(run.project_id, run.run_id, after, seconds)]


MakePlace = Callable[[], Place]


@pytest.fixture
async def make_place(database: Database, store: RunStore) -> AsyncIterator[MakePlace]:
    async with AsyncExitStack() as stack:

        def make() -> Place:
            place = Place(database, store)
            stack.push_async_callback(place.writer.close)
            return place

        yield make


@pytest.fixture
def here(make_place: MakePlace) -> Place:
    return make_place()


@pytest.fixture
def elsewhere(make_place: MakePlace) -> Place:
    return make_place()


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the database often."""
    monkeypatch.setattr(watching, "FIRST_PAUSE_SECONDS", 0.005)
    monkeypatch.setattr(watching, "LAST_PAUSE_SECONDS", 0.02)


async def drive(place: Place, store: RunStore, run: Start, words: Sequence[str] = "abcdef") -> None:
    """Drive a run as the runner does."""
    async with feeding(place.feeds, run) as feed:
        feed.tell(NodeStarted(NODE, (await feed.resume()).attempts.get(NODE, 0) + 1))
        for word in words:
            feed.tell(text(word))
            await asyncio.sleep(0)
        feed.tell(ENDED)
        await feed.flush()
        await end(store, run)


async def test_those_who_watch_here_and_elsewhere_see_the_same(here: Place, elsewhere: Place, store: RunStore) -> None:
    run = await begin(store)
    seeing = [asyncio.create_task(place.watch(run)) for place in (here, here, elsewhere)]
    await drive(here, store, run)
    told = await asyncio.gather(*seeing)
    late = await elsewhere.watch(run)
    assert told == [late] * 3
    assert [event.sequence for event in late] == list(range(1, len(late) + 1))
    assert (kinds(late)[0], kinds(late)[-1]) == ("started", "ended")
    assert joined(late[:-2]) == "abcdef"
    assert late[-1].ended.run.state == Run.STATE_SUCCEEDED


async def test_from_any_event_on_the_rest_is_the_same(here: Place, elsewhere: Place, store: RunStore) -> None:
    run = await begin(store)
    whole = asyncio.create_task(here.watch(run))
    await drive(here, store, run)
    told = await whole
    for place in (here, elsewhere):
        for after in range(len(told) + 2):
            assert await place.watch(run, after) == told[after:]


async def test_one_who_is_cut_off_again_and_again_misses_nothing(
    here: Place, elsewhere: Place, store: RunStore
) -> None:
    async def resume(step: int) -> list[RunEvent]:
        """Leave after every few events, and go on watching at the other place."""
        seen = list[RunEvent]()
        places = [here, elsewhere]
        while not seen or not seen[-1].HasField("ended"):
            places.reverse()
            after = seen[-1].sequence if seen else 0
            async with aclosing(places[0].watcher.watch(run.project_id, run.run_id, after)) as events:
                async for event in events:
                    seen.append(event)
                    if len(seen) % step == 0:
                        break
        return seen

    run = await begin(store)
    seeing = [asyncio.create_task(resume(step)) for step in (1, 2, 3)]
    await drive(here, store, run, [f"word {index} " for index in range(100)])
    whole = await here.watch(run)
    assert await asyncio.gather(*seeing) == [whole] * 3


async def test_a_run_that_goes_to_another_server_goes_on_for_those_who_watch(
    here: Place, elsewhere: Place, store: RunStore, database: Database
) -> None:
    run = await begin(store)
    seeing = [asyncio.create_task(place.watch(run)) for place in (here, elsewhere)]
    async with feeding(here.feeds, run) as feed:
        feed.tell(STARTED)
        feed.tell(text("void"))
        assert await feed.next(1, 10.0)
        taken = await take(database, run)
        await drive(elsewhere, store, taken)
        feed.tell(text("late"))
        told = await asyncio.gather(*seeing)
    assert told[0] == told[1]
    assert joined(told[0][:-2]) == "abcdef"
    attempts = [event.node_started.attempt for event in told[0] if event.HasField("node_started")]
    assert attempts == [1, 2]


async def test_a_driver_that_says_nothing_is_not_believed_for_ever(
    here: Place, elsewhere: Place, store: RunStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.02)
    run = await begin(store)
    async with feeding(here.feeds, run):
        seeing = asyncio.create_task(here.watch(run))
        await drive(elsewhere, store, await take(database, run))
        assert kinds(await seeing)[-1] == "ended"


async def test_a_slow_reader_gets_what_is_not_kept_in_memory_any_more(
    here: Place, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runs.feed.WINDOW", 1000)
    run = await begin(store)
    async with aclosing(here.watcher.watch(run.project_id, run.run_id, 0)) as events:
        first = await anext(events)
        await drive(here, store, run, ["x" * 50_000] * 4)
        rest = [event async for event in events]
    assert [first, *rest] == await here.watch(run)
    assert joined(rest[:-2]) == "x" * 200_000


async def test_with_payloads_omitted_those_who_watch_where_it_is_driven_see_the_text(
    here: Place, elsewhere: Place, store: RunStore
) -> None:
    run = await begin(store, inputs=None, messages=None)
    async with aclosing(here.watcher.watch(run.project_id, run.run_id, 0)) as events:
        seen = [await anext(events)]
        async with feeding(here.feeds, run) as feed:
            feed.tell(STARTED)
            seen.append(await anext(events))
            feed.tell(text("words"))
            await feed.flush()
            await end(store, run)
        seen += [event async for event in events]
    late = await elsewhere.watch(run)
    assert kinds(seen) == kinds(late) == ["started", "node_started", "text_delta", "ended"]
    assert (joined(seen[:-1]), joined(late[:-1])) == ("words", "")


async def test_a_run_that_is_not_streamed_is_told_as_far_as_it_is(
    here: Place, elsewhere: Place, store: RunStore, database: Database
) -> None:
    run = await begin(store, streamed=False)
    async with aclosing(here.watcher.watch(run.project_id, run.run_id, 0)) as events:
        seen = [await anext(events), await anext(events)]
        taken = await take(database, run)
        seen.append(await anext(events))
        await end(store, taken)
        seen += [event async for event in events]
    assert kinds(seen) == ["started", "node_started", "node_started", "text_delta", "node_ended", "ended"]
    assert [event.sequence for event in seen] == [1, 2, 3, 4, 5, 6]
    for after in range(8):
        assert await elsewhere.watch(run, after) == seen[after:]


async def test_a_run_that_waits_in_the_queue_has_begun_to_be_told(
    here: Place, store: RunStore, database: Database
) -> None:
    run = await begin(store)
    await database.execute("UPDATE run SET state = 'QUEUED', attempt = 0, start_time = NULL")
    async with aclosing(here.watcher.watch(run.project_id, run.run_id, 0)) as events:
        first = await anext(events)
        assert first.started.run.state == Run.STATE_QUEUED
        await database.execute("UPDATE run SET state = 'FAILED', end_time = now(), error = NULL")
        assert kinds([event async for event in events]) == ["ended"]


@pytest.mark.parametrize(("after", "expected"), [(0, [1, 2, 3, 4, 5]), (3, [4]), (100, [101])])
async def test_what_was_forgotten_is_told_as_one_or_ends_behind_what_was_seen(
    here: Place, store: RunStore, database: Database, after: int, expected: list[int]
) -> None:
    run = await begin(store)
    await drive(here, store, run)
    await database.execute("UPDATE run SET end_time = end_time - interval '2 hours'")
    told = await here.watch(run, after)
    assert [event.sequence for event in told] == expected
    assert told[-1].ended.run.outputs[0].text == "done"
    assert after or joined(told[:-2]) == "done"


async def test_a_run_that_is_not_there_or_anothers_cannot_be_watched(
    here: Place, elsewhere: Place, store: RunStore
) -> None:
    run = await begin(store)
    async with feeding(here.feeds, run):
        for project_id, run_id in ((unknown(), run.run_id), (run.project_id, unknown())):
            for place in (here, elsewhere):
                with pytest.raises(NotFound):
                    await anext(place.watcher.watch(project_id, run_id, 0))


async def test_watching_lasts_as_long_as_was_asked(here: Place, elsewhere: Place, store: RunStore) -> None:
    run = await begin(store)
    async with feeding(here.feeds, run) as feed:
        feed.tell(STARTED)
        await feed.next(1, 10.0)
        for place in (here, elsewhere):
            assert kinds(await place.watch(run, seconds=0.2)) == ["started", "node_started"]
            # There is always one look.
            assert kinds(await place.watch(run, seconds=0.0)) == ["started", "node_started"]


async def test_a_server_that_stops_sends_those_who_watch_elsewhere(
    here: Place, elsewhere: Place, store: RunStore
) -> None:
    run, over = await begin(store), await begin(store)
    await drive(here, store, over)
    async with aclosing(here.watcher.watch(run.project_id, run.run_id, 0)) as events:
        assert kinds([await anext(events)]) == ["started"]
        going_on = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        here.watcher.drain()
        with pytest.raises(Unavailable) as caught:
            await going_on
    assert caught.value.reason == "DRAINING"
    assert kinds(await here.watch(over))[-1] == "ended"
    seeing = asyncio.create_task(elsewhere.watch(run, 1))
    await drive(elsewhere, store, run)
    assert kinds(await seeing)[-1] == "ended"


async def test_an_outage_does_not_end_the_stream_of_a_run_that_is_driven_here(
    here: Place, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    looks = asyncio.Queue[None]()

    async def fail(*_: object, **__: object) -> None:
        looks.put_nowait(None)
        raise DatabaseUnavailable

    run = await begin(store)
    async with feeding(here.feeds, run) as feed:
        seeing = asyncio.create_task(here.watch(run))
        with monkeypatch.context() as trouble:
            trouble.setattr(EventStore, "list", fail)
            for _ in range(3):
                await looks.get()
        feed.tell(STARTED)
        await feed.flush()
        await end(store, run)
    assert kinds(await seeing) == ["started", "node_started", "ended"]


async def test_in_an_outage_one_is_told_to_come_back(here: Place, store: RunStore, dsn: str) -> None:
    run = await begin(store)
    events = here.watcher.watch(run.project_id, run.run_id, 0)
    await anext(events)
    async with down(dsn):
        with pytest.raises(DatabaseUnavailable):
            await anext(events)
