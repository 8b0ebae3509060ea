"""Writes the starts and ends of runs: all that wait at a time in one statement, over one connection of its own.

While a statement is under way the next batch gathers; an idle writer sends at once. Nobody goes on before the commit.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
import structlog

from services import db, errors
from services.runs import records
from services.runs.records import End, Start
from services.webhooks.due_store import END, START, tell
from services.webhooks.hook import END as END_EVENT
from services.webhooks.hook import START as START_EVENT

# A batch takes no more once it has this many starts or ends, or this many characters or bytes of them.
MAX_ROWS = 256
MAX_CHARACTERS = 8 * 1024 * 1024
# How long a caller waits for its start or end to be recorded.
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.25
# When the end is written again of a run whose start was given up.
AGAIN_SECONDS = (10.0, 60.0)
# Postgres makes the plan for good when a partition may still be next to empty, and would read all of it each time from
# then on, until it looks at its size again: a minute and many runs later.
SETTINGS = {"enable_seqscan": "off"}
# What speaks of a row; asyncpg itself refuses a value with a ValueError. All else is trouble, and passes.
REFUSALS = (ValueError, TypeError, OverflowError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

# A row is written again when a connection was lost in its commit, so twice must be as once: what it gives are the ends
# that it wrote, not those that were there. The bounds on run_id keep the update from opening every partition.
_WRITE = f"""
    WITH started AS (
      INSERT INTO run (
        project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
        messages, create_time, start_time, server_id, attempt, spec, streamed, session_id, draft, is_flow, pins,
        adjustments, metadata, webhook, state
      )
      SELECT
        project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
        messages, create_time, start_time, server_id, attempt, spec, streamed, session_id, draft, is_flow, pins,
        adjustments, metadata, webhook, 'RUNNING'
      FROM unnest(
        $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::json[], $11::json[], $12::timestamptz[], $13::timestamptz[], $14::uuid[], $15::bigint[], $16::bytea[],
        $17::boolean[], $18::uuid[], $19::bytea[], $20::boolean[], $21::json[], $22::json[], $23::jsonb[],
        $24::jsonb[]
      ) AS start (
        project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
        messages, create_time, start_time, server_id, attempt, spec, streamed, session_id, draft, is_flow, pins,
        adjustments, metadata, webhook
      )
      ON CONFLICT DO NOTHING
      RETURNING project_id, run_id, webhook
    ),
    {tell("started", START_EVENT, str(START))},
    ended AS (
      UPDATE run
      SET
        state = ending.state,
        outputs = ending.outputs,
        input_tokens = ending.input_tokens,
        output_tokens = ending.output_tokens,
        images = ending.images,
        finish_reason = ending.finish_reason,
        error = ending.error,
        end_time = ending.end_time,
        reason = ending.reason,
        adjustments = COALESCE(ending.adjustments, run.adjustments),
        spec = NULL,
        draft = NULL,
        pins = NULL
      FROM unnest(
        $25::uuid[], $26::uuid[], $27::bigint[], $28::text[], $29::json[], $30::bigint[], $31::bigint[], $32::bigint[],
        $33::text[], $34::json[], $35::timestamptz[], $36::text[], $37::json[]
      ) AS ending (
        project_id, run_id, attempt, state, outputs, input_tokens, output_tokens, images, finish_reason, error,
        end_time, reason, adjustments
      )
      WHERE run.project_id = ending.project_id
        AND run.run_id = ending.run_id
        AND run.run_id BETWEEN $38 AND $39
        AND run.attempt = ending.attempt
        AND run.state = 'RUNNING'
      RETURNING run.project_id, run.run_id, run.webhook, run.inputs IS NOT NULL AS has_text
    ),
    {tell("ended", END_EVENT, str(END))},
    due AS (
      INSERT INTO run_text_due (project_id, run_id)
      SELECT project_id, run_id
      FROM ended
      WHERE has_text
      ON CONFLICT DO NOTHING
    )
    SELECT run_id
    FROM ended
