"""SQL of what runs used and how long they took, by the hour or the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from services import errors
from services.checks import invalid, parse_uuid
from services.db import Database
from services.runs.search_store import PROMPT

SECONDS = 8
MAX_BUCKETS = 10_000

Interval = Literal["hour", "day"]
Group = Literal["", "key", "prompt", "model"]

_GROUPS = {"": "''", "key": "key_id", "prompt": "coalesce(prompt_id::text, '')", "model": "model"}
_RUNS = """
    SELECT
      create_time, key_id, prompt_id, provider || '/' || model AS model, state, input_tokens, output_tokens, images,
      end_time - create_time AS latency
    FROM run
"""
_NODES = """
    SELECT
      run.create_time, run.key_id, run.prompt_id, node_run.provider || '/' || node_run.model AS model, node_run.state,
      node_run.input_tokens, node_run.output_tokens, node_run.images, node_run.end_time - node_run.start_time AS latency
    FROM run
    JOIN (
      SELECT *
      FROM node_run
      WHERE attempts > 0
    ) AS node_run USING (project_id, run_id)
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What to count: the runs from one id to before another, those of a prompt and by a key if these are given."""

    least: UUID
    bound: UUID
    interval: Interval
    group: Group
    prompt: str | None = None
    key_id: str | None = None


class UsageStore:
    """Usage of all projects; every call names the project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, project_id: UUID, question: Question) -> Sequence[asyncpg.Record]:
        """Give rows of begin_time, name, runs, errors, input_tokens, output_tokens, images and latencies (three, in
        seconds, or None), by time and name.

        Raises InvalidArgument for more than MAX_BUCKETS, and when it takes more than SECONDS.
        """
        query, arguments = _to_query(project_id, question)
        async with self._database.transaction() as connection:
            await connection.execute(
                "SELECT set_config('statement_timeout', $1, true), set_config('plan_cache_mode', $2, true)",
                f"{SECONDS}s",
                "force_custom_plan",
            )
            try:
                rows = await connection.fetch(query, *arguments, timeout=SECONDS + 1)
            except asyncpg.QueryCanceledError:
                raise _refused(f"has more runs than can be counted within {SECONDS} s; ask for less time") from None
        if len(rows) > MAX_BUCKETS:
            raise _refused(f"would make more than {MAX_BUCKETS} buckets; ask for less time, or by the day")
        return rows


def _to_query(project_id: UUID, question: Question) -> tuple[str, Sequence[object]]:
    where = ["run.project_id = $1", "run.run_id >= $2", "run.run_id < $3"]
    arguments: list[object] = [project_id, question.least, question.bound, question.interval]
    if question.prompt is not None:
        arguments += [parse_uuid(question.prompt), question.prompt]
        where.append(f"run.prompt_id = ({PROMPT.format(f'${len(arguments) - 1}', f'${len(arguments)}')})")
    if question.key_id is not None:
        arguments.append(question.key_id)
        where.append(f"run.key_id = ${len(arguments)}")
    counted = f"{_RUNS} WHERE {' AND '.join(where)}"
    if question.group == "model":
        counted = f"{counted} AND NOT is_flow UNION ALL {_NODES} WHERE {' AND '.join(where)}"
    query = f"""
        SELECT
          date_trunc($4, create_time, 'UTC') AS begin_time,
          {_GROUPS[question.group]} AS name,
          count(*) AS runs,
          count(*) FILTER (WHERE state = 'FAILED') AS errors,
          coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
          coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
          coalesce(sum(images), 0)::bigint AS images,
          percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM latency)::float8)
            FILTER (WHERE state IN ('SUCCEEDED', 'FAILED')) AS latencies
        FROM ({counted}) AS counted
        GROUP BY begin_time, name
        ORDER BY begin_time, name
        LIMIT {MAX_BUCKETS + 1}
    """  # noqa: S608 - all parts are ours
    return query, arguments


def _refused(words: str) -> errors.InvalidArgument:
    return invalid(errors.Violation("min_create_time", words))
