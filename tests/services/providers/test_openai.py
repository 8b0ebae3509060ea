"""The provider against a real HTTP server that says what it is told to."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.providers.config import ProviderSettings
from services.providers.openai import OpenAIProvider
from tests.fakes.provider import Answer, FakeProvider

KEY = "sk-a-secret-of-the-server"
LIMIT = 100_000
HELLO = ChatRequest([{"role": "user", "content": "Hello there"}], "fake-small", {"temperature": 0.5})


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def provider(fake: FakeProvider) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider("acme", ProviderSettings(fake.base_url, KEY), output_limit=LIMIT)
    yield provider
    await provider.close()


async def refusal(provider: OpenAIProvider) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await provider.chat(HELLO)
    return caught.value


async def test_a_request_carries_messages_model_parameters_and_the_key(
    provider: OpenAIProvider, fake: FakeProvider
) -> None:
    assert await provider.chat(HELLO) == ChatAnswer("echo: Hello there", 2, 3, "stop")
    [request] = fake.requests
    assert request.body == {"model": "fake-small", "messages": HELLO.messages, "temperature": 0.5}
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/json"


async def test_parameters_can_set_neither_our_part_of_the_body_nor_anything_beside_it(
    provider: OpenAIProvider, fake: FakeProvider
) -> None:
    hostile = {
        "model": "other",
        "messages": [],
        "n": 100,
        "stream": True,
        "stream_options": {},
        "base_url": "http://evil",
        "api_key": "evil",
        "extra_headers": {"X-Evil": "1"},
        "extra_body": {"model": "evil"},
    }
    await provider.chat(ChatRequest(HELLO.messages, "fake-small", hostile))
    [request] = fake.requests
    assert request.body["model"] == "fake-small"
    assert request.body["messages"] == HELLO.messages
    assert request.body.keys() == {"model", "messages"}
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert "X-Evil" not in request.headers


async def test_the_environment_adds_nothing(fake: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Extra: 1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    monkeypatch.setenv("OPENAI_API_KEY", "another-key")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    provider = OpenAIProvider("acme", ProviderSettings(fake.base_url), output_limit=LIMIT)
    await provider.chat(HELLO)
    await provider.close()
    [request] = fake.requests
    assert not {"X-Extra", "OpenAI-Organization", "Authorization"} & set(request.headers)


@pytest.mark.parametrize(
    ("answer", "reason", "message", "retryable"),
    [
        (Answer("bad temperature", status=400), "PROVIDER_REFUSED", "acme: bad temperature", False),
        (Answer("wrong key", status=401), "PROVIDER_UNAUTHENTICATED", "acme: wrong key", False),
        (Answer(status=403), "PROVIDER_REFUSED", "acme: scripted 403", False),
        (Answer(status=404, body=b""), "PROVIDER_REFUSED", "acme: HTTP 404", False),
        (Answer(status=408), "PROVIDER_REFUSED", "acme: scripted 408", True),
        (Answer("slow down", status=429), "PROVIDER_RATE_LIMITED", "acme: slow down", True),
        (Answer(status=500), "PROVIDER_FAILED", "acme: scripted 500", True),
        (Answer(status=503, body=b"<html>oops</html>"), "PROVIDER_FAILED", "acme: <html>oops</html>", True),
        (Answer(status=302, headers={"Location": "/v1/models"}), "PROVIDER_REFUSED", "acme: scripted 302", False),
        (Answer(body=b'{"error": {"message": "no credits"}}'), "PROVIDER_REFUSED", "acme: no credits", False),
        (Answer(body=b'{"error": {"message": "busy", "code": 429}}'), "PROVIDER_RATE_LIMITED", "acme: busy", True),
        (Answer(body=b"{"), "PROVIDER_ANSWER_INVALID", "acme: the answer is not JSON", False),
        (Answer(body=b"{}"), "PROVIDER_ANSWER_INVALID", "acme: the answer has no choices", False),
    ],
)
async def test_a_failure_has_a_reason_and_the_providers_words(
    provider: OpenAIProvider, fake: FakeProvider, answer: Answer, reason: str, message: str, retryable: bool
) -> None:
    fake.script(answer)
    error = await refusal(provider)
    assert (error.reason, error.message, error.retryable) == (reason, message, retryable)
    assert len(fake.requests) == 1


async def test_a_status_and_the_time_to_come_back_are_kept(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(status=429, headers={"Retry-After": "7"}))
    error = await refusal(provider)
    assert (error.metadata, error.retry_after) == ({"status": "429"}, 7.0)


async def test_words_are_bounded_and_never_hold_the_key(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(f"incorrect key {KEY} " + "x" * 10_000, status=401))
    error = await refusal(provider)
    assert KEY not in error.message
    assert "[redacted]" in error.message
    assert len(error.message) < 520


async def test_no_server_is_unreachable() -> None:
    settings = ProviderSettings(f"http://127.0.0.1:{unused_port()}/v1", KEY)
    provider = OpenAIProvider("acme", settings, output_limit=LIMIT)
    error = await refusal(provider)
    await provider.close()
    assert (error.reason, error.retryable) == ("PROVIDER_UNREACHABLE", True)
    assert "Connect call failed" in error.message


async def test_a_cut_connection_is_unreachable_and_the_next_call_works(
    provider: OpenAIProvider, fake: FakeProvider
) -> None:
    fake.script(Answer(cut=True))
    error = await refusal(provider)
    assert (error.reason, error.retryable) == ("PROVIDER_UNREACHABLE", True)
    assert await provider.chat(HELLO)


async def test_what_is_not_http_is_unreachable() -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        provider = OpenAIProvider("acme", ProviderSettings(f"http://127.0.0.1:{port}/v1"), output_limit=LIMIT)
        error = await refusal(provider)
        await provider.close()
    assert error.reason == "PROVIDER_UNREACHABLE"


async def test_a_server_that_takes_too_long_is_left_and_not_asked_again(fake: FakeProvider) -> None:
    settings = ProviderSettings(fake.base_url, KEY, timeout=0.05)
    provider = OpenAIProvider("acme", settings, output_limit=LIMIT)
    fake.script(Answer(gate=asyncio.Event()))
    error = await refusal(provider)
    received = await fake.received(1)
    await received.left.wait()
    await provider.close()
    assert (error.reason, error.retryable) == ("PROVIDER_UNREACHABLE", False)
    assert "0.05 s" in error.message


async def test_cancelling_hangs_up(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(gate=asyncio.Event()))
    call = asyncio.create_task(provider.chat(HELLO))
    received = await fake.received(1)
    call.cancel()
    await received.left.wait()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("status", [200, 500])
async def test_an_endless_answer_is_cut_off(provider: OpenAIProvider, fake: FakeProvider, status: int) -> None:
    fake.script(Answer(flood=True, status=status))
    error = await refusal(provider)
    await fake.requests[0].left.wait()
    assert error.reason == "OUTPUT_TOO_LARGE"


async def test_the_limit_counts_the_texts_bytes(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer("é" * (LIMIT // 2)), Answer("é" * (LIMIT // 2) + "x"))
    assert len((await provider.chat(HELLO)).text) == LIMIT // 2
    error = await refusal(provider)
    assert (error.reason, error.retryable) == ("OUTPUT_TOO_LARGE", False)
    assert str(LIMIT) in error.message


async def test_a_compressed_answer_is_refused_unread(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(body=gzip.compress(b" " * 10_000_000), headers={"Content-Encoding": "gzip"}))
    error = await refusal(provider)
    assert (error.reason, "compressed" in error.message) == ("PROVIDER_ANSWER_INVALID", True)
    assert fake.requests[0].headers["Accept-Encoding"] == "identity"


async def test_models_are_listed(provider: OpenAIProvider, fake: FakeProvider) -> None:
    assert await provider.models() == fake.models


async def test_many_calls_go_over_one_client(provider: OpenAIProvider, fake: FakeProvider) -> None:
    answers: list[Any] = await asyncio.gather(*(provider.chat(HELLO) for _ in range(50)))
    assert len(fake.requests) == len(answers) == 50
