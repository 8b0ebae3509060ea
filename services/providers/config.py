"""Which providers and models there are: from `promptwire.toml`, from the environment, and what holds without either."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.embedded import model as embedded_model
from services.embedded import placeholder
from services.providers.base import RESERVED_PARAMETERS
from services.providers.json_answers import JsonStyle

LOCAL = "local"
OPENAI = "openai"
OPENAI_URL = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-5.4-mini"
OPENAI_IMAGE_MODEL = "gpt-image-2.5-flare"
KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"

# What a model is asked for: the answer in a chat, the rest of a text, an image.
Kind = Literal["chat", "completion", "image"]

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=255)]


class ConfigInvalid(Exception):
    """A configuration with faults: the message has a line for each one, with its place."""


class ProviderTable(BaseModel):
    """A table `[providers.NAME]`: an OpenAI-compatible server. Times are seconds."""

    model_config = ConfigDict(extra="forbid", strict=True)

    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120
    connect_timeout: Annotated[float, Field(gt=0, le=60)] = 5
    retries: Annotated[int, Field(ge=0, le=10)] = 2


class ModelTable(BaseModel):
    """A table `[models."NAME"]`: our name for a provider's model, and what is to be known of it.

    `choices` are the parameters that take certain values only, `drop` those that it refuses, `rename` those that it has
    another name for; `context` is how many tokens prompt and answer may take together. `json` is what it can be held to
    that is to answer in JSON.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    provider: Name
    model: Text
    kind: Kind | None = None
    choices: dict[Text, Annotated[list[Text], Field(min_length=1)]] | None = None
    drop: list[Text] = []
    rename: dict[Text, Text] = {}
    context: Annotated[int, Field(ge=1)] | None = None
    json_style: Annotated[JsonStyle | None, Field(alias="json")] = None


class File(BaseModel):
    """The whole of `promptwire.toml`; every part may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    default_model: Text | None = None
    default_image_model: Text | None = None
    providers: dict[Name, ProviderTable] = {}
    models: dict[Text, ModelTable] = {}


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """How to reach an OpenAI-compatible server. Times are seconds; an empty key is not sent."""

    base_url: str
    api_key: str = field(default="", repr=False)
    timeout: float = 120.0
    connect_timeout: float = 5.0
    retries: int = 2


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What a model's name stands for. `kind` and `choices` are None when the model's own name says what it takes."""

    provider: str
    model: str
    choices: Mapping[str, tuple[str, ...]] | None = None
    kind: Kind | None = None
    drop: frozenset[str] = frozenset()
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    context: int | None = None
    json_style: JsonStyle | None = None

    @property
    def tells(self) -> bool:
        """Whether it says more of the model than its name and its choices."""
        return bool(self.kind or self.drop or self.rename or self.context or self.json_style)


PLACEHOLDER = ModelSettings(LOCAL, placeholder.NAME, kind="image")


@dataclass(frozen=True, slots=True)
class Config:
    """Every provider but the embedded one, the model table, and the models that are asked when none is named."""

    providers: Mapping[str, ProviderSettings]
    models: Mapping[str, ModelSettings]
    default_name: str
    default: ModelSettings
    default_image: ModelSettings = PLACEHOLDER


def load(
    path: Path | None,
    environment: Mapping[str, str],
    default_model: str | None = None,
    default_image_model: str | None = None,
) -> Config:
    """Read the file, if there is one, and lay it over what the environment says.

    The default models that are given go before the file's. Raises ConfigInvalid with every fault.
    """
    source = str(path) if path else "the environment"
    try:
        file = File.model_validate(_with_openai(_read(path), environment))
    except ValidationError as error:
        raise _invalid(source, (f"{_place(fault['loc'])}: {fault['msg']}" for fault in error.errors())) from None
    name = default_model or file.default_model or _default_name(environment)
    image_name = default_image_model or file.default_image_model or _default_image_name(environment)
    default, image = _default(name, file), _default_image(image_name, file)
    faults = [*_environment_faults(file, environment), *_reference_faults(file), *_rename_faults(file)]
    faults += [*_default_faults(name, default), *_default_image_faults(image_name, image)]
    if faults or default is None or image is None:
        raise _invalid(source, faults)
    models = {name: _to_model(table) for name, table in file.models.items()}
    return Config(_to_providers(file, environment), models, name, default, replace(image, kind="image"))


def split(name: str, providers: Mapping[str, object]) -> ModelSettings | None:
    """Read `PROVIDER/MODEL`; None when it does not begin with the name of one of the providers."""
    provider, slash, model = name.partition("/")
    return ModelSettings(provider, model) if slash and model and provider in providers else None


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: is not TOML: {error}") from None


