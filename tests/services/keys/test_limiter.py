"""Limits over a real database: exact whoever counts, and free of charge for keys that have none."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from contextvars import Context
from dataclasses import replace
from types import SimpleNamespace
from typing import NamedTuple, TypeVar
from uuid import UUID

import pytest
import uuid_utils.compat

from services import caller as callers
from services import errors
from services.caller import Caller
from services.db import Database
from services.keys.limit_store import LimitStore, Use
from services.keys.limiter import KEPT_SECONDS, MAX_KEPT, Fields, Limiter
from tests.services.keys.calling import Made
from tests.services.keys.conftest import Make

T = TypeVar("T")
SECONDS = 60


class Told(NamedTuple):
    """What the fields say: the limit, what is left of it, and whether that is for a minute that has only just begun."""

    limit: int
    left: int
    fresh: bool = True


class Counting(LimitStore):
    """Counts what is asked of the database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.queries = 0

    async def count(self, project_id: UUID, key_id: str, limit: int) -> Use | None:
        self.queries += 1
        return await super().count(project_id, key_id, limit)

    async def find(self, project_id: UUID, key_id: str) -> Use:
        self.queries += 1
        return await super().find(project_id, key_id)


@pytest.fixture
def limiter(database: Database) -> Limiter:
    return Limiter(LimitStore(database))


@pytest.fixture
async def limiters(dsn: str) -> AsyncIterator[list[Limiter]]:
    """Give the limiters of three servers, each with connections of its own."""
    databases = [await Database.open(dsn) for _ in range(3)]
    yield [Limiter(LimitStore(database)) for database in databases]
    for database in databases:
        await database.close()


@pytest.fixture
def limited(admin: Made) -> Caller:
    """Give a caller that may begin three runs a minute, and have two at a time."""
    return replace(admin.caller, requests_per_minute=3, concurrent_runs=2)


async def _refusal(limiter: Limiter, caller: Caller) -> errors.ResourceExhausted:
    with pytest.raises(errors.ResourceExhausted) as caught:
        await limiter.admit(caller)
    return caught.value


async def _admitted(limiter: Limiter, caller: Caller) -> bool:
    try:
        await limiter.admit(caller)
    except errors.ResourceExhausted:
        return False
    return True


async def _reserved(limiter: Limiter, caller: Caller) -> UUID | None:
    run_id = uuid_utils.compat.uuid7()
    try:
        await limiter.reserve(caller, run_id)
    except errors.ResourceExhausted:
        return None
    return run_id


async def _served(call: Coroutine[object, object, T]) -> T:
    """Make a call in a context of its own, as the server does."""
    return await asyncio.create_task(call, context=Context())


async def _report(limiter: Limiter, caller: Caller) -> Told | None:
    """Give what a call is told that begins no run."""

    async def call() -> Told | None:
        callers.enter(caller)
        return _read(await limiter.report())

    return await _served(call())


def _read(fields: Fields) -> Told | None:
    """Read the fields; None when there are none."""
    if not fields:
        return None
    [(_, policy), (_, left)] = fields
    assert [name for name, _ in fields] == ["ratelimit-policy", "ratelimit"]
    limit = re.fullmatch('"default";q=([0-9]+);w=60', policy)
    rest = re.fullmatch('"default";r=([0-9]+);t=([0-9]+)', left)
    assert limit
    assert rest
    return Told(int(limit[1]), int(rest[1]), int(rest[2]) > SECONDS - 10)


async def _shift_minute(database: Database, seconds: float) -> None:
    await database.execute("UPDATE key_use SET minute_start = minute_start + $1 * interval '1 second'", float(seconds))


async def _record_run(database: Database, project_id: UUID, run_id: UUID, state: str) -> None:
    await database.execute(
        """
        INSERT INTO run (
            project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, state, provider, model,
            create_time
        )
        VALUES ($1, $2, $2, $2, 1, '', '', $3, '', '', now())
        """,
        project_id,
        run_id,
        state,
    )


