"""SQL of deliveries: put down with what they tell, taken by whoever tries them, and what came of each try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from promptwire.v1.webhook_pb2 import Delivery, DeliveryTry
from services import errors, paging
from services.db import Database
from services.webhooks import hook

# The order of what is told of a run: its start, its nodes as they end, its end.
START = 0
END = 2**62
# At a time.
REDELIVERED = 5000

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
_LISTED = """
    SELECT
      delivery.run_id, delivery.position, delivery.delivery_id, delivery.event, delivery.node_id, delivery.url,
      delivery.state, {body} AS body, delivery.try_count, delivery.create_time, delivery.end_time,
      delivery_due.next_time
    FROM delivery
    LEFT JOIN delivery_due USING (project_id, run_id, position)
    WHERE delivery.project_id = $1
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


@dataclass(frozen=True, slots=True)
class Filters:
    """Which deliveries to list: those that fit everything that is given."""

    run_id: UUID | None = None
    states: Sequence[str] = ()
    # The least id of a run, and the first one that is too great.
    least: UUID | None = None
    bound: UUID | None = None


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


class DeliveryStore:
    """Deliveries of all projects."""

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

    async def keep_body(self, taken: Taken, body: str) -> str:
        """Keep what every try says, before the first one; give what is kept, by whomever."""
        kept: Any = await self._database.fetchrow(
            """
            UPDATE delivery
            SET body = coalesce(body, $4)
            WHERE project_id = $1
              AND run_id = $2
              AND position = $3
            RETURNING body
            """,
            *taken.key,
            body,
        )
        return kept["body"]

    async def get_body(self, taken: Taken) -> str:
        """Give the body that is kept."""
        kept: Any = await self._database.fetchrow(
            "SELECT body FROM delivery WHERE project_id = $1 AND run_id = $2 AND position = $3", *taken.key
        )
        return kept["body"]

    async def note(self, taken: Taken, tried: Try, state: State, gap: float | None) -> None:
        """Record a try; a delivery that stays PENDING is tried again after `gap` seconds."""
        told = (tried.start_time, tried.seconds, tried.status, tried.error, state, tried.answer)
        await self._database.execute(_NOTE, *taken.key, *told, gap)

    async def get(self, project_id: UUID, delivery_id: UUID) -> Delivery:
        """Give a delivery with its body and tries. Raises NotFound."""
        query = f"{_LISTED.format(body='delivery.body')} AND delivery.delivery_id = $2"
        async with self._database.connection() as connection:
            row = await connection.fetchrow(query, project_id, delivery_id)
            if row is None:
                raise _not_found(delivery_id)
            tries = await connection.fetch(
                """
                SELECT number, start_time, seconds, status, error, answer
                FROM delivery_try
                WHERE project_id = $1
                  AND run_id = $2
                  AND position = $3
                ORDER BY number
                """,
                project_id,
                row["run_id"],
                row["position"],
            )
        delivery = _to_delivery(row)
        delivery.tries.extend(_to_try(it) for it in tries)
        return delivery

    async def list(
        self, project_id: UUID, filters: Filters, *, after: tuple[UUID, int] | None, size: int
    ) -> tuple[list[Delivery], tuple[UUID, int] | None]:
        """Give a page of deliveries, those of the newest run first, and what to go on `after`, if there are more."""
        query = f"""
            {_LISTED.format(body="NULL")}
              AND ($2::uuid IS NULL OR delivery.run_id = $2)
              AND (NOT $3::boolean OR delivery.state = ANY($4))
              AND ($5::uuid IS NULL OR delivery.run_id >= $5)
              AND ($6::uuid IS NULL OR delivery.run_id < $6)
              AND ($7::uuid IS NULL OR (delivery.run_id, delivery.position) < ($7, $8::bigint))
            ORDER BY delivery.run_id DESC, delivery.position DESC
            LIMIT $9
        """
        places: list[tuple[UUID, int]] = []

        def to_delivery(row: asyncpg.Record) -> Delivery:
            places.append((row["run_id"], row["position"]))
            return _to_delivery(row)

        async with self._database.transaction() as connection:
            cursor = connection.cursor(
                query,
                project_id,
                filters.run_id,
                bool(filters.states),
                list(filters.states),
                filters.least,
                filters.bound,
                *(after or (None, 0)),
                size + 1,
            )
            deliveries, more = await paging.take_page(cursor, to_delivery, size)
        return deliveries, places[len(deliveries) - 1] if more else None

    async def redeliver(self, project_id: UUID, delivery_id: UUID) -> None:
        """Have a delivery tried again from now on. Raises NotFound."""
        found = await self._redeliver(project_id, "delivery_id = $2", delivery_id)
        if not found:
            raise _not_found(delivery_id)

    async def redeliver_failed(self, project_id: UUID, least: UUID, bound: UUID) -> int:
        """Have the deliveries of the runs of a span that have failed until now tried again from now on; give their
        number. Some thousands at a time are: however many they are, no statement takes long.
        """
        now: Any = await self._database.fetchrow("SELECT now() AS time")
        count = 0
        where = f"""
            (run_id, position) IN (
              SELECT run_id, position
              FROM delivery
              WHERE project_id = $1
                AND run_id >= $2
                AND run_id < $3
                AND state = 'FAILED'
                AND end_time <= $4
              LIMIT {REDELIVERED}
            )
        """  # noqa: S608 - a number of ours
        while found := await self._redeliver(project_id, where, least, bound, now["time"]):
            count += found
        return count

    async def _redeliver(self, project_id: UUID, where: str, *arguments: object) -> int:
        count: Any = await self._database.fetchrow(
            f"""
            WITH again AS (
              UPDATE delivery
              SET state = 'PENDING', end_time = NULL
              WHERE project_id = $1
                AND {where}
              RETURNING project_id, run_id, position, url
            ), due AS (
              INSERT INTO delivery_due (project_id, run_id, position, host)
              SELECT again.project_id, again.run_id, again.position, run.webhook ->> 'host'
              FROM again
              JOIN run USING (project_id, run_id)
              ON CONFLICT (project_id, run_id, position) DO UPDATE
              SET failures = 0, next_time = now()
            )
            SELECT count(*) AS count
            FROM again
            """,  # noqa: S608 - parts of ours
            project_id,
            *arguments,
        )
        return count["count"]


def _to_delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(
        id=str(row["delivery_id"]),
        run_id=str(row["run_id"]),
        event=hook.EVENTS[row["event"]],
        node_id=row["node_id"],
        url=row["url"],
        state=f"STATE_{row['state']}",
        body=row["body"] or "",
        try_count=row["try_count"],
        create_time=row["create_time"],
        next_time=row["next_time"] if row["state"] == "PENDING" else None,
        end_time=row["end_time"],
    )


def _to_try(row: asyncpg.Record) -> DeliveryTry:
    tried = DeliveryTry(
        number=row["number"],
        start_time=row["start_time"],
        status=row["status"] or 0,
        error=row["error"] or "",
        answer=row["answer"] or "",
    )
    tried.duration.FromMicroseconds(round(row["seconds"] * 1e6))
    return tried


def _not_found(delivery_id: UUID) -> errors.NotFound:
    message = f"there is no delivery {delivery_id} in this project"
    return errors.NotFound("DELIVERY_NOT_FOUND", message, metadata={"id": str(delivery_id)})
