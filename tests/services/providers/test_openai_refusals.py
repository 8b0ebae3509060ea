"""A request whose settings a server refuses is asked again without them, whichever way its answer comes."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.providers import refusals
from services.providers.adjustments import Adjustment
from services.providers.base import ChatAnswer, ChatRequest, ImageRequest, ProviderError
from services.providers.config import ProviderSettings
from services.providers.openai import OpenAIProvider
from tests.fakes.provider import Answer, FakeProvider

REQUEST = ChatRequest([{"role": "user", "content": "Hi"}], "m", {"stop": "x", "max_tokens": 5, "seed": 1})
CHANGES = (Adjustment("stop", "x"), Adjustment("max_tokens", 5, 5, "max_completion_tokens"))

Ask = Callable[[OpenAIProvider, ChatRequest], Awaitable[ChatAnswer]]


async def wait(provider: OpenAIProvider, request: ChatRequest) -> ChatAnswer:
    return await provider.chat(request)


async def stream(provider: OpenAIProvider, request: ChatRequest) -> ChatAnswer:
    told: list[str] = []
    answer = await provider.stream(request, told.append)
    assert "".join(told) == answer.text
    return answer


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as fake:
        yield fake


@pytest.fixture
async def provider(fake: FakeProvider) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider("acme", ProviderSettings(fake.base_url), output_limit=1000)
    yield provider
    await provider.close()


def refused(param: str, words: str = "no", status: int = 400) -> Answer:
    error = {"message": words, "param": param, "code": "unsupported_parameter"}
    return Answer(status=status, body=json.dumps({"error": error}).encode())


@pytest.mark.parametrize("ask", [wait, stream])
async def test_refused_settings_are_left_out_or_renamed_and_told(
    provider: OpenAIProvider, fake: FakeProvider, ask: Ask
) -> None:
    fake.script(refused("stop"), refused("max_tokens", "Use 'max_completion_tokens' instead.", 422))
    answer = await ask(provider, REQUEST)
    assert answer.text == "echo: Hi"
    assert answer.adjustments == CHANGES
    last = fake.requests[2].body
    assert {name: last[name] for name in ("seed", "max_completion_tokens")} == {"seed": 1, "max_completion_tokens": 5}
    assert not {"stop", "max_tokens"} & last.keys()


async def test_a_prompt_that_leaves_less_room_is_asked_with_what_it_leaves(
    provider: OpenAIProvider, fake: FakeProvider
) -> None:
    words = "maximum context length is 10 tokens. However, you requested 12 tokens (7 in the messages, 5 in the"
    fake.script(Answer(words, status=400))
    assert (await provider.chat(REQUEST)).adjustments == (Adjustment("max_tokens", 5, 3),)
    assert fake.requests[1].body["max_tokens"] == 3


async def test_images_too(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(refused("steps"))
    answer = await provider.image(ImageRequest("A cat", "m", {"steps": 30, "size": "auto"}))
    assert answer.adjustments == (Adjustment("steps", 30),)
    assert fake.requests[1].body == {"size": "auto", "model": "m", "prompt": "A cat", "n": 1}


@pytest.mark.parametrize(
    "answer", [refused("messages"), refused("model"), refused("stop", status=403), Answer(status=400)]
)
async def test_what_is_no_setting_is_refused_as_before(
    provider: OpenAIProvider, fake: FakeProvider, answer: Answer
) -> None:
    fake.script(answer)
    with pytest.raises(ProviderError) as caught:
        await provider.chat(REQUEST)
    assert (caught.value.reason, len(fake.requests)) == ("PROVIDER_REFUSED", 1)


async def test_a_server_that_is_never_content_is_asked_so_many_times(
    provider: OpenAIProvider, fake: FakeProvider
) -> None:
    names = [f"p{letter}" for letter in "abcdefghijkl"]
    fake.script(*map(refused, names))
    with pytest.raises(ProviderError):
        await provider.chat(ChatRequest(REQUEST.messages, "m", dict.fromkeys(names, 1)))
    assert len(fake.requests) == refusals.MOST + 1
