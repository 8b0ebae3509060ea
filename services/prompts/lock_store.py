"""Locks a prompt's row until the end of a transaction, so that what changes it, its versions or labels takes turns."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services import caller, checks
from services.prompts import refusals

PROTECTED = "labels:protected"


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


async def require_unprotected(connection: Any, project_id: UUID, prompt_ids: Sequence[UUID]) -> None:
    """Refuse a caller that may not touch protected labels, where one of these prompts has any."""
    row = await connection.fetchrow(
        """
        SELECT label
        FROM label
        WHERE project_id = $1
            AND prompt_id = ANY($2)
            AND protected
        LIMIT 1
        """,
        project_id,
        prompt_ids,
    )
    if row is not None and PROTECTED not in caller.current().scopes:
        raise refusals.label_protected(row["label"])


async def delete_prompts(connection: Any, project_id: UUID, prompt_ids: Sequence[UUID]) -> None:
    """Delete prompts that are locked: a tombstone of each stays, with its versions; sessions and labels go."""
    await require_unprotected(connection, project_id, prompt_ids)
    await connection.execute(
        "DELETE FROM session WHERE project_id = $1 AND prompt_id = ANY($2)",
        project_id,
        prompt_ids,
    )
    await connection.execute(
        "DELETE FROM label WHERE project_id = $1 AND prompt_id = ANY($2)",
        project_id,
        prompt_ids,
    )
    await connection.execute(
        """
        UPDATE prompt
        SET delete_time = now(), folder_id = NULL
        WHERE project_id = $1
            AND prompt_id = ANY($2)
        """,
        project_id,
        prompt_ids,
    )
