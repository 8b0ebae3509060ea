"""SQL of deliveries as they are looked at, and tried again for who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from promptwire.v1.webhook_pb2 import Delivery, DeliveryTry
from services import errors, paging
from services.db import Database
from services.webhooks import hook

# At a time.
REDELIVERED = 5000

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
class Filters:
    """Which deliveries to list: those that fit everything that is given."""

    run_id: UUID | None = None
    states: Sequence[str] = ()
    # The least id of a run, and the first one that is too great.
    least: UUID | None = None
    bound: UUID | None = None


class DeliveryStore:
    """Deliveries of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
