"""SQL of sessions. A method is a transaction. A session of a deleted prompt is gone with it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat

from promptwire.v1.prompt_pb2 import Prompt, Version
from promptwire.v1.session_pb2 import Session
from services import paging, threads
from services.db import Database
from services.prompts import counter_store, lock_store, refusals, rows, version_store
from services.prompts.version_store import id_and_serial

_SELECT = """
    SELECT session.session_id, session.serial AS session_serial, session.name AS session_name, session.prompt_id,
        session.messages, session.first_message_serial, session.variables, session.images, session.provider,
        session.model, session.parameters, session.graph, session.output_format, session.inputs, session.create_time,
        session.update_time AS session_update_time,
        base.version_id AS base_id, base.serial AS base_serial, base.number AS base_number,
        base.variables AS base_variables, base.images AS base_images, base.provider AS base_provider,
        base.model AS base_model, base.parameters AS base_parameters, base.output_format AS base_output_format,
        base.commit_message AS base_commit_message,
        base.create_time AS base_create_time,
        base.number = (
            SELECT max(alive.number)
            FROM version alive
            WHERE alive.project_id = base.project_id
                AND alive.prompt_id = base.prompt_id
                AND alive.delete_time IS NULL
        ) AS base_is_latest,
        prompt.name, prompt.description, prompt.alias, prompt.folder_id, prompt.strict_variables,
        prompt.create_time AS prompt_create_time, prompt.update_time
    FROM session
    JOIN prompt
        ON prompt.project_id = session.project_id
        AND prompt.prompt_id = session.prompt_id
        AND prompt.delete_time IS NULL
    LEFT JOIN version base
        ON base.project_id = session.project_id
        AND base.version_id = session.base_version_id
        AND base.delete_time IS NULL
"""


class SessionStore:
    """The sessions of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, project_id: UUID, prompt_id: str, session: Session, base: UUID | None) -> Session:
        """Keep a new session of a prompt, begun as the version `base`, and give it whole. Raises NotFound."""
        session_id = uuid_utils.compat.uuid7()
        async with self._database.transaction() as connection:
            found = await lock_store.lock_prompt(connection, project_id, prompt_id)
            await connection.execute(
                """
                INSERT INTO session (
                    project_id, session_id, serial, prompt_id, base_version_id, name,
                    messages, variables, images, provider, model, parameters, graph, output_format, inputs,
                    first_message_serial
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                """,
                project_id,
                session_id,
                await counter_store.take(connection, project_id, "session", 1),
                found,
                base,
                session.name,
                *await threads.work(session.ByteSize(), rows.to_columns, session),
                rows.to_inputs(session.inputs),
                await _count_messages(connection, project_id, session),
            )
            return await threads.read(rows.to_session, await _find(connection, project_id, str(session_id)))

    async def get(self, project_id: UUID, session_id: str) -> tuple[Session, Prompt]:
        """Give a session, named by its id or serial, and its prompt without the latest version."""
        async with self._database.connection() as connection:
            row = await _find(connection, project_id, session_id)
        return await threads.read(rows.to_session, row), rows.to_prompt(row)

    async def list(
        self, project_id: UUID, prompt_id: UUID, *, before: UUID | None, size: int
    ) -> tuple[Sequence[Session], bool]:
        """Give up to `size` sessions of a prompt, the newest first, those made before the one named; and whether there
        are more.
        """
        async with self._database.transaction() as connection:
            return await paging.take_page(
                connection.cursor(
                    f"""
                    {_SELECT}
                    WHERE session.project_id = $1
                        AND session.prompt_id = $2
                        AND ($3::uuid IS NULL OR session.session_id < $3)
                    ORDER BY session.session_id DESC
                    LIMIT $4
                    """,
                    project_id,
                    prompt_id,
                    before,
                    size + 1,
                    prefetch=10,
                ),
                rows.to_session,
                size,
            )

    async def update(
        self, project_id: UUID, session_id: str, change: Callable[[Session], bool]
    ) -> tuple[Session, Prompt]:
        """Save a session as `change` makes it; give it whole, and its prompt.

        `change` gets the session as it is, and tells whether it gave it other messages. Raises NotFound, and what that
        raises.
        """
        async with self._database.transaction() as connection:
            row = await _find(connection, project_id, session_id, "FOR UPDATE OF session")
            session = await threads.read(rows.to_session, row)
            first = session.first_message_serial
            if await threads.work(session.ByteSize(), change, session):
                first = await _count_messages(connection, project_id, session)
            await connection.execute(
                """
                UPDATE session
                SET name = $3, messages = $4, variables = $5, images = $6, provider = $7, model = $8, parameters = $9,
                    graph = $10, output_format = $11, inputs = $12, first_message_serial = $13, update_time = now()
                WHERE project_id = $1
                    AND session_id = $2
                """,
                project_id,
                row["session_id"],
                session.name,
                *await threads.work(session.ByteSize(), rows.to_columns, session),
                rows.to_inputs(session.inputs),
                first,
            )
            row = await _find(connection, project_id, session_id)
        return await threads.read(rows.to_session, row), rows.to_prompt(row)

    async def delete(self, project_id: UUID, session_id: str) -> None:
        """Delete a session, named by its id or serial. Raises NotFound."""
        done = await self._database.execute(
            """
            DELETE FROM session
            WHERE project_id = $1
                AND (session_id = $2 OR serial = $3)
            """,
            project_id,
            *id_and_serial(session_id),
        )
        if done == "DELETE 0":
            raise refusals.session_not_found(session_id)

    async def commit(self, project_id: UUID, session_id: str, make: Callable[[Session], Version]) -> Version:
        """Keep the version that `make` makes of a session as the next one of its prompt. Raises NotFound, and what it
        raises.
        """
        async with self._database.transaction() as connection:
            row = await _find(connection, project_id, session_id)
            session = await threads.read(rows.to_session, row)
            version = await threads.work(session.ByteSize(), make, session)
            return await version_store.insert(connection, project_id, str(row["prompt_id"]), version)


async def _find(connection: Any, project_id: UUID, session_id: str, lock: str = "") -> asyncpg.Record:
    row = await connection.fetchrow(
        f"""
        {_SELECT}
        WHERE session.project_id = $1
            AND (session.session_id = $2 OR session.serial = $3)
        {lock}
        """,
        project_id,
        *id_and_serial(session_id),
    )
    if row is None:
        raise refusals.session_not_found(session_id)
    return row


async def _count_messages(connection: Any, project_id: UUID, session: Session) -> int:
    """Give the serial of the first of the session's messages, new ones; 0 when it has none."""
    return await counter_store.take(connection, project_id, "message", len(session.messages)) if session.messages else 0
