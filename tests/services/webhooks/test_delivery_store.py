"""Deliveries are taken host by host and within limits, and what is noted of one is noted once."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from services.db import Database
from services.webhooks import delivery_store, secret_store
from services.webhooks.delivery_store import DeliveryStore
from services.webhooks.due_store import DueStore, Kept, Limits, Taken, Try
from services.webhooks.secret_store import FIRST

FAILED = Try(datetime(2026, 11, 29, tzinfo=UTC), 0.1, 500, None, "no")
PROJECT, OTHER = uuid4(), uuid4()


@pytest.fixture
def store(database: Database) -> DueStore:
    return DueStore(database)


@pytest.fixture
def deliveries(database: Database) -> DeliveryStore:
    return DeliveryStore(database)


async def put(
    database: Database, host: str, *, project_id: UUID = PROJECT, run_id: UUID | None = None, position: int = 0
) -> tuple[UUID, int]:
    """Put down a delivery that is due."""
    key = (project_id, run_id or uuid7(), position)
    await database.execute(
        """
        WITH told AS (
          INSERT INTO delivery (project_id, run_id, position, delivery_id, event, node_id, url)
          VALUES ($1, $2, $3, gen_random_uuid(), 'end', '', 'https://' || $4::text)
        )
        INSERT INTO delivery_due (project_id, run_id, position, host)
        VALUES ($1, $2, $3, $4::text)
        """,
        *key,
        host,
    )
    return key[1:]


def limits(
    room: int = 100, hosts: Mapping[str, int] | None = None, projects: Mapping[UUID, int] | None = None
) -> Limits:
    return Limits(room, 4, hosts or {}, 6, projects or {})


async def take(store: DueStore, given: Limits) -> Counter[str]:
    return Counter(one.host for one in await store.take(given, 60))


async def test_each_host_gets_its_own(database: Database, store: DueStore) -> None:
    for host in ("a", "a", "a", "a", "a", "a", "b", "c", "d"):
        await put(database, host)
    assert await take(store, limits(hosts={"a": 0, "b": -3, "c": 2})) == {"c": 1, "d": 1}
    assert await take(store, limits(hosts={"a": 1})) == {"a": 1, "b": 1}
    assert await take(store, limits()) == {"a": 4}
    assert await take(store, limits()) == {"a": 1}
    assert await take(store, limits()) == {}


async def test_no_project_takes_all_the_room(database: Database, store: DueStore) -> None:
    for host in ("a", "b", "c"):
        for _ in range(4):
            await put(database, host)
    await put(database, "d", project_id=OTHER)
    assert await take(store, limits(projects={PROJECT: 0})) == {"d": 1}
    assert sum((await take(store, limits(projects={PROJECT: 2}))).values()) == 2
    assert sum((await take(store, limits())).values()) == 6
    assert sum((await take(store, limits(room=1))).values()) == 1


async def test_of_each_run_the_first_alone_is_taken(database: Database, store: DueStore) -> None:
    run_id = uuid7()
    for position in (0, 1, 2):
        await put(database, "a", run_id=run_id, position=position)
    [taken] = await store.take(limits(), 60)
    assert taken.position == 0
    assert await store.take(limits(), 60) == []
    await store.note(taken, FAILED, "FAILED", None)
    [taken] = await store.take(limits(), 60)
    assert taken.position == 1


async def test_a_body_is_kept_once(database: Database, store: DueStore) -> None:
    await put(database, "a")
    [taken] = await store.take(limits(), 0)
    assert not taken.is_kept
    assert await store.keep(taken, "one") == Kept("one", FIRST)
    assert await store.keep(taken, "two") == Kept("one", FIRST)
    [again] = await store.take(limits(), 60)
    assert again.is_kept
    assert await store.get_kept(again) == Kept("one", FIRST)


async def test_the_secrets_of_now_sign_each_try(database: Database, store: DueStore) -> None:
    await put(database, "a")
    [taken] = await store.take(limits(), 60)
    assert (await store.keep(taken, "one")).generation == FIRST
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO project (project_id, name) VALUES ($1, 'a')", PROJECT)
        rotated = await secret_store.rotate(connection, PROJECT, timedelta(days=1))
    assert rotated.alive == (2, 1)
    assert await store.keep(taken, "one") == await store.get_kept(taken) == Kept("one", rotated)


async def test_a_note_that_comes_late_changes_nothing(
    database: Database, store: DueStore, deliveries: DeliveryStore
) -> None:
    await put(database, "a")
    [taken] = await store.take(limits(), 0)
    await store.note(taken, FAILED, "FAILED", None)
    delivery_id = taken.delivery_id
    await store.note(taken, FAILED, "PENDING", 60.0)
    assert (await deliveries.get(PROJECT, delivery_id)).try_count == 1
    assert await store.take(limits(), 60) == []


async def test_many_are_made_again_some_at_a_time(
    database: Database, store: DueStore, deliveries: DeliveryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_store, "REDELIVERED", 2)
    keys = [await put(database, "a") for _ in range(5)]
    for _ in range(2):
        for taken in await store.take(limits(), 60):
            await store.note(taken, FAILED, "FAILED", None)
    await database.execute(
        """
        INSERT INTO run (
          project_id, run_id, version_number, key_id, end_user_id, state, provider, model, input_tokens, output_tokens,
          create_time, end_time, webhook
        )
        SELECT project_id, run_id, 1, 'k', '', 'SUCCEEDED', 'p', 'm', 1, 1, now(), now(), '{"host": "a"}'
        FROM delivery
        """
    )
    least, bound = min(keys)[0], UUID(int=max(keys)[0].int + 1)
    assert await deliveries.redeliver_failed(PROJECT, least, bound) == 5
    assert await deliveries.redeliver_failed(PROJECT, least, bound) == 0
    assert len(await store.take(limits(), 60)) == 4


def test_what_is_taken_has_a_key() -> None:
    run_id = uuid4()
    taken = Taken(PROJECT, run_id, 3, "a", 0, uuid4(), "end", "", "https://a", is_kept=False)
    assert taken.key == (PROJECT, run_id, 3)
