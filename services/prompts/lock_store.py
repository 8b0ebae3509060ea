"""Locks a prompt's row until the end of a transaction, so that what changes it, its versions or labels takes turns."""

from typing import Any
from uuid import UUID

from services import checks
from services.prompts import refusals


async def lock_prompt(connection: Any, project_id: UUID, prompt_id: str) -> UUID:
    """Lock a prompt, named by its id or alias, and give its id. Raises NotFound."""
    row = await connection.fetchrow(
        """
        SELECT prompt_id
        FROM prompt
        WHERE project_id = $1
            AND (prompt_id = $2 OR alias = $3)
            AND delete_time IS NULL
        ORDER BY prompt_id = $2 DESC NULLS LAST
        LIMIT 1
        FOR UPDATE
        """,
        project_id,
        checks.parse_uuid(prompt_id),
        prompt_id,
    )
    if row is None:
        raise refusals.prompt_not_found(prompt_id)
    return row["prompt_id"]


async def lock_folder(connection: Any, project_id: UUID, folder_id: UUID) -> None:
    """Lock a folder, so that no prompt is put into it. Raises NotFound."""
    query = "SELECT 1 FROM folder WHERE project_id = $1 AND folder_id = $2 FOR UPDATE"
    if await connection.fetchrow(query, project_id, folder_id) is None:
        raise refusals.folder_not_found(str(folder_id))
