"""SQL that deletes rows which nothing needs any more.

A table is walked from its first page to its last, some pages a statement: none takes long, however large the table, and
no index has to be kept for it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.runs.partitions import Table

# 1 MiB, which is some thousands of rows.
PAGES = 128
# Some seventy images of up to 10 MB, whose bytes stand elsewhere and are deleted with the rows.
IMAGE_PAGES = 1
STATEMENT_SECONDS = 60.0

_OLD_RUNS = """
    DELETE FROM run_default
    WHERE ctid >= $1
      AND ctid < $2
      AND run_id < $3
      AND state NOT IN ('QUEUED', 'RUNNING')
"""
# A run's own row is written before these, and goes before them.
_OLD_BESIDE = """
    DELETE FROM {0}_default
    WHERE ctid >= $1
      AND ctid < $2
      AND run_id < $3
      AND (
        SELECT run.run_id
        FROM run
        WHERE run.project_id = {0}_default.project_id
          AND run.run_id = {0}_default.run_id
      ) IS NULL
"""
_OLD_IMAGES = """
    DELETE FROM image
    WHERE ctid >= $1
      AND ctid < $2
      AND store_time < $3
"""
# An index has just the rows that this is about, and few of them are of runs that have ended.
_PASSING = """
    UPDATE node_run
    SET output = NULL
    WHERE is_passing
      AND output IS NOT NULL
      AND NOT COALESCE((
        SELECT run.state IN ('QUEUED', 'RUNNING')
        FROM run
        WHERE run.project_id = node_run.project_id
          AND run.run_id = node_run.run_id
      ), false)
"""
# What a run's row says is looked up run by run, by scalar subqueries: a join might read all runs.
_LEFTOVERS = {
    "run_event": """
        DELETE FROM run_event
        WHERE ctid >= $1
          AND ctid < $2
          AND create_time < now() - interval '1 hour'
          AND NOT COALESCE((
            SELECT run.end_time IS NULL OR run.end_time > now() - interval '1 hour'
            FROM run
            WHERE run.project_id = run_event.project_id
              AND run.run_id = run_event.run_id
          ), false)
    """,
    # A run's own row comes a moment after this one.
    "key_run": """
        DELETE FROM key_run
        WHERE ctid >= $1
          AND ctid < $2
          AND create_time < now() - interval '1 hour'
          AND NOT COALESCE((
            SELECT run.state IN ('QUEUED', 'RUNNING')
            FROM run
            WHERE run.project_id = key_run.run_project_id
              AND run.run_id = key_run.run_id
          ), false)
    """,
    # Those of keys that have limits are also what servers lock.
    "key_use": """
        DELETE FROM key_use
        WHERE ctid >= $1
          AND ctid < $2
          AND minute_start < now() - interval '1 hour'
          AND NOT EXISTS (
            SELECT
            FROM key
            WHERE key.project_id = key_use.project_id
              AND key.key_id = key_use.key_id
              AND key.revoke_time IS NULL
              AND (key.requests_per_minute > 0 OR key.concurrent_runs > 0)
          )
    """,
    "request": """
        DELETE FROM request
        WHERE ctid >= $1
          AND ctid < $2
          AND create_time <= now() - interval '24 hours'
    """,
    # Those of a run that is gone.
    "delivery_due": """
        DELETE FROM delivery_due
        WHERE ctid >= $1
          AND ctid < $2
          AND next_time < now()
          AND (
            SELECT delivery.run_id
            FROM delivery
            WHERE delivery.project_id = delivery_due.project_id
              AND delivery.run_id = delivery_due.run_id
              AND delivery.position = delivery_due.position
          ) IS NULL
    """,
    # What became of each job, as pgqueuer writes it.
    "pgqueuer_log": """
        DELETE FROM pgqueuer_log
        WHERE ctid >= $1
          AND ctid < $2
          AND created < now() - interval '24 hours'
    """,
    # Written only when somebody looks at the queue with pgqueuer's own tools.
    "pgqueuer_statistics": """
        DELETE FROM pgqueuer_statistics
        WHERE ctid >= $1
          AND ctid < $2
          AND created < now() - interval '24 hours'
    """,
}
TABLES = tuple(_LEFTOVERS)


class LeftoverStore:
    """Rows that have served, over a connection that its user has to itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def delete(self, table: str) -> int:
        """Delete the leftovers of one of TABLES; give their number."""
        return await self._walk(table, _LEFTOVERS[table])

    async def delete_runs(self, bound: UUID) -> int:
        """Delete the runs with lower ids that have ended from the default partition; give their number."""
        return await self._walk("run_default", _OLD_RUNS, bound)

    async def delete_beside(self, table: Table, bound: UUID) -> int:
        """Delete what a table has of runs with lower ids that are gone from its default partition; give its number."""
        return await self._walk(f"{table}_default", _OLD_BESIDE.format(table), bound)

    async def delete_images(self, before: datetime) -> int:
        """Delete the images that no run has made since then; give their number."""
        return await self._walk("image", _OLD_IMAGES, before, pages=IMAGE_PAGES)

    async def forget_passing(self) -> int:
        """Leave out the outputs of nodes that were kept for the next driver of a run that has ended; give their number.

        The run's last driver does so, unless it died before.
        """
        return _count(await self._connection.execute(_PASSING, timeout=STATEMENT_SECONDS))

    async def _walk(self, table: str, query: str, *arguments: object, pages: int = PAGES) -> int:
        size = "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint"
        deleted = 0
        for page in range(0, await self._connection.fetchval(size, table), pages):
            limits = ((page, 0), (page + pages, 0))
            tag = await self._connection.execute(query, *limits, *arguments, timeout=STATEMENT_SECONDS)
            deleted += _count(tag)
        return deleted


def _count(tag: str) -> int:
    """Read how many rows a statement changed."""
    return int(tag.rpartition(" ")[2])
