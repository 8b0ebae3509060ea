"""Prompts: who moved their labels, and where one is that has no version yet."""

from playwright.async_api import expect

from tests.console.browser import Visit
from tests.journeys.stack import Stack


async def test_a_label_tells_who_moved_it(visit: Visit, stack: Stack) -> None:
    """By the name of the key where the caller may know it, else by its id."""
    version = await stack.create_version("Hello.")
    path = f"/api/prompts/{version.prompt_id}/labels/production"
    assert (await stack.rest("PUT", path, stack.admin, json={"versionId": version.id}))[0] == 200
    mover = (await stack.rest("GET", "/api/me", stack.admin))[1]["key"]
    key = {"displayName": "Reader", "scopes": ["prompts:read"]}
    reader = (await stack.rest("POST", "/api/keys", stack.admin, json=key))[1]["secret"]
    page = visit.page
    for secret, told in ((stack.admin, mover["displayName"]), (reader, mover["id"])):
        await visit.sign_in(secret)
        await visit.open(f"/prompts/{version.prompt_id}?tab=labels")
        await page.get_by_role("button", name="History", exact=True).click()
        await expect(page.get_by_role("region", name="History of production")).to_contain_text(told)
        await visit.picture(f"label-history-{len(told)}")
        await page.get_by_role("button", name="Sign out").click()


async def test_a_flow_that_was_never_committed_is_found(visit: Visit, stack: Stack) -> None:
    await visit.sign_in(stack.admin)
    page = visit.page
    await visit.open("/flows")
    await page.get_by_role("button", name="New flow").first.click()
    await page.get_by_role("dialog").get_by_label("Name").fill("Not yet")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Draft of Not yet")
    await visit.open("/flows")
    await page.get_by_role("main").get_by_role("link", name="prompts", exact=True).click()
    await page.get_by_role("link", name="Not yet").click()
    await visit.settle()
    await page.get_by_role("link", name="Go on with the draft of a flow").wait_for()
    await visit.picture("never-committed")
    await page.get_by_role("link", name="Go on with the draft of a flow").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Draft of Not yet")
