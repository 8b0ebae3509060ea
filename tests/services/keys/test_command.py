"""`promptwire key`: on the database itself, and without the rules that bind callers."""

import argparse

import pytest

from services import errors
from services.db import Database
from services.keys import command, scopes
from services.keys.store import KeyStore
from services.keys.verifier import Verifier
from tests.services.keys.calling import Made


def _parsed(action: str, **given: object) -> argparse.Namespace:
    defaults = {"project": "default", "name": "", "owner": "", "scopes": None, "admin": False, "operator": False}
    limits = {"requests_per_minute": 0, "concurrent_runs": 0}
    return argparse.Namespace(action=action, **(defaults | limits | given))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, scopes.RUN_SCOPES),
        ({"admin": True}, scopes.ADMIN_SCOPES),
        ({"operator": True}, scopes.SCOPES),
        ({"scopes": ["keys:read", "operator"]}, {"keys:read", "operator"}),
    ],
)
async def test_a_made_key_works(
    dsn: str, verifier: Verifier, capsys: pytest.CaptureFixture[str], given: dict[str, object], expected: set[str]
) -> None:
    assert await command.run(_parsed("create", project="search", **given), dsn) == 0

    line, text = capsys.readouterr().out.splitlines()
    caller = await verifier.verify(text)
    assert caller.scopes == expected
    assert caller.project == "search"
    assert line.startswith(caller.key_id)


async def test_a_key_is_made_with_limits(dsn: str, verifier: Verifier, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command.run(_parsed("create", requests_per_minute=100, concurrent_runs=4), dsn) == 0

    caller = await verifier.verify(capsys.readouterr().out.splitlines()[1])
    assert (caller.requests_per_minute, caller.concurrent_runs) == (100, 4)


async def test_wrong_arguments_make_nothing(dsn: str, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = _parsed("create", project=" ", scopes=["fly", "runs:read"], name="x" * 256, concurrent_runs=100_001)
    assert await command.run(wrong, dsn) == 1

    told = capsys.readouterr().err
    assert all(field in told for field in ("project", "scopes[0]", "name", "concurrent_runs"))
    assert not await command.exist(database)


async def test_keys_are_listed_with_their_state(
    dsn: str, admin: Made, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    other, _ = await command.create(database, project="default", name="old", scopes=scopes.RUN_SCOPES)
    assert await command.run(_parsed("revoke", id=other.prefix), dsn) == 0
    past, _ = await command.create(database, project="default", name="past", scopes=scopes.RUN_SCOPES)
    await database.execute("UPDATE key SET expire_time = now() WHERE key_id = $1", past.id)
    capsys.readouterr()

    assert await command.run(_parsed("list"), dsn) == 0

    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    assert [line[:4] for line in lines] == [
        [past.id, "expired", "default", "past"],
        [other.id, "revoked", "default", "old"],
        [admin.key.id, "live", "default", "a key"],
    ]


async def test_the_last_operator_can_be_ended_here(dsn: str, operator: Made, store: KeyStore) -> None:
    for _ in range(2):
        assert await command.run(_parsed("revoke", id=operator.key.id), dsn) == 0

    assert (await store.get_anywhere(operator.key.id)).HasField("revoke_time")


async def test_what_is_not_there_is_said(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command.run(_parsed("revoke", id="000000000000"), dsn) == 1
    assert await command.run(_parsed("list", project="search"), dsn) == 1

    assert len(capsys.readouterr().err.splitlines()) == 2


async def test_an_empty_database_is_told_from_one_with_keys(database: Database) -> None:
    assert not await command.exist(database)
    await command.create(database, project="default", name="x", scopes=["runs:read"])
    assert await command.exist(database)


async def test_faults_are_listed(database: Database) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        await command.create(database, project="", name="", scopes=[])

    assert [fault.field for fault in caught.value.violations] == ["project", "scopes", "name"]
