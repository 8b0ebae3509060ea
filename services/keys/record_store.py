"""SQL of what the verifier asks on the way of every call: the record of a key, its last use, the id of a project."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from services import db
from services.caller import Caller
from services.keys import rules


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """All that decides on a call with a key, as it was when the database was read."""

    caller: Caller
    secret_hash: bytes
    # The secret that the last regeneration replaced, and whether it still works.
    previous_hash: bytes | None
    previous_works: bool
    revoked: bool
    expired: bool
    # Whether the last use was noted a minute ago or more.
    use_due: bool
    # After how long `expired` or `previous_works` turn by themselves; None: never.
    steady: timedelta | None


class RecordStore:
    """What decides on a call with a key."""

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def find_by_id(self, key_id: str) -> KeyRecord | None:
        """Give what decides on a call with a key, whatever its project."""
        row = await self._database.fetchrow(
            """
            SELECT key.project_id, key.key_id, key.scopes, key.omit_payloads, key.secret_hash, key.previous_hash,
                key.requests_per_minute, key.concurrent_runs, project.name AS project,
                key.revoke_time IS NOT NULL AS revoked,
                COALESCE(key.expire_time <= now(), false) AS expired,
                COALESCE(key.previous_expire_time > now(), false) AS previous_works,
                COALESCE(key.last_use_time <= now() - interval '1 minute', true) AS use_due,
                LEAST(
                    CASE WHEN key.expire_time > now() THEN key.expire_time END,
                    CASE WHEN key.previous_expire_time > now() THEN key.previous_expire_time END
                ) - now() AS steady
            FROM key_route
            JOIN key ON key.project_id = key_route.project_id AND key.key_id = key_route.key_id
            JOIN project ON project.project_id = key_route.project_id
            WHERE key_route.key_id = $1
            """,
            key_id,
        )
        return _to_record(row) if row else None

    async def touch(self, project_id: UUID, key_id: str) -> None:
        """Note that a key was used, unless some server noted it within the last minute."""
        await self._database.execute(
            """
            UPDATE key
            SET last_use_time = now()
            WHERE project_id = $1
                AND key_id = $2
                AND COALESCE(last_use_time <= now() - interval '1 minute', true)
            """,
            project_id,
            key_id,
        )

    async def get_project(self, name: str) -> UUID:
        """Give the id of a project."""
        row = await self._database.fetchrow("SELECT project_id FROM project WHERE name = $1", name)
        if row is None:
            raise rules.project_not_found(name)
        return row["project_id"]


def _to_record(row: asyncpg.Record) -> KeyRecord:
    return KeyRecord(
        caller=Caller(
            key_id=row["key_id"],
            project_id=row["project_id"],
            project=row["project"],
            scopes=frozenset(row["scopes"]),
            omit_payloads=row["omit_payloads"],
            requests_per_minute=row["requests_per_minute"],
            concurrent_runs=row["concurrent_runs"],
        ),
        secret_hash=row["secret_hash"],
        previous_hash=row["previous_hash"],
        previous_works=row["previous_works"],
        revoked=row["revoked"],
        expired=row["expired"],
        use_due=row["use_due"],
        steady=row["steady"],
    )
