"""E10: hostile texts in every name, output and error, on every page: none runs, in any colours and at any width."""

from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser

from tests.console import browser as browsing
from tests.console.browser import Visit
from tests.console.hostile import TURNING, Seeded, Seeder
from tests.fakes.receiver import Receiver
from tests.journeys.stack import Stack

LOOKS = {
    "light": {},
    "dark": {"dark": True},
    "narrow": {"narrow": True},
}


@pytest.fixture(scope="module")
async def seeded(stack: Stack) -> Seeded:
    """Make everything that the pages show."""
    async with Receiver() as receiver:
        return await Seeder(stack, receiver).seed()


def paths(seeded: Seeded) -> dict[str, str]:
    """Give every page, each with something hostile in it."""
    first, second = seeded.version_ids
    return {
        "prompts": "/prompts",
        "prompt": f"/prompts/{seeded.prompt_id}?version={first}",
        "prompt-compare": f"/prompts/{seeded.prompt_id}?version={second}&compare={first}",
        "prompt-flow": f"/prompts/{seeded.flow_id}",
        "session": f"/sessions/{seeded.session_id}",
        "playground": f"/playground?version={second}",
        "playground-compare": f"/playground?version={second}&otherVersion={first}",
        "flows": "/flows",
        "flow": f"/flows/{seeded.flow_id}",
        "runs": "/runs",
        **{f"run-{number}": f"/runs/{run_id}" for number, run_id in enumerate(seeded.run_ids)},
        "usage": "/usage",
        "webhooks": "/webhooks",
        "delivery": f"/webhooks/{seeded.delivery_id}",
        "keys": "/keys",
        "missing": "/<img src=x onerror=hit()>",
    }


@pytest.mark.parametrize("look", LOOKS)
async def test_nothing_runs(browser: Browser, stack: Stack, seeded: Seeded, look: str) -> None:
    async with browsing.visit(browser, stack.base_url, **LOOKS[look]) as visit:
        await visit.sign_in(stack.admin)
        for name, path in paths(seeded).items():
            await visit.open(path)
            await visit.page.get_by_role("heading", level=1).wait_for()
            await visit.picture(f"hostile-{name}-{look}")
            assert await visit.axe() == [], name
            assert await visit.overflow() <= 0, name
            async for _ in look_into(visit):
                assert await visit.overflow() <= 0, name
            assert (await visit.hits(), await visit.violations()) == ([], []), name
        assert (visit.elsewhere, visit.errors) == ([], [])


async def test_what_turns_letters_turns_none_beside_it(browser: Browser, stack: Stack) -> None:
    async with Receiver() as receiver:
        seeded = await Seeder(stack, receiver, TURNING).seed()
    found: set[str] = set()
    async with browsing.visit(browser, stack.base_url) as visit:
        await visit.sign_in(stack.admin)
        for name, path in paths(seeded).items():
            await visit.open(path)
            await visit.page.get_by_role("heading", level=1).wait_for()
            await visit.picture(f"turning-{name}")
            found.update(f"{name}: {text}" for text in await visit.turned())
            async for _ in look_into(visit):
                found.update(f"{name}: {text}" for text in await visit.turned())
    assert found == set()


async def test_what_is_turned_is_seen(visit: Visit) -> None:
    """What the test above looks for is there when there is something to see."""
    await visit.page.set_content(f"<p>In <i>{TURNING[1]}</i> there is more.</p><p><bdi>{TURNING[1]}</bdi> alone.</p>")
    [turned] = await visit.turned()
    assert turned.startswith(" there is more.")


async def look_into(visit: Visit) -> AsyncGenerator[None]:
    """Open all that is closed, every tab with every disclosure in it, and give way to look at each."""
    page = visit.page
    for tab in await page.get_by_role("main").get_by_role("tab").all():
        await tab.click()
        await visit.settle()
        await page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
        await visit.settle()
        yield
    await page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    await visit.settle()
    yield


async def test_what_would_run_is_seen(visit: Visit, stack: Stack) -> None:
    """What the other tests look for is there when there is something to see."""
    await visit.sign_in(stack.admin)
    await visit.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hit()>')")
    await visit.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=http://127.0.0.3:9/x.png>')")
    await visit.page.wait_for_function("() => (window.violations ?? []).length === 2")
    assert any("script-src-attr inline" in violation for violation in await visit.violations())
    assert any("img-src http://127.0.0.3:9" in violation for violation in await visit.violations())
    await visit.page.evaluate("() => { hit('by hand'); window.violations = []; }")
    assert await visit.hits() == ["by hand"]
    assert visit.elsewhere == ["http://127.0.0.3:9/x.png"]
    assert visit.errors
    visit.elsewhere.clear()
    visit.errors.clear()
