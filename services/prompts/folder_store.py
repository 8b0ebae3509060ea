"""SQL of folders. A method is a transaction."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import uuid_utils.compat

from promptwire.v1.folder_pb2 import Folder
from services import paging
from services.db import Database
from services.prompts import delete_store, lock_store, refusals

_COLUMNS = """
    folder.folder_id, folder.name, folder.description, folder.create_time, folder.update_time,
    (
        SELECT count(*)
        FROM prompt
        WHERE prompt.project_id = folder.project_id
            AND prompt.folder_id = folder.folder_id
            AND prompt.delete_time IS NULL
    ) AS prompt_count
"""


class FolderStore:
    """The folders of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, project_id: UUID, *, name: str, description: str | None) -> Folder:
        """Make a folder."""
        [row] = await self._database.fetch(
            """
            INSERT INTO folder (project_id, folder_id, name, description)
            VALUES ($1, $2, $3, $4)
            RETURNING folder_id, name, description, create_time, update_time, 0 AS prompt_count
            """,
            project_id,
            uuid_utils.compat.uuid7(),
            name,
            description,
        )
        return to_folder(row)

    async def get(self, project_id: UUID, folder_id: UUID) -> Folder:
        """Give a folder."""
        row = await self._database.fetchrow(
            f"""
            SELECT {_COLUMNS}
            FROM folder
            WHERE project_id = $1
                AND folder_id = $2
            """,  # noqa: S608 - the columns are ours
            project_id,
            folder_id,
        )
        if row is None:
            raise refusals.folder_not_found(str(folder_id))
        return to_folder(row)

    async def list(self, project_id: UUID, *, before: UUID | None, size: int) -> tuple[Sequence[Folder], bool]:
        """Give up to `size` folders, the newest first, those made before the one named; and whether there are more."""
        async with self._database.transaction() as connection:
            return await paging.take_page(
                connection.cursor(
                    f"""
                    SELECT {_COLUMNS}
                    FROM folder
                    WHERE project_id = $1
                        AND ($2::uuid IS NULL OR folder_id < $2)
                    ORDER BY folder_id DESC
                    LIMIT $3
                    """,  # noqa: S608 - the columns are ours
                    project_id,
                    before,
                    size + 1,
                    prefetch=size + 1,
                ),
                to_folder,
                size,
            )

    async def update(
        self, project_id: UUID, folder_id: UUID, *, name: str | None, describes: bool, description: str | None
    ) -> Folder:
        """Change the name when it is not None, and the description, which may be None, when that is to be changed."""
        row = await self._database.fetchrow(
            f"""
            UPDATE folder
            SET name = coalesce($3, name),
                description = CASE WHEN $4 THEN $5 ELSE description END,
                update_time = now()
            WHERE project_id = $1
                AND folder_id = $2
            RETURNING {_COLUMNS}
            """,  # noqa: S608 - the columns are ours
            project_id,
            folder_id,
            name,
            describes,
            description,
        )
        if row is None:
            raise refusals.folder_not_found(str(folder_id))
        return to_folder(row)

    async def delete(self, project_id: UUID, folder_id: UUID, *, force: bool) -> None:
        """Delete a folder; with `force` also the prompts in it, else it is refused while there are any."""
        async with self._database.transaction() as connection:
            await lock_store.lock_folder(connection, project_id, folder_id)
            query = """
                SELECT prompt_id
                FROM prompt
                WHERE project_id = $1
                    AND folder_id = $2
                    AND delete_time IS NULL
                ORDER BY prompt_id
                FOR UPDATE
            """
            prompts = [row["prompt_id"] for row in await connection.fetch(query, project_id, folder_id)]
            if prompts and not force:
                raise refusals.folder_not_empty(str(folder_id), len(prompts))
            await delete_store.delete_prompts(connection, project_id, prompts)
            await connection.execute(
                "DELETE FROM folder WHERE project_id = $1 AND folder_id = $2", project_id, folder_id
            )


def to_folder(row: asyncpg.Record) -> Folder:
    """Give the folder of a row."""
    return Folder(
        id=str(row["folder_id"]),
        name=row["name"],
        description=row["description"],
        prompt_count=row["prompt_count"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
