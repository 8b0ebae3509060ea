"""What providers make is kept: bytes at once, and what a URL names once it was fetched; nothing that is no image."""

import hashlib
from collections.abc import AsyncIterator
from ipaddress import ip_network
from uuid import UUID

import pytest

from services import errors
from services.db import Database
from services.images import media
from services.images.keeper import PAUSES, ImageKeeper, ImageNotKept
from services.images.kept import Kept
from services.images.store import ImageStore
from services.outbound import Outbound
from services.providers.base import ImageAnswer
from tests.fakes.sink import Sink, answer

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"
KINDS = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0rest",
    "image/gif": b"GIF89arest",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPrest",
}


@pytest.fixture
async def friend() -> AsyncIterator[Sink]:
    async with Sink("127.0.0.2") as sink:
        sink.answer = answer(body=PNG)
        yield sink


async def at_once(_: float) -> None:
    """Do not pause."""


@pytest.fixture
async def keep(store: ImageStore) -> AsyncIterator[ImageKeeper]:
    client = Outbound((ip_network("127.0.0.2/32"),))
    yield ImageKeeper(store, client, sleep=at_once)
    await client.close()


async def count(database: Database) -> int:
    return len(await database.fetch("SELECT FROM image"))


@pytest.mark.parametrize("kind", KINDS)
async def test_bytes_are_kept_by_their_content(
    keep: ImageKeeper, store: ImageStore, project_id: UUID, kind: str
) -> None:
    data = KINDS[kind]
    kept = await keep.keep(project_id, ImageAnswer(data, None))
    assert kept == Kept(hashlib.sha256(data).hexdigest(), kind, len(data), placeholder=False)
    found = await store.find(project_id, bytes.fromhex(kept.id), 100)
    assert found is not None
    assert (found.data, found.media_type) == (data, kind)


async def test_a_placeholder_is_told_apart(keep: ImageKeeper, store: ImageStore, project_id: UUID) -> None:
    kept = await keep.keep(project_id, ImageAnswer(PNG, None, placeholder=True))
    found = await store.find(project_id, bytes.fromhex(kept.id), 100)
    assert found is not None
    assert kept.placeholder
    assert found.placeholder


async def test_the_same_image_is_kept_once(keep: ImageKeeper, project_id: UUID, database: Database) -> None:
    assert await keep.keep(project_id, ImageAnswer(PNG, None)) == await keep.keep(project_id, ImageAnswer(PNG, None))
    assert await count(database) == 1


async def test_what_a_url_names_is_fetched(keep: ImageKeeper, project_id: UUID, friend: Sink) -> None:
    friend.answer = answer(body=PNG, Content_Type="text/plain")
    kept = await keep.keep(project_id, ImageAnswer(None, f"http://127.0.0.2:{friend.port}/a.png?sig=%2F"))
    assert (kept.id, kept.media_type) == (hashlib.sha256(PNG).hexdigest(), "image/png")
    assert friend.requests[0].startswith("GET /a.png?sig=%2F HTTP/1.1\r\n")


async def refusal(keep: ImageKeeper, project_id: UUID, given: ImageAnswer) -> str:
    with pytest.raises(ImageNotKept) as caught:
        await keep.keep(project_id, given)
    return str(caught.value)


async def test_a_url_that_gives_nothing_is_explained(
    keep: ImageKeeper, project_id: UUID, friend: Sink, database: Database
) -> None:
    friend.answer = answer(404)
    fault = await refusal(keep, project_id, ImageAnswer(None, f"http://127.0.0.2:{friend.port}/"))
    assert fault == "the image that the provider made cannot be fetched: 127.0.0.2 answers 404"
    assert await count(database) == 0


@pytest.mark.parametrize("broken", [answer(503), answer(429), b"HTTP/1.1 200 Told\r\nContent-Length: 100\r\n\r\n"])
async def test_an_image_that_was_paid_for_is_fetched_again(
    store: ImageStore, project_id: UUID, friend: Sink, broken: bytes
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        friend.answer = answer(body=PNG) if len(pauses) == 2 else broken

    friend.answer = broken
    client = Outbound((ip_network("127.0.0.2/32"),))
    kept = await ImageKeeper(store, client, sleep=sleep).keep(
        project_id, ImageAnswer(None, f"http://127.0.0.2:{friend.port}/")
    )
    await client.close()
    assert kept.size_bytes == len(PNG)
    assert pauses == list(PAUSES)


async def test_a_server_that_stays_ill_is_asked_so_many_times(
    keep: ImageKeeper, project_id: UUID, friend: Sink
) -> None:
    friend.answer = answer(503)
    fault = await refusal(keep, project_id, ImageAnswer(None, f"http://127.0.0.2:{friend.port}/"))
    assert fault.endswith("127.0.0.2 answers 503")
    assert len(friend.requests) == 1 + len(PAUSES)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/", "http://localhost:{}/", "file:///etc/passwd", "", None])
async def test_a_url_leads_nowhere_inside(keep: ImageKeeper, project_id: UUID, friend: Sink, url: str | None) -> None:
    async with Sink("127.0.0.1") as internal:
        internal.answer = answer(body=PNG)
        await refusal(keep, project_id, ImageAnswer(None, url and url.format(internal.port)))
        assert internal.connections == 0


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"<html>", b"RIFF\x00\x00\x00\x00WAVE", PNG[:7]])
async def test_what_is_no_image_is_not_kept(
    keep: ImageKeeper, project_id: UUID, friend: Sink, database: Database, data: bytes
) -> None:
    fault = "what the provider made must be a PNG, JPEG, GIF or WebP image"
    assert await refusal(keep, project_id, ImageAnswer(data, None)) == fault
    friend.answer = answer(body=data, Content_Type="image/png")
    url = f"http://127.0.0.2:{friend.port}/"
    assert await refusal(keep, project_id, ImageAnswer(None, url)) == fault
    assert await count(database) == 0


async def test_what_is_too_large_is_not_kept(
    keep: ImageKeeper, project_id: UUID, friend: Sink, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", 1000)
    large = PNG + bytes(1000)
    assert "at most 1000 bytes; it has 1012" in await refusal(keep, project_id, ImageAnswer(large, None))
    friend.answer = answer(body=large)
    url = f"http://127.0.0.2:{friend.port}/"
    assert "more than 1000 bytes" in await refusal(keep, project_id, ImageAnswer(None, url))
    assert await count(database) == 0


async def test_an_answer_that_breaks_off_is_no_image(keep: ImageKeeper, project_id: UUID) -> None:
    async with Sink("127.0.0.2") as silent:
        silent.answer, silent.endless = b"HTTP/1.1 200 Told\r\nContent-Length: 100\r\n\r\n", b""
        url = f"http://127.0.0.2:{silent.port}/"
        assert "cannot be fetched" in await refusal(keep, project_id, ImageAnswer(None, url))


async def test_a_database_that_is_away_is_told_as_such(project_id: UUID) -> None:
    database = await Database.open("postgresql://127.0.0.1:1/nowhere")
    client = Outbound(())
    with pytest.raises(errors.DatabaseUnavailable):
        await ImageKeeper(ImageStore(database), client).keep(project_id, ImageAnswer(PNG, None))
    await client.close()
    await database.close()
