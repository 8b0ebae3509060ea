"""Brings the folders and prompts of a document into a project, within a transaction: what is there is found again."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat
from google.protobuf.timestamp_pb2 import Timestamp

from promptwire.v1.document_pb2 import Document, DocumentFolder, DocumentPrompt, DocumentVersion, ImportedPrompt
from promptwire.v1.prompt_service_pb2 import ImportPromptsResponse
from services import checks, threads
from services.prompts import content, counter_store, label_store, matching, refusals, rows


async def bring(connection: Any, project_id: UUID, document: Document, *, move_labels: bool) -> ImportPromptsResponse:
    """Bring a document in, and tell what that did. Imports into a project take turns. Raises ServiceError."""
    await connection.execute("SELECT 1 FROM project WHERE project_id = $1 FOR NO KEY UPDATE", project_id)
    response = ImportPromptsResponse()
    for folder in document.folders:
        await _bring_folder(connection, project_id, folder, response)
    for prompt in document.prompts:
        response.prompts.append(await _bring_prompt(connection, project_id, prompt, move_labels=move_labels))
        # Other calls have their turn in between.
        await asyncio.sleep(0)
    return response


async def _bring_folder(
    connection: Any, project_id: UUID, folder: DocumentFolder, response: ImportPromptsResponse
) -> None:
    row = await connection.fetchrow(
        """
        INSERT INTO folder AS kept (project_id, folder_id, name, description, create_time)
        VALUES ($1, $2, $3, $4, coalesce($5, now()))
        ON CONFLICT (project_id, folder_id) DO UPDATE
        SET name = excluded.name, description = excluded.description, update_time = now()
        WHERE (kept.name, kept.description) IS DISTINCT FROM (excluded.name, excluded.description)
        RETURNING xmax = 0 AS created
        """,
        project_id,
        UUID(folder.id),
        folder.name,
        folder.description if folder.HasField("description") else None,
        _time(folder),
    )
    response.created_folders += row is not None and row["created"]
    response.updated_folders += row is not None and not row["created"]


async def _bring_prompt(
    connection: Any, project_id: UUID, prompt: DocumentPrompt, *, move_labels: bool
) -> ImportedPrompt:
    found = await _find(connection, project_id, prompt)
    done = ImportedPrompt(name=prompt.name)
    try:
        if found is None:
            prompt_id = await _create(connection, project_id, prompt)
            done.created = True
        else:
            prompt_id = found["prompt_id"]
            done.created = found["deleted"]
            done.updated = await _update(connection, project_id, prompt_id, prompt) and not done.created
    except asyncpg.UniqueViolationError:
        raise refusals.alias_taken(prompt.alias) from None
    except asyncpg.ForeignKeyViolationError:
        raise refusals.folder_not_found(prompt.folder_id) from None
    done.id = str(prompt_id)
    versions = await _bring_versions(connection, project_id, prompt_id, prompt, done)
    await _bring_labels(connection, project_id, prompt_id, prompt, versions, done, move_labels=move_labels)
    return done


async def _find(connection: Any, project_id: UUID, prompt: DocumentPrompt) -> asyncpg.Record | None:
    """Find the prompt and lock it: by its id, also when it was deleted, else by its alias."""
    return await connection.fetchrow(
        """
        SELECT prompt_id, delete_time IS NOT NULL AS deleted
        FROM prompt
        WHERE project_id = $1
            AND (prompt_id = $2 OR (alias = nullif($3, '') AND delete_time IS NULL))
        ORDER BY prompt_id = $2 DESC NULLS LAST
        LIMIT 1
        FOR UPDATE
        """,
        project_id,
        checks.parse_uuid(prompt.id),
        prompt.alias,
    )


async def _create(connection: Any, project_id: UUID, prompt: DocumentPrompt) -> UUID:
    prompt_id = checks.parse_uuid(prompt.id) or uuid_utils.compat.uuid7()
    await connection.execute(
        """
        INSERT INTO prompt (project_id, prompt_id, name, description, alias, folder_id, strict_variables, create_time)
        VALUES ($1, $2, $3, $4, nullif($5, ''), $6, $7, coalesce($8, now()))
        """,
        project_id,
        prompt_id,
        *_fields(prompt),
        _time(prompt),
    )
    return prompt_id


async def _update(connection: Any, project_id: UUID, prompt_id: UUID, prompt: DocumentPrompt) -> bool:
    """Make the prompt say what the document says; tell whether that changed it."""
    done = await connection.execute(
        """
        UPDATE prompt
        SET name = $3, description = $4, alias = nullif($5, ''), folder_id = $6, strict_variables = $7,
            delete_time = NULL, update_time = now()
        WHERE project_id = $1
            AND prompt_id = $2
            AND (
                delete_time IS NOT NULL
                OR (name, description, alias, folder_id, strict_variables)
                    IS DISTINCT FROM ($3, $4, nullif($5, ''), $6::uuid, $7::boolean)
            )
        """,
        project_id,
        prompt_id,
        *_fields(prompt),
    )
    return done != "UPDATE 0"


def _fields(prompt: DocumentPrompt) -> tuple[str, str, str, UUID | None, bool]:
    folder_id = checks.parse_uuid(prompt.folder_id)
    return prompt.name, prompt.description, prompt.alias, folder_id, prompt.strict_variables


async def _bring_versions(
    connection: Any, project_id: UUID, prompt_id: UUID, prompt: DocumentPrompt, done: ImportedPrompt
) -> Mapping[int, UUID]:
    """Make those versions that are not there; give the id of each by its number in the document."""
    present = await _read_versions(connection, project_id, prompt_id)
    wanted = [await threads.work(it.ByteSize(), content.from_document, it) for it in prompt.versions]
    keys = [await threads.read(_to_key, row) for row in present]
    found = matching.match([await threads.work(it.ByteSize(), matching.key, it) for it in wanted], keys)
    ids: dict[int, UUID] = {}
    for given, version, index in zip(prompt.versions, wanted, found, strict=True):
        if index is not None:
            ids[given.number] = present[index]["version_id"]
            continue
        number = 0 if present else given.number
        columns = await threads.work(version.ByteSize(), rows.to_columns, version)
        version_id, number = await _insert(connection, project_id, prompt_id, given, number, columns)
        ids[given.number] = version_id
        done.created_versions.append(number)
    done.found_versions = len(wanted) - len(done.created_versions)
    return ids


def _to_key(row: asyncpg.Record) -> bytes:
    return matching.key(rows.to_version(row))


async def _read_versions(connection: Any, project_id: UUID, prompt_id: UUID) -> list[asyncpg.Record]:
    return await connection.fetch(
        """
        SELECT version_id, prompt_id, number, serial, messages, variables, images, provider, model, parameters,
            graph, output_format, commit_message, create_time, first_message_serial, NULL AS labels, false AS is_latest
        FROM version
        WHERE project_id = $1
            AND prompt_id = $2
            AND delete_time IS NULL
        ORDER BY number
        """,
        project_id,
        prompt_id,
    )


async def _insert(
    connection: Any,
    project_id: UUID,
    prompt_id: UUID,
    given: DocumentVersion,
    least: int,
    columns: Sequence[str | None],
) -> tuple[UUID, int]:
    """Make a version under the next number, or `least` if that is greater, and under its own id if that is free."""
    row = await connection.fetchrow(
        """
        WITH numbered AS (
            UPDATE prompt
            SET last_number = greatest(last_number + 1, $4)
            WHERE project_id = $1
                AND prompt_id = $2
            RETURNING last_number
        )
        INSERT INTO version (
            project_id, version_id, prompt_id, number, serial, first_message_serial, create_time,
            messages, variables, images, provider, model, parameters, graph, output_format, commit_message
        )
        SELECT $1,
            CASE
                WHEN $3::uuid IS NULL OR EXISTS (SELECT FROM version WHERE project_id = $1 AND version_id = $3) THEN $5
                ELSE $3
            END,
            $2, numbered.last_number, $6, $7, coalesce($8, now()), $9, $10, $11, $12, $13, $14, $15, $16, $17
        FROM numbered
        RETURNING version_id, number
        """,
        project_id,
        prompt_id,
        checks.parse_uuid(given.id),
        least,
        uuid_utils.compat.uuid7(),
        await counter_store.take(connection, project_id, "version", 1),
        await counter_store.take(connection, project_id, "message", len(given.messages)) if given.messages else 0,
        _time(given),
        *columns,
        given.commit_message,
    )
    return row["version_id"], row["number"]


async def _bring_labels(
    connection: Any,
    project_id: UUID,
    prompt_id: UUID,
    prompt: DocumentPrompt,
    versions: Mapping[int, UUID],
    done: ImportedPrompt,
    *,
    move_labels: bool,
) -> None:
    query = "SELECT label, version_id FROM label WHERE project_id = $1 AND prompt_id = $2"
    present = {row["label"]: row["version_id"] for row in await connection.fetch(query, project_id, prompt_id)}
    for label in prompt.labels:
        version_id = versions[label.version_number]
        if present.get(label.name) == version_id:
            continue
        if label.name in present and not move_labels:
            done.kept_labels.append(label.name)
            continue
        protected = None if label.name in present else label.protected
        await label_store.put(connection, project_id, prompt_id, label.name, version_id, protected)
        done.set_labels.append(label.name)


def _time(holder: DocumentFolder | DocumentPrompt | DocumentVersion) -> datetime | None:
    time: Timestamp = holder.create_time
    return time.ToDatetime(UTC) if holder.HasField("create_time") else None
