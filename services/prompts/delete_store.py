"""Deletes prompts with what belongs to them, within a transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.prompts import label_store


async def delete_prompts(connection: Any, project_id: UUID, prompt_ids: Sequence[UUID]) -> None:
    """Delete prompts that are locked: a tombstone of each stays, with its versions; sessions and labels go."""
    await label_store.delete_with(connection, project_id, prompt_ids)
    await connection.execute(
        "DELETE FROM session WHERE project_id = $1 AND prompt_id = ANY($2)",
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
