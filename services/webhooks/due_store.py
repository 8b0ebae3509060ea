"""SQL of deliveries that are due: put down with what they tell, taken by whoever tries them, noted try by try."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.db import Database
from services.webhooks.secret_store import to_generation
from services.webhooks.signing import Generation

# The order of what is told of a run: its start, its nodes as they end, its end.
START = 0
END = 2**62

State = Literal["SUCCEEDED", "FAILED", "PENDING"]

# Host by host, so that the backlog of one that is busy is not read to find what is due for others; of each the first
# ones, of which a project gets so many.
_TAKE = """
    WITH RECURSIVE known AS (
      (
        SELECT host
        FROM delivery_due
        ORDER BY host
        LIMIT 1
      )
      UNION ALL
      SELECT (
        SELECT delivery_due.host
        FROM delivery_due
        WHERE delivery_due.host > known.host
        ORDER BY delivery_due.host
        LIMIT 1
      )
      FROM known
      WHERE known.host IS NOT NULL
    ), hosts AS (
      SELECT known.host, coalesce(limits.room, $2::bigint) AS room
      FROM known
      LEFT JOIN unnest($3::text[], $4::bigint[]) AS limits (host, room) ON limits.host = known.host
      WHERE known.host IS NOT NULL
    ), ranked AS (
      SELECT
        due.project_id, due.run_id, due.position,
        row_number() OVER (PARTITION BY due.project_id ORDER BY due.next_time) AS rank
      FROM hosts
      CROSS JOIN LATERAL (
        SELECT head.project_id, head.run_id, head.position, head.next_time
        FROM delivery_due AS head
        WHERE head.host = hosts.host
          AND head.next_time <= now()
          AND NOT (head.project_id = ANY($8::uuid[]))
          AND NOT EXISTS (
            SELECT
            FROM delivery_due AS earlier
            WHERE earlier.project_id = head.project_id
              AND earlier.run_id = head.run_id
              AND earlier.position < head.position
          )
        ORDER BY head.next_time
        LIMIT greatest(hosts.room, 0)
      ) AS due
    ), picked AS (
      SELECT delivery_due.project_id, delivery_due.run_id, delivery_due.position
      FROM ranked
      JOIN delivery_due USING (project_id, run_id, position)
      LEFT JOIN unnest($6::uuid[], $7::bigint[]) AS limits (project_id, room) ON limits.project_id = ranked.project_id
      WHERE ranked.rank <= coalesce(limits.room, $5::bigint)
        AND delivery_due.next_time <= now()
      ORDER BY delivery_due.next_time
      LIMIT $1
      FOR UPDATE OF delivery_due SKIP LOCKED
    ), taken AS (
      UPDATE delivery_due
      SET next_time = now() + make_interval(secs => $9)
      FROM picked
      WHERE delivery_due.project_id = picked.project_id
        AND delivery_due.run_id = picked.run_id
        AND delivery_due.position = picked.position
      RETURNING delivery_due.project_id, delivery_due.run_id, delivery_due.position, delivery_due.host,
        delivery_due.failures
    )
    SELECT
      taken.project_id, taken.run_id, taken.position, taken.host, taken.failures, delivery.delivery_id, delivery.event,
      delivery.node_id, delivery.url, delivery.body IS NOT NULL AS is_kept
    FROM taken
    JOIN delivery USING (project_id, run_id, position)
"""
_NOTE = """
    WITH changed AS (
      UPDATE delivery
      SET
        try_count = try_count + 1,
        state = $8,
        end_time = CASE WHEN $8 <> 'PENDING' THEN now() END
      WHERE project_id = $1
        AND run_id = $2
        AND position = $3
        AND state = 'PENDING'
      RETURNING project_id, run_id, position, try_count
    ), tried AS (
      INSERT INTO delivery_try (project_id, run_id, position, number, start_time, seconds, status, error, answer)
      SELECT project_id, run_id, position, try_count, $4, $5, $6, $7, $9
      FROM changed
    ), ended AS (
      DELETE FROM delivery_due
      USING changed
      WHERE delivery_due.project_id = changed.project_id
        AND delivery_due.run_id = changed.run_id
        AND delivery_due.position = changed.position
        AND $10::float8 IS NULL
    )
    UPDATE delivery_due
    SET failures = failures + 1, next_time = now() + make_interval(secs => $10)
    FROM changed
    WHERE delivery_due.project_id = changed.project_id
      AND delivery_due.run_id = changed.run_id
      AND delivery_due.position = changed.position
      AND $10 IS NOT NULL
