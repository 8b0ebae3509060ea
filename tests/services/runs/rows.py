"""Rows as housekeeping finds them: runs of any age and state in whatever table takes them, and what goes with them."""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.db import Database
from services.runs import records
from services.runs.partitions import Table

PROJECT = uuid4()


async def add_request_id(database: Database, age: timedelta, name: str = "name") -> None:
    """Add a request id that was claimed so long ago."""
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, 'a') ON CONFLICT DO NOTHING", PROJECT)
    insert = "INSERT INTO request VALUES ($1, 'key', 'rpc', $2, '', '', now() - $3::interval)"
    await database.execute(insert, PROJECT, name, age)


def run_id(moment: datetime) -> UUID:
    """Give an id of a run that was created then."""
    return UUID(int=records.least_id(int(moment.timestamp() * 1000)).int + random.getrandbits(records.RANDOM_BITS))


async def add(database: Database, moment: datetime, *, state: str = "SUCCEEDED", end: datetime | None = None) -> UUID:
    """Add a run of that time, which ended at its start unless told otherwise."""
    added = run_id(moment)
    is_over = state not in ("QUEUED", "RUNNING")
    await database.execute(
        """
        INSERT INTO run (
          project_id, run_id, prompt_id, version_id, version_number, key_id, end_user_id, state, provider, model,
          create_time, end_time
        )
        VALUES ($1, $2, $1, $1, 1, 'key', '', $3, 'fake', 'small', $4, $5)
        """,
        PROJECT,
        added,
        state,
        moment,
        (end or moment) if is_over else None,
    )
    return added


async def add_node(database: Database, run_id: UUID, node_id: str = "node", *, is_passing: bool = False) -> None:
    """Add a node of a run, with an output."""
    await database.execute(
        """
        INSERT INTO node_run (
          project_id, run_id, node_id, name, attempt, position, state, attempts, provider, model, output, finish_reason,
          input_tokens, output_tokens, images, is_passing, start_time, end_time
        )
        VALUES ($1, $2, $3, '', 1, 1, 'SUCCEEDED', 1, 'fake', 'small', '"text"', '', 0, 0, 0, $4, now(), now())
        """,
        PROJECT,
        run_id,
        node_id,
        is_passing,
    )


async def add_image(database: Database, data: bytes, age: timedelta) -> bytes:
    """Add an image that a run made so long ago; give its digest."""
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, 'a') ON CONFLICT DO NOTHING", PROJECT)
    digest = hashlib.sha256(data).digest()
    insert = "INSERT INTO image VALUES ($1, $2, 'image/png', false, $3, now() - $4::interval)"
    await database.execute(insert, PROJECT, digest, data, age)
    return digest


async def count_by_table(database: Database, table: Table = "run") -> dict[str, int]:
    """Give how many rows each partition has, without those that have none."""
    rows = await database.fetch(f"SELECT tableoid::regclass::text AS name, count(*) FROM {table} GROUP BY tableoid")
    return {row["name"]: row["count"] for row in rows}


async def constraints(database: Database) -> int:
    """Give how many constraints the default partitions have beside the tables' own."""
    query = """
        SELECT count(*)
        FROM pg_constraint
        WHERE conrelid IN ('run_default'::regclass, 'node_run_default'::regclass)
          AND contype = 'c'
          AND conname NOT IN ('run_state', 'node_run_state')
    """
    row = await database.fetchrow(query)
    assert row is not None
    return row["count"]


def now() -> datetime:
    """Give the time of this machine, which is also the database's."""
    return datetime.now(UTC)
