"""Shows images: gives those in an answer their tokens, and the bytes to whoever brings one."""

from collections.abc import AsyncGenerator
from uuid import UUID

from promptwire.v1 import run_pb2
from promptwire.v1.run_service_pb2 import GetImageResponse
from services.images import tokens
from services.images.store import ImageStore
from services.images.tokens import Tokens

# How long a token lasts unless a request says otherwise (s).
LIFETIME = 3600.0
CHUNK = 64 * 1024
# What is read of an image at a time.
PART = 16 * CHUNK


class Viewer:
    """Shows the images of all projects."""

    def __init__(self, store: ImageStore, signed: Tokens) -> None:
        self._store = store
        self._tokens = signed

    def sign(self, project_id: UUID, run: run_pb2.Run, lifetime: float = LIFETIME) -> None:
        """Give the images of a run tokens for so many seconds."""
        for output in run.outputs:
            if output.HasField("image"):
                self._sign(project_id, output.image, lifetime)
        for node in run.node_runs:
            self.sign_node(project_id, node, lifetime)

    def sign_node(self, project_id: UUID, node: run_pb2.NodeRun, lifetime: float = LIFETIME) -> None:
        """Give the image of a node run a token."""
        if node.HasField("image"):
            self._sign(project_id, node.image, lifetime)

    def sign_event(self, project_id: UUID, event: run_pb2.RunEvent) -> run_pb2.RunEvent:
        """Give an event whose images have tokens: when there are any a copy, since others watch the same."""
        if not _has_image(event):
            return event
        signed = run_pb2.RunEvent()
        signed.CopyFrom(event)
        if signed.HasField("ended"):
            self.sign(project_id, signed.ended.run)
        else:
            self.sign_node(project_id, signed.node_ended.node_run)
        return signed

    async def show(self, token: str) -> AsyncGenerator[GetImageResponse]:
        """Give an image in chunks. Raises NotFound, also when it is deleted meanwhile, and FailedPrecondition."""
        named = self._tokens.read(token)
        found = await self._store.find(named.project_id, named.digest, PART)
        if found is None:
            raise tokens.not_found()
        image = run_pb2.Image(
            id=named.digest.hex(),
            media_type=found.media_type,
            size_bytes=found.size_bytes,
            placeholder=found.placeholder,
            token=token,
        )
        image.expire_time.seconds = named.expire_time
        yield GetImageResponse(image=image, chunk=found.data[:CHUNK])
        for place in range(CHUNK, len(found.data), CHUNK):
            yield GetImageResponse(chunk=found.data[place : place + CHUNK])
        for start in range(len(found.data), found.size_bytes, PART):
            data = await self._store.read(named.project_id, named.digest, start, PART)
            if not data:
                raise tokens.not_found()
            for place in range(0, len(data), CHUNK):
                yield GetImageResponse(chunk=data[place : place + CHUNK])

    def _sign(self, project_id: UUID, image: run_pb2.Image, lifetime: float) -> None:
        image.token, end = self._tokens.sign(project_id, bytes.fromhex(image.id), lifetime)
        image.expire_time.seconds = end


def _has_image(event: run_pb2.RunEvent) -> bool:
    match event.WhichOneof("event"):
        case "ended":
            run = event.ended.run
            return any(part.HasField("image") for parts in (run.outputs, run.node_runs) for part in parts)
        case "node_ended":
            return event.node_ended.node_run.HasField("image")
        case _:
            return False
