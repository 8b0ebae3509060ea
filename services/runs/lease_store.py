"""SQL of leases: which servers are alive, what became of a server's runs elsewhere, and what the dead ones left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.db import Database
from services.jobs import queue
from services.runs import queue_store, records
from services.runs.records import Start
from services.webhooks.due_store import END, tell
from services.webhooks.hook import END as END_EVENT

# A server that does not renew its lease for so long, while the database can be reached, counts as dead.
LEASE = timedelta(seconds=10)
# The uptime advances by so much at most from one renewal of any server to the next: an outage is not uptime.
MAX_TICK = timedelta(seconds=3)
# In an outage runs last longer, since their ends wait for it to pass. How far a server is looked back upon follows the
# time by so much a renewal only, so that they are within it until long after.
MAX_CATCH_UP = timedelta(seconds=4)
# How long a renewal waits for each answer: on a connection that says nothing, the next try must come soon.
RENEW_SECONDS = 2.0
# The runs of a dead server are looked at a second time, for those that it began while it was being found dead.
SECOND_LOOK = timedelta(seconds=30)
# How long it may take to look through the latest runs.
SWEEP_SECONDS = 30.0
# Ids carry the time of the server that made them, whose clock may be wrong by so much.
SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many runs of a dead server were handed on, and how many ended with it."""

    server_id: UUID
    handed_on: int
    ended: int


