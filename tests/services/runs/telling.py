"""Runs that tell what happens in them: their rows, and the engine's events."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from promptwire.v1.run_pb2 import RunEvent
from services.db import Database
from services.providers.base import ChatAnswer
from services.runs import events, records
from services.runs.event_store import Batch, EventStore
from services.runs.executor import NodeEnded, NodeStarted, TextDelta
from services.runs.feed import Feed, Feeds
from services.runs.records import Failure, Start
from services.runs.store import RunStore

PROJECT = uuid4()
NODE = records.TEMPLATE
DONE = ChatAnswer("done", 1, 2, "stop")
STARTED = NodeStarted(NODE, 1)
ENDED = NodeEnded(NODE, 1, DONE)


def start(**fields: Any) -> Start:
    """Give the start of a streamed run, as its first driver begins it."""
    run_id = uuid7()
    made = Start(
        project_id=PROJECT,
        run_id=run_id,
        prompt_id=uuid4(),
        version_id=uuid4(),
        version_number=1,
        key_id="key1",
        end_user_id="user",
        provider="fake",
        model="small",
        inputs='{"a":1}',
        messages="[]",
        create_time=records.created(run_id),
        start_time=records.created(run_id),
        server_id=uuid4(),
        attempt=1,
        spec=b"spec",
        streamed=True,
        session_id=None,
        draft=None,
    )
    return made._replace(**fields)


def text(words: str) -> TextDelta:
    """Give what the engine tells of a text."""
    return TextDelta(NODE, words)


def batch(run: Start, *told: Any, first: int = 2) -> Batch:
    """Give the batch that records what the engine told."""
    made = [events.to_event(run, event, first + index) for index, event in enumerate(told)]
    rows = [(event.sequence, event.SerializeToString()) for event in made]
    return Batch(run.project_id, run.run_id, run.attempt, rows)


async def begin(store: RunStore, **fields: Any) -> Start:
    """Record that a run begins."""
    run = start(**fields)
    await store.begin(run)
    return run


def to_output(answer: ChatAnswer) -> dict[str, str]:
    """Give the output of a template whose model answered."""
    return {"name": "output", "text": answer.text}


async def end(store: RunStore, run: Start, answer: ChatAnswer | None = DONE) -> None:
    """Record that a run succeeded, or failed."""
    failed = records.failed(run, Failure("PROVIDER_FAILED", "busy", node_id=NODE))
    assert await store.finish(failed if answer is None else records.succeeded(run, answer, to_output(answer)))


async def take(database: Database, run: Start) -> Start:
    """Drive a run from another server."""
    await database.execute("UPDATE run SET attempt = attempt + 1 WHERE run_id = $1", run.run_id)
    return run._replace(attempt=run.attempt + 1, server_id=uuid4())


@asynccontextmanager
async def feeding(feeds: Feeds, run: Start) -> AsyncIterator[Feed]:
    """Hold the feed of a run open."""
    feed = feeds.open(run)
    try:
        yield feed
    finally:
        await feeds.close(feed)


async def stored(store: EventStore, run: Start) -> Sequence[RunEvent]:
    """Give all events that are recorded of a run."""
    return (await store.list(run.project_id, run.run_id, after=0, limit=10_000)).events


def joined(told: Sequence[RunEvent]) -> str:
    """Give the text that is not void."""
    words = ""
    for event in told:
        words = "" if event.HasField("node_started") else words + event.text_delta.text
    return words


def kinds(told: Sequence[RunEvent]) -> list[str | None]:
    """Give what kind each event is of."""
    return [event.WhichOneof("event") for event in told]


def unknown() -> UUID:
    """Give an id that nothing has."""
    return uuid4()
