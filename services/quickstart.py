"""What an empty database gets at the first `up`: a project, two keys and a few prompts, told in `quickstart.json`."""

import os
from pathlib import Path
from typing import Any, cast

import orjson

from services.db import Database
from services.keys import command, scopes, secret
from services.keys.record_store import RecordStore
from services.keys.store import KeyStore, NewKey
from services.prompts.examples import create_examples

PROJECT = "default"
EXAMPLES = {
    *("prompt_id", "version_id", "flow_id", "text_prompt_id", "list_prompt_id", "json_prompt_id"),
    "image_model",
}

_KEYS = {
    "admin": ("admin of the first start", scopes.ADMIN_SCOPES),
    "run": ("run key of the first start", scopes.RUN_SCOPES),
}


async def prepare(file: Path, database: Database, addresses: dict[str, str]) -> dict[str, Any] | None:
    """Make the first things on an empty database, and give the content of `quickstart.json` with today's addresses.

    None when the database is not empty and its first things were not made here. The secrets are written down before
    their keys are made, so that a start which is stopped at any point loses none: the next one makes what is missing.
    """
    told = _read(file)
    if not await command.exist(database):
        _keep_earlier(file)
        told = {"keys": {name: secret.make(secret.new_id()) for name in _KEYS}}
        _write(file, told)
    elif told is None or not await _is_key(database, told["keys"]["admin"]):
        return None
    await _make_keys(database, told["keys"])
    # An earlier version made fewer of them.
    if not told.get("examples", {}).keys() >= EXAMPLES:
        told["examples"] = await create_examples(database, await RecordStore(database).get_project(PROJECT))
    told |= addresses
    _write(file, told)
    return told


async def _make_keys(database: Database, secrets: dict[str, str]) -> None:
    """Make those keys that are not there yet; the admin's is the first, and tells that the file is this database's."""
    store = KeyStore(database)
    for name, (display_name, granted) in _KEYS.items():
        if await _is_key(database, secrets[name]):
            continue
        key = NewKey(
            project_id=await store.create_project(PROJECT),
            key_id=_id(secrets[name]),
            secret_hash=secret.hash_of(secrets[name]),
            display_name=display_name,
            scopes=frozenset(granted),
        )
        await store.create(key)


async def _is_key(database: Database, text: str) -> bool:
    return await RecordStore(database).find_by_id(_id(text)) is not None


def _id(text: str) -> str:
    return secret.parse(text) or ""


def _read(file: Path) -> dict[str, Any] | None:
    """Give what an earlier start wrote; None when it wrote nothing, or somebody else wrote something else."""
    try:
        told: Any = orjson.loads(file.read_bytes())
        secrets: list[Any] = [told["keys"][name] for name in _KEYS]
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
        return None
    whole = all(isinstance(text, str) and secret.parse(text) for text in secrets)
    return cast("dict[str, Any]", told) if whole else None


def _keep_earlier(file: Path) -> None:
    """Keep the file of another database aside: it may hold the only copy of that one's admin secret."""
    if file.exists():
        file.replace(file.with_name(f"{file.name}.1"))


def _write(file: Path, told: dict[str, Any]) -> None:
    partial = file.with_suffix(".partial")
    with open(partial, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as output:
        output.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    partial.replace(file)
