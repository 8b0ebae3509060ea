"""Fixtures of the journeys: a whole `up`, once a session."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import clone
from tests.fakes.provider import FakeProvider
from tests.journeys.stack import Stack
from tests.journeys.up import Up


@pytest.fixture(scope="session")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """Start everything as a user does, on the embedded defaults."""
    async with Up(tmp_path_factory.mktemp("up") / "data") as up:
        yield up


@pytest.fixture(scope="session")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Start both servers in this process once; tests keep to what they make themselves."""
    async with clone(postgres) as dsn, Stack(dsn, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
async def target(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Start a stack for tests that send it anything at all, which no other test relies on."""
    directory = tmp_path_factory.mktemp("target")
    async with clone(postgres) as dsn, FakeProvider(remember=10) as fake, Stack(dsn, directory, fake=fake) as stack:
        yield stack
