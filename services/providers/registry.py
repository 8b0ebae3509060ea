"""Which provider answers for a model's name, and which names there are."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from async_lru import alru_cache

from services.providers.base import Provider, ProviderError
from services.providers.config import Config, ModelSettings, ProviderSettings, split

LIST_SECONDS = 60.0
# The embedded provider is in no configuration: the defaults hold for it.
_DEFAULTS = ProviderSettings(base_url="")
_REASONING = re.compile(r"(o[134]|gpt-5)(?![0-9A-Za-z])")
_REASONING_CHOICES = {"reasoning_effort": ("low", "medium", "high")}

_log = structlog.get_logger()


class UnknownModel(Exception):
    """No provider offers the model, or there is no such provider; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask for what: `model` is the provider's name for it, `retries` how often to ask again."""

    provider: Provider
    model: str
    retries: int


@dataclass(frozen=True, slots=True)
class Model:
    """A name that can be asked, and what it stands for."""

    name: str
    provider: str
    provider_model: str
    is_default: bool
    choices: Mapping[str, Sequence[str]]


class Registry:
    """Knows the configured providers, the model table and, from the providers themselves, what else they offer."""

    def __init__(self, config: Config, providers: Mapping[str, Provider]) -> None:
        self._config = config
        self._providers = dict(providers)
        self._listed = alru_cache(maxsize=None, ttl=LIST_SECONDS)(self._list)

    async def resolve(self, provider: str, model: str) -> Target:
        """Find whom to ask. Either name may be empty. Raises UnknownModel.

        The default, the model table and explicit names are found without asking anyone; another bare name is looked for
        in the lists of the providers, which are kept for a minute.
        """
        if provider:
            return self._target(self._of_provider(provider, model))
        known = self._known(model or self._config.default_name)
        return self._target(known or await self._find(model))

    async def models(self) -> list[Model]:
        """List the default, the model table, and what the providers that answer offer, by name."""
        named = {self._config.default_name: self._config.default, **self._config.models}
        for provider, names in await self._lists():
            for name in names:
                # A name that stands for something else already needs its provider's name before it.
                taken = named.setdefault(name, ModelSettings(provider, name))
                if (taken.provider, taken.model) != (provider, name):
                    named[f"{provider}/{name}"] = ModelSettings(provider, name)
        return [self._to_model(name, named[name]) for name in sorted(named)]

    async def close(self) -> None:
        """Close every provider."""
        await self._listed.cache_close()
        await asyncio.gather(*(provider.close() for provider in self._providers.values()))

    def _of_provider(self, provider: str, model: str) -> ModelSettings:
        if provider not in self._providers:
            raise UnknownModel(f"there is no provider {provider!r}; there are {', '.join(self._providers)}")
        if model:
            return ModelSettings(provider, model)
        if self._config.default.provider == provider:
            return self._config.default
        raise UnknownModel(f"the default model is not one of provider {provider!r}; name a model")

    def _known(self, name: str) -> ModelSettings | None:
        if name == self._config.default_name:
            return self._config.default
        return self._config.models.get(name) or split(name, self._providers)

    async def _find(self, name: str) -> ModelSettings:
        for provider, names in await self._lists():
            if name in names:
                return ModelSettings(provider, name)
        raise UnknownModel(f"no provider offers a model {name!r}; take a name of ListModels, or write PROVIDER/MODEL")

    async def _lists(self) -> list[tuple[str, frozenset[str]]]:
        """Give each provider's models, the default's provider first."""
        order = sorted(self._providers, key=lambda name: name != self._config.default.provider)
        return list(zip(order, await asyncio.gather(*(self._listed(name) for name in order)), strict=True))

    async def _list(self, provider: str) -> frozenset[str]:
        try:
            return frozenset(await self._providers[provider].models())
        except ProviderError as error:
            _log.warning("provider lists no models", provider=provider, reason=error.reason, detail=error.message)
            return frozenset()

    def _target(self, settings: ModelSettings) -> Target:
        retries = self._config.providers.get(settings.provider, _DEFAULTS).retries
        return Target(self._providers[settings.provider], settings.model, retries)

    def _to_model(self, name: str, settings: ModelSettings) -> Model:
        choices = settings.choices
        if choices is None:
            choices = _REASONING_CHOICES if _REASONING.match(settings.model) else {}
        is_default = name == self._config.default_name
        return Model(name, settings.provider, settings.model, is_default, choices)
