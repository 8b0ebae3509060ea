"""A provider's last list, and when it is asked for anew."""

import asyncio
from collections.abc import Sequence

import pytest

from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.providers.listing import LIST_SECONDS, PAUSE_SECONDS, Listing

REFUSED = ProviderError("PROVIDER_UNREACHABLE", "refused")


class Slow:
    """A provider that lists its models once it may."""

    name = "acme"

    def __init__(self) -> None:
        self.asked = 0
        self.cancelled = False
        self.may = asyncio.Event()
        self.outcome: Sequence[str] | ProviderError = ["llama"]

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        raise NotImplementedError

    async def models(self) -> Sequence[str]:
        self.asked += 1
        try:
            await self.may.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if isinstance(self.outcome, ProviderError):
            raise self.outcome
        return self.outcome

    async def close(self) -> None:
        """Do nothing."""


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def provider() -> Slow:
    return Slow()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def listing(provider: Slow, clock: Clock) -> Listing:
    return Listing(provider, clock=clock)


async def let_others_run() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_all_who_wait_share_one_call_which_outlives_each_of_them(listing: Listing, provider: Slow) -> None:
    leaving, *staying = [asyncio.create_task(listing.renew()) for _ in range(10)]
    await let_others_run()
    leaving.cancel()
    provider.may.set()
    await asyncio.gather(*staying)
    assert (listing.names, listing.failed, provider.asked) == ({"llama"}, False, 1)


async def test_a_list_is_kept_for_a_minute_and_then_renewed_while_it_serves(
    listing: Listing, provider: Slow, clock: Clock
) -> None:
    provider.may.set()
    await listing.renew()
    clock.now += LIST_SECONDS - 1
    listing.renew_later()
    await listing.renew()
    assert provider.asked == 1

    clock.now += 1
    provider.may.clear()
    provider.outcome = ["llama-4"]
    listing.renew_later()
    await let_others_run()
    assert (listing.names, provider.asked) == ({"llama"}, 2)
    provider.may.set()
    await let_others_run()
    assert listing.names == {"llama-4"}


async def test_a_failure_replaces_no_list_and_is_not_kept(listing: Listing, provider: Slow, clock: Clock) -> None:
    provider.may.set()
    await listing.renew()
    clock.now += LIST_SECONDS
    provider.outcome = REFUSED
    await listing.renew()
    assert (listing.names, listing.failed) == ({"llama"}, True)
    provider.outcome = ["llama-4"]
    await listing.renew()
    assert (listing.names, listing.failed) == ({"llama-4"}, False)


async def test_after_a_failure_nobody_asks_at_once_without_need(listing: Listing, provider: Slow, clock: Clock) -> None:
    provider.may.set()
    provider.outcome = REFUSED
    await listing.renew()
    assert (listing.names, listing.failed) == (frozenset(), True)
    listing.renew_later()
    await let_others_run()
    assert provider.asked == 1
    clock.now += PAUSE_SECONDS
    listing.renew_later()
    await let_others_run()
    assert provider.asked == 2


async def test_closing_leaves_the_call(listing: Listing, provider: Slow) -> None:
    listing.renew_later()
    await let_others_run()
    await listing.close()
    assert provider.cancelled
