"""How pgqueuer reaches the database: over a small pool, and through an outage without an error, since it would stop."""

import asyncio
from typing import Any, Self

import asyncpg
import structlog
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback

from services import db

POOL_SIZE = 4
PAUSE_SECONDS = 0.25

_log = structlog.get_logger()


class PatientDriver(Driver):
    """Repeats a statement until the database answers: pgqueuer's bear that, and runs have their own tokens."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()
        self._pool: asyncpg.Pool | None = None
        self._listening: asyncio.Task[None] | None = None
        self._callbacks: list[tuple[str, NotifyCallback]] = []
        self._is_patient = True

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Give the rows of a statement."""
        rows: list[asyncpg.Record] = await self._keep_trying("fetch", query, *args)
        return [dict(row) for row in rows]

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement and give its command tag."""
        return await self._keep_trying("execute", query, *args)

    async def notify(self, channel: str, payload: str) -> None:
        """Tell whoever listens."""
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Listen from now on, also on the connection after one that was lost."""
        self._callbacks.append((channel, callback))
        if self._listening is None:
            self._listening = asyncio.create_task(self._keep_listening())

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Give the callback no more."""
        self._callbacks.remove((channel, callback))

    @property
    def shutdown(self) -> asyncio.Event:
        """Set when no new work is to be taken."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """The driver's own tasks: none."""
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        # pgqueuer has things to write behind this.
        pass

    def give_up(self) -> None:
        """Fail from now on, rather than wait for the database."""
        self._is_patient = False
        if self._pool is not None:
            self._pool.terminate()

    async def close(self) -> None:
        """Close the connections."""
        self.give_up()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait((self._listening,))

    async def _keep_trying(self, verb: str, *arguments: object) -> Any:
        while True:
            try:
                if self._pool is None:
                    self._pool = await db.create_pool(self._dsn, size=POOL_SIZE)
                return await getattr(self._pool, verb)(*arguments)
            except db.TROUBLE as error:
                if isinstance(error, ValueError) or not self._is_patient:
                    raise
                _log.warning("the queue cannot be reached", error=type(error).__name__, detail=str(error)[:200])
            await asyncio.sleep(PAUSE_SECONDS)

    async def _keep_listening(self) -> None:
        """Hold a connection that listens. While it is lost, workers find jobs by looking."""
        while True:
            try:
                connection = await db.connect(self._dsn)
            except db.TROUBLE:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                await self._listen(connection)
            except db.TROUBLE as error:
                _log.warning("the queue is not heard any more", error=type(error).__name__)
            finally:
                connection.terminate()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self, connection: Any) -> None:
        lost = asyncio.Event()

        def end(_: object) -> None:
            lost.set()

        def tell(_: object, __: int, channel: str, payload: str) -> None:
            for wanted, callback in self._callbacks:
                if wanted == channel:
                    callback(payload)

        connection.add_termination_listener(end)
        for channel in dict.fromkeys(channel for channel, _ in self._callbacks):
            await connection.add_listener(channel, tell)
        await lost.wait()
