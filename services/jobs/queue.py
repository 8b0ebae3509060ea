"""Puts jobs into the queue that workers take them from; the transaction that makes the work makes its job."""

from collections.abc import Sequence
from typing import Any

RUN = "run"
CHANNEL = "ch_pgqueuer"


async def put(connection: Any, entrypoint: str, names: Sequence[str]) -> None:
    """Put a job for each name, unless it is in the queue already. Workers hear of it when the transaction commits."""
    await connection.execute(
        """
        WITH put AS (
          INSERT INTO pgqueuer (priority, status, entrypoint, dedupe_key, payload)
          SELECT 0, 'queued', $1, $1 || ':' || name, convert_to(name, 'UTF8')
          FROM unnest($2::text[]) AS name
          ON CONFLICT DO NOTHING
        )
        SELECT pg_notify(
          $3,
          json_build_object(
            'channel', $3::text, 'operation', 'insert', 'sent_at', now(), 'table', 'pgqueuer',
            'type', 'table_changed_event'
          )::text
        )
        """,
        entrypoint,
        names,
        CHANNEL,
    )
