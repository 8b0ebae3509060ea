"""The events of streamed runs: written by the driver that the run's row names, and by no other; read by anyone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from promptwire.v1.run_pb2 import RunEvent
from services.db import Database
from services.runs import events
from services.runs.records import Start
from services.runs.store import not_found

# Rows that are read at a time on the way back to a run's last start.
PREFETCH = 50

# The shared lock keeps the row's attempt and state as they are until the events are committed: a take-over and a late
# driver cannot both win. Rows that are there already were written by the same driver before its connection was lost.
# The bounds on run_id keep the look at the rows from opening every partition.
_ADD = """
    WITH held AS (
      SELECT run.project_id, run.run_id, run.attempt
      FROM run
      JOIN unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS driver (project_id, run_id, attempt)
        ON run.project_id = driver.project_id
        AND run.run_id = driver.run_id
        AND run.attempt = driver.attempt
      WHERE run.run_id BETWEEN $4 AND $5
        AND run.state = 'RUNNING'
      ORDER BY run.run_id
      FOR SHARE OF run
    ), added AS (
      INSERT INTO run_event (project_id, run_id, sequence, event)
      SELECT held.project_id, held.run_id, told.sequence, told.event
      FROM unnest($6::uuid[], $7::bigint[], $8::bigint[], $9::bytea[]) AS told (run_id, attempt, sequence, event)
      JOIN held USING (run_id, attempt)
      ON CONFLICT DO NOTHING
    )
    SELECT run_id, attempt
    FROM held
"""
_LIST = """
    SELECT
      run.state NOT IN ('QUEUED', 'RUNNING') AS has_ended, run.attempt, run.streamed, run.is_flow, event.event,
      COALESCE(run.end_time < now() - interval '1 hour', false) AS forgotten,
      (SELECT max(sequence) FROM run_event WHERE project_id = $1 AND run_id = $2) AS last
    FROM run
    LEFT JOIN LATERAL (
      SELECT sequence, event
      FROM run_event
      WHERE project_id = $1
        AND run_id = $2
        AND sequence > $3
      ORDER BY sequence
      LIMIT $4
    ) AS event ON true
    WHERE run.project_id = $1
      AND run.run_id = $2
    ORDER BY event.sequence
"""


class Batch(NamedTuple):
    """Serialized events of a run with their numbers, by the driver of one attempt."""

    project_id: UUID
    run_id: UUID
    attempt: int
    rows: Sequence[tuple[int, bytes]]

    @property
    def size(self) -> int:
        """How many bytes the events take."""
        return sum(len(event) for _, event in self.rows)


@dataclass(frozen=True, slots=True)
class Page:
    """Stored events of a run in order, and what its row says at that moment.

    `last` is the number of the last event there is but for RunEnded. `are_kept`: the events are stored, and not yet to
    be forgotten.
    """

    events: Sequence[RunEvent]
    last: int
    attempt: int
    has_ended: bool
    are_kept: bool
    is_streamed: bool
    is_flow: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What former drivers told of a run: the number of the last event; by node the attempt of its last start, and those
    that ended after it.
    """

    last: int = events.FIRST
    attempts: Mapping[str, int] = field(default_factory=dict[str, int])
    ended: Collection[str] = frozenset()


class EventStore:
    """Events of all projects' runs; every call names the project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, batches: Sequence[Batch]) -> set[tuple[UUID, int]]:
        """Record events, as often as it takes; give run and attempt of those that are recorded.

        Of the others, the run has ended, or has another driver by now.
        """
        ids = [batch.run_id for batch in batches]
        told = [(batch.run_id, batch.attempt, *row) for batch in batches for row in batch.rows]
        rows = await self._database.fetch(
            _ADD,
            [batch.project_id for batch in batches],
            ids,
            [batch.attempt for batch in batches],
            min(ids),
            max(ids),
            *zip(*told, strict=True),
        )
        return {(row["run_id"], row["attempt"]) for row in rows}

    async def list(self, project_id: UUID, run_id: UUID, *, after: int, limit: int) -> Page:
        """Give stored events behind a number, and how the run is. Raises NotFound."""
        rows = await self._database.fetch(_LIST, project_id, run_id, after, limit)
        if not rows:
            raise not_found(run_id)
        first = rows[0]
        return Page(
            events=[RunEvent.FromString(row["event"]) for row in rows if row["event"] is not None],
            last=first["last"] or events.FIRST,
            attempt=first["attempt"],
            has_ended=first["has_ended"],
            are_kept=first["streamed"] and not first["forgotten"],
            is_streamed=first["streamed"],
            is_flow=first["is_flow"],
        )

    async def find_told(self, start: Start) -> Told:
        """Give what was told of a run; of a template only from its last start on.

        Whoever takes a run asks after it became its driver: then the former one adds nothing more.
        """
        query = "SELECT event FROM run_event WHERE project_id = $1 AND run_id = $2 ORDER BY sequence DESC"
        last, attempts, ended = events.FIRST, dict[str, int](), set[str]()
        async with self._database.transaction() as connection:
            async for row in connection.cursor(query, start.project_id, start.run_id, prefetch=PREFETCH):
                event = RunEvent.FromString(row["event"])
                last = max(last, event.sequence)
                if event.HasField("node_ended") and event.node_ended.node_run.node_id not in attempts:
                    ended.add(event.node_ended.node_run.node_id)
                if event.HasField("node_started"):
                    attempts.setdefault(event.node_started.node_id, event.node_started.attempt)
                    if not start.is_flow:
                        break
        return Told(last, attempts, ended)
