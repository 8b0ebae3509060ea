"""Runs over a real database: a writer, a store, and a runner whose one provider does what a test tells it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import Version
from promptwire.v1.prompt_service_pb2 import CreateVersionRequest
from services.caller import Caller
from services.db import Database
from services.prompts import content
from services.prompts.resolver import Resolver
from services.prompts.store import PromptStore
from services.prompts.target_store import TargetStore
from services.prompts.version_store import VersionStore
from services.providers.base import ChatAnswer, ChatRequest
from services.providers.config import Config, ModelSettings, ProviderSettings
from services.providers.registry import Registry
from services.runs.executor import Executor
from services.runs.planner import Planner
from services.runs.runner import Runner
from services.runs.servicer import RunServicer
from services.runs.specs import Limits
from services.runs.store import RunStore
from services.runs.writer import Writer
from services.telemetry import Metrics

LIMITS = Limits(input_bytes=10_000, run_seconds=300.0)

Behaviour = Callable[[ChatRequest], Awaitable[ChatAnswer]]


class Scripted:
    """A provider that does what `behaviour` says, and keeps what it was asked."""

    name = "fake"

    def __init__(self) -> None:
        self.requests: list[ChatRequest] = []
        self.asked = asyncio.Event()
        self.cancelled = False
        self.behaviour: Behaviour = echo

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        self.requests.append(request)
        self.asked.set()
        try:
            return await self.behaviour(request)
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    async def models(self) -> Sequence[str]:
        return ["small", "large"]

    async def close(self) -> None:
        """Do nothing."""


async def echo(request: ChatRequest) -> ChatAnswer:
    """Answer with the text of the last message."""
    return ChatAnswer(f"echo: {request.messages[-1]['content']}", 5, 7, "stop")


async def hang(_: ChatRequest) -> ChatAnswer:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


@pytest.fixture
async def writer(dsn: str) -> AsyncIterator[Writer]:
    writer = Writer(dsn)
    writer.open()
    yield writer
    await writer.close(5.0)


@pytest.fixture
def store(database: Database, writer: Writer) -> RunStore:
    return RunStore(database, writer)


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
def runner(database: Database, store: RunStore, models: Registry, metrics: Metrics) -> Runner:
    resolver = Resolver(TargetStore(database), VersionStore(database))
    return Runner(Planner(resolver, models), Executor(), store, metrics)


@pytest.fixture
def servicer(runner: Runner, store: RunStore, models: Registry) -> RunServicer:
    return RunServicer(runner, store, models, LIMITS)


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
        fields.setdefault("messages", [values.to_value({"role": "user", "content": text})])
        request = CreateVersionRequest(prompt_id=prompt_id, **fields)
        return await versions.create(project_id, prompt_id, content.to_version(request, 1_000_000))

    return make
