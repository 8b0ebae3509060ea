"""Models that go on with a text, against a real HTTP server that says what it is told to."""

from collections.abc import AsyncIterator

import orjson
import pytest

from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.providers.config import ProviderSettings
from services.providers.openai import OpenAIProvider
from tests.fakes.provider import COMPLETIONS, Answer, FakeProvider

LIMIT = 1000
JOKE = ChatRequest([{"role": "user", "content": "A joke"}], "davinci-002", {"best_of": 2}, completion=True)


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def provider(fake: FakeProvider) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider("acme", ProviderSettings(fake.base_url), output_limit=LIMIT)
    yield provider
    await provider.close()


def choice(text: object, **more: object) -> bytes:
    return orjson.dumps({"choices": [{"index": 0, "text": text, **more}]})


async def test_it_is_asked_with_a_prompt_and_answers_with_text(provider: OpenAIProvider, fake: FakeProvider) -> None:
    assert await provider.chat(JOKE) == ChatAnswer("echo: A joke", 2, 3, "stop")
    [request] = fake.requests
    assert request.path == COMPLETIONS
    assert request.body == {"model": "davinci-002", "prompt": "A joke", "best_of": 2}


async def test_several_messages_are_one_prompt(provider: OpenAIProvider, fake: FakeProvider) -> None:
    parts = [{"type": "text", "text": "A "}, {"type": "text", "text": "joke"}]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}]
    await provider.chat(ChatRequest(messages, "davinci-002", {}, completion=True))
    assert fake.requests[0].body["prompt"] == "Be brief.\n\nA joke"


async def test_parameters_cannot_set_our_part_of_the_body(provider: OpenAIProvider, fake: FakeProvider) -> None:
    hostile = {"prompt": "evil", "messages": [], "model": "other", "n": 5, "echo": True}
    await provider.chat(ChatRequest(JOKE.messages, "davinci-002", hostile, completion=True))
    assert fake.requests[0].body == {"model": "davinci-002", "prompt": "A joke", "echo": True}


async def test_the_first_choice_is_taken(provider: OpenAIProvider, fake: FakeProvider) -> None:
    choices = [{"text": "one", "finish_reason": "length"}, {"text": "two"}]
    fake.script(Answer(body=orjson.dumps({"choices": choices})))
    assert await provider.chat(JOKE) == ChatAnswer("one", finish_reason="length")


@pytest.mark.parametrize("body", [b"{}", b'{"choices": []}', b'{"choices": [1]}', b'{"choices": [{}]}', choice(1)])
async def test_another_answer_is_refused(provider: OpenAIProvider, fake: FakeProvider, body: bytes) -> None:
    fake.script(Answer(body=body))
    with pytest.raises(ProviderError) as caught:
        await provider.chat(JOKE)
    assert caught.value.reason == "PROVIDER_ANSWER_INVALID"


async def test_the_limit_holds(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer("x" * LIMIT), Answer("x" * (LIMIT + 1)))
    assert len((await provider.chat(JOKE)).text) == LIMIT
    with pytest.raises(ProviderError, match=f"over {LIMIT} bytes"):
        await provider.chat(JOKE)


async def test_it_streams(provider: OpenAIProvider, fake: FakeProvider) -> None:
    told = list[str]()
    assert await provider.stream(JOKE, told.append) == ChatAnswer("echo: A joke", 2, 3, "stop")
    assert told == ["echo: ", "A ", "joke"]
    [request] = fake.requests
    assert request.path == COMPLETIONS
    assert request.body["prompt"] == "A joke"
    assert request.body["stream_options"] == {"include_usage": True}


async def test_an_answer_in_one_piece_is_told_in_one(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(body=choice("all of it", finish_reason="stop")))
    told = list[str]()
    assert (await provider.stream(JOKE, told.append)).text == "all of it"
    assert told == ["all of it"]


async def test_an_empty_text_is_an_answer(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(""), Answer(""))
    told = list[str]()
    assert (await provider.chat(JOKE)).text == ""
    assert (await provider.stream(JOKE, told.append)).text == ""
    assert told == []


async def test_a_stream_that_is_cut_is_no_answer(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(pieces=["half of"], cut=True))
    told = list[str]()
    with pytest.raises(ProviderError) as caught:
        await provider.stream(JOKE, told.append)
    assert (caught.value.reason, caught.value.retryable) == ("PROVIDER_UNREACHABLE", True)
    assert told == ["half of"]
