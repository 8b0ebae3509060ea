"""SQL of the words by which runs are found: taken out of their inputs and outputs after their end."""

from typing import Any

# More of a run than this is not looked at (characters).
MAX_LENGTH = 100_000

# Runs are due from their end; of several who write words each takes others.
_WRITE = f"""
    WITH due AS (
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
    ), written AS (
      INSERT INTO run_text (project_id, run_id, words)
      SELECT run.project_id, run.run_id,
        to_tsvector('simple', left(concat_ws(' ', inputs.text, outputs.text), {MAX_LENGTH}))
      FROM due
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
    )
    SELECT count(*)
    FROM due
"""  # noqa: S608 - a number of ours
_SKIP = """
    DELETE FROM run_text_due
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM run_text_due LIMIT 1 FOR UPDATE SKIP LOCKED))
    RETURNING project_id, run_id
"""


class TextStore:
    """Words of all projects' runs, over a connection that its user has to itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def write(self, most: int) -> int:
        """Write the words of up to so many runs that are due; give how many there were."""
        return await self._connection.fetchval(_WRITE, most)

    async def skip(self) -> str:
        """Leave the first run that is due without words, and name it."""
        row = await self._connection.fetchrow(_SKIP)
        return f"{row['project_id']}/{row['run_id']}" if row is not None else ""
