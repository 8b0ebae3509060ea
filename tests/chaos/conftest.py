"""One site for all scenarios, which come after all other tests: those that break things are told last."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos import site
from tests.chaos.site import Site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Play the scenarios last: they take the longest to say what a test of one part says at once."""
    items.sort(key=lambda item: item.path == HERE / "test_scenarios.py")


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Start everything once, in a hurry."""
    async with site.running(tmp_path_factory.mktemp("chaos"), program="tests.chaos.hurried") as running:
        yield running
