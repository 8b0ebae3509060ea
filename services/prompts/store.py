"""SQL of prompts. A method is a transaction. A prompt is named by its id or its alias; the id is looked up first."""

from collections.abc import AsyncGenerator, Sequence
from typing import Literal
from uuid import UUID

import asyncpg
import uuid_utils.compat

from promptwire.v1.prompt_pb2 import Prompt
from services import checks, paging, threads
from services.db import Database
from services.prompts import delete_store, lock_store, refusals, rows

# A folder, or `""` for the root; None: whatever it is.
FolderFilter = UUID | Literal[""] | None

# Rows that a walk over all prompts fetches at a time.
WALK_ROWS = 200
_WITH_LATEST = """
    SELECT prompt.prompt_id, prompt.name, prompt.description, prompt.alias, prompt.folder_id, prompt.strict_variables,
        prompt.create_time AS prompt_create_time, prompt.update_time,
        latest.version_id, latest.serial, latest.number, latest.messages, latest.variables, latest.images,
        latest.provider, latest.model, latest.parameters, latest.graph, latest.output_format, latest.commit_message,
        latest.create_time, latest.first_message_serial, latest.labels, true AS is_latest
    FROM prompt
    LEFT JOIN LATERAL (
        SELECT version.version_id, version.serial, version.number, version.messages, version.variables, version.images,
            version.provider, version.model, version.parameters, version.graph, version.output_format,
            version.commit_message, version.create_time, version.first_message_serial,
            ARRAY(
                SELECT label.label
                FROM label
                WHERE label.project_id = version.project_id
                    AND label.version_id = version.version_id
                ORDER BY label.label
            ) AS labels
        FROM version
        WHERE version.project_id = prompt.project_id
            AND version.prompt_id = prompt.prompt_id
            AND version.delete_time IS NULL
        ORDER BY version.number DESC
        LIMIT 1
    ) latest ON true
"""


