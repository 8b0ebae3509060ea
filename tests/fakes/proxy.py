"""A way to a server by TCP that can break: be cut, be slow, or go dead, when what is open stays so and says nothing."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self


class Proxy:
    """Forwards connections to `target`, the path of a Unix socket or HOST:PORT. `address` is where it listens.

    Each piece of data is held back for `delay` seconds.
    """

    def __init__(self, target: Path | str, delay: float = 0.0) -> None:
        self._target = target
        self.delay = delay
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

    def cut(self) -> None:
        """Reset the connections that are open; new ones are served."""
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if self._dead:
            return
        try:
            there_reader, there_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        self._writers.append(there_writer)
        for source, target in ((reader, there_writer), (there_reader, writer)):
            task = asyncio.create_task(self._forward(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        host, _, port = self._target.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                target.write(data)
                await target.drain()
        target.close()
