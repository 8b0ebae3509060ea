"""SQL of labels and their moves. A method is a transaction, in which the prompt is locked where a label changes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat

from promptwire.v1.label_pb2 import Label, LabelMove
from services import caller, checks, errors, paging
from services.db import Database
from services.prompts import refusals
from services.prompts.lock_store import lock_prompt

MAX_LABELS = 1000
PROTECTED = "labels:protected"


class LabelStore:
    """The labels of all projects. A label is always on a version of its prompt that was not deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, project_id: UUID, prompt_id: UUID, *, after: str | None, size: int
    ) -> tuple[Sequence[Label], bool]:
        """Give up to `size` labels of a prompt behind the one named, by name; and whether there are more."""
        async with self._database.transaction() as connection:
            return await paging.take_page(
                connection.cursor(
                    """
                    SELECT label.label, label.prompt_id, label.version_id, version.number, label.protected,
                        label.create_time, label.update_time
                    FROM label
                    JOIN version USING (project_id, version_id)
                    WHERE label.project_id = $1
                        AND label.prompt_id = $2
                        AND ($3::text IS NULL OR label.label COLLATE "C" > $3)
                    ORDER BY label.label COLLATE "C"
                    LIMIT $4
                    """,
                    project_id,
                    prompt_id,
                    after,
                    size + 1,
                ),
                to_label,
                size,
            )

    async def set(
        self, project_id: UUID, prompt_id: str, label: str, version: UUID | int | str, protected: bool | None
    ) -> Label:
        """Set a label on a version of a prompt, named by its id, its serial (a text) or its number.

        None leaves its protection as it is. Raises NotFound, InvalidArgument, PermissionDenied.
        """
        async with self._database.transaction() as connection:
            found = await lock_prompt(connection, project_id, prompt_id)
            version_id = await _find_version(connection, project_id, found, version)
            return await put(connection, project_id, found, label, version_id, protected)

    async def delete(self, project_id: UUID, prompt_id: str, label: str) -> None:
        """Delete a label. Raises NotFound, PermissionDenied."""
        async with self._database.transaction() as connection:
            found = await lock_prompt(connection, project_id, prompt_id)
            before = await _find(connection, project_id, found, label)
            if before is None:
                raise refusals.label_not_found(prompt_id, label)
            _require_right(label, before, None)
            await connection.execute(
                "DELETE FROM label WHERE project_id = $1 AND prompt_id = $2 AND label = $3", project_id, found, label
            )
            await note_move(connection, project_id, found, label, before["version_id"], None)

    async def list_moves(
        self, project_id: UUID, prompt_id: UUID, label: str, *, before: UUID | None, size: int
    ) -> tuple[Sequence[LabelMove], bool]:
        """Give up to `size` moves of a label before the one named, the latest first; and whether there are more."""
        async with self._database.transaction() as connection:
            return await paging.take_page(
                connection.cursor(
                    """
                    SELECT move.move_id, move.label, move.prompt_id, move.key_id, move.create_time,
                        move.from_version_id, former.number AS from_number,
                        move.to_version_id, latter.number AS to_number
                    FROM label_move move
                    LEFT JOIN version former
                        ON former.project_id = move.project_id AND former.version_id = move.from_version_id
                    LEFT JOIN version latter
                        ON latter.project_id = move.project_id AND latter.version_id = move.to_version_id
                    WHERE move.project_id = $1
                        AND move.prompt_id = $2
                        AND move.label = $3
                        AND ($4::uuid IS NULL OR move.move_id < $4)
                    ORDER BY move.move_id DESC
                    LIMIT $5
                    """,
                    project_id,
                    prompt_id,
                    label,
                    before,
                    size + 1,
                ),
                _to_move,
                size,
            )


async def put(
    connection: Any, project_id: UUID, prompt_id: UUID, label: str, version_id: UUID, protected: bool | None
) -> Label:
    """Set a label on a version of a locked prompt; None leaves its protection. Raises ServiceError."""
    before = await _find(connection, project_id, prompt_id, label)
    _require_right(label, before, protected)
    if before is None:
        await _require_room(connection, project_id, prompt_id)
    row = await _set(connection, project_id, prompt_id, label, version_id, before, protected)
    old = before["version_id"] if before else None
    if old != version_id:
        await note_move(connection, project_id, prompt_id, label, old, version_id)
    return to_label(row)


