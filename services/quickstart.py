"""What an empty database gets at the first `up`: a project, two keys and a few prompts, told in `quickstart.json`."""

import os
from pathlib import Path
from typing import Any

import orjson

from services.db import Database
from services.keys import command, scopes
from services.keys.record_store import RecordStore
from services.prompts.examples import create_examples

PROJECT = "default"


async def prepare(file: Path, database: Database, addresses: dict[str, str]) -> dict[str, Any] | None:
    """Make the first things on an empty database, and give the content of `quickstart.json` with today's addresses.

    None when the database is not empty and its first things were not made here.
    """
    told = _read(file)
    if told is None:
        if await command.exist(database):
            return None
        told = await _make(database)
    told |= addresses
    _write(file, told)
    return told


async def _make(database: Database) -> dict[str, Any]:
    _, admin_secret = await command.create(
        database, project=PROJECT, name="admin of the first start", scopes=scopes.ADMIN_SCOPES
    )
    _, run_secret = await command.create(
        database, project=PROJECT, name="run key of the first start", scopes=scopes.RUN_SCOPES
    )
    examples = await create_examples(database, await RecordStore(database).get_project(PROJECT))
    return {"keys": {"admin": admin_secret, "run": run_secret}, "examples": examples}


def _read(file: Path) -> dict[str, Any] | None:
    try:
        return orjson.loads(file.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None


def _write(file: Path, told: dict[str, Any]) -> None:
    partial = file.with_suffix(".partial")
    with open(partial, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as output:
        output.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    partial.replace(file)
