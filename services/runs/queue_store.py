"""SQL of runs that change hands: from their request to the queue, from the queue to a driver, from a driver back."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.db import Database
from services.jobs import queue
from services.keys import request_store
from services.keys.claim import Claim
from services.runs import records
from services.runs.failure import Failure
from services.runs.records import Start
from services.webhooks.due_store import END, START, tell
from services.webhooks.hook import END as END_EVENT
from services.webhooks.hook import START as START_EVENT

MAX_ATTEMPTS = 5
# A run can be taken when it waits in the queue, when the lease of its driver has lapsed, and by a driver that lost it.
_FREE = """
    run.project_id = $1
    AND run.run_id = $2
    AND run.spec IS NOT NULL
    AND (
      run.state = 'QUEUED'
      OR (
        run.state = 'RUNNING'
        AND (
          run.server_id = $3
          OR NOT EXISTS (
            SELECT FROM server, uptime WHERE server.server_id = run.server_id AND server.lease >= uptime.value
          )
        )
      )
    )
"""
# A run that is started again was told of before, and is not told of again.
_TAKE = f"""
    WITH taken AS (
      UPDATE run
      SET
        state = 'RUNNING',
        server_id = $3,
        attempt = run.attempt + 1,
        start_time = COALESCE(run.start_time, now())
      WHERE {_FREE}
        AND run.attempt < $4
      RETURNING
        project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
        messages, create_time, start_time, server_id, attempt, spec, streamed, session_id, draft, is_flow, pins,
        adjustments, metadata, webhook, cancel_time
    ),
    {tell("taken", START_EVENT, str(START))}
    SELECT
      project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs, messages,
      create_time, start_time, server_id, attempt, spec, streamed, session_id, draft, is_flow, pins, adjustments,
      metadata, webhook, cancel_time
    FROM taken
"""  # noqa: S608 - both parts are ours
# What the nodes of a run used that have ended; nothing for a template, which has no rows of nodes.
USED = """
    SELECT
      COALESCE(sum(node_run.input_tokens), 0)::bigint AS input_tokens,
      COALESCE(sum(node_run.output_tokens), 0)::bigint AS output_tokens,
      COALESCE(sum(node_run.images), 0)::bigint AS images
    FROM node_run
    WHERE node_run.position IS NOT NULL
"""
_USED = f"""
    {USED}
      AND node_run.project_id = $1
      AND node_run.run_id = $2
"""
_POISON = f"""
    WITH used AS ({_USED}), ended AS (
      UPDATE run
      SET
        state = 'FAILED', error = $4, reason = $4::json ->> 'reason', end_time = now(),
        input_tokens = used.input_tokens, output_tokens = used.output_tokens, images = used.images,
        finish_reason = '', spec = NULL, draft = NULL, pins = NULL
      FROM used
      WHERE {_FREE}
        AND run.attempt >= $5
      RETURNING project_id, run_id, webhook
    ),
    {tell("ended", END_EVENT, str(END))}
    INSERT INTO run_text_due (project_id, run_id)
    SELECT project_id, run_id
    FROM ended
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - both parts are ours


_INSERT = f"""
    WITH inserted AS (
      INSERT INTO run (
        project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
        messages, create_time, start_time, server_id, attempt, spec, streamed, session_id, draft, is_flow, pins,
        adjustments, metadata, webhook, state
      )
      VALUES (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
        $25
      )
      RETURNING project_id, run_id, webhook, state
    ), started AS (
      SELECT project_id, run_id, webhook
      FROM inserted
      WHERE state = 'RUNNING'
    ),
    {tell("started", START_EVENT, str(START))}
    SELECT
"""  # noqa: S608 - parts of ours


@dataclass(frozen=True, slots=True)
class Taken:
    """A run that this process drives from now on; `cancel_time`: it is to be cancelled."""

    start: Start
    spec: bytes
    cancel_time: datetime | None


