"""SQL of the words by which runs are found: taken out of their inputs and outputs after their end."""

from typing import Any

import asyncpg

# More of a run than this is not looked at (characters).
MAX_LENGTH = 100_000

# What Postgres says to words that it cannot take, or to more than it can take in time.
REFUSED = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, asyncpg.QueryCanceledError, TimeoutError)

# Runs are due from their end; of several who write words each takes others.
_TAKE = """
      DELETE FROM run_text_due
      WHERE ctid = ANY (
        ARRAY(
          SELECT ctid
          FROM run_text_due
          LIMIT $1
          FOR UPDATE SKIP LOCKED
        )
      )
      RETURNING project_id, run_id
"""
_INSERT = f"""
      INSERT INTO run_text (project_id, run_id, words)
      SELECT run.project_id, run.run_id,
        to_tsvector('simple', left(concat_ws(' ', inputs.text, outputs.text), {MAX_LENGTH}))
      FROM {{0}}
      JOIN run USING (project_id, run_id)
      CROSS JOIN LATERAL (
        SELECT string_agg(value, ' ') AS text
        FROM json_each_text(CASE WHEN json_typeof(run.inputs) = 'object' THEN run.inputs END)
      ) AS inputs
      CROSS JOIN LATERAL (
        SELECT string_agg(value ->> 'text', ' ') AS text
        FROM json_array_elements(CASE WHEN json_typeof(run.outputs) = 'array' THEN run.outputs END)
      ) AS outputs
      WHERE run.inputs IS NOT NULL
      ON CONFLICT DO NOTHING
"""  # noqa: S608 - a number of ours
_WRITE = f"""
    WITH due AS ({_TAKE}), written AS ({_INSERT.format("due")})
    SELECT count(*)
    FROM due
"""  # noqa: S608 - parts of ours
_WRITE_ONE = _INSERT.format("(SELECT $1::uuid AS project_id, $2::uuid AS run_id) AS due")


class TextStore:
    """Words of all projects' runs, over a connection that its user has to itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def write(self, most: int, seconds: float) -> int:
        """Write the words of up to so many runs that are due; give how many there were. Raises one of REFUSED."""
        return await self._connection.fetchval(_WRITE, most, timeout=seconds)

    async def write_one(self, seconds: float) -> dict[str, str] | None:
        """Write the words of a run that is due, or leave it without any and tell why; None: no run is due."""
        async with self._connection.transaction():
            row = await self._connection.fetchrow(_TAKE, 1)
            if row is None:
                return None
            try:
                async with self._connection.transaction():
                    await self._connection.execute(_WRITE_ONE, row["project_id"], row["run_id"], timeout=seconds)
            except REFUSED as error:
                return {"run_id": str(row["run_id"]), "error": repr(error)[:200]}
        return {}
