"""What a server or a worker has of the engine, over the database of a test; several may share it, and die."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import UUID

from google.protobuf.duration_pb2 import Duration

from promptwire import values
from promptwire.v1.prompt_pb2 import Version
from promptwire.v1.run_pb2 import Run, RunSpec
from promptwire.v1.session_pb2 import Session
from services.admission import Admission
from services.caller import Caller
from services.db import Database
from services.images.keeper import ImageKeeper
from services.images.store import ImageStore
from services.keys.limit_store import LimitStore
from services.keys.limiter import Limiter
from services.outbound import Outbound
from services.prompts.resolver import Resolver
from services.prompts.session_store import SessionStore
from services.prompts.target_store import TargetStore
from services.prompts.version_store import VersionStore
from services.providers.base import ChatAnswer, ChatRequest, ImageAnswer, ImageRequest, Tell
from services.providers.registry import Registry
from services.runs import queue_store
from services.runs.event_store import EventStore
from services.runs.executor import Executor
from services.runs.feed import Feeds
from services.runs.fenced_writer import FencedWriter
from services.runs.fetcher import ImageFetcher
from services.runs.flow_executor import FlowExecutor
from services.runs.flow_runner import FlowRunner
from services.runs.intake import Intake
from services.runs.lease import Lease
from services.runs.lease_store import LeaseStore
from services.runs.node_store import NodeStore
from services.runs.output_reader import OutputReader
from services.runs.planner import Planner
from services.runs.queue_store import QueueStore
from services.runs.runner import Runner
from services.runs.specs import Limits
from services.runs.store import RunStore
from services.runs.streamer import Streamer
from services.runs.taker import Taker
from services.runs.underway import Drive, Stop, Underway
from services.runs.watcher import Watcher
from services.runs.writer import Writer
from services.schemas import SchemaChecker
from services.telemetry import Metrics
from tests.fakes.provider import PNG

LIMITS = Limits(input_bytes=10_000, run_seconds=300.0)

Behaviour = Callable[[ChatRequest], Awaitable[ChatAnswer]]


async def echo(request: ChatRequest) -> ChatAnswer:
    """Answer with the text of the last message."""
    return ChatAnswer(f"echo: {request.messages[-1]['content']}", 5, 7, "stop")


async def hang(_: ChatRequest) -> ChatAnswer:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


class Gate:
    """A behaviour that holds its answers back until a test opens it."""

    def __init__(self, text: str = "done") -> None:
        self._text = text
        self._opened = asyncio.Event()

    async def __call__(self, _: ChatRequest) -> ChatAnswer:
        await self._opened.wait()
        return ChatAnswer(self._text, 1, 2, "stop")

    def open(self) -> None:
        """Let all answers go."""
        self._opened.set()


class Scripted:
    """A provider that does what `behaviour` says, and keeps what it was asked."""

    name = "fake"

    def __init__(self) -> None:
        self.requests: list[ChatRequest] = []
        self.images: list[ImageRequest] = []
        self.picture = ImageAnswer(PNG, None, input_tokens=2, output_tokens=30)
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

    async def stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        answer = await self.chat(request)
        tell(answer.text)
        return answer

    async def image(self, request: ImageRequest) -> ImageAnswer:
        self.images.append(request)
        return self.picture

    async def models(self) -> Sequence[str]:
        return ["small", "large"]

    async def close(self) -> None:
        """Do nothing."""


class Process:
    """The engine's parts. Its lease is kept, and what it begins it drives, until it is closed or dies."""

    def __init__(
        self,
        dsn: str,
        database: Database,
        lease_database: Database,
        models: Registry,
        metrics: Metrics,
        limits: Limits,
    ) -> None:
        self.database = database
        self.writer = Writer(dsn)
        self.nodes = NodeStore(database)
        self.store = RunStore(database, self.writer, self.nodes)
        self.queue = QueueStore(database)
        self.underway = Underway()
        self.leases = LeaseStore(lease_database)
        self.lease = Lease(self.leases, self.underway, limits.run_seconds)
        self.schemas = SchemaChecker()
        self.planner = Planner(to_resolver(database), models, self.schemas)
        self.outbound = Outbound(())
        self.events = EventStore(database)
        self.event_writer = FencedWriter(self.events)
        self.feeds = Feeds(self.events, self.event_writer)
        self.node_writer = FencedWriter(self.nodes)
        self.images = ImageStore(database)
        executor = Executor()
        flows = FlowRunner(
            executor,
            FlowExecutor(8),
            ImageKeeper(self.images, self.outbound),
            self.nodes,
            self.node_writer,
            metrics,
            1_000_000,
        )
        self.runner = Runner(
            ImageFetcher(self.outbound),
            executor,
            flows,
            self.feeds,
            OutputReader(self.schemas),
            self.store,
            self.queue,
            self.underway,
            metrics,
        )
        self.admission = Admission(8, 8)
        self.limiter = Limiter(LimitStore(database))
        self.intake = Intake(
            self.planner,
            self.runner,
            self.store,
            self.queue,
            self.underway,
            self.lease,
            self.limiter,
            self.admission,
            limits,
        )
        self.watcher = Watcher(self.store, self.events, self.feeds)
        self.streamer = Streamer(self.intake, self.underway, self.watcher, limits)
        self.taker = Taker(self.planner, self.runner, self.store, self.queue, self.underway, self.lease, limits)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, dsn: str, models: Registry, *, metrics: Metrics | None = None, limits: Limits = LIMITS
    ) -> AsyncIterator[Self]:
        """Start a process over connections of its own."""
        database, lease_database = await Database.open(dsn), await Database.open(dsn, size=2)
        process = cls(dsn, database, lease_database, models, metrics or Metrics(), limits)
        process.writer.open()
        process.lease.start()
        try:
            yield process
        finally:
            process.lose_all()
            await process.intake.close()
            await process.lease.close()
            await process.event_writer.close()
            await process.node_writer.close()
            await process.writer.close(1.0)
            await process.outbound.close()
            await process.schemas.close()
            await lease_database.close()
            await database.close()

    async def create(self, caller: Caller, *target: Any, wait: float | None = None, **fields: Any) -> Run:
        """Run a version: `await process.create(me, version, {"name": "Ann"})`."""
        return await self.intake.create(caller, ask(*target, **fields), wait)

    def begin(self, caller: Caller, *target: Any, wait: float | None = None, **fields: Any) -> asyncio.Task[Run]:
        """Run a version in a task."""
        return asyncio.create_task(self.create(caller, *target, wait=wait, **fields))

    async def do_job(self, run: Run, project_id: UUID) -> None:
        """Do the job of a run, as a worker does that has it. Raises Again."""
        await self.taker.do(queue_store.to_name(project_id, UUID(run.id)))

    def drive_of(self, run: Run) -> Drive:
        """Give the task that drives a run here."""
        drive = self.underway.find(UUID(run.id))
        assert drive is not None
        return drive

    def lose_all(self) -> None:
        """Leave what is driven here, without a word in the database."""
        for start in self.underway.older_than(0):
            self.underway.stop(start.run_id, Stop.LOST)

    async def die(self) -> None:
        """End as if killed: nothing more is written, and what is left is for those who find the lease lapsed."""
        self.lose_all()
        await self.lease.close()


def to_resolver(database: Database) -> Resolver:
    """Make what finds what is to run."""
    return Resolver(TargetStore(database), VersionStore(database), SessionStore(database))


def ask(
    target: Version | Session, inputs: dict[str, Any] | None = None, *, seconds: float = 0, **fields: Any
) -> RunSpec:
    """Give the RunSpec that asks for a run of a version or of a session."""
    spec = RunSpec(inputs=values.to_struct(inputs or {}), **fields)
    if isinstance(target, Session):
        spec.session_id = target.id
    else:
        spec.version_id = target.id
    if seconds:
        spec.timeout.CopyFrom(to_duration(seconds))
    return spec


def to_duration(seconds: float) -> Duration:
    """Give the message for a time."""
    duration = Duration()
    duration.FromMilliseconds(int(seconds * 1000))
    return duration
