"""The site with its defaults, and the services behind it that answer what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from google.protobuf.message import Message

from facade import retries
from services import errors
from tests.facade.serving import Site, serving
from tests.fakes.services import FakeServices


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make failed calls again after pauses too short to notice."""
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.001)


@pytest.fixture(scope="session")
async def shared_services() -> AsyncIterator[FakeServices]:
    """Start the services once."""
    async with FakeServices() as services:
        yield services


@pytest.fixture
def services(shared_services: FakeServices) -> FakeServices:
    """Give services that know of no test before."""
    shared_services.reset()
    return shared_services


@pytest.fixture(scope="session")
async def shared_site(shared_services: FakeServices) -> AsyncIterator[Site]:
    """Serve the site once."""
    async with serving(shared_services.target) as site:
        yield site


@pytest.fixture
def site(shared_site: Site, services: FakeServices) -> Site:
    """Give the site in front of services that know of no test before."""
    assert services.requests == []
    return shared_site


@pytest.fixture
async def hang() -> AsyncIterator[Callable[[object, object], Awaitable[Message]]]:
    """Give an answer that does not come before the test ends."""
    ended = asyncio.Event()

    async def answer(_: object, __: object) -> Message:
        await ended.wait()
        raise errors.Internal

    yield answer
    ended.set()
