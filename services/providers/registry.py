"""Which provider answers for a model's name, and which names there are."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.providers import names
from services.providers.adjustments import Rules
from services.providers.base import Provider
from services.providers.config import LOCAL, Config, ModelSettings, ProviderSettings, split
from services.providers.json_answers import JsonStyle
from services.providers.listing import Listing

# The embedded provider is in no configuration: the defaults hold for it.
_DEFAULTS = ProviderSettings(base_url="")
_REASONING_CHOICES = {"reasoning_effort": ("low", "medium", "high")}

NO_RULES = Rules()

# What a run wants of a model.
Kind = Literal["text", "image"]


class UnknownModel(Exception):
    """No provider offers the model, or there is no such provider; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask for what: `model` is the provider's name for it, `retries` how often to ask again.

    `completion`: it is no model for chats. `rules` is what it refuses of the settings. `replaces` is the name of the
    retired model that it stands in for; empty: none. `json_style` is what it can be held to that is to answer in JSON,
    `shows_schema` whether its provider shows it the schema.
    """

    provider: Provider
    model: str
    retries: int
    completion: bool = False
    rules: Rules = NO_RULES
    replaces: str = ""
    json_style: JsonStyle = "none"
    shows_schema: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A name that can be asked, and what it stands for."""

    name: str
    provider: str
    provider_model: str
    is_default: bool
    choices: Mapping[str, Sequence[str]]
    kind: Kind | None = None


