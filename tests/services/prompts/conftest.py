"""Projects with prompts: the stores over one database, and PromptService as callers of two projects have it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import Version
from services import caller
from services.db import Database
from services.prompts.resolver import Resolver
from services.prompts.servicer import PromptServicer
from services.prompts.session_store import SessionStore
from services.prompts.store import PromptStore
from services.prompts.stores import Stores
from services.prompts.target_store import TargetStore
from services.prompts.version_store import VersionStore
from services.schemas import SchemaChecker
from tests.conftest import clone

LIMIT = 1024 * 1024


class Calls:
    """A servicer's RPCs as a caller of one project makes them."""

    def __init__(self, servicer: object, project_id: UUID, *held: str) -> None:
        self._servicer = servicer
        self._caller = caller.Caller("key", project_id, "project", frozenset(held))

    def __getattr__(self, rpc: str) -> Callable[[object], Awaitable[Any]]:
        """Give an RPC as a function of its request."""

        async def call(request: object) -> Any:
            caller.enter(self._caller)
            return await getattr(self._servicer, rpc)(request, None)

        return call


@pytest.fixture(scope="session")
async def database(postgres: str) -> AsyncIterator[Database]:
    """Open a database that all tests here share: each has projects of its own."""
    async with clone(postgres) as dsn:
        database = await Database.open(dsn)
        yield database
        await database.close()


@pytest.fixture
async def project_id(database: Database) -> UUID:
    """Make a project."""
    return await make_project(database)


@pytest.fixture
async def other_project_id(database: Database) -> UUID:
    """Make another project."""
    return await make_project(database)


@pytest.fixture
def prompts(database: Database) -> PromptStore:
    """Open the store of prompts."""
    return PromptStore(database)


@pytest.fixture
def versions(database: Database) -> VersionStore:
    """Open the store of versions."""
    return VersionStore(database)


@pytest.fixture
def resolver(database: Database, versions: VersionStore) -> Resolver:
    """Make the resolver of the server whose servicer `servicer` is."""
    return Resolver(TargetStore(database), versions, SessionStore(database))


@pytest.fixture
async def servicer(database: Database, resolver: Resolver) -> AsyncIterator[PromptServicer]:
    """Compose the servicer."""
    schemas = SchemaChecker()
    yield PromptServicer(Stores.over(database), resolver, schemas, LIMIT)
    await schemas.close()


@pytest.fixture
def service(servicer: PromptServicer, project_id: UUID) -> Calls:
    """Call as the project."""
    return Calls(servicer, project_id)


@pytest.fixture
def other_service(servicer: PromptServicer, other_project_id: UUID) -> Calls:
    """Call as the other project."""
    return Calls(servicer, other_project_id)


async def make_project(database: Database) -> UUID:
    """Make a project and give its id."""
    project_id = uuid4()
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, $2)", project_id, str(project_id))
    return project_id


@pytest.fixture
def make_prompt(prompts: PromptStore, project_id: UUID) -> Callable[..., Awaitable[str]]:
    """Give a function that makes a prompt and gives its id."""

    async def make(alias: str = "") -> str:
        return (await prompts.create(project_id, name="A prompt", description="", alias=alias)).id

    return make


@pytest.fixture
def make_version(versions: VersionStore, project_id: UUID) -> Callable[..., Awaitable[Version]]:
    """Give a function that makes a version of a prompt."""

    async def make(prompt_id: str, text: str = "Hello {name}") -> Version:
        return await versions.create(project_id, prompt_id, draft(text))

    return make


def draft(text: str) -> Version:
    """Give the content of a version: one user message."""
    return Version(messages=[values.to_value({"role": "user", "content": text})])


@pytest.fixture
def queries(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Give a list that grows by one with every connection that is lent for a query."""
    lent: list[None] = []
    connection = database.connection

    def count() -> Any:
        lent.append(None)
        return connection()

    monkeypatch.setattr(database, "connection", count)
    return lent
