"""What drives runs, composed over one database: the half that the gRPC server and the worker have in common."""

import contextlib
import os
from secrets import token_hex

import structlog

from services.admission import Admission
from services.config import Settings
from services.db import Database
from services.embedded.model import EmbeddedModel
from services.images.keeper import ImageKeeper
from services.images.store import ImageStore
from services.images.tokens import Tokens
from services.images.viewer import Viewer
from services.jobs import queue
from services.keys.limit_store import LimitStore
from services.keys.limiter import Limiter
from services.outbound import Outbound
from services.prompts.resolver import Resolver
from services.prompts.session_store import SessionStore
from services.prompts.target_store import TargetStore
from services.prompts.version_store import VersionStore
from services.providers import config
from services.providers.base import Provider
from services.providers.local import LocalProvider
from services.providers.openai import OpenAIProvider
from services.providers.registry import Registry
from services.runs.event_store import EventStore
from services.runs.executor import Executor
from services.runs.feed import Feeds
from services.runs.fenced_writer import FencedWriter
from services.runs.fetcher import ImageFetcher
from services.runs.flow_executor import FlowExecutor
from services.runs.flow_runner import FlowRunner
from services.runs.housekeeping import Housekeeping
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
from services.runs.text_writer import TextWriter
from services.runs.underway import Underway
from services.runs.watcher import Watcher
from services.runs.webhook_messages import WebhookMessages
from services.runs.writer import Writer
from services.schemas import SchemaChecker
from services.telemetry import Metrics
from services.webhooks.deliverer import Deliverer
from services.webhooks.due_store import DueStore
from services.webhooks.signing import Signer

# How long the ends of runs may take to be recorded when the process stops while its database is in trouble.
LAST_WRITES_SECONDS = 5.0
# How long before the end of the grace what is still under way is stopped, so that its callers get an answer.
ANSWER_SECONDS = 1.0

_log = structlog.get_logger()


class Engine:
    """Runs and all that they need. `open` must come before anything else, `close` after `drain`."""

    def __init__(
        self, settings: Settings, dsn: str, database: Database, lease_database: Database, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._dsn = dsn
        self._stack = contextlib.AsyncExitStack()
        self.versions = VersionStore(database)
        self.resolver = Resolver(TargetStore(database), self.versions, SessionStore(database))
        self.models = _models(settings)
        self.schemas = SchemaChecker()
        self._writer = Writer(dsn)
        nodes = NodeStore(database)
        self.runs = RunStore(database, self._writer, nodes)
        self._queue = QueueStore(database)
        self._underway = Underway()
        self._planner = Planner(self.resolver, self.models, self.schemas)
        self._outbound = Outbound(settings.outbound_allow)
        self.limits = Limits(settings.input_limit, settings.run_timeout, self._outbound.check_url)
        self.images = ImageStore(database)
        # Without a secret, as in a test, nothing that was signed works any more after a restart.
        secrets = settings.server_secrets or [token_hex()]
        self.viewer = Viewer(self.images, Tokens(secrets))
        self.signer = Signer(secrets)
        self._deliverer = Deliverer(
            DueStore(database),
            self.signer,
            self._outbound,
            WebhookMessages(self.runs, self.viewer).make,
            settings.webhook_gaps,
        )
        events = EventStore(database)
        self._event_writer = FencedWriter(events)
        self._node_writer = FencedWriter(nodes)
        feeds = Feeds(events, self._event_writer)
        fetcher = ImageFetcher(self._outbound)
        executor = Executor()
        flows = FlowRunner(
            executor,
            FlowExecutor(settings.node_concurrency),
            ImageKeeper(self.images, self._outbound),
            nodes,
            self._node_writer,
            metrics,
            settings.output_limit,
        )
        reader = OutputReader(self.schemas)
        self._runner = Runner(fetcher, executor, flows, feeds, reader, self.runs, self._queue, self._underway, metrics)
        self._lease = Lease(LeaseStore(lease_database), self._underway, settings.run_timeout)
        self._housekeeping = Housekeeping(
            dsn, settings.retention_days, metrics, image_days=settings.image_retention_days
        )
        self._texts = TextWriter(dsn)
        self.limiter = Limiter(LimitStore(database))
        self.intake = Intake(
            self._planner,
            self._runner,
            self.runs,
            self._queue,
            self._underway,
            self._lease,
            self.limiter,
            Admission(settings.max_runs, settings.max_waiting),
            self.limits,
        )
        self.watcher = Watcher(self.runs, events, feeds)
        self.streamer = Streamer(self.intake, self._underway, self.watcher, self.limits)

    def open(self) -> None:
        """Begin to keep the lease and to write. The database may still be down."""
        self._stack.push_async_callback(self.models.close)
        self._stack.push_async_callback(self._outbound.close)
        self._stack.push_async_callback(self.schemas.close)
        self._lease.start()
        self._stack.push_async_callback(self._lease.close)
        self._stack.push_async_callback(self.intake.close)
        self._stack.push_async_callback(self._event_writer.close)
        self._stack.push_async_callback(self._node_writer.close)
        self._writer.open()
        self._stack.push_async_callback(self._writer.close, max(self._settings.grace, LAST_WRITES_SECONDS))

    def start_worker(self) -> None:
        """Take runs out of the queue, keep house, deliver webhooks, and write the words by which runs are found."""
        from services.jobs.worker import Worker  # noqa: PLC0415 - a server without a worker does without its library

        taker = Taker(self._planner, self._runner, self.runs, self._queue, self._underway, self._lease, self.limits)
        worker = Worker(self._dsn, queue.RUN, taker.do, most=self._settings.worker_runs)
        worker.start()
        self._stack.push_async_callback(worker.close, LAST_WRITES_SECONDS)
        self._stop_taking = worker.stop_taking
        self._housekeeping.start()
        self._deliverer.start()
        self._stack.push_async_callback(self._deliverer.close)
        self._texts.start()
        self._stack.push_async_callback(self._texts.close)
        self._stack.push_async_callback(self._housekeeping.close)

    async def drain(self) -> None:
        """Begin nothing more, and let what is under way end within the grace; the rest is handed on or interrupted."""
        self.intake.drain()
        self._stop_taking()
        await self._underway.drain(max(0.0, self._settings.grace - ANSWER_SECONDS))
        self.watcher.drain()

    async def close(self) -> None:
        """Close everything."""
        await self._stack.aclose()

    def _stop_taking(self) -> None:
        """Without a worker nothing is taken."""


def _models(settings: Settings) -> Registry:
    """Make every provider that the configuration names, and the embedded one, which starts when it is first asked."""
    found = config.load(settings.config, os.environ, settings.default_model, settings.default_image_model)
    limit = settings.output_limit
    providers: dict[str, Provider] = {
        name: OpenAIProvider(name, provider, output_limit=limit) for name, provider in found.providers.items()
    }
    return Registry(found, {"local": LocalProvider(EmbeddedModel(), output_limit=limit)} | providers)