class Registry:
    """Knows the configured providers, the model table and, from the providers themselves, what else they offer."""

    def __init__(self, config: Config, providers: Mapping[str, Provider]) -> None:
        self._config = config
        self._providers = dict(providers)
        # The default's provider first: of those that offer a name, the first one answers for it.
        order = sorted(providers, key=lambda name: name != config.default.provider)
        self._listings = [Listing(providers[name]) for name in order]
        # What the table tells of a model holds by whatever name it is asked: a resumed run knows the provider's own.
        self._told: dict[tuple[str, str], ModelSettings] = {}
        for told in config.models.values():
            if told.tells:
                self._told.setdefault((told.provider, told.model), told)

    async def resolve(self, provider: str, model: str, kind: Kind = "text") -> Target:
        """Find whom to ask. Either name may be empty. Raises UnknownModel.

        The defaults, the model table and explicit names are found without asking anyone; another bare name is looked
        for in the lists of the providers, which are kept for a minute. For that of a retired model which nobody offers
        the default stands in. Another one that is in no list, when not all could be read, is passed on, so that the run
        tells how that provider fails.
        """
        if provider:
            return self._target(self._of_provider(provider, model, kind), kind)
        if not model:
            return self._target(self._default(kind), kind)
        if known := self._known(model, kind):
            return self._target(known, kind)
        if model in names.RETIRED[kind] and not await self._is_offered(model):
            return replace(self._target(self._default(kind), kind), replaces=model)
        return self._target(await self._find(model, kind), kind)

    def is_for_images(self, name: str) -> bool:
        """Tell whether a model's name, or what it stands for, says that it makes images. Nobody is asked."""
        if name in names.RETIRED["image"]:
            return name not in self._config.models or names.kind_of(self._config.models[name]) == "image"
        known = self._known(name, "image") or ModelSettings(self._config.default.provider, name)
        return names.kind_of(known) == "image"

    async def models(self) -> list[Model]:
        """List the default, the model table, and what the providers that answer offer, by name."""
        named = {self._config.default_name: self._config.default, **self._config.models}
        await self._renew()
        for listing in self._listings:
            provider = listing.provider.name
            for name in () if listing.failed else listing.names or ():
                # A name that stands for something else already needs its provider's name before it.
                taken = named.setdefault(name, ModelSettings(provider, name))
                if (taken.provider, taken.model) != (provider, name):
                    named[f"{provider}/{name}"] = ModelSettings(provider, name)
        return [self._to_model(name, named[name]) for name in sorted(named)]

    async def close(self) -> None:
        """Close every provider."""
        await asyncio.gather(*(listing.close() for listing in self._listings))
        await asyncio.gather(*(provider.close() for provider in self._providers.values()))

    def _default(self, kind: Kind) -> ModelSettings:
        return self._config.default_image if kind == "image" else self._config.default

    def _of_provider(self, provider: str, model: str, kind: Kind) -> ModelSettings:
        if provider not in self._providers:
            raise UnknownModel(f"there is no provider {provider!r}; there are {', '.join(self._providers)}")
        if model:
            return ModelSettings(provider, model)
        if self._default(kind).provider == provider:
            return self._default(kind)
        raise UnknownModel(f"the default model is not one of provider {provider!r}; name a model")

    def _known(self, name: str, kind: Kind) -> ModelSettings | None:
        if name == self._config.default_name:
            return self._config.default
        if kind == "image" and name == self._config.default_image.model and name not in self._config.models:
            return self._config.default_image
        return self._config.models.get(name) or split(name, self._providers)

    async def _is_offered(self, name: str) -> bool:
        """Tell whether a model is in the last list of a provider. Only who asks first waits for the lists."""
        if any(listing.names is None for listing in self._listings):
            await self._renew()
        for listing in self._listings:
            listing.renew_later()
        return any(name in (listing.names or ()) for listing in self._listings)

    async def _find(self, name: str, kind: Kind) -> ModelSettings:
        offering = self._offering_by_last_list(name)
        if offering is None:
            await self._renew()
            offering = self._offering(name)
        if offering is None:
            if name in names.RETIRED["text" if kind == "image" else "image"]:
                raise _wrong_kind(name, kind)
            raise UnknownModel(
                f"no provider offers a model {name!r}; take a name of ListModels, or write PROVIDER/MODEL"
            )
        return ModelSettings(offering.provider.name, name)

    def _offering_by_last_list(self, name: str) -> Listing | None:
        """Find who offers a model, without waiting; None when a list is missing that would have to be looked at."""
        for listing in self._listings:
            if listing.names is None:
                return None
            listing.renew_later()
            if name in listing.names:
                return listing
        return None

    def _offering(self, name: str) -> Listing | None:
        """Find who offers a model, or else may offer it, since its list could not be read."""
        offering = (listing for listing in self._listings if name in (listing.names or ()))
        failed = (listing for listing in self._listings if listing.failed)
        return next(offering, None) or next(failed, None)

    async def _renew(self) -> None:
        await asyncio.gather(*(listing.renew() for listing in self._listings))

    def _target(self, settings: ModelSettings, kind: Kind) -> Target:
        if not settings.tells:
            settings = self._told.get((settings.provider, settings.model), settings)
        named = names.kind_of(settings)
        if settings.provider == LOCAL and settings.model not in names.EMBEDDED:
            have = " and ".join(map(repr, names.EMBEDDED))
            raise UnknownModel(f"{LOCAL!r} has no model {settings.model!r}, but {have}")
        if named is not None and (named == "image") != (kind == "image"):
            raise _wrong_kind(settings.model, kind)
        provider = self._config.providers.get(settings.provider, _DEFAULTS)
        model_kind = "image" if kind == "image" else named or "chat"
        return Target(
            self._providers[settings.provider],
            settings.model,
            provider.retries,
            completion=named == "completion",
            rules=names.rules_of(settings, provider.base_url, model_kind),
            json_style=names.json_style_of(settings, model_kind),
            shows_schema=names.is_openai(provider.base_url),
        )

    def _to_model(self, name: str, settings: ModelSettings) -> Model:
        choices = settings.choices
        if choices is None:
            choices = _REASONING_CHOICES if names.reasons(settings.model) else {}
        is_default = name == self._config.default_name
        told = names.kind_of(settings)
        kind = None if told is None else "image" if told == "image" else "text"
        return Model(name, settings.provider, settings.model, is_default, choices, kind)


def _wrong_kind(model: str, kind: Kind) -> UnknownModel:
    is_for, wanted = ("text", "images") if kind == "image" else ("images", "text")
    return UnknownModel(f"the model {model!r} is for {is_for}; name one for {wanted}, or none")
