"""The records of runs: written at a run's start and end, and read one by one or as a list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from promptwire.v1.run_pb2 import Run
from services import errors
from services.db import Database
from services.runs import node_records, records
from services.runs.node_records import NodeRow
from services.runs.node_store import NodeStore
from services.runs.records import End, Start
from services.runs.writer import Writer
from services.webhooks import hook
from services.webhooks.hook import Hook

# What is told of a run without the messages and the texts of its node runs.
LISTED = """
    SELECT
      project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
      NULL AS messages, create_time, start_time, server_id, attempt, NULL AS spec, streamed, session_id,
      NULL AS draft, is_flow, NULL AS pins, adjustments, metadata, webhook, state, outputs, input_tokens, output_tokens,
      images, finish_reason, error, end_time, reason, stars, rating_comment, rate_time
    FROM run
"""


class RunStore:
    """Runs of all projects; every call names the project."""

    def __init__(self, database: Database, writer: Writer, nodes: NodeStore) -> None:
        self._database = database
        self._writer = writer
        self._nodes = nodes

    async def begin(self, start: Start) -> None:
        """Record that a run begins; then it is committed. Raises DatabaseUnavailable: then it did not begin."""
        await self._writer.begin(start)

    async def finish(self, end: End) -> bool:
        """Record a run's end; then it is committed. Raises DatabaseUnavailable: then it will be once it can.

        False: the row has an end already, or another driver; see what it says.
        """
        return await self._writer.finish(end)

    async def get(self, project_id: UUID, run_id: UUID) -> Run:
        """Give a run with all that was kept of it. Raises NotFound."""
        row = await self._database.fetchrow(
            """
            SELECT
              project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
              messages, create_time, start_time, server_id, attempt, NULL AS spec, streamed, session_id,
              NULL AS draft, is_flow, NULL AS pins, adjustments, metadata, webhook, state, outputs, input_tokens,
              output_tokens, images, finish_reason, error, end_time, reason, stars, rating_comment, rate_time
            FROM run
            WHERE project_id = $1
              AND run_id = $2
            """,
            project_id,
            run_id,
        )
        if row is None:
            raise not_found(run_id)
        nodes = await self._nodes.list(project_id, run_id) if row["is_flow"] else ()
        return _to_run(dict(row), nodes)

    async def get_told(self, project_id: UUID, run_id: UUID) -> tuple[Run, Hook]:
        """Give a run as `get_listed` does, and its webhook. Raises NotFound."""
        row = await self._database.fetchrow(f"{LISTED} WHERE project_id = $1 AND run_id = $2", project_id, run_id)
        if row is None or row["webhook"] is None:
            raise not_found(run_id)
        nodes = await self._nodes.list_brief(project_id, run_id) if row["is_flow"] else ()
        return _to_run(dict(row), nodes), hook.load(row["webhook"])

    async def get_listed(self, project_id: UUID, run_id: UUID) -> Run:
        """Give a run without the messages and the texts of its node runs. Raises NotFound."""
        row = await self._database.fetchrow(f"{LISTED} WHERE project_id = $1 AND run_id = $2", project_id, run_id)
        if row is None:
            raise not_found(run_id)
        nodes = await self._nodes.list_brief(project_id, run_id) if row["is_flow"] else ()
        return _to_run(dict(row), nodes)


def _to_run(row: dict[str, Any], nodes: Sequence[NodeRow]) -> Run:
    run = records.to_whole_run(row)
    run.node_runs.extend(node_records.to_node_run(node, has_ended=row["end_time"] is not None) for node in nodes)
    return run


def not_found(run_id: UUID) -> errors.NotFound:
    """Give the error for a run that is not there."""
    message = f"there is no run {run_id} in this project"
    return errors.NotFound("RUN_NOT_FOUND", message, metadata={"run_id": str(run_id)})
