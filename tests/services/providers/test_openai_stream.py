"""Streamed answers from a real HTTP server that streams, breaks off, floods or will not stream."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.providers import openai
from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.providers.config import ProviderSettings
from services.providers.openai import OpenAIProvider
from tests.fakes.provider import Answer, FakeProvider, chunk, completion

LIMIT = 100_000
BODY = {"model": "fake-small", "messages": [{"role": "user", "content": "Hello there"}]}
HELLO = ChatRequest([{"role": "user", "content": "Hello there"}], "fake-small", {"temperature": 0.5, "stream": False})
EVENTS = {"Content-Type": "text/event-stream; charset=utf-8"}
PING = b": ping\n\n"


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def provider(fake: FakeProvider) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider("acme", ProviderSettings(fake.base_url, "sk-key"), output_limit=LIMIT)
    yield provider
    await provider.close()


async def refusal(provider: OpenAIProvider, told: list[str] | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await provider.stream(HELLO, (told if told is not None else []).append)
    return caught.value


async def test_a_stream_is_asked_for_and_told_piece_by_piece(provider: OpenAIProvider, fake: FakeProvider) -> None:
    told = list[str]()
    assert await provider.stream(HELLO, told.append) == ChatAnswer("echo: Hello there", 2, 3, "stop")
    assert told == ["echo: ", "Hello ", "there"]
    [request] = fake.requests
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    assert request.body == BODY | {"temperature": 0.5} | asked


async def test_a_piece_is_told_before_the_next_one_is_there(provider: OpenAIProvider, fake: FakeProvider) -> None:
    gates, told = [asyncio.Event() for _ in range(3)], asyncio.Queue[str]()
    fake.script(Answer(pieces=["a", gates[0], "b", gates[1], "c", gates[2]]))
    call = asyncio.create_task(provider.stream(HELLO, told.put_nowait))
    for gate, text in zip(gates, "abc", strict=True):
        assert await told.get() == text
        assert told.empty()
        gate.set()
    assert (await call).text == "abc"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.text(max_size=20), st.data())
async def test_a_stream_may_be_cut_into_packets_anywhere(
    provider: OpenAIProvider, fake: FakeProvider, text: str, data: st.DataObject
) -> None:
    events = [PING, *(chunk(BODY, {"content": letter}) for letter in text), b"event: x\r\ndata: [DONE]\r\n\r\n"]
    stream = b"".join(events) if text else chunk(BODY, {}) + events[-1]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True) if start < end]
    fake.script(Answer(pieces=pieces))
    assert await provider.stream(HELLO, str) == ChatAnswer(text)


async def test_a_server_that_will_not_stream_is_told_in_one_piece(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(
        Answer(body=orjson.dumps(completion(BODY, "all at once"))), Answer(body=orjson.dumps(completion(BODY, "")))
    )
    told = list[str]()
    assert await provider.stream(HELLO, told.append) == ChatAnswer("all at once", 2, 3, "stop")
    assert await provider.stream(HELLO, told.append) == ChatAnswer("", 2, 0, "stop")
    assert told == ["all at once"]


@pytest.mark.parametrize(
    ("answer", "reason", "message", "retryable"),
    [
        (Answer("slow down", status=429), "PROVIDER_RATE_LIMITED", "acme: slow down", True),
        (Answer(status=500, headers=EVENTS, body=b"oops"), "PROVIDER_FAILED", "acme: oops", True),
        (Answer(status=302, headers=EVENTS | {"Location": "/"}, body=b""), "PROVIDER_REFUSED", "acme: HTTP 302", False),
        (Answer(body=b'{"error": {"message": "no credits"}}'), "PROVIDER_REFUSED", "acme: no credits", False),
        (Answer(body=b"<html>"), "PROVIDER_ANSWER_INVALID", "acme: the answer is not JSON", False),
        (
            Answer(pieces=["a", b'data: {"error": {"message": "busy", "code": 503}}\n\n']),
            "PROVIDER_FAILED",
            "acme: busy",
            True,
        ),
        (Answer(pieces=["a", b"data: {\n\n"]), "PROVIDER_ANSWER_INVALID", "acme: the answer is not JSON", False),
        (Answer(headers=EVENTS, body=b""), "PROVIDER_UNREACHABLE", "acme: the stream ended before the answer", True),
        (
            Answer(headers=EVENTS, body=chunk(BODY, {"content": "a"})),
            "PROVIDER_UNREACHABLE",
            "acme: the stream ended before the answer",
            True,
        ),
    ],
)
async def test_a_failure_has_a_reason_and_the_providers_words(
    provider: OpenAIProvider, fake: FakeProvider, answer: Answer, reason: str, message: str, retryable: bool
) -> None:
    fake.script(answer)
    error = await refusal(provider)
    assert (error.reason, error.message, error.retryable) == (reason, message, retryable)
    assert len(fake.requests) == 1


async def test_a_connection_cut_in_the_middle_is_unreachable_after_what_it_told(
    provider: OpenAIProvider, fake: FakeProvider
) -> None:
    gate, told = asyncio.Event(), list[str]()
    fake.script(Answer(pieces=["a", gate], cut=True))

    def tell(text: str) -> None:
        told.append(text)
        gate.set()

    with pytest.raises(ProviderError) as caught:
        await provider.stream(HELLO, tell)
    assert (caught.value.reason, caught.value.retryable, told) == ("PROVIDER_UNREACHABLE", True, ["a"])
    assert await provider.stream(HELLO, told.append)


async def test_what_is_told_is_all_that_was_gathered(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(headers=EVENTS, body=chunk(BODY, {"content": "a"}, finish_reason="length")))
    assert await provider.stream(HELLO, str) == ChatAnswer("a", 0, 0, "length")


async def test_a_stream_that_goes_on_too_long_is_left_and_not_asked_again(fake: FakeProvider) -> None:
    provider = OpenAIProvider("acme", ProviderSettings(fake.base_url, timeout=0.2), output_limit=LIMIT)
    fake.script(Answer(pieces=["a", asyncio.Event()]))
    told = list[str]()
    error = await refusal(provider, told)
    await fake.requests[0].left.wait()
    await provider.close()
    assert (error.reason, error.retryable, told) == ("PROVIDER_UNREACHABLE", False, ["a"])
    assert "0.2 s" in error.message


async def test_cancelling_hangs_up(provider: OpenAIProvider, fake: FakeProvider) -> None:
    told = asyncio.Queue[str]()
    fake.script(Answer(pieces=["a", asyncio.Event()]))
    call = asyncio.create_task(provider.stream(HELLO, told.put_nowait))
    await told.get()
    call.cancel()
    async with asyncio.timeout(1):
        await fake.requests[0].left.wait()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_what_the_listener_raises_goes_through_and_hangs_up(provider: OpenAIProvider, fake: FakeProvider) -> None:
    def refuse(_: str) -> None:
        raise RuntimeError("enough")

    fake.script(Answer(pieces=["a", asyncio.Event()]))
    with pytest.raises(RuntimeError, match="enough"):
        await provider.stream(HELLO, refuse)
    await fake.requests[0].left.wait()


@pytest.mark.parametrize(
    "flood",
    [chunk(BODY, {"content": "x" * 1000}), chunk(BODY, {}) * 100, b"data: x\n" * 1000, b"x" * 65536, PING * 10_000],
    ids=["text", "events", "an event", "a line", "comments"],
)
async def test_an_endless_stream_is_cut_off(
    provider: OpenAIProvider, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch, flood: bytes
) -> None:
    monkeypatch.setattr("services.providers.streaming.MARGIN", 0)
    fake.script(Answer(flood=True, body=flood, headers=EVENTS))
    told = list[str]()
    error = await refusal(provider, told)
    await fake.requests[0].left.wait()
    assert (error.reason, error.retryable) == ("OUTPUT_TOO_LARGE", False)
    assert len("".join(told)) <= LIMIT


@pytest.mark.parametrize("status", [200, 500])
async def test_an_endless_answer_that_is_no_stream_is_cut_off(
    provider: OpenAIProvider, fake: FakeProvider, status: int
) -> None:
    fake.script(Answer(flood=True, status=status))
    assert (await refusal(provider)).reason == "OUTPUT_TOO_LARGE"


async def test_a_compressed_stream_is_refused_unread(provider: OpenAIProvider, fake: FakeProvider) -> None:
    compressed = gzip.compress(chunk(BODY, {"content": "x"}) * 100_000)
    fake.script(Answer(body=compressed, headers=EVENTS | {"Content-Encoding": "gzip"}))
    error = await refusal(provider)
    assert (error.reason, "compressed" in error.message) == ("PROVIDER_ANSWER_INVALID", True)


async def test_a_stream_leaves_its_connection_to_the_next(provider: OpenAIProvider, fake: FakeProvider) -> None:
    for _ in range(5):
        await provider.stream(HELLO, str)
    assert len({request.peer for request in fake.requests}) == 1


async def test_a_stream_that_does_not_end_behind_its_answer_holds_up_nobody(
    provider: OpenAIProvider, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai, "DRAIN_SECONDS", 0.01)
    answer = chunk(BODY, {"content": "a"}, finish_reason="stop") + b"data: [DONE]\n\n"
    fake.script(Answer(pieces=[answer, asyncio.Event()]))
    assert (await provider.stream(HELLO, str)).text == "a"
    await fake.requests[0].left.wait()
