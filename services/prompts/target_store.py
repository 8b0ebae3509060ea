"""SQL that tells which version the target of a run means. A method is one query."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services import checks
from services.db import Database
from services.prompts import refusals


@dataclass(frozen=True, slots=True)
class Target:
    """A version; `strict_variables`: a run must give every variable a value."""

    version_id: UUID
    strict_variables: bool


class TargetStore:
    """Finds versions that can be run: neither they nor their prompts were deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, project_id: UUID, version_id: UUID) -> Target:
        """Give a version by its id, as a check that there is one that was not deleted."""
        row = await self._database.fetchrow(
            """
            SELECT version.version_id, prompt.strict_variables,
                coalesce(version.delete_time, prompt.delete_time) IS NOT NULL AS deleted
            FROM version
            JOIN prompt USING (project_id, prompt_id)
            WHERE version.project_id = $1
                AND version.version_id = $2
            """,
            project_id,
            version_id,
        )
        return _to_target(refusals.require(row, version_id=str(version_id)))

    async def get_latest(self, project_id: UUID, prompt_id: str) -> Target:
        """Give the latest version of a prompt. Raises FailedPrecondition when none is left."""
        row = await self._database.fetchrow(
            """
            SELECT (
                SELECT version.version_id
                FROM version
                WHERE version.project_id = prompt.project_id
                    AND version.prompt_id = prompt.prompt_id
                    AND version.delete_time IS NULL
                ORDER BY version.number DESC
                LIMIT 1
            ) AS version_id, prompt.strict_variables
            FROM prompt
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
        if row["version_id"] is None:
            raise refusals.no_version(prompt_id)
        return _to_target(row)

    async def get_by_label(self, project_id: UUID, prompt_id: str, label: str) -> Target:
        """Give the version of a prompt that a label is on."""
        row = await self._database.fetchrow(
            """
            SELECT label.version_id, prompt.strict_variables
            FROM prompt
            LEFT JOIN label
                ON label.project_id = prompt.project_id
                AND label.prompt_id = prompt.prompt_id
                AND label.label = $4
            WHERE prompt.project_id = $1
                AND (prompt.prompt_id = $2 OR prompt.alias = $3)
                AND prompt.delete_time IS NULL
            ORDER BY prompt.prompt_id = $2 DESC
            LIMIT 1
            """,
            project_id,
            checks.parse_uuid(prompt_id),
            prompt_id,
            label,
        )
        if row is None:
            raise refusals.prompt_not_found(prompt_id)
        if row["version_id"] is None:
            raise refusals.label_not_found(prompt_id, label)
        return _to_target(row)

    async def get_by_number(self, project_id: UUID, prompt_id: str, number: int) -> Target:
        """Give the version of a prompt that has this number."""
        row = await self._database.fetchrow(
            """
            SELECT version.version_id, version.delete_time IS NOT NULL AS deleted, prompt.strict_variables
            FROM prompt
            LEFT JOIN version
                ON version.project_id = prompt.project_id
                AND version.prompt_id = prompt.prompt_id
                AND version.number = $4
            WHERE prompt.project_id = $1
                AND (prompt.prompt_id = $2 OR prompt.alias = $3)
                AND prompt.delete_time IS NULL
            ORDER BY prompt.prompt_id = $2 DESC
            LIMIT 1
            """,
            project_id,
            checks.parse_uuid(prompt_id),
            prompt_id,
            number,
        )
        if row is None:
            raise refusals.prompt_not_found(prompt_id)
        found = row if row["version_id"] else None
        return _to_target(refusals.require(found, prompt_id=prompt_id, number=str(number)))


def _to_target(row: asyncpg.Record) -> Target:
    return Target(row["version_id"], row["strict_variables"])
