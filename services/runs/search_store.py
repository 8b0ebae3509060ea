"""Runs as lists and exports give them: those that fit filters, the newest first, a page at a time."""

import asyncio
import itertools
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
from services.runs.lease_store import SKEW
from services.runs.store import LISTED, not_found

# Rows that a list fetches at a time, each of which may be large.
PREFETCH = 20
# Runs that an export reads at a time; no connection is held while its reader takes them.
EXPORTED = 500
SECONDS = 4
# A page may take several statements.
PAGE_SECONDS = 2.0 * SECONDS
# A plan made without the values would be right for few of them: words and names may be in every run or in none. And to
# compile a plan takes longer than a page does.
SETTINGS = f"""
    SELECT
      set_config('plan_cache_mode', 'force_custom_plan', true),
      set_config('jit', 'off', true),
      set_config('statement_timeout', '{SECONDS}s', true)
"""
# The few runs that have a word are looked up one by one, and not merged with all.
FEW = "SET LOCAL enable_mergejoin = off"
# An id, also of a prompt that was deleted, goes before an alias.
PROMPT = """
    SELECT prompt_id
    FROM prompt
    WHERE project_id = $1
      AND (prompt_id = {0}::uuid OR (alias = {1} AND delete_time IS NULL))
    ORDER BY prompt_id = {0} DESC NULLS LAST
    LIMIT 1
"""
# Runs whose words are looked through, the newest first, before the index of words is asked: it gives all runs that have
# them, in no order. A word that is not in so many runs often enough for a page is in few of the others.
RECENT = 20_000
_RECENT_TEXT = """
    run_id IN (
      SELECT recent.run_id
      FROM (
        SELECT run_id, words
        FROM run_text
        WHERE {bounds}
        ORDER BY run_id {order}
        LIMIT {limit}
      ) AS recent
      WHERE recent.words @@ websearch_to_tsquery('simple', {text})
    )
"""
# Beside a filter that leaves few runs: their words are looked at one by one.
_TEXT = """
    run_id IN (
      SELECT run_text.run_id
      FROM run_text
      WHERE run_text.project_id = $1
        AND run_text.words @@ websearch_to_tsquery('simple', {text})
    )
"""
# In a statement part of its own, so that nobody hopes to find a page of them by looking through runs in order.
_INDEXED_TEXT = """
    WITH found AS MATERIALIZED (
      SELECT run_id
      FROM run_text
      WHERE {bounds}
        AND words @@ websearch_to_tsquery('simple', {text})
    )
"""
_ASKED = "model = {}"
_ASKED_BY_NODES = """
    is_flow
    AND run_id IN (
      SELECT node_run.run_id
      FROM node_run
      WHERE node_run.project_id = $1
        AND node_run.model = {}
        AND node_run.attempts > 0
    )
"""
# The runs of a job that has not been done.
_HAVE_JOBS = """
    run_id IN (
      SELECT split_part(convert_from(payload, 'UTF8'), '/', 2)::uuid
      FROM pgqueuer
      WHERE entrypoint = 'run'
    )
"""
# Runs that a request drives, rather than a job, were created no longer than this before their server was last heard of.
_LEAST_TIME = "SELECT min(renew_time - longest_run) FROM server"
# States that have an error, by which there is an index.
_WITH_ERROR = frozenset({"FAILED", "CANCELLED"})
_UNENDED = frozenset({"QUEUED", "RUNNING"})


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

    @property
    def are_narrow(self) -> bool:
        """Whether they are likely to leave few runs, whatever the words."""
        return bool(self.end_user_id or self.metadata or self.reason)


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
        async with self._database.transaction() as connection:
            await connection.execute(SETTINGS)
            await _check_bounds(connection, project_id, filters)
            since = await _find_since(connection, filters)
            limit = asyncio.timeout(PAGE_SECONDS)
            try:
                async with limit:
                    return await _find(connection, project_id, filters, after, size, since)
            except asyncpg.QueryCanceledError:
                raise _too_slow() from None
            except TimeoutError:
                # Unless it is over, the database did not answer.
                if limit.expired():
                    raise _too_slow() from None
                raise

    async def walk(self, project_id: UUID, filters: Filters) -> AsyncGenerator[Sequence[Run]]:
        """Give all runs that fit, some at a time, as `list` does."""
        after = None
        while True:
            runs, after = await self.list(project_id, filters, after=after, size=EXPORTED)
            yield runs
            if after is None:
                return


