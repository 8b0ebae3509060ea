"""Runs over a real database: a process that drives them, whose one provider does what a test tells it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.struct_pb2 import Value

from promptwire import values
from promptwire.v1.prompt_pb2 import Variable, Version
from promptwire.v1.prompt_service_pb2 import CreateVersionRequest
from promptwire.v1.session_pb2 import Session
from services.caller import Caller
from services.db import Database
from services.images.tokens import Tokens
from services.images.viewer import Viewer
from services.prompts import content
from services.prompts.session_store import SessionStore
from services.prompts.store import PromptStore
from services.prompts.version_store import VersionStore
from services.providers.config import Config, ModelSettings, ProviderSettings
from services.providers.registry import Registry
from services.runs.node_store import NodeStore
from services.runs.rating_store import RatingStore
from services.runs.search_store import SearchStore
from services.runs.servicer import RunServicer
from services.runs.store import RunStore
from services.runs.usage_store import UsageStore
from services.runs.webhook_secrets import WebhookSecrets
from services.runs.writer import Writer
from services.telemetry import Metrics
from services.webhooks.delivery_store import DeliveryStore
from services.webhooks.signing import Signer
from tests.services.runs.process import LIMITS, Gate, Process, Scripted


@pytest.fixture
async def writer(dsn: str) -> AsyncIterator[Writer]:
    writer = Writer(dsn)
    writer.open()
    yield writer
    await writer.close(5.0)


@pytest.fixture
def store(database: Database, writer: Writer) -> RunStore:
    return RunStore(database, writer, NodeStore(database))


@pytest.fixture
def provider() -> Scripted:
    return Scripted()


@pytest.fixture
async def models(provider: Scripted) -> AsyncIterator[Registry]:
    config = Config(
        providers={"fake": ProviderSettings("http://fake", retries=0)},
        models={},
        default_name="small",
        default=ModelSettings("fake", "small"),
    )
    registry = Registry(config, {"fake": provider})
    yield registry
    await registry.close()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def process(dsn: str, models: Registry, metrics: Metrics) -> AsyncIterator[Process]:
    async with Process.open(dsn, models, metrics=metrics) as process:
        yield process


Another = Callable[[], AbstractAsyncContextManager[Process]]


@pytest.fixture
def another(dsn: str, models: Registry) -> Another:
    """Start more processes on the same database: `async with another() as other`."""
    return lambda: Process.open(dsn, models)


@pytest.fixture
def servicer(process: Process, models: Registry) -> RunServicer:
    viewer = Viewer(process.images, Tokens(["0" * 64]))
    return RunServicer(
        process.intake,
        process.streamer,
        process.watcher,
        process.store,
        SearchStore(process.database),
        RatingStore(process.database),
        UsageStore(process.database),
        DeliveryStore(process.database),
        WebhookSecrets(process.database, Signer(["0" * 64])),
        models,
        viewer,
        LIMITS,
    )


@pytest.fixture
async def project_id(database: Database) -> UUID:
    project_id = uuid4()
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, $2)", project_id, str(project_id))
    return project_id


@pytest.fixture
def me(project_id: UUID) -> Caller:
    return Caller("key1", project_id, "project", frozenset({"runs:write", "runs:read"}))


Make = Callable[..., Awaitable[Version]]


@pytest.fixture
def make_version(database: Database, project_id: UUID) -> Make:
    """Make a version of one user message in a prompt of its own: `await make_version("Hi {name}", alias="hi")`."""
    prompts, versions = PromptStore(database), VersionStore(database)

    async def make(text: str = "Hello", *, alias: str = "", prompt_id: str = "", **fields: Any) -> Version:
        if not prompt_id:
            prompt_id = (await prompts.create(project_id, name="A prompt", description="", alias=alias)).id
        fields.setdefault("messages", [to_message(text)])
        request = CreateVersionRequest(prompt_id=prompt_id, **fields)
        return await versions.create(project_id, prompt_id, content.to_version(request, 1_000_000))

    return make


Draft = Callable[..., Awaitable[Session]]


@pytest.fixture
def make_session(database: Database, project_id: UUID) -> Draft:
    """Make a session of one user message in a prompt of its own: `await make_session("Hi {name}", inputs={...})`."""
    prompts, sessions = PromptStore(database), SessionStore(database)

    async def make(text: str = "Hello", **fields: Any) -> Session:
        prompt = await prompts.create(project_id, name="A prompt", description="", alias="")
        fields.setdefault("messages", [to_message(text)])
        return await sessions.create(project_id, prompt.id, Session(**fields), None)

    return make


@pytest.fixture
def save(database: Database, project_id: UUID) -> Callable[[Session, str], Awaitable[None]]:
    """Save a session with another message: `await save(session, "Good bye")`."""

    async def save(session: Session, text: str) -> None:
        def change(session: Session) -> bool:
            session.ClearField("messages")
            session.messages.append(to_message(text))
            session.inputs.clear()
            return True

        await SessionStore(database).update(project_id, session.id, change)

    return save


def to_message(text: str) -> Value:
    """Give a user message."""
    return values.to_value({"role": "user", "content": text})


@pytest.fixture
async def version(make_version: Make) -> Version:
    """Make a version that needs no values."""
    return await make_version("Hello {name}", variables=[Variable(name="name")])


@pytest.fixture
def gate(provider: Scripted) -> Gate:
    """Hold the provider's answers back."""
    provider.behaviour = gate = Gate()
    return gate
