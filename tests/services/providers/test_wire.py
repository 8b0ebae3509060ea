"""Connections: kept, made anew when one that was kept turns out to be closed, and as many as there are requests."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from services.providers.wire import CHAT, Response, Wire
from tests.fakes.provider import Answer, FakeProvider

BODY = orjson.dumps({"model": "fake-small", "messages": [{"role": "user", "content": "Hello"}]})


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def wire(fake: FakeProvider) -> AsyncIterator[Wire]:
    wire = to(fake.base_url)
    yield wire
    await wire.close()


def to(url: str, **given: Any) -> Wire:
    usual: dict[str, Any] = {"timeout": 10, "connect_timeout": 5, "limit": 10**6, "tls": ssl.create_default_context()}
    return Wire(url, "sk-key", **{**usual, **given})


async def test_an_answer_is_given_whatever_its_status(wire: Wire, fake: FakeProvider) -> None:
    fake.script(Answer(status=418, body=b"short and stout", headers={"Retry-After": "7"}))
    refused = await wire.post(CHAT, BODY)
    assert (refused.status, refused.content, refused.headers.get("retry-after")) == (418, b"short and stout", "7")
    assert (await wire.post(CHAT, BODY)).status == 200


async def test_a_slash_at_the_end_of_the_base_url_makes_no_difference(fake: FakeProvider) -> None:
    wire = to(f"{fake.base_url}/")
    await wire.post(CHAT, BODY)
    await wire.close()
    assert fake.requests[0].path == "/v1/chat/completions"


async def test_no_cookie_of_one_answer_goes_with_the_next_request(wire: Wire, fake: FakeProvider) -> None:
    fake.script(Answer(headers={"Set-Cookie": "whose=another-callers"}))
    await wire.post(CHAT, BODY)
    await wire.post(CHAT, BODY)
    assert "Cookie" not in fake.requests[1].headers


async def test_a_kept_connection_that_is_closed_without_an_answer_is_replaced(wire: Wire, fake: FakeProvider) -> None:
    await wire.post(CHAT, BODY)
    fake.script(Answer(cut=True), Answer("at last"))
    assert b"at last" in (await wire.post(CHAT, BODY)).content
    assert len(fake.requests) == 3


async def test_a_new_connection_that_is_closed_without_an_answer_is_not(wire: Wire, fake: FakeProvider) -> None:
    fake.script(Answer(cut=True))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await wire.post(CHAT, BODY)
    assert len(fake.requests) == 1


async def test_a_connection_is_replaced_but_once(wire: Wire, fake: FakeProvider) -> None:
    await asyncio.gather(*(wire.post(CHAT, BODY) for _ in range(4)))
    fake.script(*(Answer(cut=True) for _ in range(4)))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await wire.post(CHAT, BODY)
    assert len(fake.requests) == 6


async def test_an_answer_that_breaks_off_is_not_asked_for_again() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for length in (2, 9):
            asked.append(await reader.readuntil(BODY))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n{}" % length)
        writer.close()

    asked: list[bytes] = []
    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        wire = to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert (await wire.post(CHAT, BODY)).content == b"{}"
        with pytest.raises(aiohttp.ClientPayloadError):
            await wire.post(CHAT, BODY)
        await wire.close()
    assert len(asked) == 2


async def test_no_request_waits_for_the_connection_of_another(wire: Wire, fake: FakeProvider) -> None:
    gate = asyncio.Event()
    fake.script(*(Answer(gate=gate) for _ in range(150)))
    calls = [asyncio.create_task(wire.post(CHAT, BODY)) for _ in range(150)]
    await fake.received(150)
    gate.set()
    answers: list[Response] = await asyncio.gather(*calls)
    assert {answer.status for answer in answers} == {200}


async def test_a_handshake_that_does_not_end_is_no_connection() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        wire = to(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", connect_timeout=0.05)
        with pytest.raises(aiohttp.ConnectionTimeoutError):
            await wire.post(CHAT, BODY)
        await wire.close()