async def _find(
    connection: Any, project_id: UUID, filters: Filters, after: UUID | None, size: int, since: UUID | None
) -> tuple[list[Run], UUID | None]:
    for is_recent in (True, False) if filters.text and not filters.are_narrow else (False,):
        query, arguments = to_query(project_id, filters, after, size, since=since, is_recent=is_recent)
        if filters.text and not is_recent:
            await connection.execute(FEW)
        cursor = connection.cursor(query, *arguments, prefetch=PREFETCH)
        runs, more = await paging.take_page(cursor, records.to_whole_run, size)
        if more or not is_recent:
            last = UUID(runs[-1].id) if more else None
            return (runs[::-1] if filters.newer_than else runs), last
    raise AssertionError


async def _find_since(connection: Any, filters: Filters) -> UUID | None:
    """Give the least id that an unended run without a job may have, when only such runs are looked for."""
    if not filters.states or not _UNENDED.issuperset(filters.states):
        return None
    moment = await connection.fetchval(_LEAST_TIME)
    return records.least_id(max(0, int((moment - SKEW).timestamp() * 1000)) if moment else 0)


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


def to_query(
    project_id: UUID,
    filters: Filters,
    after: UUID | None,
    size: int,
    *,
    since: UUID | None = None,
    is_recent: bool = False,
) -> tuple[str, Sequence[object]]:
    """Give the statement for a page, which may find one run more than that, and its arguments.

    `since` is the least id of an unended run without a job, for those alone. `is_recent`: words are looked for among
    the newest runs only.
    """
    build = _Query(project_id)
    for clause, value in (
        ("run_id >= {}", filters.least),
        ("run_id < {}", filters.bound),
        ("run_id < {}", filters.older_than),
        ("run_id > {}", filters.newer_than),
        ("run_id > {}" if filters.newer_than else "run_id < {}", after),
    ):
        build.add(clause, value)
    bounds = " AND ".join(build.clauses)
    if filters.states:
        build.add("state = ANY({})", filters.states)
        build.clauses += ["error IS NOT NULL"] if _WITH_ERROR.issuperset(filters.states) else []
    if filters.prompt is not None:
        prompt = PROMPT.format(build.argument(parse_uuid(filters.prompt)), build.argument(filters.prompt))
        build.clauses.append(f"prompt_id = ({prompt})")
    # The index on end users holds no empty ones, which the planner must see.
    build.add("end_user_id <> '' AND end_user_id = {}", filters.end_user_id)
    build.add("reason = {}", filters.reason)
    build.add("stars IS NOT NULL AND stars = ANY({})", filters.stars or None)
    build.add("metadata @> {}::jsonb", records.dump(dict(filters.metadata)) if filters.metadata else None)
    direction = "ASC" if filters.newer_than else "DESC"
    head = ""
    if filters.text is not None:
        text = build.argument(filters.text)
        if is_recent:
            build.clauses.append(_RECENT_TEXT.format(bounds=bounds, order=direction, limit=RECENT, text=text))
        elif filters.are_narrow:
            build.clauses.append(_TEXT.format(text=text))
        else:
            head = _INDEXED_TEXT.format(bounds=bounds, text=text)
            build.clauses.append("run_id IN (SELECT run_id FROM found)")
    order = f"ORDER BY run_id {direction} LIMIT {build.argument(size + 1)}"
    ways: list[Sequence[str]] = []
    if filters.model is not None:
        model = build.argument(filters.model)
        ways.append((_ASKED.format(model), _ASKED_BY_NODES.format(model)))
    if since is not None:
        ways.append((f"run_id >= {build.argument(since)}", _HAVE_JOBS))
    # By their ids alone, when many may have to be looked at: an index has these, and the rows are large.
    where = _in_any_way(build.clauses, ways, order) if ways or head else " AND ".join(build.clauses)
    return f"{head} {LISTED} WHERE {where} {order}", build.arguments


class _Query:
    """Clauses that all hold, and their arguments, of which the project is the first."""

    def __init__(self, project_id: UUID) -> None:
        self.arguments: list[object] = [project_id]
        self.clauses = ["project_id = $1"]

    def argument(self, value: object) -> str:
        """Add an argument, and give what stands for it."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def add(self, clause: str, value: object) -> None:
        """Add a clause with one value, unless it has none."""
        if value is not None:
            self.clauses.append(clause.format(self.argument(value)))


def _in_any_way(clauses: Sequence[str], ways: Sequence[Sequence[str]], order: str) -> str:
    """Give the condition for runs for which the clauses hold, and one of each of the ways.

    Each way ends at the page's length by its own index, which none would if they were one condition.
    """
    pages = [
        f"(SELECT run_id FROM run WHERE {' AND '.join((*clauses, *chosen))} {order})"  # noqa: S608 - ours
        for chosen in itertools.product(*ways)
    ]
    return f"project_id = $1 AND run_id IN ({' UNION ALL '.join(pages)})"


def _too_slow() -> errors.InvalidArgument:
    fault = f"takes more than {SECONDS} s with these filters; give it a later time, or one more filter"
    return invalid(errors.Violation("min_create_time", fault))
