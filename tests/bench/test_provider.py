"""The provider of the benchmark: it answers whole requests only, each once."""

import asyncio
from typing import cast

import aiohttp
import orjson

from bench.provider import Connection
from tests.fakes.provider import MODELS

BODY = orjson.dumps({"model": "fake-small", "messages": [{"role": "user", "content": "Hello there"}]})
REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nCONTENT-LENGTH: %d\r\n\r\n%s" % (len(BODY), BODY)


class Transport:
    """Takes down what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)


def test_a_request_is_answered_once_it_is_whole() -> None:
    connection, transport = Connection(), Transport()
    connection.connection_made(cast(asyncio.BaseTransport, transport))
    for start in range(0, len(REQUEST), 40):
        assert transport.written == []
        connection.data_received(REQUEST[start : start + 40])
    connection.data_received(REQUEST)
    first, second = (answer.partition(b"\r\n\r\n")[2] for answer in transport.written)
    assert first == second
    assert orjson.loads(first)["choices"][0]["message"]["content"] == "echo: Hello there"


async def test_a_client_keeps_its_connection_and_gets_models_and_echoes() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{port}/v1/") as session:
        async with session.get("models") as response:
            listed = await response.json()
        async with session.post("chat/completions", data=BODY) as response:
            completion = await response.json()
    assert [model["id"] for model in listed["data"]] == list(MODELS)
    assert completion["usage"]["total_tokens"] == 5