class LeaseStore:
    """Leases of servers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def renew(self, server_id: UUID, longest_run: timedelta) -> bool:
        """Make or prolong a lease. False: the server was found dead, and what it drives is not its own any more."""
        async with self._database.connection() as connection:
            # A statement of its own, since the next one may wait for a server that is being swept.
            uptime = await connection.fetchval(
                """
                UPDATE uptime
                SET
                  value = value + LEAST(GREATEST(clock_timestamp() - tick_time, '0 s'), $1),
                  tick_time = clock_timestamp()
                RETURNING value
                """,
                MAX_TICK,
                timeout=RENEW_SECONDS,
            )
            renewed = await connection.fetchval(
                """
                INSERT INTO server (server_id, lease, longest_run, renew_time)
                VALUES ($1, $2, $3, now())
                ON CONFLICT (server_id) DO UPDATE
                SET
                  lease = EXCLUDED.lease,
                  longest_run = GREATEST(EXCLUDED.longest_run, server.longest_run + now() - server.renew_time - $4),
                  renew_time = EXCLUDED.renew_time
                WHERE server.swept_uptime IS NULL
                RETURNING server_id
                """,
                server_id,
                uptime + LEASE,
                longest_run,
                MAX_CATCH_UP,
                timeout=RENEW_SECONDS,
            )
        return renewed is not None

    async def end(self, server_id: UUID) -> None:
        """Let a lease lapse at once, so that nobody waits for it."""
        await self._database.execute("UPDATE server SET lease = '0 s' WHERE server_id = $1", server_id)

    async def find_stopped(self, starts: Sequence[Start]) -> tuple[set[UUID], set[UUID]]:
        """Give the ids of those runs that are to be cancelled, and of those that have ended or have another driver."""
        rows = await self._database.fetch(
            """
            SELECT run.run_id, run.state = 'RUNNING' AND run.attempt = ours.attempt AS is_ours
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS ours (project_id, run_id, attempt)
            JOIN run ON run.project_id = ours.project_id AND run.run_id = ours.run_id
            WHERE run.run_id BETWEEN $4 AND $5
              AND (run.state <> 'RUNNING' OR run.attempt <> ours.attempt OR run.cancel_time IS NOT NULL)
            """,
            [start.project_id for start in starts],
            [start.run_id for start in starts],
            [start.attempt for start in starts],
            min(start.run_id for start in starts),
            max(start.run_id for start in starts),
        )
        cancelled = {row["run_id"] for row in rows if row["is_ours"]}
        return cancelled, {row["run_id"] for row in rows} - cancelled

    async def sweep(self, server_id: UUID) -> Swept | None:
        """Take the runs of a dead server from it: queue those that others can go on with, and end the rest.

        A server does not look for itself: its own renewal tells it that it was found dead.
        """
        async with self._database.transaction() as connection:
            dead = await connection.fetchrow(
                """
                SELECT server_id, renew_time - longest_run AS least_time, swept_uptime IS NOT NULL AS was_swept
                FROM server, uptime
                WHERE lease < uptime.value
                  AND (swept_uptime IS NULL OR swept_uptime < uptime.value - $1)
                  AND server_id <> $2
                LIMIT 1
                FOR UPDATE OF server SKIP LOCKED
                """,
                SECOND_LOOK,
                server_id,
            )
            if dead is None:
                return None
            # Only runs that a request drives are looked for; those of a job are found by their job.
            rows = await connection.fetch(
                f"""
                WITH swept AS (
                UPDATE run
                SET
                  server_id = NULL,
                  state = left_over.state,
                  error = CASE left_over.state WHEN 'CANCELLED' THEN $3::json WHEN 'FAILED' THEN $4::json END,
                  reason = CASE left_over.state
                    WHEN 'CANCELLED' THEN $3::json ->> 'reason'
                    WHEN 'FAILED' THEN $4::json ->> 'reason'
                  END,
                  end_time = CASE WHEN left_over.state <> 'QUEUED' THEN now() END,
                  input_tokens = left_over.input_tokens,
                  output_tokens = left_over.output_tokens,
                  images = left_over.images,
                  finish_reason = CASE WHEN left_over.state <> 'QUEUED' THEN '' END,
                  spec = CASE WHEN left_over.state = 'QUEUED' THEN run.spec END,
                  draft = CASE WHEN left_over.state = 'QUEUED' THEN run.draft END,
                  pins = CASE WHEN left_over.state = 'QUEUED' THEN run.pins END
                FROM (
                  SELECT
                    theirs.project_id,
                    theirs.run_id,
                    theirs.state,
                    used.input_tokens,
                    used.output_tokens,
                    used.images
                  FROM project
                  CROSS JOIN LATERAL (
                    SELECT
                      run.project_id,
                      run.run_id,
                      run.is_flow,
                      CASE
                        WHEN run.cancel_time IS NOT NULL THEN 'CANCELLED'
                        WHEN run.spec IS NOT NULL THEN 'QUEUED'
                        ELSE 'FAILED'
                      END AS state
                    FROM run
                    WHERE run.project_id = project.project_id
                      AND run.run_id >= $2
                      AND run.server_id = $1
                      AND run.state = 'RUNNING'
                  ) AS theirs
                  LEFT JOIN LATERAL (
                    {queue_store.USED}
                      AND theirs.is_flow
                      AND node_run.project_id = theirs.project_id
                      AND node_run.run_id = theirs.run_id
                      AND node_run.run_id >= $2
                  ) AS used ON theirs.state <> 'QUEUED'
                ) AS left_over
                WHERE run.project_id = left_over.project_id
                  AND run.run_id = left_over.run_id
                  AND run.run_id >= $2
                  AND run.server_id = $1
                  AND run.state = 'RUNNING'
                RETURNING run.project_id, run.run_id, run.state, run.webhook
                ), ended AS (
                  SELECT project_id, run_id, webhook
                  FROM swept
                  WHERE state <> 'QUEUED'
                ), due AS (
                  INSERT INTO run_text_due (project_id, run_id)
                  SELECT project_id, run_id
                  FROM ended
                  ON CONFLICT DO NOTHING
                ),
                {tell("ended", END_EVENT, str(END))}
                SELECT project_id, run_id, state
                FROM swept
                """,  # noqa: S608 - parts of ours
                dead["server_id"],
                records.least_id(max(0, int((dead["least_time"] - SKEW).timestamp() * 1000))),
                queue_store.to_error(records.CANCELLED),
                queue_store.to_error(records.INTERRUPTED),
                timeout=SWEEP_SECONDS,
            )
            queued = [row for row in rows if row["state"] == "QUEUED"]
            names = [queue_store.to_name(row["project_id"], row["run_id"]) for row in queued]
            await queue.put(connection, queue.RUN, names)
            if dead["was_swept"]:
                await connection.execute("DELETE FROM server WHERE server_id = $1", dead["server_id"])
            else:
                swept = "UPDATE server SET swept_uptime = (SELECT value FROM uptime) WHERE server_id = $1"
                await connection.execute(swept, dead["server_id"])
        return Swept(dead["server_id"], len(queued), len(rows) - len(queued))
