"""SQL of the node runs of graphs: written by the driver that the run's row names, and by no other; read by anyone."""

from collections.abc import Sequence
from uuid import UUID

from services.db import Database
from services.runs import node_records
from services.runs.node_records import NodeRow
from services.webhooks.due_store import tell
from services.webhooks.hook import NODE as NODE_EVENT

# Bytes of messages and texts that are read of one run; the node runs behind that come without them.
MAX_PAYLOAD = 16 * 1024 * 1024
PREFETCH = 20

# As in event_store, the shared lock keeps the run's row as it is until this is committed. A row that says the end of a
# node is never changed again, so that to write it twice is as once.
_ADD = f"""
    WITH held AS (
      SELECT run.project_id, run.run_id, run.attempt, run.webhook
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
      INSERT INTO node_run (
        project_id, run_id, node_id, name, attempt, position, state, attempts, provider, model, messages, output, image,
        finish_reason, input_tokens, output_tokens, images, error, adjustments, is_passing, start_time, end_time
      )
      SELECT
        held.project_id, held.run_id, told.node_id, told.name, held.attempt, told.position, told.state, told.attempts,
        told.provider, told.model, told.messages, told.output, told.image, told.finish_reason, told.input_tokens,
        told.output_tokens, told.images, told.error, told.adjustments, told.is_passing, told.start_time, told.end_time
      FROM unnest(
        $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::bigint[],
        $14::text[], $15::text[], $16::json[], $17::json[], $18::json[], $19::text[], $20::bigint[], $21::bigint[],
        $22::bigint[], $23::json[], $24::json[], $25::boolean[], $26::timestamptz[], $27::timestamptz[]
      ) AS told (
        project_id, run_id, node_id, name, attempt, position, state, attempts, provider, model, messages, output, image,
        finish_reason, input_tokens, output_tokens, images, error, adjustments, is_passing, start_time, end_time
      )
      JOIN held USING (project_id, run_id, attempt)
      ON CONFLICT (project_id, run_id, node_id) DO UPDATE
      SET
        attempt = EXCLUDED.attempt,
        position = EXCLUDED.position,
        state = EXCLUDED.state,
        attempts = EXCLUDED.attempts,
        provider = EXCLUDED.provider,
        model = EXCLUDED.model,
        messages = COALESCE(EXCLUDED.messages, node_run.messages),
        output = EXCLUDED.output,
        image = EXCLUDED.image,
        finish_reason = EXCLUDED.finish_reason,
        input_tokens = EXCLUDED.input_tokens,
        output_tokens = EXCLUDED.output_tokens,
        images = EXCLUDED.images,
        error = EXCLUDED.error,
        adjustments = EXCLUDED.adjustments,
        is_passing = EXCLUDED.is_passing,
        start_time = EXCLUDED.start_time,
        end_time = EXCLUDED.end_time
      WHERE node_run.position IS NULL
      RETURNING project_id, run_id, node_id, position
    ), ended AS (
      SELECT added.project_id, added.run_id, added.node_id, added.position, held.webhook
      FROM added
      JOIN held USING (project_id, run_id)
      WHERE added.position IS NOT NULL
    ),
    {tell("ended", NODE_EVENT, "position", "node_id")}
    SELECT run_id, attempt
    FROM held
"""  # noqa: S608 - parts of ours
# Its two holes are for the columns that may be large.
_LIST = """
    SELECT
      project_id, run_id, node_id, name, attempt, position, state, attempts, provider, model, {}, {}, image,
      finish_reason, input_tokens, output_tokens, images, error, adjustments, is_passing, start_time, end_time
    FROM node_run
    WHERE project_id = $1
      AND run_id = $2
    ORDER BY position NULLS LAST, start_time, node_id
"""


class NodeStore:
    """Node runs of all projects' runs; every call names the project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, rows: Sequence[NodeRow]) -> set[tuple[UUID, int]]:
        """Record nodes, as often as it takes; give run and attempt of the recorded.

        Of several rows of a node the last counts; messages that it leaves out stay. Of the others, the run has ended,
        or has another driver by now.
        """
        drivers = {(row.project_id, row.run_id, row.attempt): None for row in rows}
        last: dict[tuple[UUID, int, str], NodeRow] = {}
        for row in rows:
            key = (row.run_id, row.attempt, row.node_id)
            messages = last[key].messages if key in last and row.messages is None else row.messages
            last[key] = row._replace(messages=messages)
        ids = [row.run_id for row in rows]
        columns = zip(*last.values(), strict=True)
        found = await self._database.fetch(_ADD, *zip(*drivers, strict=True), min(ids), max(ids), *columns)
        return {(row["run_id"], row["attempt"]) for row in found}

    async def list(self, project_id: UUID, run_id: UUID) -> Sequence[NodeRow]:
        """Give the nodes of a run: those that ended, in this order, and then those under way.

        Once they hold 16 MB of messages and texts, the others come without these.
        """
        rows: list[NodeRow] = []
        size = 0
        query = _LIST.format("messages", "CASE WHEN NOT is_passing THEN output END AS output")
        async with self._database.transaction() as connection:
            async for found in connection.cursor(query, project_id, run_id, prefetch=PREFETCH):
                row = node_records.to_row(found)
                size += row.size
                rows.append(row if size <= MAX_PAYLOAD else row._replace(messages=None, output=None))
        return rows

    async def list_brief(self, project_id: UUID, run_id: UUID) -> Sequence[NodeRow]:
        """Give the nodes as `list` does, without messages and texts."""
        rows = await self._database.fetch(_LIST.format("NULL AS messages", "NULL AS output"), project_id, run_id)
        return [node_records.to_row(row) for row in rows]

    async def list_known(self, project_id: UUID, run_id: UUID) -> Sequence[NodeRow]:
        """Give the nodes as `list` does, without messages but with all texts, for the run's next driver."""
        rows = await self._database.fetch(_LIST.format("NULL AS messages", "output"), project_id, run_id)
        return [node_records.to_row(row) for row in rows]

    async def forget_passing(self, project_id: UUID, run_id: UUID) -> None:
        """Leave out the outputs that were kept for the run's next driver alone: it has ended."""
        await self._database.execute(
            """
            UPDATE node_run
            SET output = NULL
            WHERE project_id = $1
              AND run_id = $2
              AND is_passing
              AND output IS NOT NULL
            """,
            project_id,
            run_id,
        )