def _with_openai(raw: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Complete the provider `openai`, which the environment alone can configure."""
    providers: Any = raw.get("providers", {})
    named = isinstance(providers, dict) and OPENAI in providers
    if not isinstance(providers, dict) or not (named or environment.get(KEY_VARIABLE) or environment.get(URL_VARIABLE)):
        return raw
    defaults = {"base_url": environment.get(URL_VARIABLE) or OPENAI_URL}
    if environment.get(KEY_VARIABLE):
        defaults["api_key_env"] = KEY_VARIABLE
    given: Any = providers.get(OPENAI, {})
    return {**raw, "providers": {**providers, OPENAI: {**defaults, **given} if isinstance(given, dict) else given}}


def _environment_faults(file: File, environment: Mapping[str, str]) -> Iterator[str]:
    for name, table in file.providers.items():
        if table.api_key_env and not environment.get(table.api_key_env):
            yield (
                f"providers.{name}.api_key_env: the environment variable {table.api_key_env} is not set; set it, "
                "or leave `api_key_env` out for a server that asks for no key"
            )


def _reference_faults(file: File) -> Iterator[str]:
    if LOCAL in file.providers:
        yield f"providers.{LOCAL}: this name stands for the embedded model; choose another one"
    known = [*file.providers, LOCAL]
    for name, table in file.models.items():
        if table.provider not in known:
            yield f"models.{name}.provider: there is no provider {table.provider!r}; there are {', '.join(known)}"


def _rename_faults(file: File) -> Iterator[str]:
    for name, table in file.models.items():
        for before, after in table.rename.items():
            if before in table.drop or after in RESERVED_PARAMETERS.union(table.drop, table.rename):
                yield (
                    f"models.{name}.rename.{before}: must not be dropped, too, and {after!r} must be neither dropped, "
                    "nor renamed itself, nor set by the server"
                )


def _default_faults(name: str, default: ModelSettings | None) -> Iterator[str]:
    if default is None:
        yield f"default_model: {name!r} is not in the model table; write it as PROVIDER/MODEL, or add it there"
    elif default.kind == "image":
        yield f"default_model: {name!r} is for images by the model table; name it as default_image_model"


def _default_image_faults(name: str, image: ModelSettings | None) -> Iterator[str]:
    if image is None:
        yield f"default_image_model: {name!r} is not in the model table; write it as PROVIDER/MODEL, or add it there"
    elif image.kind not in (None, "image"):
        yield f"default_image_model: {name!r} is for text by the model table; name it as default_model"


def _default_name(environment: Mapping[str, str]) -> str:
    return OPENAI_MODEL if environment.get(KEY_VARIABLE) else embedded_model.NAME


def _default_image_name(environment: Mapping[str, str]) -> str:
    return OPENAI_IMAGE_MODEL if environment.get(KEY_VARIABLE) else f"{LOCAL}/{placeholder.NAME}"


def _default_image(name: str, file: File) -> ModelSettings | None:
    """Find what the default image model's name stands for; a bare one out of the table is taken for OpenAI's."""
    if name == placeholder.NAME and name not in file.models:
        return PLACEHOLDER
    return _named(name, file)


def _default(name: str, file: File) -> ModelSettings | None:
    """Find what the default model's name stands for; a bare one that is not in the table is taken for OpenAI's."""
    if name == embedded_model.NAME and name not in file.models:
        return ModelSettings(LOCAL, name)
    return _named(name, file)


def _named(name: str, file: File) -> ModelSettings | None:
    if name in file.models:
        return _to_model(file.models[name])
    if explicit := split(name, {**file.providers, LOCAL: None}):
        return explicit
    return ModelSettings(OPENAI, name) if OPENAI in file.providers else None


def _to_model(table: ModelTable) -> ModelSettings:
    choices = None if table.choices is None else {name: tuple(values) for name, values in table.choices.items()}
    return ModelSettings(
        table.provider,
        table.model,
        choices,
        table.kind,
        frozenset(table.drop),
        table.rename,
        table.context,
        table.json_style,
    )


def _to_providers(file: File, environment: Mapping[str, str]) -> dict[str, ProviderSettings]:
    return {
        name: ProviderSettings(
            base_url=table.base_url,
            api_key=environment[table.api_key_env] if table.api_key_env else "",
            timeout=table.timeout,
            connect_timeout=table.connect_timeout,
            retries=table.retries,
        )
        for name, table in file.providers.items()
    }


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "file"


def _invalid(source: str, faults: Iterator[str] | list[str]) -> ConfigInvalid:
    return ConfigInvalid(f"{source} is refused:" + "".join(f"\n  {fault}" for fault in faults))
