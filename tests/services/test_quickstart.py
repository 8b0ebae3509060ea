"""The first things of a database: made once, made whole by the next start, and told only where they are true."""

from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from services import quickstart
from services.db import Database
from services.keys import command, secret
from services.keys.record_store import RecordStore
from services.keys.scopes import ADMIN_SCOPES
from tests.conftest import clone

ADDRESSES = {"base_url": "http://127.0.0.1:8080", "grpc_target": "127.0.0.1:50051"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the file, which is not there yet."""
    return tmp_path / "quickstart.json"


async def works(database: Database, text: str) -> bool:
    record = await RecordStore(database).find_by_id(secret.parse(text) or "")
    return record is not None and record.secret_hash == secret.hash_of(text)


async def test_the_same_is_told_at_each_start(file: Path, database: Database) -> None:
    first = await quickstart.prepare(file, database, ADDRESSES)
    assert first == orjson.loads(file.read_bytes())
    assert await quickstart.prepare(file, database, ADDRESSES | {"base_url": "http://x"}) == first | {
        "base_url": "http://x"
    }


async def test_an_empty_database_gets_keys_beside_the_file_of_another(
    file: Path, database: Database, postgres: str
) -> None:
    first = await quickstart.prepare(file, database, ADDRESSES)
    async with clone(postgres) as dsn:
        other = await Database.open(dsn)
        second = await quickstart.prepare(file, other, ADDRESSES)
        assert first
        assert second
        assert await works(other, second["keys"]["admin"])
        await other.close()
    assert orjson.loads(file.with_name("quickstart.json.1").read_bytes()) == first
    assert await quickstart.prepare(file, database, ADDRESSES) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys": {"admin": 1, "run": "pw_x"}}'])
async def test_a_file_that_tells_nothing_of_a_database_with_keys(
    content: bytes, file: Path, database: Database
) -> None:
    await command.create(database, project="mine", name="mine", scopes=ADMIN_SCOPES)
    file.write_bytes(content)
    assert await quickstart.prepare(file, database, ADDRESSES) is None
    assert file.read_bytes() == content


class Stopped(BaseException):
    """What ends a start from outside."""


@pytest.mark.parametrize("statements", range(14))
async def test_a_start_that_is_stopped_anywhere_is_completed_by_the_next(
    statements: int, file: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, left = Database.connection, statements

    def counted(database: Database) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped
        return connection(database)

    with monkeypatch.context() as patch, suppress(Stopped):
        patch.setattr(Database, "connection", counted)
        await quickstart.prepare(file, database, ADDRESSES)
    told = await quickstart.prepare(file, database, ADDRESSES)
    assert told
    assert await works(database, told["keys"]["admin"])
    assert await works(database, told["keys"]["run"])
    prompts = await database.fetch("SELECT alias, last_number FROM prompt ORDER BY alias")
    aliases = ("answer", "ask", "draw-and-joke", "explain", "ideas", "review")
    assert [tuple(row) for row in prompts] == [(alias, 1) for alias in aliases]
    assert set(told["examples"]) == quickstart.EXAMPLES
