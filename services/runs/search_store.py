"""Runs as lists and exports give them: those that fit filters, the newest first, a page at a time."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from promptwire.v1.run_pb2 import Run
from services import errors, paging
from services.checks import invalid, parse_uuid
from services.db import Database
from services.runs import records
from services.runs.store import LISTED, not_found

# Rows that a list fetches at a time, each of which may be large.
PREFETCH = 20
# Runs that an export reads at a time; no connection is held while its reader takes them.
EXPORTED = 500
SECONDS = 4
# A plan made without the values would be right for few of them: words and names may be in every run or in none. And to
# compile a plan takes longer than a page does.
SETTINGS = f"""
    SELECT
      set_config('plan_cache_mode', 'force_custom_plan', true),
      set_config('jit', 'off', true),
      set_config('statement_timeout', '{SECONDS}s', true)
"""
# An id, also of a prompt that was deleted, goes before an alias.
PROMPT = """
    SELECT prompt_id
    FROM prompt
    WHERE project_id = $1
      AND (prompt_id = ${0}::uuid OR (alias = ${1} AND delete_time IS NULL))
    ORDER BY prompt_id = ${0} DESC NULLS LAST
    LIMIT 1
"""
_TEXT = """
    run_id IN (
      SELECT run_text.run_id
      FROM run_text
      WHERE run_text.project_id = $1
        AND run_text.words @@ websearch_to_tsquery('simple', ${})
    )
"""
_NODE_MODEL = """
    run_id IN (
      SELECT node_run.run_id
      FROM node_run
      WHERE node_run.project_id = $1
        AND node_run.model = ${}
    )
"""
# States that have an error, by which there is an index.
_WITH_ERROR = frozenset({"FAILED", "CANCELLED"})


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
    text: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    model: str | None = None
    reason: str | None = None
    stars: Sequence[int] = ()


class SearchStore:
    """Runs of all projects; every call names the project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, project_id: UUID, filters: Filters, *, after: UUID | None, size: int
    ) -> tuple[list[Run], UUID | None]:
        """Give a page of runs, the newest first, without messages and the node runs of graphs; and the id to go on
        `after`, if there are more.

        With `newer_than` the pages go from there to the newest. Raises NotFound when a run that bounds the list is not
        there, and InvalidArgument when it takes more than SECONDS to find the page.
        """
        query, arguments = to_query(project_id, filters, after, size)
        async with self._database.transaction() as connection:
            await connection.execute(SETTINGS)
            await _check_bounds(connection, project_id, filters)
            cursor = connection.cursor(query, *arguments, prefetch=PREFETCH)
            try:
                runs, more = await paging.take_page(cursor, records.to_whole_run, size)
            except asyncpg.QueryCanceledError:
                raise _too_slow() from None
        last = UUID(runs[-1].id) if more else None
        return (runs[::-1] if filters.newer_than else runs), last

    async def walk(self, project_id: UUID, filters: Filters) -> AsyncGenerator[Sequence[Run]]:
        """Give all runs that fit, some at a time, as `list` does."""
        after = None
        while True:
            runs, after = await self.list(project_id, filters, after=after, size=EXPORTED)
            yield runs
            if after is None:
                return


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


def to_query(project_id: UUID, filters: Filters, after: UUID | None, size: int) -> tuple[str, Sequence[object]]:
    """Give the statement for a page, which may find one run more than that, and its arguments."""
    arguments: list[object] = [project_id]
    clauses = ["project_id = $1"]

    def add(clause: str, *values: object) -> None:
        """Add a clause, unless it has no value. Each `{}` in it becomes the number of its argument."""
        if values[-1] is not None:
            clauses.append(_number(arguments, clause, *values))

    if filters.states:
        add("state = ANY(${})", filters.states)
        clauses += ["error IS NOT NULL"] if _WITH_ERROR.issuperset(filters.states) else []
    add(f"prompt_id = ({PROMPT})", filters.prompt and parse_uuid(filters.prompt), filters.prompt)
    # The index on end users holds no empty ones, which the planner must see.
    add("end_user_id <> '' AND end_user_id = ${}", filters.end_user_id)
    add("run_id >= ${}", filters.least)
    add("run_id < ${}", filters.bound)
    add("run_id < ${}", filters.older_than)
    add("run_id > ${}", filters.newer_than)
    add("run_id > ${}" if filters.newer_than else "run_id < ${}", after)
    add("reason = ${}", filters.reason)
    add("stars IS NOT NULL AND stars = ANY(${})", filters.stars or None)
    add("metadata @> ${}::jsonb", records.dump(dict(filters.metadata)) if filters.metadata else None)
    add(_TEXT, filters.text)
    limit = _number(arguments, "LIMIT ${}", size + 1)
    order = f"ORDER BY run_id {'ASC' if filters.newer_than else 'DESC'} {limit}"
    if filters.model is not None:
        clauses = [_asked(clauses, order, _number(arguments, "{}", filters.model))]
    return f"{LISTED} WHERE {' AND '.join(clauses)} {order}", arguments


def _asked(clauses: Sequence[str], order: str, argument: str) -> str:
    """Give the clause for runs that asked a model: templates by their own column, graphs by those of their nodes.

    Each half ends at the page's length by its own index, which neither would if they were one condition.
    """
    where = " AND ".join(clauses)
    by_nodes = f"is_flow AND {_NODE_MODEL.format(argument)}"
    halves = [f"(SELECT run_id FROM run WHERE {where} AND {one} {order})" for one in (f"model = ${argument}", by_nodes)]  # noqa: S608 - ours
    return f"project_id = $1 AND run_id IN ({' UNION ALL '.join(halves)})"


def _number(arguments: list[object], clause: str, *values: object) -> str:
    """Add arguments, and put their numbers into a clause."""
    arguments.extend(values)
    return clause.format(*range(len(arguments) - len(values) + 1, len(arguments) + 1))


def _too_slow() -> errors.InvalidArgument:
    fault = f"takes more than {SECONDS} s with these filters; give it a later time, or one more filter"
    return invalid(errors.Violation("min_create_time", fault))