"""
_KEEP = """
    WITH kept AS (
      UPDATE delivery
      SET body = coalesce(body, $4)
      WHERE project_id = $1
        AND run_id = $2
        AND position = $3
      RETURNING project_id, body
    )
    SELECT kept.body, secret.generation, secret.previous_expire_time
    FROM kept
    LEFT JOIN webhook_secret AS secret USING (project_id)
"""
_GET_KEPT = """
    SELECT delivery.body, secret.generation, secret.previous_expire_time
    FROM delivery
    LEFT JOIN webhook_secret AS secret USING (project_id)
    WHERE delivery.project_id = $1
      AND delivery.run_id = $2
      AND delivery.position = $3
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery to try. That its body `is_kept` says that it may have been tried before."""

    project_id: UUID
    run_id: UUID
    position: int
    host: str
    failures: int
    delivery_id: UUID
    event: str
    node_id: str
    url: str
    is_kept: bool

    @property
    def key(self) -> tuple[UUID, UUID, int]:
        """What its rows are found by."""
        return self.project_id, self.run_id, self.position


@dataclass(frozen=True, slots=True)
class Kept:
    """What each try of a delivery says, and the secrets that sign it this time."""

    body: str
    generation: Generation


@dataclass(frozen=True, slots=True)
class Limits:
    """How many may be taken: in all, for a host and of a project, and for and of those that are named."""

    room: int
    a_host: int
    hosts: Mapping[str, int]
    a_project: int
    projects: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Try:
    """What came of a try: the status of the answer and what it said, or why there was none."""

    start_time: datetime
    seconds: float
    status: int | None
    error: str | None
    answer: str | None


def tell(source: str, event: str, position: str, node: str = "''") -> str:
    """Give the parts of a statement that put down the deliveries of the runs that `source`, a part before them, gives
    with their `webhook`. `position` and `node` are its columns, or constants.
    """
    return f"""
      {source}_told AS (
        INSERT INTO delivery (project_id, run_id, position, delivery_id, event, node_id, url)
        SELECT project_id, run_id, {position}, gen_random_uuid(), '{event}', {node}, webhook ->> 'url'
        FROM {source}
        WHERE webhook IS NOT NULL
          AND webhook -> 'events' @> '"{event}"'
        ON CONFLICT DO NOTHING
        RETURNING project_id, run_id, position
      ), {source}_due AS (
        INSERT INTO delivery_due (project_id, run_id, position, host)
        SELECT told.project_id, told.run_id, told.position, source.webhook ->> 'host'
        FROM {source}_told AS told
        JOIN {source} AS source ON source.project_id = told.project_id
          AND source.run_id = told.run_id
          AND told.position = {"source." + position if position.isidentifier() else position}
        ON CONFLICT DO NOTHING
      )
    """  # noqa: S608 - names of ours


class DueStore:
    """Deliveries of all projects that are to be tried."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limits: Limits, seconds: float) -> list[Taken]:
        """Take what is due, of each run the first alone, within the limits.

        Nobody else tries them for so long, which must be longer than a try can take.
        """
        full = [project_id for project_id, room in limits.projects.items() if room <= 0]
        rows = await self._database.fetch(
            _TAKE,
            limits.room,
            *(limits.a_host, list(limits.hosts), list(limits.hosts.values())),
            *(limits.a_project, list(limits.projects), list(limits.projects.values())),
            full,
            seconds,
        )
        return [Taken(**row) for row in rows]

    async def keep(self, taken: Taken, body: str) -> Kept:
        """Keep what every try says, before the first one; give what is kept, by whomever."""
        return _to_kept(await self._database.fetchrow(_KEEP, *taken.key, body))

    async def get_kept(self, taken: Taken) -> Kept:
        """Give what is kept."""
        return _to_kept(await self._database.fetchrow(_GET_KEPT, *taken.key))

    async def note(self, taken: Taken, tried: Try, state: State, gap: float | None) -> None:
        """Record a try; a delivery that stays PENDING is tried again after `gap` seconds."""
        told = (tried.start_time, tried.seconds, tried.status, tried.error, state, tried.answer)
        await self._database.execute(_NOTE, *taken.key, *told, gap)


def _to_kept(row: Any) -> Kept:
    return Kept(row["body"], to_generation(row))
