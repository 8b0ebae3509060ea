"""`promptwire key`: keys made, listed and revoked on the database itself, by those who hold it; no key is needed."""

import argparse
import sys
from collections.abc import Collection
from datetime import UTC, datetime

from promptwire.v1.key_pb2 import Key
from services import errors
from services.checks import Checks
from services.db import Database
from services.keys import rules, secret
from services.keys.record_store import RecordStore
from services.keys.scopes import ADMIN_SCOPES, RUN_SCOPES, SCOPES
from services.keys.store import KeyStore, NewKey

LISTED = 1000


async def run(parsed: argparse.Namespace, dsn: str) -> int:
    """Carry out `create`, `list` or `revoke` as parsed, and print the outcome. Gives 0 when it was done."""
    database = await Database.open(dsn, size=1)
    try:
        return await _ACTIONS[parsed.action](database, parsed)
    except errors.ServiceError as error:
        print(f"promptwire: {error.message}", file=sys.stderr)
        return 1
    finally:
        await database.close()


async def create(
    database: Database,
    *,
    project: str,
    name: str,
    scopes: Collection[str],
    owner: str = "",
    requests_per_minute: int = 0,
    concurrent_runs: int = 0,
) -> tuple[Key, str]:
    """Make a key, and its project if there is none, whatever its scopes; give it with its secret."""
    with Checks() as check:
        rules.check_project(check, project)
        rules.check_scopes(check, list(scopes))
        check.text("name", name, least=1, most=rules.MAX_TEXT)
        check.text("owner", owner, most=rules.MAX_TEXT)
        rules.check_limits(check, requests_per_minute, concurrent_runs)
    store, key_id = KeyStore(database), secret.new_id()
    text = secret.make(key_id)
    created = await store.create(
        NewKey(
            project_id=await store.create_project(project),
            key_id=key_id,
            secret_hash=secret.hash_of(text),
            display_name=name,
            owner=owner,
            scopes=frozenset(scopes),
            requests_per_minute=requests_per_minute,
            concurrent_runs=concurrent_runs,
        )
    )
    return created.key, text


async def exist(database: Database) -> bool:
    """Tell whether any key was ever made here."""
    return await KeyStore(database).exist()


async def _create(database: Database, parsed: argparse.Namespace) -> int:
    key, text = await create(
        database,
        project=parsed.project,
        name=parsed.name or "made by promptwire key create",
        scopes=_scopes(parsed),
        owner=parsed.owner,
        requests_per_minute=parsed.requests_per_minute,
        concurrent_runs=parsed.concurrent_runs,
    )
    print(f"{_line(key)}\n{text}")
    return 0


async def _list(database: Database, parsed: argparse.Namespace) -> int:
    store = KeyStore(database)
    project_id = await RecordStore(database).get_project(parsed.project)
    keys = await store.list(project_id, owner="", after=None, size=LISTED)
    while keys:
        print("\n".join(_line(key) for key in keys))
        keys = await store.list(project_id, owner="", after=keys[-1].id, size=LISTED)
    return 0


async def _revoke(database: Database, parsed: argparse.Namespace) -> int:
    print(_line(await KeyStore(database).revoke_anywhere(parsed.id.removeprefix(secret.PREFIX))))
    return 0


def _scopes(parsed: argparse.Namespace) -> Collection[str]:
    if parsed.scopes:
        return parsed.scopes
    if parsed.operator:
        return SCOPES
    return ADMIN_SCOPES if parsed.admin else RUN_SCOPES


def _line(key: Key) -> str:
    return "  ".join((key.id, _state(key), key.project, key.display_name, ",".join(key.scopes)))


def _state(key: Key) -> str:
    if key.HasField("revoke_time"):
        return "revoked"
    expired = key.HasField("expire_time") and key.expire_time.ToDatetime(UTC) <= datetime.now(UTC)
    return "expired" if expired else "live"


_ACTIONS = {"create": _create, "list": _list, "revoke": _revoke}
