"""Verifying secrets: what is asked of the database, what is kept and for how long, and what is told to whom."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
import structlog

from services import errors
from services.db import Database
from services.keys import secret
from services.keys.record_store import KeyRecord, RecordStore
from services.keys.store import KeyStore, NewKey
from services.keys.verifier import KEPT_SECONDS, Verifier
from tests.services.keys.calling import Made
from tests.services.keys.conftest import Make


class Counting(RecordStore):
    """Counts what is asked of the database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reads = self.touches = self.projects = 0

    async def find_by_id(self, key_id: str) -> KeyRecord | None:
        self.reads += 1
        return await super().find_by_id(key_id)

    async def touch(self, project_id: UUID, key_id: str) -> None:
        self.touches += 1
        await super().touch(project_id, key_id)

    async def get_project(self, name: str) -> UUID:
        self.projects += 1
        return await super().get_project(name)


async def _reason(verifier: Verifier, text: str) -> str:
    try:
        await verifier.verify(text)
    except errors.Unauthenticated as error:
        return error.reason
    return "OK"


async def test_a_key_stands_for_its_caller(admin: Made, verifier: Verifier) -> None:
    assert await verifier.verify(admin.secret) == admin.caller


async def test_a_mistyped_secret_asks_nothing_of_the_database(admin: Made, database: Database) -> None:
    counting = Counting(database)
    verifier = Verifier(counting)
    text = admin.secret
    mistyped = [text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :] for place in range(len(text))]

    for wrong in [*mistyped, text[:-1], text + "0", text.swapcase(), "", "garbage", "pw_"]:
        assert await _reason(verifier, wrong) == "KEY_UNKNOWN"

    assert counting.reads == 0


async def test_callers_at_once_cost_one_query(admin: Made, database: Database) -> None:
    counting = Counting(database)
    verifier = Verifier(counting)

    callers = await asyncio.gather(*(verifier.verify(admin.secret) for _ in range(100)))
    await verifier.verify(admin.secret)
    await verifier.close()

    assert set(callers) == {admin.caller}
    assert counting.reads == 1
    assert counting.touches == 1


