"""A draft that is not saved is not left by mistake."""

from playwright.async_api import Dialog, Locator, Page, expect

from tests.console.browser import Visit
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack


def pages(page: Page, name: str) -> Locator:
    """Give the link to a page in the menu."""
    return page.get_by_role("navigation", name="Pages").get_by_role("link", name=name)


async def begin_session(stack: Stack) -> str:
    """Make a prompt with a session of messages, and give where that is edited."""
    version = await stack.create_version("Explain {topic}.")
    path = f"/api/prompts/{version.prompt_id}/sessions"
    status, answer = await stack.rest("POST", path, stack.admin, json={"baseVersionId": version.id})
    assert status == 200
    return f"/sessions/{answer['session']['id']}"


async def begin_flow(stack: Stack) -> str:
    """Make a prompt with a session that holds a graph, and give where that is edited."""
    prompt_id = (await stack.rest("POST", "/api/prompts", stack.admin, json={"name": "Jokes"}))[1]["prompt"]["id"]
    drawn = graph({"color": "Blue"}, {"joke": "A joke about {color}"}, {"text": ["joke"]})
    status, answer = await stack.rest("POST", f"/api/prompts/{prompt_id}/sessions", stack.admin, json={"graph": drawn})
    assert status == 200
    return f"/flows/{prompt_id}?session={answer['session']['id']}"


async def test_a_session_asks_before_it_is_left(visit: Visit, stack: Stack) -> None:
    path = await begin_session(stack)
    await visit.sign_in(stack.admin)
    await visit.open(path)
    page = visit.page
    # The router knows its ways alone, and where it began.
    await page.reload()
    content = page.get_by_label("Content of message 1")
    await pages(page, "Runs").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    await page.go_back()
    await content.fill("Explain {topic} to a child.")
    await expect(page.get_by_text("Unsaved changes")).to_be_visible()
    dialog = page.get_by_role("dialog", name="Leave without saving?")

    await pages(page, "Runs").click()
    await visit.picture("leave")
    assert await visit.axe() == []
    await dialog.get_by_role("button", name="Stay").click()
    await expect(dialog).to_have_count(0)
    assert page.url.endswith(path)
    await expect(content).to_have_value("Explain {topic} to a child.")

    await page.go_forward()
    await expect(dialog).to_be_visible()
    await page.wait_for_url(f"**{path}")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(content).to_be_visible()

    await pages(page, "Runs").click()
    await dialog.get_by_role("button", name="Leave").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    await page.go_back()
    await expect(content).to_have_value("Explain {topic} to a child.")

    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await pages(page, "Runs").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Runs")


async def test_a_flow_asks_before_it_is_left(visit: Visit, stack: Stack) -> None:
    path = await begin_flow(stack)
    await visit.sign_in(stack.admin)
    await visit.open(path)
    page = visit.page
    await page.get_by_role("button", name="Add Action").click()
    await expect(page.get_by_text("Unsaved changes")).to_be_visible()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    # The same page, with a version in place of the draft.
    await page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Jokes").click()
    await dialog.get_by_role("button", name="Stay").click()
    assert page.url.endswith(path)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Unsaved changes")).to_have_count(0)
    await page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Jokes").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Jokes")


async def test_the_tab_asks_before_it_is_closed(visit: Visit, stack: Stack) -> None:
    path = await begin_session(stack)
    await visit.sign_in(stack.admin)
    await visit.open(path)
    page = visit.page
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", answer)
    await page.reload()
    assert asked == []
    await page.get_by_label("Content of message 1").fill("Other words")
    await expect(page.get_by_text("Unsaved changes")).to_be_visible()
    await page.reload()
    assert asked == ["beforeunload"]


async def test_a_session_that_is_deleted_is_left_unasked(visit: Visit, stack: Stack) -> None:
    path = await begin_session(stack)
    await visit.sign_in(stack.admin)
    await visit.open(path)
    page = visit.page
    await page.get_by_label("Content of message 1").fill("Other words")
    await expect(page.get_by_text("Unsaved changes")).to_be_visible()
    await page.get_by_role("button", name="Delete the session").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("made by a test")
    await expect(page.get_by_role("dialog")).to_have_count(0)