class PromptStore:
    """The prompts of all projects. A deleted one leaves a tombstone: it is not found, and its alias is free again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        project_id: UUID,
        *,
        name: str,
        description: str,
        alias: str,
        folder_id: UUID | None = None,
        strict_variables: bool = False,
    ) -> Prompt:
        """Make a prompt without a version. An empty alias is none. Raises AlreadyExists for an alias that is taken."""
        try:
            [row] = await self._database.fetch(
                """
                INSERT INTO prompt (project_id, prompt_id, name, description, alias, folder_id, strict_variables)
                VALUES ($1, $2, $3, $4, nullif($5, ''), $6, $7)
                RETURNING prompt_id, name, description, alias, folder_id, strict_variables,
                    create_time AS prompt_create_time, update_time
                """,
                project_id,
                uuid_utils.compat.uuid7(),
                name,
                description,
                alias,
                folder_id,
                strict_variables,
            )
        except asyncpg.UniqueViolationError:
            raise refusals.alias_taken(alias) from None
        except asyncpg.ForeignKeyViolationError:
            raise refusals.folder_not_found(str(folder_id)) from None
        return rows.to_prompt(row)

    async def get(self, project_id: UUID, prompt_id: str) -> Prompt:
        """Give a prompt with its latest version."""
        row = await self._database.fetchrow(
            f"""
            {_WITH_LATEST}
            WHERE prompt.project_id = $1
                AND (prompt.prompt_id = $2 OR prompt.alias = $3)
                AND prompt.delete_time IS NULL
            ORDER BY prompt.prompt_id = $2 DESC
            LIMIT 1
            """,
            project_id,
            checks.parse_uuid(prompt_id),
            prompt_id,
        )
        if row is None:
            raise refusals.prompt_not_found(prompt_id)
        return await threads.read(rows.to_prompt_with_version, row)

    async def walk(self, project_id: UUID, *, folder: FolderFilter) -> AsyncGenerator[Prompt]:
        """Give all prompts with their latest versions, the newest first, in one query however many there are."""
        async with self._database.transaction() as connection:
            cursor = connection.cursor(
                f"""
                {_WITH_LATEST}
                WHERE prompt.project_id = $1
                    AND (NOT $2::boolean OR prompt.folder_id IS NOT DISTINCT FROM $3)
                    AND prompt.delete_time IS NULL
                ORDER BY prompt.prompt_id DESC
                """,
                project_id,
                folder is not None,
                folder or None,
                prefetch=WALK_ROWS,
            )
            async for row in cursor:
                yield await threads.read(rows.to_prompt_with_version, row)

    async def get_id(self, project_id: UUID, prompt_id: str) -> UUID:
        """Give the id of a prompt."""
        row = await self._database.fetchrow(
            """
            SELECT prompt_id
            FROM prompt
            WHERE project_id = $1
                AND (prompt_id = $2 OR alias = $3)
                AND delete_time IS NULL
            ORDER BY prompt_id = $2 DESC
            LIMIT 1
            """,
            project_id,
            checks.parse_uuid(prompt_id),
            prompt_id,
        )
        if row is None:
            raise refusals.prompt_not_found(prompt_id)
        return row["prompt_id"]

    async def list(
        self,
        project_id: UUID,
        *,
        folder: FolderFilter = None,
        is_flow: bool | None = None,
        before: UUID | None,
        size: int,
    ) -> tuple[Sequence[Prompt], bool]:
        """Give up to `size` prompts, the newest first, those made before the one named; and whether there are more.

        `is_flow` asks for those whose latest version holds a graph, or for the others; None: for all.
        """
        async with self._database.transaction() as connection:
            return await paging.take_page(
                connection.cursor(
                    """
                    SELECT prompt_id, name, description, alias, folder_id, strict_variables,
                        create_time AS prompt_create_time, update_time
                    FROM prompt
                    WHERE project_id = $1
                        AND ($2::uuid IS NULL OR prompt_id < $2)
                        AND (NOT $4::boolean OR folder_id IS NOT DISTINCT FROM $5)
                        AND (
                            $6::boolean IS NULL
                            OR $6 = coalesce(
                                (
                                    SELECT version.graph IS NOT NULL
                                    FROM version
                                    WHERE version.project_id = prompt.project_id
                                        AND version.prompt_id = prompt.prompt_id
                                        AND version.delete_time IS NULL
                                    ORDER BY version.number DESC
                                    LIMIT 1
                                ),
                                false
                            )
                        )
                        AND delete_time IS NULL
                    ORDER BY prompt_id DESC
                    LIMIT $3
                    """,
                    project_id,
                    before,
                    size + 1,
                    folder is not None,
                    folder or None,
                    is_flow,
                ),
                rows.to_prompt,
                size,
            )

    async def update(
        self,
        project_id: UUID,
        prompt_id: str,
        *,
        name: str | None,
        description: str | None,
        alias: str | None,
        folder: FolderFilter = None,
        strict_variables: bool | None = None,
    ) -> Prompt:
        """Change what is not None, and give the prompt with its latest version. An empty alias removes the old one."""
        found = await self.get_id(project_id, prompt_id)
        try:
            await self._database.execute(
                """
                UPDATE prompt
                SET name = coalesce($3, name),
                    description = coalesce($4, description),
                    alias = CASE WHEN $5::text IS NULL THEN alias ELSE nullif($5, '') END,
                    folder_id = CASE WHEN $6 THEN $7 ELSE folder_id END,
                    strict_variables = coalesce($8, strict_variables),
                    update_time = now()
                WHERE project_id = $1
                    AND prompt_id = $2
                    AND delete_time IS NULL
                """,
                project_id,
                found,
                name,
                description,
                alias,
                folder is not None,
                folder or None,
                strict_variables,
            )
        except asyncpg.UniqueViolationError:
            raise refusals.alias_taken(alias or "") from None
        except asyncpg.ForeignKeyViolationError:
            raise refusals.folder_not_found(str(folder)) from None
        return await self.get(project_id, str(found))

    async def delete(self, project_id: UUID, prompt_id: str) -> None:
        """Delete a prompt; its versions count as deleted with it, its sessions and labels go."""
        async with self._database.transaction() as connection:
            found = await lock_store.lock_prompt(connection, project_id, prompt_id)
            await delete_store.delete_prompts(connection, project_id, [found])
