"""The gRPC server, composed: the only place that constructs what serves a call."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Sequence

import grpc
import grpc.aio
import structlog
from grpc_health.v1 import health, health_pb2_grpc
from prometheus_client import CollectorRegistry, start_http_server

from promptwire.v1 import key_service_pb2, prompt_service_pb2, run_service_pb2
from promptwire.v1.key_service_pb2_grpc import add_KeyServiceServicer_to_server
from promptwire.v1.prompt_service_pb2_grpc import add_PromptServiceServicer_to_server
from promptwire.v1.run_service_pb2_grpc import add_RunServiceServicer_to_server
from services import telemetry
from services.config import Settings
from services.db import Database
from services.engine import Engine
from services.health import Monitor
from services.interceptors import CallInterceptor
from services.keys.interceptor import KeyInterceptor
from services.keys.record_store import RecordStore
from services.keys.servicer import KeyServicer
from services.keys.store import KeyStore
from services.keys.verifier import Verifier
from services.prompts.servicer import PromptServicer
from services.prompts.stores import Stores
from services.reflection import add_reflection
from services.runs.rating_store import RatingStore
from services.runs.search_store import SearchStore
from services.runs.servicer import RunServicer
from services.runs.usage_store import UsageStore
from services.runs.webhook_secrets import WebhookSecrets
from services.webhooks.delivery_store import DeliveryStore

SERVICES = tuple(
    file.DESCRIPTOR.services_by_name[name].full_name
    for file, name in (
        (key_service_pb2, "KeyService"),
        (prompt_service_pb2, "PromptService"),
        (run_service_pb2, "RunService"),
    )
)

# How long a server that stops still takes calls, while its health tells those that choose servers to go elsewhere.
NOTICE_SECONDS = 0.5
# Connections for the lease alone, so that whoever keeps the others busy lets none lapse.
LEASE_POOL = 2

_log = structlog.get_logger()


class Server:
    """The three services with health and reflection, over one database; and a worker too, if asked for."""

    def __init__(self, settings: Settings, dsn: str, *, with_worker: bool = False) -> None:
        self._settings = settings
        self._with_worker = with_worker
        self._dsn = dsn
        self._metrics = telemetry.Metrics()
        self._stack = contextlib.AsyncExitStack()
        self.database: Database
        self.address = settings.grpc

    async def start(self) -> None:
        """Construct everything and listen. The database may still be down: health says so until it is there."""
        settings, push = self._settings, self._stack.push_async_callback
        self.database = database = await Database.open(self._dsn, size=settings.database_pool)
        push(database.close)
        lease_database = await Database.open(self._dsn, size=LEASE_POOL)
        push(lease_database.close)
        shown, end_metrics = _show_metrics(settings, self._metrics.registry)
        self._stack.callback(end_metrics)

        verifier = Verifier(RecordStore(database))
        push(verifier.close)
        engine = Engine(settings, self._dsn, database, lease_database, self._metrics)
        push(engine.close)
        engine.open()
        if self._with_worker:
            engine.start_worker()

        key_servicer = KeyServicer(KeyStore(database), verifier, settings.server_secrets)
        prompt_servicer = PromptServicer(Stores.over(database), engine.resolver, engine.schemas, settings.input_limit)
        run_servicer = RunServicer(
            engine.intake,
            engine.streamer,
            engine.watcher,
            engine.runs,
            SearchStore(database),
            RatingStore(database),
            UsageStore(database),
            DeliveryStore(database),
            WebhookSecrets(database, engine.signer),
            engine.models,
            engine.viewer,
            engine.limits,
        )

        server = _grpc_server(
            settings, (CallInterceptor(self._metrics, engine.limiter.report), KeyInterceptor(verifier))
        )
        add_KeyServiceServicer_to_server(key_servicer, server)
        add_PromptServiceServicer_to_server(prompt_servicer, server)
        add_RunServiceServicer_to_server(run_servicer, server)
        monitor = Monitor(database, self._metrics, SERVICES)
        health_pb2_grpc.add_HealthServicer_to_server(monitor.servicer, server)
        add_reflection(server, (*SERVICES, health.SERVICE_NAME))
        await monitor.start()
        self.address = _listen(server, settings)
        await server.start()
        push(_end, server, engine, settings.grace)
        push(asyncio.sleep, min(NOTICE_SECONDS, settings.grace))
        push(monitor.drain)
        _settle()
        _log.info("gRPC server serves", grpc=self.address, metrics=shown)

    async def stop(self) -> None:
        """Turn health off, let runs and calls under way end within the grace, then close everything behind them."""
        await self._stack.aclose()


class Worker:
    """Drives runs out of the queue; several share it."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self._settings = settings
        self._dsn = dsn
        self._metrics = telemetry.Metrics()
        self._stack = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Construct everything and begin to take runs. The database may still be down."""
        settings, push = self._settings, self._stack.push_async_callback
        database = await Database.open(self._dsn, size=settings.database_pool)
        push(database.close)
        lease_database = await Database.open(self._dsn, size=LEASE_POOL)
        push(lease_database.close)
        shown, end_metrics = _show_metrics(settings, self._metrics.registry)
        self._stack.callback(end_metrics)
        engine = Engine(settings, self._dsn, database, lease_database, self._metrics)
        push(engine.close)
        engine.open()
        engine.start_worker()
        push(engine.drain)
        _settle()
        _log.info("worker works", runs=settings.worker_runs, metrics=shown)

    async def stop(self) -> None:
        """Take no more runs, let those under way end within the grace, and hand on the rest."""
        await self._stack.aclose()


async def serve(settings: Settings) -> int:
    """Serve on an external Postgres until SIGTERM or SIGINT. Gives the exit code."""
    assert settings.database_url
    return await _until_stopped(settings, Server(settings, settings.database_url.get_secret_value()))


async def work(settings: Settings) -> int:
    """Take runs out of the queue of an external Postgres until SIGTERM or SIGINT. Gives the exit code."""
    assert settings.database_url
    return await _until_stopped(settings, Worker(settings, settings.database_url.get_secret_value()))


async def _until_stopped(settings: Settings, process: Server | Worker) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    lines = telemetry.configure_logs(settings.log_level, sys.stderr.buffer)
    flushing = asyncio.create_task(lines.keep_flushing())
    try:
        await process.start()
        await stop.wait()
    finally:
        await process.stop()
        flushing.cancel()
        lines.flush()
    return 0


async def _end(server: grpc.aio.Server, engine: Engine, grace: float) -> None:
    """Take no more calls, and let those under way end."""
    await asyncio.gather(server.stop(grace), engine.drain())


def _settle() -> None:
    """Leave what was loaded at the start out of later collections, and collect less often: calls make no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def _grpc_server(settings: Settings, interceptors: Sequence[grpc.aio.ServerInterceptor]) -> grpc.aio.Server:
    options = [
        ("grpc.max_receive_message_length", settings.message_limit),
        ("grpc.max_send_message_length", settings.message_limit),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        # Without it the kernel would hand half of the calls to another server that was started on the same port.
        ("grpc.so_reuseport", 0),
    ]
    return grpc.aio.server(interceptors=interceptors, options=options)


def _listen(server: grpc.aio.Server, settings: Settings) -> str:
    """Bind the address, with TLS when a certificate is set; give the address with the port that was bound."""
    host, _, _ = settings.grpc.rpartition(":")
    address = settings.grpc if host else f"[::]{settings.grpc}"
    if settings.tls_cert and settings.tls_key:
        pair = (settings.tls_key.read_bytes(), settings.tls_cert.read_bytes())
        port = server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    else:
        port = server.add_insecure_port(address)
    return f"{host}:{port}"


def _show_metrics(settings: Settings, registry: CollectorRegistry) -> tuple[str, Callable[[], None]]:
    """Serve the metrics from a thread of their own, so that they answer while the loop is busy.

    Give the address with the port that was bound, and what ends it.
    """
    host, _, port = settings.metrics.rpartition(":")
    server, thread = start_http_server(int(port), host.strip("[]") or "0.0.0.0", registry)  # noqa: S104 - as was set

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return f"{host}:{server.server_port}", end
