"""What tests of the intake have in common: runs found by their rows, callers who leave, records that fail unheard."""

import asyncio
from typing import Any
from uuid import UUID

import orjson
import pytest

from promptwire.v1.run_pb2 import Run
from services import errors
from services.caller import Caller
from services.db import Database
from tests.services.runs.process import Process

ID = "request-1"


async def row_of(database: Database, run: Run | None = None) -> Any:
    """Give the row of a run, or of the only one."""
    found = await database.fetch("SELECT * FROM run WHERE run_id = COALESCE($1, run_id)", run and UUID(run.id))
    assert len(found) == 1
    return found[0]


async def ended(database: Database, run: Run | None = None) -> tuple[str, str | None]:
    """Wait until a run has ended, and give its state and the reason of its error."""
    async with asyncio.timeout(10):
        while (row := await row_of(database, run))["end_time"] is None:
            await asyncio.sleep(0)
    return row["state"], row["error"] and orjson.loads(row["error"])["reason"]


async def leave(call: asyncio.Task[Run]) -> None:
    """Leave a call."""
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def found(process: Process, me: Caller, run: Run) -> Run:
    """Give a run as it is now."""
    return await process.store.get_listed(me.project_id, UUID(run.id))


async def only_run(process: Process) -> Run:
    """Give the run that a process drives, by its id alone."""
    [start] = process.underway.older_than(0)
    return Run(id=str(start.run_id))


def fail_after_commit(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs be recorded whose requests are told that they were not."""
    create = process.queue.create

    async def create_and_fail(*arguments: Any) -> UUID:
        await create(*arguments)
        raise errors.DatabaseUnavailable

    monkeypatch.setattr(process.queue, "create", create_and_fail)