class QueueStore:
    """Runs that are queued, taken, and handed on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, start: Start, claim: Claim | None) -> UUID:
        """Record a run, and queue it if it has not started. Give its id, or that of the run that its claim made.

        It is committed with its job and its claim. Raises AlreadyExists when the claim stood for other content.
        """
        async with self._database.transaction() as connection:
            if claim is not None:
                earlier = await request_store.claim(connection, claim, str(start.run_id))
                if earlier is not None:
                    return UUID(earlier)
            await _insert(connection, start)
            if start.start_time is None:
                await _enqueue(connection, start.project_id, start.run_id)
        return start.run_id

    async def find_by_claim(self, claim: Claim) -> UUID | None:
        """Give the run that the claim made before. Raises AlreadyExists when it stood for other content."""
        async with self._database.connection() as connection:
            earlier = await request_store.find(connection, claim)
        return UUID(earlier) if earlier else None

    async def take(self, project_id: UUID, run_id: UUID, server_id: UUID) -> Taken | None:
        """Become the driver of a run; None when it is not free, or was started too often: then it fails.

        A run of the server itself is free for it: it must not ask for one that it drives.
        """
        row = await self._database.fetchrow(
            _TAKE,
            project_id,
            run_id,
            server_id,
            MAX_ATTEMPTS,
        )
        if row is not None:
            return Taken(records.to_start(dict(row)), row["spec"], row["cancel_time"])
        await self._end_poisoned(project_id, run_id, server_id)
        return None

    async def hand_on(self, start: Start) -> None:
        """Give a run back to the queue, unless it has another driver already."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                """
                UPDATE run
                SET state = 'QUEUED', server_id = NULL
                WHERE project_id = $1
                  AND run_id = $2
                  AND attempt = $3
                  AND state = 'RUNNING'
                RETURNING run_id
                """,
                start.project_id,
                start.run_id,
                start.attempt,
            )
            if row is not None:
                await _enqueue(connection, start.project_id, start.run_id)

    async def cancel(self, project_id: UUID, run_id: UUID) -> None:
        """End a queued run as cancelled, and ask for the end of one under way; others stay as they are."""
        await self._database.execute(
            f"""
            WITH used AS ({_USED}), cancelled AS (
              UPDATE run
              SET
                cancel_time = COALESCE(cancel_time, now()),
                state = CASE state WHEN 'QUEUED' THEN 'CANCELLED' ELSE state END,
                error = CASE state WHEN 'QUEUED' THEN $3::json ELSE error END,
                reason = CASE state WHEN 'QUEUED' THEN $3::json ->> 'reason' ELSE reason END,
                end_time = CASE state WHEN 'QUEUED' THEN now() ELSE end_time END,
                input_tokens = CASE state WHEN 'QUEUED' THEN used.input_tokens ELSE run.input_tokens END,
                output_tokens = CASE state WHEN 'QUEUED' THEN used.output_tokens ELSE run.output_tokens END,
                images = CASE state WHEN 'QUEUED' THEN used.images ELSE run.images END,
                spec = CASE state WHEN 'QUEUED' THEN NULL ELSE spec END,
                draft = CASE state WHEN 'QUEUED' THEN NULL ELSE draft END,
                pins = CASE state WHEN 'QUEUED' THEN NULL ELSE pins END
              FROM used
              WHERE project_id = $1
                AND run_id = $2
                AND state IN ('QUEUED', 'RUNNING')
              RETURNING project_id, run_id, webhook, end_time
            ), ended AS (
              SELECT project_id, run_id, webhook
              FROM cancelled
              WHERE end_time IS NOT NULL
            ),
            {tell("ended", END_EVENT, str(END))}
            INSERT INTO run_text_due (project_id, run_id)
            SELECT project_id, run_id
            FROM ended
            ON CONFLICT DO NOTHING
            """,  # noqa: S608 - parts of ours
            project_id,
            run_id,
            to_error(records.CANCELLED),
        )

    async def _end_poisoned(self, project_id: UUID, run_id: UUID, server_id: UUID) -> None:
        await self._database.execute(
            _POISON,
            project_id,
            run_id,
            server_id,
            to_error(records.POISONED),
            MAX_ATTEMPTS,
        )


def to_error(failure: Failure) -> str:
    """Give the JSON of a failure, for the column `error`."""
    return records.dump(asdict(failure))


def to_name(project_id: UUID, run_id: UUID) -> str:
    """Give the name of a run's job."""
    return f"{project_id}/{run_id}"


def from_name(name: str) -> tuple[UUID, UUID]:
    """Read a project's and a run's id out of the name of its job."""
    project_id, _, run_id = name.partition("/")
    return UUID(project_id), UUID(run_id)


async def _enqueue(connection: Any, project_id: UUID, run_id: UUID) -> None:
    await queue.put(connection, queue.RUN, [to_name(project_id, run_id)])


async def _insert(connection: Any, start: Start) -> None:
    await connection.execute(_INSERT, *start, "QUEUED" if start.start_time is None else "RUNNING")