"""  # noqa: S608 - parts of ours
_NIL = UUID(int=0)

_log = structlog.get_logger()

Row = TypeVar("Row", Start, End)


@dataclass(slots=True, eq=False)
class _Entry(Generic[Row]):
    """A row to write, and who waits for it. `sent`: the database may have it, whatever became of the statement."""

    row: Row
    future: asyncio.Future[bool]
    sent: bool = False


class Writer:
    """Begins and ends the records of runs.

    An end is kept until the database has it. They are no more than the runs under way: without a database none begins.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._starts: deque[_Entry[Start]] = deque()
        self._ends: deque[_Entry[End]] = deque()
        self._wake = asyncio.Event()
        self._connection: db.Connection | None = None
        self._most = MAX_ROWS
        self._failures = 0
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to write; it connects when there is something to write."""
        self._task = asyncio.create_task(self._keep_writing())

    async def close(self, seconds: float) -> None:
        """Write what waits, for up to so many seconds, and disconnect."""
        assert self._task is not None
        self._closing = True
        self._wake.set()
        await asyncio.wait([self._task], timeout=seconds)
        self._task.cancel()
        await asyncio.wait([self._task])
        self._disconnect()
        if self._ends:
            _log.error("ends of runs are lost", count=len(self._ends))

    async def begin(self, start: Start) -> None:
        """Record that a run begins; then it is committed. Raises DatabaseUnavailable: then it did not begin."""
        entry = _Entry(start, asyncio.get_running_loop().create_future())
        self._starts.append(entry)
        self._wake.set()
        try:
            await _wait(entry.future)
        except BaseException:
            # It is not written any more; what may have been written already has nobody to end it.
            entry.future.cancel()
            if entry.sent:
                self._abandon(start)
            raise

    def record(self, end: End) -> asyncio.Future[bool]:
        """Record that a run ended, without waiting for it."""
        entry = _Entry(end, asyncio.get_running_loop().create_future())
        self._ends.append(entry)
        self._wake.set()
        return entry.future

    async def finish(self, end: End) -> bool:
        """Record that a run ended; then it is committed. Raises DatabaseUnavailable: then it will be once it can.

        False: the run has ended or has another driver; or the end was written, and only the answer to that was lost.
        """
        return await _wait(self.record(end))

    def _abandon(self, start: Start) -> None:
        """End a run that may have begun, now and later: a statement that was given up may be committed late."""
        end = records.cancelled(start)
        self.record(end)
        for seconds in AGAIN_SECONDS:
            asyncio.get_running_loop().call_later(seconds, self.record, end)

    async def _keep_writing(self) -> None:
        while True:
            starts, ends = self._take()
            if starts or ends:
                await self._write(starts, ends)
            elif self._closing:
                return
            elif not self._starts:
                self._wake.clear()
                await self._wake.wait()

    def _take(self) -> tuple[list[_Entry[Start]], list[_Entry[End]]]:
        starts = [start for start in _batch(self._starts, self._most) if not start.future.done()]
        # The smallest batch is one row, so that a row which is refused can be told.
        return starts, [] if starts and self._most == 1 else _batch(self._ends, self._most)

    async def _write(self, starts: list[_Entry[Start]], ends: list[_Entry[End]]) -> None:
        try:
            await self._send(starts, ends)
        except BaseException as error:
            self._starts.extendleft(reversed(starts))
            self._ends.extendleft(reversed(ends))
            if not isinstance(error, Exception):
                raise
            if isinstance(error, REFUSALS):
                self._narrow(len(starts), len(ends), error)
            else:
                await self._recover(error)
        else:
            self._failures = 0
            self._most = min(MAX_ROWS, 2 * self._most)

    async def _send(self, starts: list[_Entry[Start]], ends: list[_Entry[End]]) -> None:
        if self._connection is None:
            self._connection = await db.connect(self._dsn, **SETTINGS)
        for start in starts:
            start.sent = True
        ids = [end.row.run_id for end in ends] or [_NIL]
        columns = (*_columns(Start, starts), *_columns(End, ends))
        rows = await self._connection.fetch(_WRITE, *columns, min(ids), max(ids))
        written = {row[0] for row in rows}
        for start in starts:
            _settle(start, done=True)
        for end in ends:
            _settle(end, done=end.row.run_id in written)

    async def _recover(self, error: Exception) -> None:
        """Make the connection anew, at once the first time; when that does not help, starts fail and ends wait."""
        self._disconnect()
        self._failures += 1
        if self._failures == 1:
            return
        _log.warning("runs are not recorded", error=type(error).__name__, detail=str(error)[:200], ends=len(self._ends))
        while self._starts:
            _fail(self._starts.popleft(), errors.DatabaseUnavailable())
        await asyncio.sleep(PAUSE_SECONDS)

    def _narrow(self, starts: int, ends: int, error: Exception) -> None:
        """Write smaller batches until the row that is refused is alone; then it alone fails."""
        if starts + ends > 1:
            self._most = max(1, max(starts, ends) // 2)
            return
        entry = self._starts.popleft() if starts else self._ends.popleft()
        _log.error("a run is refused by the database", run_id=str(entry.row.run_id), exc_info=error)
        _fail(entry, error)
        if isinstance(entry.row, End) and entry.row != (bare := records.without_payload(entry.row)):
            self.record(bare)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _wait(future: asyncio.Future[bool]) -> bool:
    # Twice a run: a bare timer costs a fifth of asyncio.timeout.
    patience = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, _give_up, future)
    try:
        return await future
    finally:
        patience.cancel()


def _give_up(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_exception(errors.DatabaseUnavailable())


def _batch(queue: deque[_Entry[Row]], most: int) -> list[_Entry[Row]]:
    batch: list[_Entry[Row]] = []
    characters = 0
    while queue and len(batch) < most and characters < MAX_CHARACTERS:
        batch.append(queue.popleft())
        characters += sum(len(value) for value in batch[-1].row if isinstance(value, (str, bytes)))
    return batch


def _columns(kind: type[Row], entries: Sequence[_Entry[Row]]) -> list[Sequence[Any]]:
    if not entries:
        return [()] * len(kind._fields)
    return list(zip(*(entry.row for entry in entries), strict=True))


def _settle(entry: _Entry[Any], *, done: bool) -> None:
    # Who waited may have gone.
    if not entry.future.done():
        entry.future.set_result(done)


def _fail(entry: _Entry[Any], error: Exception) -> None:
    if not entry.future.done():
        entry.future.set_exception(error)
        # Nobody may wait for it; asyncio is not to complain of that.
        entry.future.exception()