async def test_callers_that_waited_for_a_slow_reading_share_the_next_one(
    admin: Made, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(Counting):
        answering = asyncio.Event()

        async def find_by_id(self, key_id: str) -> KeyRecord | None:
            record = await super().find_by_id(key_id)
            await self.answering.wait()
            return record

    now = 0.0
    monkeypatch.setattr("services.keys.verifier.time", SimpleNamespace(monotonic=lambda: now))
    store = Slow(database)
    verifier = Verifier(store)
    first = asyncio.create_task(verifier.verify(admin.secret))
    while not store.reads:
        await asyncio.sleep(0)
    now = KEPT_SECONDS
    others = [asyncio.create_task(verifier.verify(admin.secret)) for _ in range(10)]
    await asyncio.sleep(0)
    store.answering.set()

    assert set(await asyncio.gather(first, *others)) == {admin.caller}
    assert store.reads == 2
    await verifier.close()


async def test_unknown_ids_are_kept_too(database: Database) -> None:
    counting = Counting(database)
    verifier = Verifier(counting)
    text = secret.make(secret.new_id())

    assert [await _reason(verifier, text) for _ in range(10)] == ["KEY_UNKNOWN"] * 10
    assert counting.reads == 1


async def test_only_the_holder_learns_why_a_key_does_not_work(
    admin: Made, make: Make, verifier: Verifier, database: Database
) -> None:
    revoked, expired = await make("runs:read"), await make("runs:read")
    await admin.service.RevokeKey(id=revoked.key.id)
    await database.execute("UPDATE key SET expire_time = now() WHERE key_id = $1", expired.key.id)

    assert await _reason(verifier, revoked.secret) == "KEY_REVOKED"
    assert await _reason(verifier, expired.secret) == "KEY_EXPIRED"
    for key in (admin, revoked, expired):
        assert await _reason(verifier, secret.make(key.key.id)) == "KEY_UNKNOWN"
    assert await _reason(verifier, secret.make(secret.new_id())) == "KEY_UNKNOWN"


async def test_a_revocation_is_known_here_at_once(admin: Made, make: Make, verifier: Verifier) -> None:
    key = await make("runs:read")
    await verifier.verify(key.secret)

    await admin.service.RevokeKey(id=key.key.id)

    assert await _reason(verifier, key.secret) == "KEY_REVOKED"


async def test_a_revocation_elsewhere_is_known_within_a_second(admin: Made, make: Make, dsn: str) -> None:
    elsewhere = await Database.open(dsn)
    verifier, clock = Verifier(RecordStore(elsewhere)), asyncio.get_running_loop().time
    keys = [await make("runs:read") for _ in range(5)]
    for key in keys:
        await verifier.verify(key.secret)

    await asyncio.gather(*(admin.service.RevokeKey(id=key.key.id) for key in keys))
    committed = last_accepted = clock()
    async with asyncio.timeout(10):
        while "OK" in [await _reason(verifier, key.secret) for key in keys]:
            last_accepted = clock()
            await asyncio.sleep(0)

    assert last_accepted - committed <= 1.0
    assert {await _reason(verifier, key.secret) for key in keys} == {"KEY_REVOKED"}
    await verifier.close()
    await elsewhere.close()


async def test_a_secret_made_elsewhere_works_though_the_key_is_kept(
    admin: Made, make: Make, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.keys.verifier.DOUBTED_SECONDS", 0)
    store = Counting(database)
    elsewhere, key = Verifier(store), await make("runs:read")
    await elsewhere.verify(key.secret)
    regenerated = await admin.service.RegenerateKey(id=key.key.id)

    assert await _reason(elsewhere, regenerated.secret) == "OK"
    assert await _reason(elsewhere, key.secret) == "KEY_EXPIRED"
    assert store.reads == 2
    await elsewhere.close()


async def test_a_key_ends_at_its_expiry_also_while_its_record_is_kept(
    admin: Made, verifier: Verifier, store: KeyStore
) -> None:
    key_id = secret.new_id()
    text, expiry = secret.make(key_id), await store.now() + timedelta(seconds=KEPT_SECONDS / 2)
    await store.create(
        NewKey(
            project_id=admin.caller.project_id,
            key_id=key_id,
            secret_hash=secret.hash_of(text),
            display_name="short",
            scopes=frozenset({"runs:read"}),
            expire_time=expiry,
        )
    )

    accepted = 0
    async with asyncio.timeout(10):
        while True:
            before = await store.now()
            reason = await _reason(verifier, text)
            if reason != "OK":
                break
            assert before < expiry
            accepted += 1

    assert reason == "KEY_EXPIRED"
    assert await store.now() >= expiry
    assert accepted > 1


async def test_a_database_in_trouble_is_never_a_wrong_key(admin: Made, dsn: str) -> None:
    broken = await Database.open(dsn)
    verifier = Verifier(RecordStore(broken))
    await broken.close()

    for text in (admin.secret, secret.make(admin.key.id), secret.make(secret.new_id())):
        with pytest.raises(errors.DatabaseUnavailable):
            await verifier.verify(text)
    with pytest.raises(errors.Unauthenticated):
        await verifier.verify("pw_mistyped")


async def test_trouble_is_not_kept(admin: Made, database: Database) -> None:
    class Failing(RecordStore):
        async def find_by_id(self, key_id: str) -> KeyRecord | None:
            if self.fail:
                raise errors.DatabaseUnavailable
            return await super().find_by_id(key_id)

        fail = True

    store = Failing(database)
    verifier = Verifier(store)
    with pytest.raises(errors.DatabaseUnavailable):
        await verifier.verify(admin.secret)
    store.fail = False

    assert await verifier.verify(admin.secret)
    await verifier.close()


async def test_the_last_use_is_noted_once_a_minute(admin: Made, database: Database, store: KeyStore) -> None:
    async def last_use() -> object:
        return (await store.get(admin.caller.project_id, admin.key.id)).last_use_time

    async def use() -> None:
        verifiers = [Verifier(RecordStore(database)) for _ in range(3)]
        await asyncio.gather(*(verifier.verify(admin.secret) for verifier in verifiers))
        for verifier in verifiers:
            await verifier.close()

    assert not (await store.get(admin.caller.project_id, admin.key.id)).HasField("last_use_time")
    await use()
    first = await last_use()
    await use()
    assert await last_use() == first
    await database.execute("UPDATE key SET last_use_time = last_use_time - interval '61 seconds'")
    await use()
    assert await last_use() != first


async def test_a_use_that_cannot_be_noted_is_logged_and_does_no_harm(admin: Made, database: Database) -> None:
    class Failing(RecordStore):
        async def touch(self, project_id: UUID, key_id: str) -> None:
            raise errors.DatabaseUnavailable

    verifier = Verifier(Failing(database))
    with structlog.testing.capture_logs() as logs:
        assert await verifier.verify(admin.secret)
        await verifier.close()

    assert [(log["event"], log["key_id"]) for log in logs] == [("last use not noted", admin.key.id)]


async def test_a_caller_that_leaves_does_not_harm_the_others(admin: Made, database: Database) -> None:
    verifier = Verifier(RecordStore(database))
    leaving, staying = (asyncio.create_task(verifier.verify(admin.secret)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()

    assert await staying == admin.caller
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await verifier.close()


async def test_projects_are_kept_but_not_that_there_is_none(database: Database, store: KeyStore) -> None:
    counting = Counting(database)
    verifier = Verifier(counting)
    with pytest.raises(errors.NotFound) as caught:
        await verifier.find_project("search")
    project_id = await store.create_project("search")

    assert {await verifier.find_project("search") for _ in range(3)} == {project_id}
    assert counting.projects == 2
    assert caught.value.reason == "PROJECT_NOT_FOUND"
