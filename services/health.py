"""Tells load balancers and the facade whether this server can serve: by grpc.health.v1, per service and overall."""

import asyncio

import structlog
from grpc_health.v1 import health, health_pb2

from services import errors
from services.db import Database
from services.migrate import pending
from services.telemetry import Metrics

CHECK_SECONDS = 1.0
ANSWER_SECONDS = 2.0
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
# Under this name health says whether the server takes calls at all, also while its database is gone: clients that
# spread their calls over several servers leave out one that is about to stop.
TAKES_CALLS = "promptwire.v1"

_log = structlog.get_logger()


class Monitor:
    """Asks the database every second; within 3 s of its failing or returning the health of every service follows."""

    def __init__(self, database: Database, metrics: Metrics, services: tuple[str, ...]) -> None:
        self.servicer = health.aio.HealthServicer()
        self._database = database
        self._metrics = metrics
        self._services = ("", *services)
        self._serving: bool | None = None
        self._migrated = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Check once, then go on in the background."""
        await self.servicer.set(TAKES_CALLS, SERVING)
        await self._check()
        self._task = asyncio.create_task(self._keep_checking())

    async def drain(self) -> None:
        """Say NOT_SERVING from now on, so that new calls go elsewhere."""
        if self._task is not None:
            self._task.cancel()
        await self.servicer.enter_graceful_shutdown()

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check()

    async def _check(self) -> None:
        serving = await self._database_serves()
        if serving == self._serving:
            return
        self._serving = serving
        self._metrics.database_up.set(serving)
        _log.info("health changed", serving=serving)
        for service in self._services:
            await self.servicer.set(service, SERVING if serving else NOT_SERVING)

    async def _database_serves(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._database.connection() as connection:
                if not self._migrated:
                    self._migrated = not await pending(connection)
                await connection.fetchval("SELECT 1")
        except (errors.DatabaseUnavailable, TimeoutError):
            return False
        except Exception as error:
            # Whatever it is, the next check must come: health that stands still is worse than none.
            _log.error("health check broken", exc_info=error)
            return False
        if not self._migrated:
            _log.error("the database is not migrated; run `promptwire migrate`")
        return self._migrated
