"""The dialect behind the real app."""

from collections.abc import AsyncIterator

import pytest

from facade.dialects.artificialstudio import dialect
from tests.facade.dialects import golden
from tests.fakes.services import FakeServices


@pytest.fixture(scope="session")
async def client(services: FakeServices) -> AsyncIterator[golden.Client]:
    """Serve the dialect."""
    async with golden.site(services, dialect(window=60, image_seconds=7 * 86_400)) as client:
        yield client
