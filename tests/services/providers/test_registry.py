"""Which provider answers for which name."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.providers import listing, names
from services.providers.base import ChatAnswer, ChatRequest, ImageAnswer, ImageRequest, ProviderError, Tell
from services.providers.config import Config, ModelSettings, ProviderSettings
from services.providers.registry import Kind, Registry, UnknownModel

CONFIG = Config(
    providers={"acme": ProviderSettings("http://acme/v1", retries=5), "other": ProviderSettings("http://other/v1")},
    models={
        "fast": ModelSettings("acme", "gpt-5-nano"),
        "exact": ModelSettings("acme", "gpt-5-nano", {"reasoning_effort": ("none",)}),
    },
    default_name="house",
    default=ModelSettings("other", "house"),
    default_image=ModelSettings("other", "paint", kind="image"),
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

    async def stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        raise NotImplementedError

    async def image(self, request: ImageRequest) -> ImageAnswer:
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


def with_models(acme: Listing, other: Listing, **models: ModelSettings) -> Registry:
    return Registry(replace(CONFIG, models=models), {"acme": acme, "other": other})


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("", "", ("other", "paint")),
        ("", "paint", ("other", "paint")),
        ("other", "", ("other", "paint")),
        ("", "acme/flux", ("acme", "flux")),
        ("acme", "flux", ("acme", "flux")),
    ],
)
async def test_images_have_a_default_of_their_own(
    registry: Registry, acme: Listing, other: Listing, provider: str, model: str, expected: tuple[str, str]
) -> None:
    target = await registry.resolve(provider, model, "image")
    assert (target.provider.name, target.model, target.replaces) == (*expected, "")
    assert acme.asked == other.asked == 0


@pytest.mark.parametrize("kind", names.RETIRED)
async def test_the_default_stands_in_for_every_retired_model(
    registry: Registry, acme: Listing, other: Listing, kind: Kind
) -> None:
    acme.error = REFUSED
    default = await registry.resolve("", "", kind)
    for name in names.RETIRED[kind]:
        assert await registry.resolve("", name, kind) == replace(default, replaces=name)
    assert acme.asked == other.asked == 1


@pytest.mark.parametrize(("kind", "name"), [("image", "sdxl"), ("text", "gpt-4-32k")])
async def test_a_retired_model_that_a_provider_offers_is_asked(
    registry: Registry, acme: Listing, kind: Kind, name: str
) -> None:
    acme.offered = [name]
    target = await registry.resolve("", name, kind)
    assert (target.provider, target.model, target.replaces) == (acme, name, "")


@pytest.mark.parametrize(("kind", "model"), [("text", "llama"), ("image", "llama"), ("text", "placeholder")])
async def test_the_embedded_provider_has_two_models(acme: Listing, other: Listing, kind: Kind, model: str) -> None:
    registry = Registry(CONFIG, {"acme": acme, "other": other, "local": Listing("local")})
    with pytest.raises(UnknownModel, match=r"smollm2-135m-instruct|is for images"):
        await registry.resolve("", f"local/{model}", kind)


@pytest.mark.parametrize(
    ("kind", "model"),
    [("text", "text-davinci-003"), ("image", "dall-e"), ("image", "dall-e-3"), ("image", "playground-v2")],
)
async def test_the_names_in_old_flows_are_known(registry: Registry, kind: Kind, model: str) -> None:
    assert (await registry.resolve("", model, kind)).replaces == model


async def test_the_table_goes_before_the_names_of_retired_models(acme: Listing, other: Listing) -> None:
    registry = with_models(acme, other, **{"dall-e": ModelSettings("acme", "flux", kind="image")})
    target = await registry.resolve("", "dall-e", "image")
    assert (target.provider, target.model, target.replaces) == (acme, "flux", "")


async def test_a_retired_name_is_the_providers_own_when_that_is_named(registry: Registry) -> None:
    for provider, model in (("acme", "dall-e-3"), ("", "acme/dall-e-3")):
        target = await registry.resolve(provider, model, "image")
        assert (target.provider.name, target.model, target.replaces) == ("acme", "dall-e-3", "")


@pytest.mark.parametrize(
    ("kind", "model", "words"),
    [
        ("image", "acme/gpt-5.4-mini", "is for text; name one for images"),
        ("image", "fast", "is for text; name one for images"),
        ("image", "o3-mini", "is for text; name one for images"),
        ("image", "acme/davinci-002", "is for text; name one for images"),
        ("image", "text-davinci-003", "is for text; name one for images"),
        ("text", "acme/gpt-image-2", "is for images; name one for text"),
        ("text", "dall-e", "is for images; name one for text"),
    ],
)
async def test_a_model_for_the_other_kind_is_refused_with_a_way_out(
    registry: Registry, kind: Kind, model: str, words: str
) -> None:
    with pytest.raises(UnknownModel, match=words):
        await registry.resolve("", model, kind)


async def test_an_image_model_is_found_in_the_lists(registry: Registry, acme: Listing) -> None:
    acme.offered = ["flux-schnell"]
    target = await registry.resolve("", "flux-schnell", "image")
    assert (target.provider, target.completion) == (acme, False)
    assert "temperature" in target.rules.drop


async def test_completion_models_are_known_by_name_or_by_the_table(acme: Listing, other: Listing) -> None:
    registry = with_models(acme, other, base=ModelSettings("acme", "pythia", kind="completion"))
    assert (await registry.resolve("acme", "gpt-3.5-turbo-instruct")).completion
    assert (await registry.resolve("", "base")).completion
    assert not (await registry.resolve("acme", "any")).completion


async def test_what_the_table_tells_of_a_model_holds_by_whatever_name_it_is_asked(
    acme: Listing, other: Listing
) -> None:
    registry = with_models(
        acme,
        other,
        plain=ModelSettings("acme", "pythia"),
        base=ModelSettings("acme", "pythia", None, "completion", frozenset({"seed"}), {"stop": "until"}, 1000),
    )
    for provider, model in (("", "base"), ("acme", "pythia"), ("", "acme/pythia"), ("", "plain")):
        target = await registry.resolve(provider, model)
        assert target.completion
        assert "seed" in target.rules.drop
        assert target.rules.rename["stop"] == "until"
        assert target.rules.context == 1000


async def test_image_models_are_listed_too(acme: Listing, other: Listing) -> None:
    registry = with_models(acme, other, pictures=ModelSettings("acme", "flux", kind="image"))
    other.offered = ["gpt-image-2"]
    listed = {model.name: (model.provider, model.provider_model) for model in await registry.models()}
    assert listed["pictures"] == ("acme", "flux")
    assert listed["gpt-image-2"] == ("other", "gpt-image-2")
