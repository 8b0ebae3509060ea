"""What a model's own name tells of it."""

import pytest

from services.embedded.model import NAME, SLOT_TOKENS
from services.providers import names
from services.providers.config import OPENAI_URL, Kind, ModelSettings
from services.providers.names import SAMPLING


@pytest.mark.parametrize(
    ("provider", "model", "kind"),
    [
        ("openai", "gpt-5.4-mini", "chat"),
        ("openai", "o3", "chat"),
        ("openai", "gpt-3.5-turbo", "chat"),
        ("openai", "gpt-3.5-turbo-instruct", "completion"),
        ("openai", "gpt-3.5-turbo-instruct-0914", "completion"),
        ("openai", "davinci-002", "completion"),
        ("openai", "babbage-002", "completion"),
        ("openai", "gpt-image-2", "image"),
        ("openai", "chatgpt-image-latest", "image"),
        ("acme", "stable-diffusion-xl", "image"),
        ("acme", "Qwen/Qwen3-8B", None),
        ("acme", "flux-schnell", None),
        ("local", NAME, "chat"),
        ("local", "placeholder", "image"),
    ],
)
def test_a_name_tells_what_the_model_is_for_if_it_is_a_known_one(provider: str, model: str, kind: Kind | None) -> None:
    assert names.kind_of(ModelSettings(provider, model)) == kind


def test_the_table_goes_before_the_name() -> None:
    assert names.kind_of(ModelSettings("acme", "gpt-image-2", kind="completion")) == "completion"


@pytest.mark.parametrize("model", ["o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5.4-mini", "gpt-6.2-sol"])
def test_reasoning_models_of_openai_itself_refuse_what_others_take(model: str) -> None:
    own = names.rules_of(ModelSettings("openai", model), OPENAI_URL, "chat")
    assert own.drop_reasoning == SAMPLING
    assert own.rename == {"max_tokens": "max_completion_tokens"}
    other = names.rules_of(ModelSettings("openai", model), "https://gateway.example/v1", "chat")
    assert not other.drop_reasoning
    assert not other.rename
    assert {"stop", "logit_bias"} <= own.drop
    assert not {"stop", "logit_bias"} & other.drop


@pytest.mark.parametrize(
    ("model", "effort"),
    [("gpt-5", ""), ("o3", ""), ("gpt-5.1", "none"), ("gpt-5.4-mini", "none"), ("gpt-5.4-pro", ""), ("gpt-6.1", "")],
)
def test_some_reason_only_when_they_are_asked_to(model: str, effort: str) -> None:
    assert names.rules_of(ModelSettings("openai", model), OPENAI_URL, "chat").effort == effort
    told = ModelSettings("openai", model, drop=frozenset({"seed"}))
    assert names.rules_of(told, OPENAI_URL, "chat").effort == effort


@pytest.mark.parametrize(
    "model", ["gpt-4o", "gpt-3.5-turbo", "gpt-35-turbo", "o3x", "omni", "my-gpt-5", "gpt-5-chat-latest"]
)
def test_models_that_do_not_reason_keep_their_settings(model: str) -> None:
    rules = names.rules_of(ModelSettings("openai", model), OPENAI_URL, "chat")
    assert not rules.drop_reasoning
    assert not rules.rename


def test_only_the_embedded_model_has_a_context_that_is_known() -> None:
    assert names.rules_of(ModelSettings("local", NAME), "", "chat").context == SLOT_TOKENS
    assert names.rules_of(ModelSettings("openai", "gpt-4o"), OPENAI_URL, "chat").context is None


def test_settings_of_text_are_none_of_images_and_the_other_way_round() -> None:
    images = names.rules_of(ModelSettings("acme", "flux"), "https://acme.example/v1", "image")
    assert {"temperature", "max_tokens", "stop", "n", "best_of"} <= images.drop
    assert not {"size", "quality", "style", "background", "seed", "response_format"} & images.drop
    own = names.rules_of(ModelSettings("openai", "gpt-image-2"), OPENAI_URL, "image")
    assert {"style", "response_format"} <= own.drop
    assert "hd" in own.refuse["quality"]


def test_a_completion_takes_no_settings_of_chats() -> None:
    rules = names.rules_of(ModelSettings("openai", "davinci-002"), OPENAI_URL, "completion")
    assert {"response_format", "tools", "n", "best_of"} <= rules.drop
    assert rules.rename == {"max_completion_tokens": "max_tokens"}


def test_what_the_table_says_goes_before_what_the_name_tells() -> None:
    told = ModelSettings(
        "openai",
        "gpt-5",
        drop=frozenset({"seed"}),
        rename={"max_completion_tokens": "max_tokens", "temperature": "heat"},
        context=100,
    )
    rules = names.rules_of(told, OPENAI_URL, "chat")
    assert "seed" in rules.drop
    assert rules.rename == {"max_completion_tokens": "max_tokens", "temperature": "heat"}
    assert rules.drop_reasoning == SAMPLING - {"temperature"}
    assert rules.context == 100
