"""Fixtures of the keys' tests: the parts over a fresh database, and a maker of keys."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.caller import Caller
from services.db import Database
from services.keys import command, scopes
from services.keys.record_store import RecordStore
from services.keys.servicer import KeyServicer
from services.keys.store import KeyStore
from services.keys.verifier import Verifier
from tests.services.keys.calling import As, Made

SERVER_SECRET = "the secret of this test's server, 1"

Make = Callable[..., Awaitable[Made]]


@pytest.fixture
def store(database: Database) -> KeyStore:
    return KeyStore(database)


@pytest.fixture
async def verifier(database: Database) -> AsyncIterator[Verifier]:
    verifier = Verifier(RecordStore(database))
    yield verifier
    await verifier.close()


@pytest.fixture
def servicer(store: KeyStore, verifier: Verifier) -> KeyServicer:
    return KeyServicer(store, verifier, [SERVER_SECRET])


@pytest.fixture
def make(database: Database, store: KeyStore, servicer: KeyServicer) -> Make:
    """Make keys: `await make("runs:write", project="search")`; without scopes, an admin's."""

    async def make(*wanted: str, project: str = "default", name: str = "a key", owner: str = "") -> Made:
        key, text = await command.create(
            database, project=project, name=name, scopes=wanted or scopes.ADMIN_SCOPES, owner=owner
        )
        project_id = await store.create_project(project)
        caller = Caller(key.id, project_id, project, frozenset(key.scopes))
        return Made(key, text, caller, As(servicer, caller))

    return make


@pytest.fixture
async def admin(make: Make) -> Made:
    return await make()


@pytest.fixture
async def operator(make: Make) -> Made:
    return await make(*scopes.SCOPES)
