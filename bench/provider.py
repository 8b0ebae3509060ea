"""An OpenAI-compatible server that takes next to no CPU: `python -m bench.provider --port N [--seconds S]`.

It answers at once, or after so many seconds.
A server of a framework would take a sixth of what is measured, from the same CPUs.
"""

import argparse
import asyncio
import functools
import re
from typing import cast

import orjson
import uvloop

from tests.fakes.provider import MODELS, completion, echo

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_LIST = orjson.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})


class Connection(asyncio.Protocol):
    """Just enough HTTP/1.1 for clients that send a body's length: a GET is for the list of models, the rest echoes."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._transport: asyncio.WriteTransport
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer a request once it is whole; clients wait for that before they send another one."""
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and len(body) == (int(length[1]) if length else 0):
            self._data = b""
            answer = _answer(head, body)
            self._send(_HEAD % len(answer) + answer)

    def _send(self, answer: bytes) -> None:
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _answer(head: bytes, body: bytes) -> bytes:
    if head.startswith(b"GET"):
        return _LIST
    request = orjson.loads(body)
    return orjson.dumps(completion(request, echo(request)))


async def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m bench.provider", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=0.0)
    parsed = parser.parse_args()
    connect = functools.partial(Connection, parsed.seconds)
    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", parsed.port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
