"""Images of the provider, against a real HTTP server that says what it is told to."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiohttp.test_utils import unused_port

from services.providers.base import IMAGE_LIMIT, ImageAnswer, ImageRequest, ProviderError
from services.providers.config import ProviderSettings
from services.providers.openai import OpenAIProvider
from tests.fakes.provider import IMAGES, PNG, Answer, FakeProvider

KEY = "sk-a-secret-of-the-server"
# Far less than an image takes: it bounds texts.
LIMIT = 1000
CAT = ImageRequest("A picture of a green and big cat", "gpt-image-2", {"size": "1024x1024"})


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
        await provider.image(CAT)
    return caught.value


def made(*data: object, **more: Any) -> Answer:
    return Answer(body=orjson.dumps({"data": data, **more}))


def encoded(data: bytes) -> dict[str, str]:
    return {"b64_json": base64.b64encode(data).decode()}


async def test_a_request_carries_prompt_model_parameters_and_the_key(
    provider: OpenAIProvider, fake: FakeProvider
) -> None:
    assert await provider.image(CAT) == ImageAnswer(PNG, None, input_tokens=3, output_tokens=40)
    [request] = fake.requests
    assert request.path == IMAGES
    assert request.body == {"model": "gpt-image-2", "prompt": CAT.prompt, "n": 1, "size": "1024x1024"}
    assert request.headers["Authorization"] == f"Bearer {KEY}"


async def test_parameters_cannot_set_our_part_of_the_body(provider: OpenAIProvider, fake: FakeProvider) -> None:
    hostile = {"prompt": "evil", "model": "other", "n": 10, "stream": True, "extra_body": {}, "quality": "low"}
    await provider.image(ImageRequest(CAT.prompt, CAT.model, hostile))
    assert fake.requests[0].body == {"model": CAT.model, "prompt": CAT.prompt, "n": 1, "quality": "low"}


async def test_an_image_may_come_as_its_url(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer("https://images.example/cat.png"))
    answer = await provider.image(CAT)
    assert (answer.data, answer.url) == (None, "https://images.example/cat.png")


async def test_the_image_may_be_in_the_url(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(made({"url": f"data:image/png;base64,{encoded(PNG)['b64_json']}"}))
    assert await provider.image(CAT) == ImageAnswer(PNG, None)


async def test_base64_may_be_broken_into_lines(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(made({"b64_json": base64.encodebytes(PNG).decode()}))
    assert await provider.image(CAT) == ImageAnswer(PNG, None)


async def test_the_first_of_several_images_is_taken(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(made({"url": None, **encoded(b"one")}, encoded(b"two")))
    assert await provider.image(CAT) == ImageAnswer(b"one", None)


@pytest.mark.parametrize("usage", [None, 1, {"input_tokens": "3"}, {"input_tokens": -1, "output_tokens": True}])
async def test_usage_that_makes_no_sense_counts_as_none(
    provider: OpenAIProvider, fake: FakeProvider, usage: object
) -> None:
    fake.script(made(encoded(b"one"), usage=usage))
    assert await provider.image(CAT) == ImageAnswer(b"one", None)


NEITHER = "acme: the first image has neither `b64_json` nor `url`"


@pytest.mark.parametrize(
    ("answer", "reason", "message", "retryable"),
    [
        (Answer("unsafe", status=400), "PROVIDER_REFUSED", "acme: unsafe", False),
        (Answer("wrong key", status=401), "PROVIDER_UNAUTHENTICATED", "acme: wrong key", False),
        (Answer("slow down", status=429), "PROVIDER_RATE_LIMITED", "acme: slow down", True),
        (Answer(status=500), "PROVIDER_FAILED", "acme: scripted 500", True),
        (Answer(status=302, headers={"Location": "/v1/models"}), "PROVIDER_REFUSED", "acme: scripted 302", False),
        (Answer(body=b'{"error": {"message": "no credits"}}'), "PROVIDER_REFUSED", "acme: no credits", False),
        (Answer(body=PNG), "PROVIDER_ANSWER_INVALID", "acme: the answer is not JSON", False),
        (Answer(body=b"{}"), "PROVIDER_ANSWER_INVALID", "acme: the answer has no image", False),
        (made(), "PROVIDER_ANSWER_INVALID", "acme: the answer has no image", False),
        (made("cat"), "PROVIDER_ANSWER_INVALID", "acme: the answer has no image", False),
        (made({}), "PROVIDER_ANSWER_INVALID", NEITHER, False),
        (made({"b64_json": "", "url": ""}), "PROVIDER_ANSWER_INVALID", NEITHER, False),
        (made({"b64_json": ["eA=="]}), "PROVIDER_ANSWER_INVALID", NEITHER, False),
        (made({"b64_json": "not base64!"}), "PROVIDER_ANSWER_INVALID", "acme: the image is not base64", False),
        (made({"b64_json": "cät"}), "PROVIDER_ANSWER_INVALID", "acme: the image is not base64", False),
        (made({"b64_json": "abc"}), "PROVIDER_ANSWER_INVALID", "acme: the image is not base64", False),
        (Answer(cut=True), "PROVIDER_UNREACHABLE", "acme: Server disconnected", True),
    ],
)
async def test_a_failure_has_a_reason_and_the_providers_words(
    provider: OpenAIProvider, fake: FakeProvider, answer: Answer, reason: str, message: str, retryable: bool
) -> None:
    fake.script(answer)
    error = await refusal(provider)
    assert (error.reason, error.message, error.retryable) == (reason, message, retryable)
    assert len(fake.requests) == 1


async def test_words_are_bounded_and_never_hold_the_key(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(f"incorrect key {KEY} " + "x" * 10_000, status=401))
    error = await refusal(provider)
    assert KEY not in error.message
    assert len(error.message) < 520


async def test_an_image_has_a_limit_of_its_own(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(made(encoded(bytes(IMAGE_LIMIT))), made(encoded(bytes(IMAGE_LIMIT + 1))))
    assert len((await provider.image(CAT)).data or b"") == IMAGE_LIMIT
    error = await refusal(provider)
    assert (error.reason, error.retryable) == ("OUTPUT_TOO_LARGE", False)
    assert error.message == f"acme: the image is over {IMAGE_LIMIT} bytes"


@pytest.mark.parametrize("status", [200, 500])
async def test_an_endless_answer_is_cut_off(provider: OpenAIProvider, fake: FakeProvider, status: int) -> None:
    fake.script(Answer(flood=True, status=status))
    error = await refusal(provider)
    await fake.requests[0].left.wait()
    assert error.reason == "OUTPUT_TOO_LARGE"


async def test_a_compressed_answer_is_refused_unread(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(body=gzip.compress(b" " * 10_000_000), headers={"Content-Encoding": "gzip"}))
    assert (await refusal(provider)).reason == "PROVIDER_ANSWER_INVALID"


async def test_a_server_that_takes_too_long_is_left_and_not_asked_again(fake: FakeProvider) -> None:
    provider = OpenAIProvider("acme", ProviderSettings(fake.base_url, KEY, timeout=0.05), output_limit=LIMIT)
    fake.script(Answer(gate=asyncio.Event()))
    error = await refusal(provider)
    await (await fake.received(1)).left.wait()
    await provider.close()
    assert (error.reason, error.retryable) == ("PROVIDER_UNREACHABLE", False)


async def test_cancelling_hangs_up(provider: OpenAIProvider, fake: FakeProvider) -> None:
    fake.script(Answer(gate=asyncio.Event()))
    call = asyncio.create_task(provider.image(CAT))
    received = await fake.received(1)
    call.cancel()
    await received.left.wait()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_no_server_is_unreachable() -> None:
    settings = ProviderSettings(f"http://127.0.0.1:{unused_port()}/v1", KEY)
    provider = OpenAIProvider("acme", settings, output_limit=LIMIT)
    error = await refusal(provider)
    await provider.close()
    assert (error.reason, error.retryable) == ("PROVIDER_UNREACHABLE", True)