async def _end_run(database: Database, run_id: UUID, state: str) -> None:
    await database.execute("UPDATE run SET state = $2, end_time = now() WHERE run_id = $1", run_id, state)


# Runs a minute


async def test_a_minute_holds_as_many_runs_as_it_may(limiter: Limiter, limited: Caller, database: Database) -> None:
    for _ in range(3):
        await limiter.admit(limited)
    refused = await _refusal(limiter, limited)

    assert (refused.code.name, refused.reason) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
    assert refused.metadata == {"requests_per_minute": "3"}
    assert refused.retry_after is not None
    assert 50 < refused.retry_after <= 60
    [row] = await database.fetch("SELECT requests FROM key_use")
    assert row["requests"] == 3


async def test_servers_count_together(limiters: list[Limiter], limited: Caller) -> None:
    caller = replace(limited, requests_per_minute=100)
    admitted = await asyncio.gather(*(_admitted(limiter, caller) for _ in range(100) for limiter in limiters))

    assert sum(admitted) == 100


async def test_servers_begin_a_minute_together(
    limiters: list[Limiter], limited: Caller, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.keys.limiter.KEPT_SECONDS", 0)
    caller = replace(limited, requests_per_minute=10)
    for _ in range(3):
        admitted = await asyncio.gather(*(_admitted(limiter, caller) for _ in range(20) for limiter in limiters))
        assert sum(admitted) == 10
        await _shift_minute(database, -60)


async def test_a_minute_begins_with_the_first_run_after_the_one_before(
    limiters: list[Limiter], limited: Caller, database: Database
) -> None:
    first, second, third = limiters
    for _ in range(3):
        await first.admit(limited)
    await _shift_minute(database, -40)
    refused = await _refusal(second, limited)
    assert refused.retry_after is not None
    assert refused.retry_after <= 20
    await _shift_minute(database, -20)

    await third.admit(limited)

    assert await _report(first, limited) == Told(3, 2)


async def test_a_clock_that_was_set_back_ends_the_minute(limiter: Limiter, limited: Caller, database: Database) -> None:
    for _ in range(3):
        await limiter.admit(limited)
    await _shift_minute(database, 3600)

    assert await _report(limiter, limited) == Told(3, 3)
    await limiter.admit(limited)

    assert await _report(limiter, limited) == Told(3, 2)


async def test_keys_do_not_count_together(limiter: Limiter, limited: Caller, make: Make) -> None:
    other = replace((await make("runs:write")).caller, requests_per_minute=1)
    await limiter.admit(other)
    for _ in range(3):
        await limiter.admit(limited)

    await _refusal(limiter, other)


async def test_an_operator_counts_once_for_all_projects(limiter: Limiter, operator: Made, make: Make) -> None:
    there = (await make("runs:read", project="search")).caller
    home = replace(operator.caller, requests_per_minute=2, concurrent_runs=2)
    away = replace(home, project_id=there.project_id, project="search", home_id=home.project_id)
    for caller in (home, away):
        await limiter.admit(caller)
        assert await _reserved(limiter, caller)

    for caller in (home, away):
        await _refusal(limiter, caller)
        assert await _reserved(limiter, caller) is None


async def test_a_flood_costs_next_to_no_queries(
    database: Database, limited: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("services.keys.limiter.time", SimpleNamespace(monotonic=lambda: now))
    counting = Counting(database)
    limiter = Limiter(counting)
    for _ in range(4):
        await _admitted(limiter, limited)
    counted = counting.queries

    for _ in range(100):
        refused = await _refusal(limiter, limited)
    assert counting.queries == counted
    now = KEPT_SECONDS / 2
    later = await _refusal(limiter, limited)
    assert refused.retry_after is not None
    assert later.retry_after == pytest.approx(refused.retry_after - now)

    now = KEPT_SECONDS
    await _refusal(limiter, limited)
    assert counting.queries > counted


async def test_what_is_remembered_ends_with_the_minute(
    database: Database, limited: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("services.keys.limiter.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("services.keys.limiter.KEPT_SECONDS", 1000)
    limiter = Limiter(LimitStore(database))
    for _ in range(3):
        await limiter.admit(limited)
    refused = await _refusal(limiter, limited)
    assert refused.retry_after is not None
    await _shift_minute(database, -60)
    await _refusal(limiter, limited)
    now = refused.retry_after

    await limiter.admit(limited)


async def test_a_raised_limit_counts_at_once(limiter: Limiter, limited: Caller) -> None:
    for _ in range(3):
        await limiter.admit(limited)
    await _refusal(limiter, limited)

    await limiter.admit(replace(limited, requests_per_minute=4))
    await _refusal(limiter, replace(limited, requests_per_minute=4))
    await _refusal(limiter, replace(limited, requests_per_minute=2))
    await limiter.admit(replace(limited, requests_per_minute=0))


async def test_what_is_remembered_is_bounded(
    database: Database, limited: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.keys.limiter.MAX_KEPT", 2)
    limiter = Limiter(LimitStore(database))
    for number in range(5):
        caller = replace(limited, key_id=str(number), requests_per_minute=1)
        await limiter.admit(caller)
        await _refusal(limiter, caller)

    assert len(limiter._full) <= 2 < MAX_KEPT  # pyright: ignore[reportPrivateUsage]


# Runs at a time


async def test_as_many_runs_as_may_be_at_a_time(limiter: Limiter, limited: Caller) -> None:
    assert await _reserved(limiter, limited)
    assert await _reserved(limiter, limited)
    with pytest.raises(errors.ResourceExhausted) as caught:
        await limiter.reserve(limited, uuid_utils.compat.uuid7())

    assert caught.value.reason == "TOO_MANY_RUNS"
    assert caught.value.metadata == {"concurrent_runs": "2"}
    assert caught.value.retry_after == 1


async def test_servers_reserve_together(limiters: list[Limiter], limited: Caller) -> None:
    for _ in range(3):
        caller = replace(limited, key_id=str(uuid_utils.compat.uuid7()), concurrent_runs=4)
        reserved = await asyncio.gather(*(_reserved(limiter, caller) for _ in range(10) for limiter in limiters))
        assert len([run_id for run_id in reserved if run_id]) == 4


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED"])
async def test_a_run_counts_until_its_row_says_that_it_ended(
    limiter: Limiter, limited: Caller, database: Database, state: str
) -> None:
    caller = replace(limited, concurrent_runs=1)
    run_id = await _reserved(limiter, caller)
    assert run_id
    for under_way in ("QUEUED", "RUNNING"):
        await database.execute("DELETE FROM run")
        await _record_run(database, caller.project_id, run_id, under_way)
        # However long it takes.
        await database.execute("UPDATE key_run SET create_time = create_time - interval '1 day'")
        assert await _reserved(limiter, caller) is None

    await _end_run(database, run_id, state)

    assert await _reserved(limiter, caller)
    [row] = await database.fetch("SELECT count(*) AS held FROM key_run")
    assert row["held"] == 1


async def test_a_run_that_never_began_counts_for_15_seconds(
    limiter: Limiter, limited: Caller, database: Database
) -> None:
    caller = replace(limited, concurrent_runs=1)
    assert await _reserved(limiter, caller)
    await database.execute("UPDATE key_run SET create_time = create_time - interval '14 seconds'")
    assert await _reserved(limiter, caller) is None
    await database.execute("UPDATE key_run SET create_time = create_time - interval '1 second'")

    assert await _reserved(limiter, caller)


async def test_a_run_that_did_not_begin_is_released(limiter: Limiter, limited: Caller) -> None:
    run_ids = [await _reserved(limiter, limited) for _ in range(3)]
    assert run_ids[0]
    assert run_ids[2] is None
    await limiter.release(limited, run_ids[0])

    assert await _reserved(limiter, limited)
    assert await _reserved(limiter, limited) is None


async def test_a_run_of_another_project_is_looked_up_there(
    limiter: Limiter, operator: Made, make: Make, database: Database
) -> None:
    there = (await make("runs:read", project="search")).caller
    home = replace(operator.caller, concurrent_runs=1)
    away = replace(home, project_id=there.project_id, project="search", home_id=home.project_id)
    run_id = await _reserved(limiter, away)
    assert run_id
    await _record_run(database, there.project_id, run_id, "RUNNING")
    await database.execute("UPDATE key_run SET create_time = create_time - interval '1 hour'")
    assert await _reserved(limiter, home) is None

    await _end_run(database, run_id, "SUCCEEDED")

    assert await _reserved(limiter, home)


async def test_both_limits_share_a_row(limiter: Limiter, limited: Caller, database: Database) -> None:
    assert await _reserved(limiter, limited)
    await limiter.admit(limited)
    assert await _reserved(limiter, limited)

    assert await _report(limiter, limited) == Told(3, 2)
    assert len(await database.fetch("SELECT 1 FROM key_use")) == 1


async def test_a_key_without_limits_asks_nothing_of_the_database(dsn: str, admin: Made) -> None:
    closed = await Database.open(dsn)
    await closed.close()
    limiter = Limiter(LimitStore(closed))

    await limiter.admit(admin.caller)
    await limiter.reserve(admin.caller, uuid_utils.compat.uuid7())
    await limiter.release(admin.caller, uuid_utils.compat.uuid7())
    assert await _report(limiter, admin.caller) is None
    with pytest.raises(errors.DatabaseUnavailable):
        await limiter.admit(replace(admin.caller, requests_per_minute=1))


# What is told of it


async def test_a_call_is_told_what_is_left(limiter: Limiter, limited: Caller) -> None:
    assert await _report(limiter, limited) == Told(3, 3)
    await limiter.admit(limited)
    assert await _report(limiter, limited) == Told(3, 2)
    assert await _report(limiter, replace(limited, requests_per_minute=0)) is None


async def test_a_lowered_limit_leaves_nothing(limiter: Limiter, limited: Caller) -> None:
    for _ in range(3):
        await limiter.admit(limited)

    assert await _report(limiter, replace(limited, requests_per_minute=2)) == Told(2, 0)


async def test_a_call_that_begins_a_run_is_told_what_it_was_counted_as(database: Database, limited: Caller) -> None:
    counting = Counting(database)
    limiter = Limiter(counting)

    async def call() -> tuple[bool, Told | None]:
        callers.enter(limited)
        return await _admitted(limiter, limited), _read(await limiter.report())

    told = [await _served(call()) for _ in range(4)]

    assert told == [(True, Told(3, 2)), (True, Told(3, 1)), (True, Told(3, 0)), (False, Told(3, 0))]
    # One a call, and for the one that was refused also when its minute ends.
    assert counting.queries == 5


async def test_a_run_that_takes_longer_than_its_minute_is_told_of_the_next_one(
    limiter: Limiter, limited: Caller, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("services.keys.limiter.time", SimpleNamespace(monotonic=lambda: now))

    async def call() -> list[Told | None]:
        nonlocal now
        callers.enter(limited)
        await limiter.admit(limited)
        told = [_read(await limiter.report())]
        for _ in range(2):
            now += 30
            await _shift_minute(database, -30)
            told.append(_read(await limiter.report()))
        return told

    assert await _served(call()) == [Told(3, 2), Told(3, 2, fresh=False), Told(3, 3)]


async def test_what_nobody_can_tell_is_left_out(dsn: str, limited: Caller) -> None:
    closed = await Database.open(dsn)
    await closed.close()

    assert await _report(Limiter(LimitStore(closed)), limited) is None


async def test_the_fields_do_not_hold_up_an_answer(
    database: Database, limited: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(LimitStore):
        async def find(self, project_id: UUID, key_id: str) -> Use:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr("services.keys.limiter.REPORT_SECONDS", 0.01)

    assert await _report(Limiter(Silent(database)), limited) is None


async def test_before_the_key_is_known_nothing_is_told(limiter: Limiter) -> None:
    assert await _served(limiter.report()) == ()
