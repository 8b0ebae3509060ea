"""Writes the words by which runs are found, behind their ends, so that no run waits for it."""

import asyncio
import contextlib

import structlog

from services import db
from services.runs.text_store import REFUSED, TextStore

BATCH = 500
# How long there may be nothing to write until it looks again.
PAUSE_SECONDS = 1.0
# After an outage of the database.
AGAIN_SECONDS = 5.0
WRITE_SECONDS = 60.0
CLOSE_SECONDS = 1.0

_log = structlog.get_logger()


class TextWriter:
    """Writes words over a connection of its own. Several, in any processes, share what there is to do."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. The database may still be down."""
        self._task = asyncio.create_task(self._keep_writing())

    async def close(self) -> None:
        """Stop, in the middle of a batch if need be: it is rolled back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def write_due(self) -> None:
        """Write all that is due now."""
        connection = await db.connect(self._dsn)
        try:
            while await self._write(TextStore(connection)):
                pass
        finally:
            with contextlib.suppress(*db.TROUBLE):
                await connection.close(timeout=CLOSE_SECONDS)

    async def _keep_writing(self) -> None:
        while True:
            try:
                await self._write_on()
            except Exception as error:
                # Whatever it is, it may pass, as an outage does.
                _log.warning("words of runs are not written", error=repr(error)[:200])
                await asyncio.sleep(AGAIN_SECONDS)

    async def _write_on(self) -> None:
        connection = await db.connect(self._dsn)
        try:
            while True:
                if not await self._write(TextStore(connection)):
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            connection.terminate()

    async def _write(self, store: TextStore) -> int:
        """Write a batch; give how many runs were due. Of runs that Postgres refuses each is left out by itself."""
        try:
            return await store.write(BATCH, WRITE_SECONDS)
        except REFUSED:
            pass
        for _ in range(BATCH):
            refused = await store.write_one(WRITE_SECONDS)
            if refused is None:
                break
            if refused:
                _log.error("a run has no words", **refused)
        return BATCH
