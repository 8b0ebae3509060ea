"""SQL of versions. A method is a transaction; a version of a deleted prompt counts as deleted."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat

from promptwire.v1.prompt_pb2 import Prompt, Version
from services import checks, paging, threads
from services.db import Database
from services.prompts import label_store, lock_store, refusals, rows

_SERIAL = re.compile(r"[0-9]{1,18}")


class VersionStore:
    """The versions of all projects. A deleted one leaves a tombstone, so that its number is not given again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, project_id: UUID, prompt_id: str, version: Version) -> Version:
        """Keep the content of `version` as the next version of a prompt, and give it whole."""
        async with self._database.connection() as connection:
            return await insert(connection, project_id, prompt_id, version)

    async def get(self, project_id: UUID, version_id: str) -> tuple[Version, Prompt]:
        """Give a version, named by its id or serial, and its prompt without the latest version."""
        row = await self._database.fetchrow(
            """
            SELECT version.version_id, version.prompt_id, version.number, version.serial, version.messages,
                version.variables, version.images, version.provider, version.model, version.parameters, version.graph,
                version.output_format, version.commit_message, version.create_time, version.first_message_serial,
                ARRAY(
                    SELECT label.label
                    FROM label
                    WHERE label.project_id = version.project_id
                        AND label.version_id = version.version_id
                    ORDER BY label.label
                ) AS labels,
                version.number = (
                    SELECT max(alive.number)
                    FROM version alive
                    WHERE alive.project_id = version.project_id
                        AND alive.prompt_id = version.prompt_id
                        AND alive.delete_time IS NULL
                ) AS is_latest,
                (
                    SELECT ARRAY[version_rating.count, version_rating.stars]
                    FROM version_rating
                    WHERE version_rating.project_id = version.project_id
                        AND version_rating.version_id = version.version_id
                ) AS ratings,
                coalesce(version.delete_time, prompt.delete_time) IS NOT NULL AS deleted,
                prompt.name, prompt.description, prompt.alias, prompt.create_time AS prompt_create_time,
                prompt.update_time, prompt.folder_id, prompt.strict_variables
            FROM version
            JOIN prompt USING (project_id, prompt_id)
            WHERE version.project_id = $1
                AND (version.version_id = $2 OR version.serial = $3)
            """,
            project_id,
            *id_and_serial(version_id),
        )
        row = refusals.require(row, version_id=version_id)
        return await threads.read(rows.to_version, row), rows.to_prompt(row)

    async def list(
        self, project_id: UUID, prompt_id: UUID, *, before: int | None, size: int
    ) -> tuple[Sequence[Version], bool]:
        """Give up to `size` versions of a prompt below number `before`, the newest first; and whether more follow."""
        async with self._database.transaction() as connection:
            return await paging.take_page(
                connection.cursor(
                    """
                    SELECT version_id, prompt_id, number, serial, messages, variables, images, provider, model,
                        parameters, graph, output_format, commit_message, create_time, first_message_serial,
                        ARRAY(
                            SELECT label.label
                            FROM label
                            WHERE label.project_id = version.project_id
                                AND label.version_id = version.version_id
                            ORDER BY label.label
                        ) AS labels,
                        number = (
                            SELECT max(alive.number)
                            FROM version alive
                            WHERE alive.project_id = $1
                                AND alive.prompt_id = $2
                                AND alive.delete_time IS NULL
                        ) AS is_latest,
                        (
                            SELECT ARRAY[version_rating.count, version_rating.stars]
                            FROM version_rating
                            WHERE version_rating.project_id = version.project_id
                                AND version_rating.version_id = version.version_id
                        ) AS ratings
                    FROM version
                    WHERE project_id = $1
                        AND prompt_id = $2
                        AND ($3::bigint IS NULL OR number < $3)
                        AND delete_time IS NULL
                    ORDER BY number DESC
                    LIMIT $4
                    """,
                    project_id,
                    prompt_id,
                    before,
                    size + 1,
                    prefetch=10,
                ),
                rows.to_version,
                size,
            )

    async def delete(self, project_id: UUID, version_id: str) -> None:
        """Delete a version, named by its id or serial, with its labels; the newest that remains becomes the latest."""
        async with self._database.transaction() as connection:
            row = await _find(connection, project_id, version_id)
            await lock_store.lock_prompt(connection, project_id, str(row["prompt_id"]))
            done = await connection.execute(
                """
                UPDATE version
                SET delete_time = now()
                WHERE project_id = $1
                    AND version_id = $2
                    AND delete_time IS NULL
                """,
                project_id,
                row["version_id"],
            )
            if done == "UPDATE 0":
                await _find(connection, project_id, version_id)
            await label_store.delete_with(connection, project_id, [row["prompt_id"]], row["version_id"])


