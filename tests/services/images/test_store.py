"""Images in the database: each once by its content, and read in parts."""

import hashlib
from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.db import Database
from services.images.store import Found, ImageStore

DATA = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000
DIGEST = hashlib.sha256(DATA).digest()


async def put(store: ImageStore, project_id: UUID, data: bytes = DATA, *, placeholder: bool = False) -> bytes:
    digest = hashlib.sha256(data).digest()
    await store.put(project_id, digest, "image/png", data, placeholder=placeholder)
    return digest


async def test_an_image_is_found_with_its_first_bytes(store: ImageStore, project_id: UUID) -> None:
    await put(store, project_id, placeholder=True)
    assert await store.find(project_id, DIGEST, 10) == Found("image/png", len(DATA), placeholder=True, data=DATA[:10])
    found = await store.find(project_id, DIGEST, len(DATA) + 1)
    assert found is not None
    assert found.data == DATA


async def test_another_project_does_not_have_it(store: ImageStore, project_id: UUID) -> None:
    await put(store, project_id)
    assert await store.find(uuid4(), DIGEST, 10) is None
    assert await store.read(uuid4(), DIGEST, 0, 10) == b""
    assert await store.find(project_id, bytes(32), 10) is None


async def test_the_same_bytes_are_kept_once_and_for_longer(
    store: ImageStore, project_id: UUID, database: Database
) -> None:
    await put(store, project_id)
    await database.execute("UPDATE image SET store_time = store_time - $1::interval", timedelta(days=1))
    await put(store, project_id)
    [row] = await database.fetch("SELECT store_time > now() - interval '1 hour' AS is_new FROM image")
    assert row["is_new"]
    await put(store, project_id, DATA + b"more")
    assert len(await database.fetch("SELECT FROM image")) == 2


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, len(DATA) + 10), most=st.integers(1, len(DATA) + 10))
async def test_any_part_is_read(store: ImageStore, project_id: UUID, start: int, most: int) -> None:
    await put(store, project_id)
    assert await store.read(project_id, DIGEST, start, most) == DATA[start : start + most]
