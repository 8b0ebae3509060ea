"""SQL of keys, and of the projects they belong to. A method is a transaction; the time is always the database's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat

from promptwire.v1.key_pb2 import Key
from services import db
from services.caller import Caller
from services.keys import request_store, rules, secret
from services.keys.claim import Claim

# The advisory lock of changes that may take `operator` from a key: "pw" and "oper" in ASCII.
OPERATOR_LOCK = 0x70776F706572

Row = asyncpg.Record | Mapping[str, Any]

_GET = """
    SELECT key.key_id, key.display_name, key.owner, key.scopes, key.omit_payloads, key.requests_per_minute,
        key.concurrent_runs, key.secret_hash, key.generation, key.create_time, key.expire_time, key.last_use_time,
        key.revoke_time, key.previous_expire_time, project.name AS project
    FROM key
    JOIN project USING (project_id)
    WHERE key.project_id = $1 AND key.key_id = $2
"""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made."""

    project_id: UUID
    key_id: str
    secret_hash: bytes
    display_name: str
    scopes: frozenset[str]
    owner: str = ""
    expire_time: datetime | None = None
    omit_payloads: bool = False
    requests_per_minute: int = 0
    concurrent_runs: int = 0


@dataclass(frozen=True, slots=True)
class Secured:
    """A key, with what tells whether a derived secret is the one it has now."""

    key: Key
    secret_hash: bytes
    generation: int