async def insert(connection: Any, project_id: UUID, prompt_id: str, version: Version) -> Version:
    """Keep the content of `version` as the next version of a prompt, and give it whole. Raises NotFound.

    The prompt's row is locked until the commit: numbers follow each other, and the last to commit is the latest.
    """
    row = await connection.fetchrow(
        """
        WITH numbered AS (
            UPDATE prompt
            SET last_number = last_number + 1
            WHERE project_id = $1
                AND prompt_id = (
                    SELECT named.prompt_id
                    FROM prompt named
                    WHERE named.project_id = $1
                        AND (named.prompt_id = $2 OR named.alias = $3)
                        AND named.delete_time IS NULL
                    ORDER BY named.prompt_id = $2 DESC
                    LIMIT 1
                )
                AND delete_time IS NULL
            RETURNING prompt_id, last_number
        ), counted AS (
            INSERT INTO counter (project_id, name, value)
            SELECT $1, 'version', 1
            FROM numbered
            ON CONFLICT (project_id, name) DO UPDATE
            SET value = counter.value + 1
            RETURNING value
        ), messages_counted AS (
            INSERT INTO counter (project_id, name, value)
            SELECT $1, 'message', $14::bigint
            FROM numbered
            ON CONFLICT (project_id, name) DO UPDATE
            SET value = counter.value + $14
            RETURNING value
        )
        INSERT INTO version (
            project_id, version_id, prompt_id, number, serial, first_message_serial,
            messages, variables, images, provider, model, parameters, graph, output_format, commit_message
        )
        SELECT $1, $4, numbered.prompt_id, numbered.last_number, counted.value,
            CASE $14 WHEN 0 THEN 0 ELSE messages_counted.value - $14 + 1 END,
            $5, $6, $7, $8, $9, $10, $11, $12, $13
        FROM numbered
        CROSS JOIN counted
        CROSS JOIN messages_counted
        RETURNING version_id, prompt_id, number, serial, messages, variables, images, provider, model, parameters,
            graph, output_format, commit_message, create_time, first_message_serial, true AS is_latest, NULL AS labels
        """,
        project_id,
        checks.parse_uuid(prompt_id),
        prompt_id,
        uuid_utils.compat.uuid7(),
        *await threads.work(version.ByteSize(), rows.to_columns, version),
        version.commit_message,
        len(version.messages),
    )
    if row is None:
        raise refusals.prompt_not_found(prompt_id)
    return await threads.read(rows.to_version, row)


async def _find(connection: Any, project_id: UUID, version_id: str) -> asyncpg.Record:
    row = await connection.fetchrow(
        """
        SELECT version.version_id, version.prompt_id,
            coalesce(version.delete_time, prompt.delete_time) IS NOT NULL AS deleted
        FROM version
        JOIN prompt USING (project_id, prompt_id)
        WHERE version.project_id = $1
            AND (version.version_id = $2 OR version.serial = $3)
        """,
        project_id,
        *id_and_serial(version_id),
    )
    return refusals.require(row, version_id=version_id)


def is_serial(text: str) -> bool:
    """Tell whether a text can be the serial of a version."""
    return _SERIAL.fullmatch(text) is not None


def id_and_serial(text: str) -> tuple[UUID | None, int | None]:
    """Read the id or the serial that a text can be."""
    return checks.parse_uuid(text), int(text) if is_serial(text) else None
