"""The models that one provider offers: the last list that it gave, and how that is renewed."""

import asyncio
import time
from collections.abc import Callable

import structlog

from services.providers.base import Provider, ProviderError

LIST_SECONDS = 60.0
# How soon after a failure a list is asked for again while nobody waits for it.
PAUSE_SECONDS = 1.0

_log = structlog.get_logger()


class Listing:
    """Keeps a provider's last list, which a failure does not replace, and renews it when it is a minute old.

    `names` is None until the provider was first asked. `failed` tells that it did not answer when it was last asked.
    """

    def __init__(self, provider: Provider, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.provider = provider
        self.names: frozenset[str] | None = None
        self.failed = False
        self._clock = clock
        self._due = clock()
        self._asking: asyncio.Task[None] | None = None

    def renew_later(self) -> None:
        """Renew an old list without waiting for it."""
        if self._clock() >= self._due:
            self._ask()

    async def renew(self) -> None:
        """Renew an old list, or one that the provider failed to give; all who wait share one call."""
        if self.failed or self._clock() >= self._due:
            await asyncio.shield(self._ask())

    async def close(self) -> None:
        """Leave a call that is under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    def _ask(self) -> asyncio.Task[None]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._list())
        return self._asking

    async def _list(self) -> None:
        try:
            self.names, self.failed = frozenset(await self.provider.models()), False
            self._due = self._clock() + LIST_SECONDS
        except ProviderError as error:
            self.names, self.failed = self.names or frozenset(), True
            self._due = self._clock() + PAUSE_SECONDS
            name = self.provider.name
            _log.warning("provider lists no models", provider=name, reason=error.reason, detail=error.message)
