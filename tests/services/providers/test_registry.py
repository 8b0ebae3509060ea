"""Which provider answers for which name."""

import asyncio
from collections.abc import Sequence

import pytest

from services.providers import listing
from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.providers.config import Config, ModelSettings, ProviderSettings
from services.providers.registry import Registry, UnknownModel

CONFIG = Config(
    providers={"acme": ProviderSettings("http://acme/v1", retries=5), "other": ProviderSettings("http://other/v1")},
    models={
        "fast": ModelSettings("acme", "gpt-5-nano"),
        "exact": ModelSettings("acme", "gpt-5-nano", {"reasoning_effort": ("none",)}),
    },
    default_name="house",
    default=ModelSettings("other", "house"),
)


class Listing:
    """A provider that only lists models, and counts how often."""

    def __init__(self, name: str, *models: str, error: ProviderError | None = None) -> None:
        self.name = name
        self.asked = 0
        self.closed = False
        self.offered: Sequence[str] = models
        self.error = error

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        raise NotImplementedError

    async def models(self) -> Sequence[str]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return self.offered

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def acme() -> Listing:
    return Listing("acme", "llama", "house", "shared", "o3-mini", "o3x")


@pytest.fixture
def other() -> Listing:
    return Listing("other", "house", "shared", "mistral")


@pytest.fixture
def registry(acme: Listing, other: Listing) -> Registry:
    return Registry(CONFIG, {"acme": acme, "other": other})


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("", "", ("other", "house")),
        ("", "house", ("other", "house")),
        ("", "fast", ("acme", "gpt-5-nano")),
        ("", "acme/any/thing", ("acme", "any/thing")),
        ("acme", "any", ("acme", "any")),
        ("acme", "fast", ("acme", "fast")),
        ("other", "", ("other", "house")),
    ],
)
async def test_configured_and_explicit_names_ask_nobody(
    registry: Registry, acme: Listing, other: Listing, provider: str, model: str, expected: tuple[str, str]
) -> None:
    target = await registry.resolve(provider, model)
    assert (target.provider.name, target.model) == expected
    assert acme.asked == other.asked == 0


async def test_another_bare_name_is_found_in_the_lists_the_defaults_provider_first(registry: Registry) -> None:
    assert (await registry.resolve("", "llama")).provider.name == "acme"
    assert (await registry.resolve("", "shared")).provider.name == "other"


async def test_lists_are_asked_once_for_all_who_wait_and_kept(registry: Registry, acme: Listing) -> None:
    await asyncio.gather(*(registry.resolve("", "llama") for _ in range(10)))
    await registry.resolve("", "mistral")
    assert acme.asked == 1


@pytest.mark.parametrize(
    ("provider", "model", "words"),
    [
        ("", "gpt-9", "'gpt-9'.*ListModels"),
        ("", "nobody/gpt", "'nobody/gpt'"),
        ("", "acme/", "'acme/'"),
        ("nobody", "gpt", "'nobody'.*acme, other"),
        ("acme", "", "name a model"),
    ],
)
async def test_what_is_unknown_is_refused_with_a_way_out(
    registry: Registry, provider: str, model: str, words: str
) -> None:
    with pytest.raises(UnknownModel, match=words):
        await registry.resolve(provider, model)


REFUSED = ProviderError("PROVIDER_UNREACHABLE", "refused")


async def test_a_name_in_no_list_is_passed_on_to_a_provider_whose_list_cannot_be_read(
    registry: Registry, acme: Listing, other: Listing
) -> None:
    acme.error = REFUSED
    assert (await registry.resolve("", "mistral")).provider is other
    target = await registry.resolve("", "gpt-9")
    assert (target.provider, target.model) == (acme, "gpt-9")
    assert acme.asked == 2
    assert "llama" not in [model.name for model in await registry.models()]


async def test_of_several_providers_that_cannot_be_read_the_defaults_is_asked(
    registry: Registry, acme: Listing, other: Listing
) -> None:
    acme.error = other.error = REFUSED
    assert (await registry.resolve("", "gpt-9")).provider is other


async def test_a_failure_is_forgotten_as_soon_as_the_provider_answers(registry: Registry, acme: Listing) -> None:
    acme.error = REFUSED
    assert (await registry.resolve("", "gpt-9")).provider is acme
    acme.error = None
    assert (await registry.resolve("", "llama")).provider is acme
    with pytest.raises(UnknownModel):
        await registry.resolve("", "gpt-9")


async def test_a_name_is_found_in_an_old_list_while_its_provider_fails(
    registry: Registry, acme: Listing, other: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LIST_SECONDS", 0.0)
    await registry.resolve("", "llama")
    acme.error = other.error = REFUSED
    for _ in range(3):
        assert (await registry.resolve("", "llama")).provider is acme
        await asyncio.sleep(0)
    assert [model.name for model in await registry.models()] == ["exact", "fast", "house"]


async def test_a_new_name_is_not_kept_from_runs_by_an_old_list(
    registry: Registry, acme: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LIST_SECONDS", 0.0)
    await registry.resolve("", "llama")
    acme.offered = ["llama-4"]
    assert (await registry.resolve("", "llama-4")).provider is acme


async def test_retries_are_those_of_the_provider(registry: Registry) -> None:
    assert (await registry.resolve("acme", "any")).retries == 5
    assert (await registry.resolve("other", "any")).retries == ProviderSettings("").retries


async def test_models_lists_every_name_that_resolves_to_what_it_says(registry: Registry) -> None:
    models = await registry.models()
    assert [model.name for model in models] == sorted(
        ["house", "fast", "exact", "llama", "acme/house", "shared", "acme/shared", "mistral", "o3-mini", "o3x"]
    )
    assert [model.name for model in models if model.is_default] == ["house"]
    for model in models:
        target = await registry.resolve("", model.name)
        assert (target.provider.name, target.model) == (model.provider, model.provider_model)


async def test_reasoning_models_take_three_efforts_unless_the_table_says_otherwise(registry: Registry) -> None:
    efforts = {model.name: model.choices.get("reasoning_effort") for model in await registry.models()}
    assert efforts["fast"] == efforts["o3-mini"] == ("low", "medium", "high")
    assert efforts["exact"] == ("none",)
    assert efforts["o3x"] is None


async def test_closing_closes_the_providers(registry: Registry, acme: Listing, other: Listing) -> None:
    await registry.close()
    assert acme.closed
    assert other.closed
