"""The records of runs: written at a run's start and end, and read one by one or as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from promptwire.v1.run_pb2 import Run
from services import errors, paging
from services.checks import parse_uuid
from services.db import Database
from services.runs import node_records, records
from services.runs.node_records import NodeRow
from services.runs.node_store import NodeStore
from services.runs.records import End, Start
from services.runs.writer import Writer

# Rows that a list fetches at a time, each of which may be large.
PREFETCH = 20
_LISTED = """
    SELECT
      project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, provider, model, inputs,
      NULL AS messages, create_time, start_time, server_id, attempt, NULL AS spec, streamed, session_id,
      NULL AS draft, is_flow, NULL AS pins, adjustments, state, outputs, input_tokens, output_tokens, images,
      finish_reason, error, end_time
    FROM run
"""
# An id, also of a prompt that was deleted, goes before an alias.
_PROMPT = """
    SELECT prompt_id
    FROM prompt
    WHERE project_id = $1
      AND (prompt_id = ${0}::uuid OR (alias = ${1} AND delete_time IS NULL))
    ORDER BY prompt_id = ${0} DESC NULLS LAST
    LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which runs to list: those that fit everything that is given. Ids bound the list, without the runs they name."""

    states: Sequence[str] = ()
    prompt: str | None = None
    end_user_id: str | None = None
    # The least id, and the first one that is too great.
    least: UUID | None = None
    bound: UUID | None = None
    older_than: UUID | None = None
    newer_than: UUID | None = None


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
              NULL AS draft, is_flow, NULL AS pins, adjustments, state, outputs, input_tokens, output_tokens, images,
              finish_reason, error, end_time
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

    async def get_listed(self, project_id: UUID, run_id: UUID) -> Run:
        """Give a run without the messages and the texts of its node runs. Raises NotFound."""
        row = await self._database.fetchrow(f"{_LISTED} WHERE project_id = $1 AND run_id = $2", project_id, run_id)
        if row is None:
            raise not_found(run_id)
        nodes = await self._nodes.list_brief(project_id, run_id) if row["is_flow"] else ()
        return _to_run(dict(row), nodes)

    async def list(
        self, project_id: UUID, filters: Filters, *, after: UUID | None, size: int
    ) -> tuple[list[Run], UUID | None]:
        """Give a page of runs, the newest first, without messages and the node runs of graphs; and the id to go on
        `after`, if there are more.

        With `newer_than` the pages go from there to the newest. Raises NotFound when a run that bounds the list is not
        there.
        """
        query, arguments = _to_query(project_id, filters, after, size)
        async with self._database.transaction() as connection:
            await _check_bounds(connection, project_id, filters)
            cursor = connection.cursor(query, *arguments, prefetch=PREFETCH)
            runs, more = await paging.take_page(cursor, records.to_whole_run, size)
        last = UUID(runs[-1].id) if more else None
        return (runs[::-1] if filters.newer_than else runs), last


def _to_run(row: dict[str, Any], nodes: Sequence[NodeRow]) -> Run:
    run = records.to_whole_run(row)
    run.node_runs.extend(node_records.to_node_run(node, has_ended=row["end_time"] is not None) for node in nodes)
    return run


async def _check_bounds(connection: Any, project_id: UUID, filters: Filters) -> None:
    bounds = {run_id for run_id in (filters.older_than, filters.newer_than) if run_id}
    if not bounds:
        return
    query = """
        SELECT run_id
        FROM run
        WHERE project_id = $1
          AND run_id = ANY($2)
    """
    found = {row["run_id"] for row in await connection.fetch(query, project_id, list(bounds))}
    for run_id in bounds - found:
        raise not_found(run_id)


def _to_query(project_id: UUID, filters: Filters, after: UUID | None, size: int) -> tuple[str, Sequence[object]]:
    arguments: list[object] = [project_id]
    clauses = ["project_id = $1"]

    def add(clause: str, *values: object) -> None:
        """Add a clause, unless it has no value. Each `{}` in it becomes the number of its argument."""
        if values[-1] is not None:
            arguments.extend(values)
            clauses.append(clause.format(*range(len(arguments) - len(values) + 1, len(arguments) + 1)))

    add("state = ANY(${})", filters.states or None)
    add(f"prompt_id = ({_PROMPT})", filters.prompt and parse_uuid(filters.prompt), filters.prompt)
    # The index on end users holds no empty ones, which the planner must see.
    add("end_user_id <> '' AND end_user_id = ${}", filters.end_user_id)
    add("run_id >= ${}", filters.least)
    add("run_id < ${}", filters.bound)
    add("run_id < ${}", filters.older_than)
    add("run_id > ${}", filters.newer_than)
    add("run_id > ${}" if filters.newer_than else "run_id < ${}", after)
    order = "ASC" if filters.newer_than else "DESC"
    query = f"{_LISTED} WHERE {' AND '.join(clauses)} ORDER BY run_id {order} LIMIT ${len(arguments) + 1}"
    return query, [*arguments, size + 1]


def not_found(run_id: UUID) -> errors.NotFound:
    """Give the error for a run that is not there."""
    message = f"there is no run {run_id} in this project"
    return errors.NotFound("RUN_NOT_FOUND", message, metadata={"run_id": str(run_id)})
