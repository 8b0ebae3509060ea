"""What all dialects are tested with: fake services behind the real app, and `--update` for the golden cases."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.services import FakeServices


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite what the golden cases expect, to be read in the diff"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether to rewrite golden cases instead of holding answers against them."""
    return bool(request.config.getoption("--update", default=False))


@pytest.fixture(scope="session")
async def services() -> AsyncIterator[FakeServices]:
    """Start the fake services once; who uses them resets them."""
    async with FakeServices() as services:
        yield services