async def note_move(
    connection: Any, project_id: UUID, prompt_id: UUID, label: str, old: UUID | None, new: UUID | None
) -> None:
    """Keep that the caller's key moved a label; None stands for no version."""
    await connection.execute(
        """
        INSERT INTO label_move (project_id, prompt_id, label, move_id, key_id, from_version_id, to_version_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        project_id,
        prompt_id,
        label,
        uuid_utils.compat.uuid7(),
        caller.current().key_id,
        old,
        new,
    )


async def delete_with(
    connection: Any, project_id: UUID, prompt_ids: Sequence[UUID], version_id: UUID | None = None
) -> None:
    """Delete the labels of locked prompts, or those on one version, which go with them. Raises PermissionDenied."""
    rows = await connection.fetch(
        """
        DELETE FROM label
        WHERE project_id = $1
            AND prompt_id = ANY($2)
            AND ($3::uuid IS NULL OR version_id = $3)
        RETURNING prompt_id, label, version_id, protected
        """,
        project_id,
        prompt_ids,
        version_id,
    )
    for row in rows:
        _require_right(row["label"], row, None)
        await note_move(connection, project_id, row["prompt_id"], row["label"], row["version_id"], None)


def to_label(row: asyncpg.Record) -> Label:
    """Give the label of a row."""
    return Label(
        name=row["label"],
        prompt_id=str(row["prompt_id"]),
        version_id=str(row["version_id"]),
        version_number=row["number"],
        protected=row["protected"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )


async def _find(connection: Any, project_id: UUID, prompt_id: UUID, label: str) -> asyncpg.Record | None:
    return await connection.fetchrow(
        """
        SELECT version_id, protected
        FROM label
        WHERE project_id = $1
            AND prompt_id = $2
            AND label = $3
        """,
        project_id,
        prompt_id,
        label,
    )


async def _find_version(connection: Any, project_id: UUID, prompt_id: UUID, version: UUID | int | str) -> UUID:
    """Find a version by its id, its number (of this prompt), or its serial, a text."""
    by_number = isinstance(version, int)
    row = await connection.fetchrow(
        """
        SELECT version_id, prompt_id, delete_time IS NOT NULL AS deleted
        FROM version
        WHERE project_id = $1
            AND (version_id = $2 OR serial = $3 OR (prompt_id = $4 AND number = $5))
        """,
        project_id,
        version if isinstance(version, UUID) else None,
        int(version) if isinstance(version, str) else None,
        prompt_id,
        version if by_number else None,
    )
    found = refusals.require(row, **{"number" if by_number else "version_id": str(version)})
    if found["prompt_id"] != prompt_id:
        raise refusals.version_of_another_prompt("version_id", str(version))
    return found["version_id"]


def _require_right(label: str, before: asyncpg.Record | None, protected: bool | None) -> None:
    """Refuse a caller without the scope for a label that is protected, or whose protection would be said."""
    touches = protected or (before is not None and before["protected"])
    if touches and PROTECTED not in caller.current().scopes:
        raise refusals.label_protected(label)


async def _require_room(connection: Any, project_id: UUID, prompt_id: UUID) -> None:
    query = "SELECT count(*) AS labels FROM label WHERE project_id = $1 AND prompt_id = $2"
    row = await connection.fetchrow(query, project_id, prompt_id)
    if row["labels"] >= MAX_LABELS:
        raise checks.invalid(errors.Violation("label", f"is one too many: a prompt has at most {MAX_LABELS}"))


async def _set(
    connection: Any,
    project_id: UUID,
    prompt_id: UUID,
    label: str,
    version_id: UUID,
    before: asyncpg.Record | None,
    protected: bool | None,
) -> asyncpg.Record:
    kept = before is not None and before["protected"]
    return await connection.fetchrow(
        """
        INSERT INTO label (project_id, prompt_id, label, version_id, protected)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (project_id, prompt_id, label) DO UPDATE
        SET version_id = excluded.version_id,
            protected = excluded.protected,
            update_time = CASE
                WHEN (label.version_id, label.protected) = (excluded.version_id, excluded.protected)
                    THEN label.update_time
                ELSE now()
            END
        RETURNING label, prompt_id, version_id, protected, create_time, update_time, (
            SELECT number
            FROM version
            WHERE version.project_id = label.project_id
                AND version.version_id = label.version_id
        ) AS number
        """,
        project_id,
        prompt_id,
        label,
        version_id,
        kept if protected is None else protected,
    )


def _to_move(row: asyncpg.Record) -> LabelMove:
    return LabelMove(
        id=str(row["move_id"]),
        label=row["label"],
        prompt_id=str(row["prompt_id"]),
        key_id=row["key_id"],
        from_version_id=str(row["from_version_id"] or ""),
        from_version_number=row["from_number"] or 0,
        to_version_id=str(row["to_version_id"] or ""),
        to_version_number=row["to_number"] or 0,
        create_time=row["create_time"],
    )
