"""The dialect behind the real app."""

from collections.abc import AsyncIterator

import pytest

from facade.dialects.promptitude import dialect
from tests.facade.dialects import golden
from tests.fakes.services import FakeServices


@pytest.fixture(scope="session")
async def client(services: FakeServices) -> AsyncIterator[golden.Client]:
    """Serve the dialect."""
    async with golden.site(services, dialect()) as client:
        yield client
