"""A way to a server's Unix socket by TCP that can go dead: what was open then stays open, and says nothing any more."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self


class Proxy:
    """Forwards connections to the socket. `address` is where it listens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dead = False
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server
        self.address = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = "127.0.0.1:{1}".format(*self._server.sockets[0].getsockname())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def go_dead(self) -> None:
        """Forward nothing from now on, neither for connections that are open nor for new ones."""
        self._dead = True
        for task in self._tasks:
            task.cancel()

    def come_back(self) -> None:
        """Serve new connections again. Those that went dead stay so."""
        self._dead = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if self._dead:
            return
        there_reader, there_writer = await asyncio.open_unix_connection(self._path)
        self._writers.append(there_writer)
        for source, target in ((reader, there_writer), (there_reader, writer)):
            task = asyncio.create_task(_forward(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()
