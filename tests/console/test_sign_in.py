"""Signing in with a key: it stays in the tab, and the page says what it may do."""

from playwright.async_api import expect

from services.keys import scopes
from tests.console.browser import Visit
from tests.journeys.stack import Stack


async def test_a_key_stays_in_the_tab(visit: Visit, stack: Stack) -> None:
    await visit.sign_in(stack.run)
    page = visit.page
    await page.get_by_text(f"{len(scopes.RUN_SCOPES)} scopes").click()
    for scope in scopes.RUN_SCOPES:
        await page.locator("code", has_text=scope).first.wait_for()
    assert stack.run not in page.url
    assert await page.evaluate("document.cookie") == ""
    assert await page.evaluate("JSON.stringify(localStorage)") == '{"promptwire.theme":"system"}'
    await page.reload()
    await page.get_by_role("navigation", name="Pages").wait_for()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_label("Key", exact=True).wait_for()
    assert await page.evaluate("sessionStorage.length") == 0


async def test_a_key_that_does_not_work_is_told_why(visit: Visit) -> None:
    page = visit.page
    await page.goto(visit.base_url)
    await page.get_by_label("Key", exact=True).fill("pw_nothing")
    await page.get_by_role("button", name="Sign in").click()
    assert "key" in (await page.get_by_role("alert").inner_text()).lower()
    # Chromium tells of every answer of 401; nothing else went wrong.
    assert all("401" in error for error in visit.errors)
    visit.errors.clear()


async def test_a_key_that_is_revoked_ends_the_visit(visit: Visit, stack: Stack) -> None:
    secret = await stack.create_key()
    await visit.sign_in(secret)
    key = (await stack.rest("GET", "/api/me", secret))[1]["key"]["id"]
    assert (await stack.rest("POST", f"/api/keys/{key}/revoke", stack.admin, json={}))[0] == 200
    # A page that asks again and again, so that it does when the key is refused everywhere.
    await visit.page.evaluate("location.hash = '/runs'")
    await visit.page.get_by_text("Your key no longer works").wait_for()
    await visit.settle()
    assert all("401" in error for error in visit.errors)
    visit.errors.clear()


async def test_an_operator_chooses_the_project(visit: Visit, stack: Stack) -> None:
    secret = await stack.create_key(held=frozenset(scopes.SCOPES))
    other = await stack.create_key(project="elsewhere")
    version = await stack.create_version("Hello.", secret=other)
    await stack.create_version("Good day.")
    await visit.sign_in(secret)
    page = visit.page
    key = page.get_by_role("region", name="Your key")
    await expect(key).to_contain_text("Project default")
    await key.get_by_text("Work in another project").click()
    await key.get_by_label("Project").fill("nowhere")
    await key.get_by_role("button", name="Go there").click()
    await expect(key).to_contain_text("there is no project of this name")
    assert all("404" in error for error in visit.errors)
    visit.errors.clear()
    await visit.open("/runs")
    await key.get_by_label("Project").fill("elsewhere")
    await visit.picture("project")
    await key.get_by_role("button", name="Go there").click()
    await expect(key).to_contain_text("Project elsewhere")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Prompts")
    links = page.get_by_role("table").get_by_role("link")
    await expect(links).to_have_count(1)
    assert version.prompt_id in str(await links.get_attribute("href"))
    assert await visit.axe() == []
    await page.reload()
    await expect(key).to_contain_text("Project elsewhere")
    await expect(links).to_have_count(1)
    await key.get_by_text("Work in another project").click()
    await key.get_by_role("button", name="Back to default").click()
    await expect(key).to_contain_text("Project default")
    await visit.settle()
    await expect(page.get_by_role("link", name="made by a test").first).to_be_visible()
    assert version.prompt_id not in await page.content()
    await page.get_by_role("button", name="Sign out").click()
    assert await page.evaluate("sessionStorage.length") == 0


async def test_only_an_operator_is_asked_for_a_project(visit: Visit, stack: Stack) -> None:
    await visit.sign_in(stack.admin)
    await expect(visit.page.get_by_text("Work in another project")).to_have_count(0)


async def test_the_first_page_is_light(visit: Visit, stack: Stack) -> None:
    """What it loads, as it is sent; the canvas and the charts come with the pages that show them."""
    await visit.sign_in(stack.run)
    await visit.settle()
    loaded: dict[str, int] = await visit.page.evaluate(
        """() => Object.fromEntries(
          [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .map((entry) => [new URL(entry.name).pathname, entry.transferSize]))"""
    )
    assert not [path for path in loaded if "canvas" in path or "plot" in path]
    assert 50_000 < sum(loaded.values()) < 300_000