class KeyStore:
    """Keys, and their projects as far as keys make them."""

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """Give the database's time, which all expiries are measured by."""
        [row] = await self._database.fetch("SELECT now() AS now")
        return row["now"]

    async def create_project(self, name: str) -> UUID:
        """Make a project if there is none of this name, and give its id."""
        [row] = await self._database.fetch(
            """
            INSERT INTO project (project_id, name)
            VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE
            SET name = EXCLUDED.name
            RETURNING project_id
            """,
            uuid_utils.compat.uuid7(),
            name,
        )
        return row["project_id"]

    async def create(self, new: NewKey, claimed: Claim | None = None) -> Secured:
        """Make a key, or give the one that the same request made before."""
        async with self._database.transaction() as connection:
            earlier = claimed and await request_store.claim(connection, claimed, new.key_id)
            if earlier:
                return _secured(await _get(connection, await _project_of(connection, earlier), earlier))
            await connection.execute(
                """
                WITH route AS (
                    INSERT INTO key_route (key_id, project_id)
                    VALUES ($2, $1)
                )
                INSERT INTO key (
                    project_id, key_id, secret_hash, display_name, owner, scopes, expire_time, omit_payloads,
                    requests_per_minute, concurrent_runs
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                new.project_id,
                new.key_id,
                new.secret_hash,
                new.display_name,
                new.owner,
                sorted(new.scopes),
                new.expire_time,
                new.omit_payloads,
                new.requests_per_minute,
                new.concurrent_runs,
            )
            return _secured(await _get(connection, new.project_id, new.key_id))

    async def get(self, project_id: UUID, key_id: str) -> Key:
        """Give a key of a project."""
        async with self._database.connection() as connection:
            return _to_key(await _get(connection, project_id, key_id))

    async def get_anywhere(self, key_id: str) -> Key:
        """Give a key of any project."""
        async with self._database.connection() as connection:
            return _to_key(await _get(connection, await _project_of(connection, key_id), key_id))

    async def list(self, project_id: UUID, *, owner: str, after: str | None, size: int) -> list[Key]:
        """Give up to `size` keys of a project or one owner in it, the newest first, all older than the key `after`."""
        rows = await self._database.fetch(
            """
            SELECT key.key_id, key.display_name, key.owner, key.scopes, key.omit_payloads, key.requests_per_minute,
                key.concurrent_runs, key.create_time, key.expire_time, key.last_use_time, key.revoke_time,
                key.previous_expire_time, project.name AS project
            FROM key
            JOIN project USING (project_id)
            WHERE key.project_id = $1
                AND ($2 = '' OR key.owner = $2)
                AND (
                    $3::text IS NULL
                    OR (key.create_time, key.key_id) < (
                        SELECT last.create_time, last.key_id
                        FROM key last
                        WHERE last.project_id = $1 AND last.key_id = $3
                    )
                )
            ORDER BY key.create_time DESC, key.key_id DESC
            LIMIT $4
            """,
            project_id,
            owner,
            after,
            size,
        )
        return [_to_key(row) for row in rows]

    async def update(self, caller: Caller, key_id: str, changes: Mapping[str, Any]) -> Key:
        """Change columns of a key that the caller may change, to what the caller may grant."""
        async with self._database.transaction() as connection:
            row = await _lock_changeable(connection, caller, key_id)
            after = {**row, **changes}
            rules.require_scopes(caller.scopes, after["scopes"])
            if rules.weakens_operator(row["scopes"], row["expire_time"], after["scopes"], after["expire_time"]):
                await _require_other_operator(connection, key_id)
            await connection.execute(
                """
                UPDATE key
                SET display_name = $3, owner = $4, scopes = $5, expire_time = $6, omit_payloads = $7,
                    requests_per_minute = $8, concurrent_runs = $9
                WHERE project_id = $1 AND key_id = $2
                """,
                caller.project_id,
                key_id,
                after["display_name"],
                after["owner"],
                sorted(after["scopes"]),
                after["expire_time"],
                after["omit_payloads"],
                after["requests_per_minute"],
                after["concurrent_runs"],
            )
            return _to_key(after)

    async def regenerate(
        self,
        caller: Caller,
        key_id: str,
        make_hash: Callable[[int], bytes],
        *,
        grace: timedelta,
        claimed: Claim | None = None,
    ) -> Secured:
        """Give a key the secret whose hash `make_hash` gives for the next generation; once for the same request."""
        async with self._database.transaction() as connection:
            row = await _lock_changeable(connection, caller, key_id)
            if claimed and await request_store.claim(connection, claimed, key_id):
                return _secured(row)
            changed = await connection.fetchrow(
                """
                UPDATE key
                SET secret_hash = $3, previous_hash = secret_hash, previous_expire_time = now() + $4::interval,
                    generation = generation + 1
                WHERE project_id = $1 AND key_id = $2
                RETURNING secret_hash, previous_expire_time, generation
                """,
                caller.project_id,
                key_id,
                make_hash(row["generation"] + 1),
                grace or None,
            )
            return _secured({**row, **changed})

    async def revoke(self, caller: Caller, key_id: str) -> Key:
        """End a key that the caller may change; once it is ended, nothing changes any more."""
        async with self._database.transaction() as connection:
            row = await _lock(connection, caller.project_id, key_id)
            rules.require_scopes(caller.scopes, row["scopes"])
            if row["revoke_time"] is not None:
                return _to_key(row)
            if rules.weakens_operator(row["scopes"], row["expire_time"], (), None):
                await _require_other_operator(connection, key_id)
            return await _end(connection, caller.project_id, row)

    async def revoke_anywhere(self, key_id: str) -> Key:
        """End a key of any project, be it the last operator's: for those who hold the database itself."""
        async with self._database.transaction() as connection:
            project_id = await _project_of(connection, key_id)
            return await _end(connection, project_id, await _lock(connection, project_id, key_id))

    async def exist(self) -> bool:
        """Tell whether any key was ever made here."""
        return await self._database.fetchrow("SELECT 1 FROM key_route LIMIT 1") is not None


async def _get(connection: Any, project_id: UUID, key_id: str) -> Row:
    row = await connection.fetchrow(_GET, project_id, key_id)
    if row is None:
        raise rules.not_found(key_id)
    return row


async def _lock(connection: Any, project_id: UUID, key_id: str) -> Row:
    row = await connection.fetchrow(_GET + "FOR UPDATE OF key", project_id, key_id)
    if row is None:
        raise rules.not_found(key_id)
    return row


async def _lock_changeable(connection: Any, caller: Caller, key_id: str) -> Row:
    row = await _lock(connection, caller.project_id, key_id)
    rules.require_scopes(caller.scopes, row["scopes"])
    if row["revoke_time"] is not None:
        raise rules.ended(key_id)
    return row


async def _project_of(connection: Any, key_id: str) -> UUID:
    row = await connection.fetchrow("SELECT project_id FROM key_route WHERE key_id = $1", key_id)
    if row is None:
        raise rules.not_found(key_id)
    return row["project_id"]


async def _end(connection: Any, project_id: UUID, row: Row) -> Key:
    changed = await connection.fetchrow(
        """
        UPDATE key
        SET revoke_time = COALESCE(revoke_time, now())
        WHERE project_id = $1 AND key_id = $2
        RETURNING revoke_time
        """,
        project_id,
        row["key_id"],
    )
    return _to_key({**row, **changed})


async def _require_other_operator(connection: Any, key_id: str) -> None:
    """Refuse to weaken the last lasting operator's key. The lock makes two such changes look one after the other."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", OPERATOR_LOCK)
    dispensable = await connection.fetchrow(
        """
        SELECT 1
        FROM key
        WHERE 'operator' = ANY (scopes)
            AND CASE WHEN key_id = $1 THEN expire_time <= now() ELSE revoke_time IS NULL AND expire_time IS NULL END
        LIMIT 1
        """,
        key_id,
    )
    if dispensable is None:
        raise rules.last_operator(key_id)


def _to_key(row: Row) -> Key:
    return Key(
        id=row["key_id"],
        display_name=row["display_name"],
        owner=row["owner"],
        project=row["project"],
        prefix=secret.PREFIX + row["key_id"],
        scopes=sorted(row["scopes"]),
        omit_payloads=row["omit_payloads"],
        requests_per_minute=row["requests_per_minute"],
        concurrent_runs=row["concurrent_runs"],
        create_time=row["create_time"],
        expire_time=row["expire_time"],
        last_use_time=row["last_use_time"],
        revoke_time=row["revoke_time"],
        previous_expire_time=row["previous_expire_time"],
    )


def _secured(row: Row) -> Secured:
    return Secured(_to_key(row), row["secret_hash"], row["generation"])
