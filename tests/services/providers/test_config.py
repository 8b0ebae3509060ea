"""Providers and models out of a file and the environment."""

from pathlib import Path

import pytest

from services.providers import config
from services.providers.config import ConfigInvalid, ModelSettings, ProviderSettings

FULL = """
default_model = "fast"

[providers.acme]
base_url = "https://llm.acme.example/v1"
api_key_env = "ACME_KEY"
timeout = 30
connect_timeout = 2.5
retries = 4

[models.fast]
provider = "acme"
model = "llama-3-8b"
choices = {reasoning_effort = ["low", "high"]}

[models."big/one"]
provider = "local"
model = "smollm2-135m-instruct"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "promptwire.toml"


def test_a_file_names_providers_models_and_the_default(file: Path) -> None:
    file.write_text(FULL)
    loaded = config.load(file, {"ACME_KEY": "secret"})
    assert loaded.providers == {"acme": ProviderSettings("https://llm.acme.example/v1", "secret", 30, 2.5, 4)}
    assert loaded.default == ModelSettings("acme", "llama-3-8b", {"reasoning_effort": ("low", "high")})
    assert loaded.models["big/one"] == ModelSettings("local", "smollm2-135m-instruct")


def test_the_environment_goes_before_the_files_default(file: Path) -> None:
    file.write_text(FULL)
    loaded = config.load(file, {"ACME_KEY": "secret"}, "acme/llama-3-70b")
    assert (loaded.default_name, loaded.default) == ("acme/llama-3-70b", ModelSettings("acme", "llama-3-70b"))


def test_a_key_never_shows() -> None:
    assert "secret" not in repr(config.load(None, {"OPENAI_API_KEY": "secret"}))


@pytest.mark.parametrize(
    ("environment", "default_model", "expected"),
    [
        ({}, None, ModelSettings("local", "smollm2-135m-instruct")),
        ({"OPENAI_API_KEY": ""}, None, ModelSettings("local", "smollm2-135m-instruct")),
        ({"OPENAI_API_KEY": "k"}, None, ModelSettings("openai", config.OPENAI_MODEL)),
        ({"OPENAI_API_KEY": "k"}, "gpt-9", ModelSettings("openai", "gpt-9")),
        ({"OPENAI_API_KEY": "k"}, "local/smollm2-135m-instruct", ModelSettings("local", "smollm2-135m-instruct")),
        ({"OPENAI_BASE_URL": "http://h/v1"}, None, ModelSettings("local", "smollm2-135m-instruct")),
        ({"OPENAI_BASE_URL": "http://h/v1"}, "llama", ModelSettings("openai", "llama")),
        ({}, "smollm2-135m-instruct", ModelSettings("local", "smollm2-135m-instruct")),
    ],
)
def test_the_environment_alone_suffices(
    environment: dict[str, str], default_model: str | None, expected: ModelSettings
) -> None:
    assert config.load(None, environment, default_model).default == expected


def test_openai_comes_from_the_environment_and_the_file_may_tune_it(file: Path) -> None:
    environment = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://proxy.example/v1"}
    assert config.load(None, environment).providers["openai"] == ProviderSettings("https://proxy.example/v1", "k")
    file.write_text("[providers.openai]\nretries = 0\n")
    assert config.load(file, environment).providers["openai"].retries == 0
    assert config.load(file, {}).providers["openai"] == ProviderSettings(config.OPENAI_URL, retries=0)


def test_every_fault_is_told_with_its_place(file: Path) -> None:
    file.write_text("""
        colour = "red"
        [providers.acme]
        base_url = "llm.acme.example"
        timeout = 0
        retries = "2"
        headers = {x = "y"}
        [providers."a/b"]
        base_url = "http://h/v1"
        [models.fast]
        provider = "acme"
        choices = {effort = []}
    """)
    with pytest.raises(ConfigInvalid) as caught:
        config.load(file, {})
    message = str(caught.value)
    assert message.startswith(f"{file} is refused:")
    for place in (
        "colour",
        "providers.acme.base_url",
        "providers.acme.timeout",
        "providers.acme.retries",
        "providers.acme.headers",
        "providers.a/b",
        "models.fast.model",
        "models.fast.choices.effort",
    ):
        assert f"\n  {place}" in message


def test_what_a_file_refers_to_must_be_there(file: Path) -> None:
    file.write_text("""
        default_model = "slow"
        [providers.local]
        base_url = "http://h/v1"
        [providers.acme]
        base_url = "http://h/v1"
        api_key_env = "ACME_KEY"
        [models.fast]
        provider = "acne"
        model = "m"
    """)
    with pytest.raises(ConfigInvalid) as caught:
        config.load(file, {})
    places = [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]]
    assert places == ["providers.acme.api_key_env", "providers.local", "models.fast.provider", "default_model"]
    assert "ACME_KEY is not set" in str(caught.value)


@pytest.mark.parametrize("text", ["providers = 1", "providers.openai = 1", "= 1", "\xff"])
def test_a_file_of_another_form_is_refused(file: Path, text: str) -> None:
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigInvalid, match=r"promptwire\.toml"):
        config.load(file, {"OPENAI_API_KEY": "k"})


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        config.load(file, {})


def test_a_model_of_the_table_may_tell_what_it_is_for_and_what_it_takes(file: Path) -> None:
    file.write_text("""
        default_image_model = "pictures"
        [providers.acme]
        base_url = "http://h/v1"
        [models.pictures]
        provider = "acme"
        model = "flux"
        kind = "image"
        drop = ["style"]
        [models.base]
        provider = "acme"
        model = "pythia"
        kind = "completion"
        rename = {max_completion_tokens = "max_tokens"}
        context = 2048
    """)
    loaded = config.load(file, {})
    assert loaded.default_image == ModelSettings("acme", "flux", None, "image", frozenset({"style"}))
    assert loaded.models["base"] == ModelSettings(
        "acme", "pythia", None, "completion", frozenset(), {"max_completion_tokens": "max_tokens"}, 2048
    )


@pytest.mark.parametrize(
    ("environment", "default_image_model", "expected"),
    [
        ({}, None, config.PLACEHOLDER),
        ({}, "placeholder", config.PLACEHOLDER),
        ({}, "local/placeholder", config.PLACEHOLDER),
        ({"OPENAI_BASE_URL": "http://h/v1"}, None, config.PLACEHOLDER),
        ({"OPENAI_BASE_URL": "http://h/v1"}, "flux", ModelSettings("openai", "flux", kind="image")),
        ({"OPENAI_API_KEY": "k"}, None, ModelSettings("openai", config.OPENAI_IMAGE_MODEL, kind="image")),
        ({"OPENAI_API_KEY": "k"}, "gpt-image-2", ModelSettings("openai", "gpt-image-2", kind="image")),
        ({"OPENAI_API_KEY": "k"}, "placeholder", config.PLACEHOLDER),
    ],
)
def test_the_default_of_images_comes_from_the_environment(
    environment: dict[str, str], default_image_model: str | None, expected: ModelSettings
) -> None:
    assert config.load(None, environment, default_image_model=default_image_model).default_image == expected


def test_the_environment_goes_before_the_files_default_of_images(file: Path) -> None:
    file.write_text('default_image_model = "acme/flux"\n[providers.acme]\nbase_url = "http://h/v1"\n')
    assert config.load(file, {}).default_image == ModelSettings("acme", "flux", kind="image")
    assert config.load(file, {}, None, "local/placeholder").default_image == config.PLACEHOLDER


def test_a_default_of_the_other_kind_is_refused(file: Path) -> None:
    file.write_text("""
        default_model = "pictures"
        default_image_model = "base"
        [providers.acme]
        base_url = "http://h/v1"
        [models.pictures]
        provider = "acme"
        model = "flux"
        kind = "image"
        [models.base]
        provider = "acme"
        model = "pythia"
        kind = "completion"
    """)
    with pytest.raises(ConfigInvalid) as caught:
        config.load(file, {})
    assert faults(caught.value) == ["default_model", "default_image_model"]


def test_a_default_of_images_that_is_nowhere_is_refused() -> None:
    with pytest.raises(ConfigInvalid, match="default_image_model: 'flux' is not in the model table"):
        config.load(None, {}, default_image_model="flux")


def test_what_a_model_of_the_table_refuses_is_checked(file: Path) -> None:
    file.write_text("""
        [providers.acme]
        base_url = "http://h/v1"
        [models.wrong]
        provider = "acme"
        model = "m"
        kind = "video"
        drop = "style"
        rename = {a = 1}
        context = 0
    """)
    with pytest.raises(ConfigInvalid) as caught:
        config.load(file, {})
    assert faults(caught.value) == [f"models.wrong.{name}" for name in ("kind", "drop", "rename.a", "context")]


def test_nothing_is_renamed_to_what_does_not_go_along(file: Path) -> None:
    file.write_text("""
        [providers.acme]
        base_url = "http://h/v1"
        [models.wrong]
        provider = "acme"
        model = "m"
        drop = ["d", "e"]
        rename = {a = "model", b = "c", c = "b", e = "f", g = "d", h = "h", i = "fine"}
    """)
    with pytest.raises(ConfigInvalid) as caught:
        config.load(file, {})
    assert faults(caught.value) == [f"models.wrong.rename.{name}" for name in "abcegh"]


def faults(error: ConfigInvalid) -> list[str]:
    """Give the places of the faults."""
    return [line.split(":")[0].strip() for line in str(error).splitlines()[1:]]
