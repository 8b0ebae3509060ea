"""A server on addresses of this machine that counts who connects to it, and answers with the bytes that it is given."""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Self

from aiohttp.test_utils import unused_port


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Give the bytes of an HTTP answer."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Sink:
    """Listens on one port of all the addresses. `endless` is written for ever after the answer."""

    def __init__(self, *hosts: str, tls: ssl.SSLContext | None = None) -> None:
        # Some machines are without IPv6.
        self.hosts = [host for host in hosts if _is_here(host)]
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.port = unused_port()
        self.connections = 0
        self.most_open = 0
        self.requests: list[str] = []
        self.gate: asyncio.Event | None = None
        self.answer = answer()
        self.endless = b""

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._connected, self.hosts, self.port, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and drop what is open."""
        assert self._server
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        self.most_open = max(self.most_open, len(self._open))
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if self.gate:
            await self.gate.wait()
        writer.write(self.answer)
        await writer.drain()
        while self.endless:
            writer.write(self.endless)
            await writer.drain()
        writer.write_eof() if writer.can_write_eof() else writer.close()
        await reader.read()


def _is_here(host: str) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe, suppress(OSError):
        probe.bind((host, 0))
        return True
    return False
