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

    async def show(self, token: str) -> AsyncGenerator[GetImageResponse]:
        """Give an image in chunks. Raises NotFound, FailedPrecondition."""
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
        data, start, sent = found.data, 0, CHUNK
        while data:
            for place in range(sent, len(data), CHUNK):
                yield GetImageResponse(chunk=data[place : place + CHUNK])
            start, sent = start + len(data), 0
            left = start < found.size_bytes
            data = await self._store.read(named.project_id, named.digest, start, PART) if left else b""

    def _sign(self, project_id: UUID, image: run_pb2.Image, lifetime: float) -> None:
        image.token, end = self._tokens.sign(project_id, bytes.fromhex(image.id), lifetime)
        image.expire_time.seconds = end
