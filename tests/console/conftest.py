"""Fixtures of the console's tests: a browser, and a stack whose webhooks reach receivers on 127.0.0.2."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from facade import console
from tests.conftest import clone
from tests.console import browser as browsing
from tests.console.browser import Visit
from tests.fakes.receiver import Receiver
from tests.journeys.stack import Stack

GAPS = "0,0.05,0.05"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium once."""
    if browsing.find() is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    if "/" not in dict(console.files()) or len(list(console.files())) == 1:
        pytest.skip("the console is not built: make setup")
    async with browsing.launch() as browser:
        yield browser


@pytest.fixture(scope="module")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Start both servers, with a worker, which delivers."""
    settings = {"outbound_allow": "127.0.0.2/32", "webhook_gaps": GAPS, "default_image_model": "fake/fake-painter"}
    async with (
        clone(postgres) as dsn,
        Stack(dsn, tmp_path_factory.mktemp("console"), server_settings=settings, with_worker=True) as stack,
    ):
        yield stack


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Start a receiver of webhooks."""
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def visit(browser: Browser, stack: Stack) -> AsyncIterator[Visit]:
    """Open the console, signed out. Whatever a test does: nothing may have been refused, or asked elsewhere."""
    async with browsing.visit(browser, stack.base_url) as made:
        yield made
        assert (await made.violations(), made.elsewhere, made.errors) == ([], [], [])
