"""SQL of documents: folders and prompts with versions and labels, read and brought in. A method is a transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from promptwire.v1.document_pb2 import Document, DocumentFolder, DocumentLabel, DocumentPrompt, DocumentVersion
from promptwire.v1.prompt_service_pb2 import ImportPromptsResponse
from services import paging, threads
from services.db import Database
from services.prompts import formats, import_store, rows

_PROMPTS = """
    SELECT prompt.prompt_id, prompt.name, prompt.description, prompt.alias, prompt.folder_id, prompt.strict_variables,
        prompt.create_time AS prompt_create_time, prompt.update_time,
        version.version_id, version.serial, version.number, version.messages, version.variables, version.images,
        version.provider, version.model, version.parameters, version.graph, version.output_format,
        version.commit_message, version.create_time, version.first_message_serial, NULL AS labels, false AS is_latest
    FROM prompt
    LEFT JOIN version
        ON version.project_id = prompt.project_id
        AND version.prompt_id = prompt.prompt_id
        AND version.delete_time IS NULL
    WHERE prompt.project_id = $1
        AND ($2::uuid[] IS NULL OR prompt.prompt_id = ANY($2))
        AND ($3::uuid IS NULL OR prompt.prompt_id > $3)
        AND prompt.delete_time IS NULL
    ORDER BY prompt.prompt_id, version.number
"""


class DocumentStore:
    """Documents of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self, project_id: UUID, prompt_ids: Sequence[UUID] | None, *, after: UUID | None
    ) -> tuple[Document, bool]:
        """Give the prompts behind the one named, whole and as many as fit a page, and the folders before the first.

        Also whether there are more prompts. Without `prompt_ids` it gives all.
        """
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            document, more = await _read_prompts(connection, project_id, prompt_ids, after)
            await _add_labels(connection, project_id, document)
            if after is None:
                document.folders.extend(await _read_folders(connection, project_id, prompt_ids))
        return document, more

    async def bring(self, project_id: UUID, document: Document, *, move_labels: bool) -> ImportPromptsResponse:
        """Bring a document in, all or nothing, and tell what that did."""
        async with self._database.transaction() as connection:
            return await import_store.bring(connection, project_id, document, move_labels=move_labels)


async def _read_prompts(
    connection: Any, project_id: UUID, prompt_ids: Sequence[UUID] | None, after: UUID | None
) -> tuple[Document, bool]:
    document, size = Document(), 0
    async for row in connection.cursor(_PROMPTS, project_id, prompt_ids, after, prefetch=50):
        prompt_id = str(row["prompt_id"])
        if not document.prompts or document.prompts[-1].id != prompt_id:
            if size > paging.PAGE_BYTES:
                return document, True
            document.prompts.append(_to_prompt(row))
        if row["version_id"] is not None:
            version = await threads.read(_to_version, row)
            size += version.ByteSize()
            document.prompts[-1].versions.append(version)
    return document, False


async def _add_labels(connection: Any, project_id: UUID, document: Document) -> None:
    labelled = {prompt.id: prompt for prompt in document.prompts}
    query = """
        SELECT label.prompt_id, label.label, label.protected, version.number
        FROM label
        JOIN version USING (project_id, version_id)
        WHERE label.project_id = $1
            AND label.prompt_id = ANY($2)
        ORDER BY label.prompt_id, label.label COLLATE "C"
    """
    for row in await connection.fetch(query, project_id, [UUID(prompt_id) for prompt_id in labelled]):
        label = DocumentLabel(name=row["label"], version_number=row["number"], protected=row["protected"])
        labelled[str(row["prompt_id"])].labels.append(label)


async def _read_folders(
    connection: Any, project_id: UUID, prompt_ids: Sequence[UUID] | None
) -> Sequence[DocumentFolder]:
    query = """
        SELECT folder_id, name, description, create_time
        FROM folder
        WHERE project_id = $1
            AND (
                $2::uuid[] IS NULL
                OR folder_id IN (
                    SELECT prompt.folder_id
                    FROM prompt
                    WHERE prompt.project_id = $1
                        AND prompt.prompt_id = ANY($2)
                )
            )
        ORDER BY folder_id
    """
    return [
        DocumentFolder(
            id=str(row["folder_id"]), name=row["name"], description=row["description"], create_time=row["create_time"]
        )
        for row in await connection.fetch(query, project_id, prompt_ids)
    ]


def _to_prompt(row: asyncpg.Record) -> DocumentPrompt:
    prompt = rows.to_prompt(row)
    return DocumentPrompt(
        id=prompt.id,
        alias=prompt.alias,
        name=prompt.name,
        description=prompt.description,
        folder_id=prompt.folder_id,
        create_time=prompt.create_time,
        strict_variables=prompt.strict_variables,
    )


def _to_version(row: asyncpg.Record) -> DocumentVersion:
    version = rows.to_version(row)
    if version.HasField("graph"):
        return DocumentVersion(
            id=version.id,
            number=version.number,
            commit_message=version.commit_message,
            create_time=version.create_time,
            graph=version.graph,
        )
    return DocumentVersion(
        id=version.id,
        number=version.number,
        messages=version.messages,
        variables=version.variables,
        images=version.images,
        provider=version.provider,
        model=version.model,
        parameters=version.parameters,
        output_format=formats.normal(version),
        commit_message=version.commit_message,
        create_time=version.create_time,
    )
