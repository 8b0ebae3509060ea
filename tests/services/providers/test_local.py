"""The embedded model as a provider, with a stand-in for the launcher."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from services.embedded import model as embedded_model
from services.embedded import placeholder
from services.embedded.model import EmbeddedModel, Endpoint, ModelUnavailable
from services.providers import local
from services.providers.base import ChatRequest, ImageRequest, ProviderError
from services.providers.local import LocalProvider
from tests.fakes.provider import FakeProvider

HELLO = ChatRequest([{"role": "user", "content": "Hello"}], EmbeddedModel.name, {})


class FakeModel(EmbeddedModel):
    """Says where it listens, and what happened to it."""

    def __init__(self) -> None:
        super().__init__()
        self.where: Endpoint | None = None
        self.stopped = False

    async def endpoint(self) -> Endpoint:
        if self.where is None:
            raise ModelUnavailable("The embedded model is not installed.")
        return self.where

    async def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
async def provider(model: FakeModel) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(model, output_limit=1000)
    yield provider
    await provider.close()


@pytest.mark.parametrize(
    ("has_model", "can_draw", "names"),
    [
        (True, True, [EmbeddedModel.name, "placeholder"]),
        (True, False, [EmbeddedModel.name]),
        (False, True, ["placeholder"]),
        (False, False, []),
    ],
)
async def test_it_lists_what_is_installed_without_launching_it(
    provider: LocalProvider, monkeypatch: pytest.MonkeyPatch, has_model: bool, can_draw: bool, names: list[str]
) -> None:
    monkeypatch.setattr(local, "available", lambda: has_model)
    monkeypatch.setattr(placeholder, "available", lambda: can_draw)
    assert await provider.models() == names


async def test_an_image_is_a_placeholder_and_says_so(provider: LocalProvider) -> None:
    answer = await provider.image(ImageRequest("A green cat", "placeholder", {}))
    assert answer.placeholder
    assert answer.data is not None
    assert answer.data.startswith(b"\x89PNG")


@pytest.mark.parametrize(("model_name", "can_draw"), [("dall-e", True), ("placeholder", False)])
async def test_an_image_that_cannot_be_drawn_is_refused(
    provider: LocalProvider, monkeypatch: pytest.MonkeyPatch, model_name: str, can_draw: bool
) -> None:
    monkeypatch.setattr(placeholder, "available", lambda: can_draw)
    with pytest.raises(ProviderError, match="local: ") as caught:
        await provider.image(ImageRequest("A green cat", model_name, {}))
    assert caught.value.reason == "PROVIDER_REFUSED"


async def test_a_chat_with_a_model_that_is_not_installed_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_model, "available", lambda: False)
    provider = LocalProvider(EmbeddedModel(), output_limit=1000)
    with pytest.raises(ProviderError, match=r"extra `embedded`.*Configure a provider") as caught:
        await provider.chat(HELLO)
    assert caught.value.reason == "PROVIDER_UNREACHABLE"
    await provider.close()


async def test_it_follows_the_model_to_a_new_port(provider: LocalProvider, model: FakeModel) -> None:
    async with AsyncExitStack() as fakes:
        for key in ("one", "two"):
            fake = await fakes.enter_async_context(FakeProvider())
            model.where = Endpoint(fake.base_url, key)
            assert (await provider.chat(HELLO)).text == "echo: Hello"
            assert (await provider.chat(HELLO)).text == "echo: Hello"
            assert [request.headers["Authorization"] for request in fake.requests] == [f"Bearer {key}"] * 2


async def test_it_streams(provider: LocalProvider, model: FakeModel) -> None:
    async with FakeProvider() as fake:
        model.where = Endpoint(fake.base_url, "key")
        told = list[str]()
        assert (await provider.stream(HELLO, told.append)).text == "echo: Hello"
        assert told == ["echo: ", "Hello"]


async def test_a_model_that_does_not_start_is_unreachable(provider: LocalProvider) -> None:
    with pytest.raises(ProviderError, match="local: The embedded model is not installed") as caught:
        await provider.chat(HELLO)
    assert caught.value.reason == "PROVIDER_UNREACHABLE"


async def test_there_is_no_other_model(provider: LocalProvider) -> None:
    with pytest.raises(ProviderError, match=EmbeddedModel.name) as caught:
        await provider.stream(ChatRequest([], "gpt-9", {}), str)
    assert caught.value.reason == "PROVIDER_REFUSED"


async def test_closing_stops_the_model(provider: LocalProvider, model: FakeModel) -> None:
    await provider.close()
    assert model.stopped
