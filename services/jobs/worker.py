"""Takes jobs from the queue and has them done, so many at a time. A job whose worker dies is given to another one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from pgqueuer.core.executors import EntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from pgqueuer.queries import Queries

from services.jobs.driver import PatientDriver

# A worker looks for jobs that often when it hears of none.
LOOK = timedelta(seconds=1)
# A job whose worker gave no sign for so long is given to another one.
SILENCE = timedelta(seconds=10)
BATCH = 10
PAUSE_SECONDS = 1.0
CANCEL_SECONDS = 0.5

# Does the job of this name. Raises Again when it is to be done later.
Handle = Callable[[str], Awaitable[None]]
_log = structlog.get_logger()


class Again(Exception):
    """The job stays in the queue, for `seconds` at least."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


class Worker:
    """Does the jobs of one entrypoint, up to `most` at a time."""

    def __init__(self, dsn: str, entrypoint: str, handle: Handle, *, most: int) -> None:
        self._dsn = dsn
        self._entrypoint = entrypoint
        self._handle = handle
        self._most = most
        self._driver: PatientDriver | None = None
        self._manager: QueueManager | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to take jobs, once the database is there."""
        self._task = asyncio.create_task(self._keep_running())

    def stop_taking(self) -> None:
        """Take no more jobs; those under way go on."""
        self._closing = True
        if self._manager is not None:
            self._manager.shutdown.set()

    async def close(self, seconds: float) -> None:
        """Take no more jobs and wait for those under way, but no longer than so.

        The others go back into the queue. When that is out of reach they stay as they are, and another worker gets them
        when it misses this one.
        """
        self.stop_taking()
        if self._task is None:
            return
        await asyncio.wait((self._task,), timeout=seconds)
        while not self._task.done():
            # pgqueuer waits for its jobs when it is cancelled, and cancels them when it is cancelled again.
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=CANCEL_SECONDS)
            if self._driver is not None:
                self._driver.give_up()

    async def _keep_running(self) -> None:
        while not self._closing:
            try:
                await self._run()
            except Exception as error:
                # Whatever it is, it may pass; nobody else would take jobs again.
                _log.error("worker broken", exc_info=error)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _run(self) -> None:
        self._driver = driver = PatientDriver(self._dsn)
        try:
            await self._work_off(QueueManager(Queries(driver)))
        finally:
            await driver.close()

    async def _work_off(self, manager: QueueManager) -> None:
        self._manager = manager
        parameters = EntrypointExecutorParameters(concurrency_limit=0, func=self._do)
        manager.register_executor(self._entrypoint, EntrypointExecutor(parameters))
        await manager.run(
            dequeue_timeout=LOOK,
            batch_size=min(BATCH, self._most // 2),
            max_concurrent_tasks=self._most,
            heartbeat_timeout=SILENCE,
            log_aggregation_interval=timedelta(0),
        )

    async def _do(self, job: Job) -> None:
        assert job.payload is not None
        if self._closing:
            raise RetryRequested(delay=timedelta(0), reason="the worker stops")
        try:
            await self._handle(job.payload.decode())
        except Again as again:
            raise RetryRequested(delay=timedelta(seconds=again.seconds), reason=str(again)) from None
        except asyncio.CancelledError:
            # pgqueuer takes a job that is cancelled out of the queue, but it is not done.
            raise RetryRequested(delay=timedelta(0), reason="cancelled") from None
        except Exception as error:
            # It is tried again: what the job does says itself when that is enough.
            _log.error("job broken", job=job.payload.decode(), exc_info=error)
            raise RetryRequested(delay=timedelta(seconds=PAUSE_SECONDS), reason="broken") from None
