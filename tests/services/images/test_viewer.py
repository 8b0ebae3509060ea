"""Images are shown to whoever has a token, in chunks; answers get tokens for their images, and for nothing else."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from promptwire.v1 import run_pb2
from promptwire.v1.run_service_pb2 import GetImageResponse
from services import errors
from services.db import Database
from services.images import viewer
from services.images.store import ImageStore
from services.images.tokens import Tokens
from services.images.viewer import CHUNK, PART, Viewer

DATA = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * ((2 * PART + CHUNK) // 256)
NOW = 1_800_000_000.0
ID = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def signed() -> Tokens:
    return Tokens(["secret"], clock=lambda: NOW)


@pytest.fixture
def shown(store: ImageStore, signed: Tokens) -> Viewer:
    return Viewer(store, signed)


async def put(store: ImageStore, project_id: UUID, data: bytes) -> bytes:
    digest = hashlib.sha256(data).digest()
    await store.put(project_id, digest, "image/png", data, placeholder=True)
    return digest


async def show(shown: Viewer, token: str) -> list[GetImageResponse]:
    return [part async for part in shown.show(token)]


@pytest.mark.parametrize(
    "size", [12, CHUNK - 1, CHUNK, CHUNK + 1, PART - 1, PART, PART + 1, PART + CHUNK, 2 * PART, len(DATA)]
)
async def test_an_image_comes_in_chunks_behind_what_is_to_be_known_of_it(
    shown: Viewer, signed: Tokens, store: ImageStore, project_id: UUID, size: int
) -> None:
    digest = await put(store, project_id, DATA[:size])
    token, end = signed.sign(project_id, digest, 60)
    first, *others = await show(shown, token)
    image = first.image
    assert (image.id, image.media_type, image.size_bytes) == (digest.hex(), "image/png", size)
    assert (image.placeholder, image.token, image.expire_time.seconds) == (True, token, end)
    assert not any(part.HasField("image") for part in others)
    chunks = [part.chunk for part in (first, *others)]
    assert b"".join(chunks) == DATA[:size]
    assert all(0 < len(chunk) <= CHUNK for chunk in chunks)


async def test_a_small_image_takes_one_query(
    shown: Viewer, signed: Tokens, store: ImageStore, project_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = await put(store, project_id, DATA[:PART])
    monkeypatch.delattr(ImageStore, "read")
    parts = await show(shown, signed.sign(project_id, digest, 60)[0])
    assert b"".join(part.chunk for part in parts) == DATA[:PART]


async def test_an_image_that_is_not_there_any_more_is_not_found(
    shown: Viewer, signed: Tokens, store: ImageStore, project_id: UUID, database: Database
) -> None:
    digest = await put(store, project_id, DATA)
    for token in ("", "nonsense", signed.sign(project_id, bytes(32), 60)[0], signed.sign(uuid4(), digest, 60)[0]):
        with pytest.raises(errors.NotFound) as caught:
            await show(shown, token)
        assert caught.value.reason == "IMAGE_NOT_FOUND"
    await database.execute("DELETE FROM image")
    with pytest.raises(errors.NotFound):
        await show(shown, signed.sign(project_id, digest, 60)[0])


async def test_an_image_that_is_deleted_while_it_is_shown_does_not_end_as_if_it_were_whole(
    shown: Viewer, signed: Tokens, store: ImageStore, project_id: UUID, database: Database
) -> None:
    digest = await put(store, project_id, DATA)
    parts = shown.show(signed.sign(project_id, digest, 60)[0])
    assert (await anext(parts)).image.size_bytes == len(DATA)
    await database.execute("DELETE FROM image")
    with pytest.raises(errors.NotFound):
        async for _ in parts:
            pass


def image() -> run_pb2.Image:
    return run_pb2.Image(id=ID, media_type="image/png", size_bytes=len(DATA))


def run_with_images() -> run_pb2.Run:
    outputs = [run_pb2.Output(name="text", text="words"), run_pb2.Output(name="image", image=image())]
    nodes = [run_pb2.NodeRun(node_id="text"), run_pb2.NodeRun(node_id="image", image=image())]
    return run_pb2.Run(id="run", outputs=outputs, node_runs=nodes)


@pytest.mark.parametrize(("given", "lifetime"), [({}, viewer.LIFETIME), ({"lifetime": 86_400.0}, 86_400.0)])
def test_every_image_of_a_run_gets_a_token(
    shown: Viewer, signed: Tokens, given: dict[str, float], lifetime: float
) -> None:
    run, project_id = run_with_images(), uuid4()
    shown.sign(project_id, run, **given)
    for image in (run.outputs[1].image, run.node_runs[1].image):
        named = signed.read(image.token)
        assert (named.project_id, named.digest.hex(), named.expire_time) == (project_id, ID, NOW + lifetime)
        assert image.expire_time.seconds == named.expire_time
    assert not run.outputs[0].HasField("image")
    assert not run.node_runs[0].HasField("image")


def test_a_token_is_made_anew_each_time(store: ImageStore) -> None:
    now = NOW
    shown, run, project_id = Viewer(store, Tokens(["secret"], clock=lambda: now)), run_with_images(), uuid4()
    shown.sign(project_id, run)
    first, now = run.outputs[1].image.token, NOW + 10
    shown.sign(project_id, run)
    assert run.outputs[1].image.token != first


def _ended() -> run_pb2.RunEvent:
    return run_pb2.RunEvent(sequence=9, ended=run_pb2.RunEnded(run=run_with_images()))


def _node_ended() -> run_pb2.RunEvent:
    node = run_pb2.NodeRun(node_id="image", image=image())
    return run_pb2.RunEvent(sequence=8, node_ended=run_pb2.NodeEnded(node_run=node))


@pytest.mark.parametrize("make", [_ended, _node_ended])
def test_an_event_that_others_see_too_is_not_changed(shown: Viewer, signed: Tokens, make: Any) -> None:
    event, project_id = make(), uuid4()
    told = shown.sign_event(project_id, event)
    assert event == make()
    image = told.ended.run.outputs[1].image if told.HasField("ended") else told.node_ended.node_run.image
    assert signed.read(image.token).project_id == project_id
    assert told.sequence == event.sequence


@pytest.mark.parametrize(
    "event",
    [
        run_pb2.RunEvent(started=run_pb2.RunStarted()),
        run_pb2.RunEvent(text_delta=run_pb2.TextDelta(text="words")),
        run_pb2.RunEvent(node_ended=run_pb2.NodeEnded(node_run=run_pb2.NodeRun(text="words"))),
        run_pb2.RunEvent(ended=run_pb2.RunEnded(run=run_pb2.Run(outputs=[run_pb2.Output(text="words")]))),
    ],
)
def test_an_event_without_images_is_not_even_copied(shown: Viewer, event: run_pb2.RunEvent) -> None:
    assert shown.sign_event(uuid4(), event) is event
