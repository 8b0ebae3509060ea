"""HTTP as bytes, since no client would send what a hostile one does; and what every answer of the facade must be."""

import asyncio
import gzip
import http.client
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from facade.dialects import artificialstudio, betterprompt, bifrost, promptchainer, promptitude
from tests.journeys.stack import Stack

SECONDS = 10.0
ARTIFICIALSTUDIO = artificialstudio.dialect(window=60, image_seconds=7 * 86_400)
BETTERPROMPT = betterprompt.dialect(window=120)
BIFROST = bifrost.dialect()
PROMPTCHAINER = promptchainer.dialect("*")
PROMPTITUDE = promptitude.dialect()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the facade answered. The names of the headers are in lower case, the body is as it was before gzip."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def exchange(stack: Stack, request: bytes, *, leave: bool = False) -> Answer | None:
    """Send bytes until the server closes; half-close when the client is to `leave`. None: it closed without a word."""
    address = urlsplit(stack.base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(request)
        if leave:
            writer.write_eof()
        async with asyncio.timeout(SECONDS):
            data = await reader.read()
    except ConnectionError:
        data = b""
    finally:
        writer.close()
    return _read(data, request.partition(b" ")[0]) if data else None


def build(method: str, path: bytes | str, headers: Mapping[str, str | bytes], body: bytes | None = None) -> bytes:
    """Give the bytes of a request after whose answer the server closes; of the right length, but for headers."""
    framed: dict[str, str | bytes] = {"Host": "localhost", "Connection": "close", **headers}
    if body is not None and "Transfer-Encoding" not in framed:
        framed.setdefault("Content-Length", str(len(body)))
    lines = [method.encode() + b" " + _bytes(path) + b" HTTP/1.1"]
    lines += [name.encode() + b": " + _bytes(value) for name, value in framed.items()]
    return b"\r\n".join([*lines, b"", body or b""])


def check(answer: Answer, path: str | None) -> None:
    """Ask of an answer what holds of all of them; `path` None leaves open whose envelope a refusal wears."""
    assert answer.status < 500, answer
    assert answer.headers.get("x-request-id"), answer
    if answer.status < 400 or not answer.body:
        return
    kind = answer.headers["content-type"].partition(";")[0]
    body = json.loads(answer.body)
    if "is_bifrost_error" in body if path is None else BIFROST.owns(path):
        assert kind == "application/json", answer
        assert body.keys() == {"is_bifrost_error", "status_code", "error", "extra_fields"}, answer
        assert (body["status_code"], body["error"].keys()) == (answer.status, {"message"}), answer
    elif "statusCode" in body if path is None else PROMPTCHAINER.owns(path):
        assert kind == "application/json", answer
        assert {"statusCode", "message", "error"} <= body.keys(), answer
        assert body["statusCode"] == answer.status, answer
    elif "results" in body if path is None else PROMPTITUDE.owns(path):
        assert kind == "application/json", answer
        assert body.keys() == {"code", "message", "error", "results"}, answer
        assert (body["code"], body["error"]) == (answer.status, True), answer
    elif body.keys() <= {"message", "errors"} if path is None else ARTIFICIALSTUDIO.owns(path):
        assert kind == "application/json", answer
        assert {"message"} <= body.keys() <= {"message", "errors"}, answer
    elif kind == "application/json" if path is None else BETTERPROMPT.owns(path):
        assert kind == "application/json", answer
        assert body.keys() == {"status", "message", "data"}, answer
        assert body["status"].endswith("_ERROR"), answer
    else:
        assert kind == "application/problem+json", answer
        assert {"type", "title", "detail", "reason"} <= body.keys(), answer
        assert (body["status"], body["requestId"]) == (answer.status, answer.headers["x-request-id"]), answer


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def _read(data: bytes, method: bytes) -> Answer:
    """Read the first answer that the server wrote to a connection."""
    response = http.client.HTTPResponse(cast("Any", _Ended(data)), method=method.decode("latin-1"))
    response.begin()
    body = response.read()
    if body and response.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


class _Ended:
    """A connection that has ended, for http.client to read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)
