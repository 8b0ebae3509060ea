"""One day in the console, by mouse and keyboard: a key, a flow, a prompt, a run, and a webhook that comes too late."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.console.browser import Visit
from tests.fakes.provider import Answer
from tests.fakes.receiver import Receiver, Says
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack


@pytest.fixture
def flow_file(tmp_path: Path) -> Path:
    """Give a file of a flow as PromptChainer exports it."""
    drawn = graph(
        {"color": "Blue", "item": "Ball"},
        {"joke": {"prompt": "A joke about {color} and big {item}", "modelParams": {"model": "text-davinci-003"}}},
        {"image": ["picture"], "text": ["joke"]},
        {"picture": "A picture of a {color} and big {item}"},
    )
    for number, node in enumerate(drawn["nodes"]):
        node["position"] = {"x": 320 * (number // 2), "y": 180 * (number % 2)}
    file = tmp_path / "draw-and-joke.json"
    file.write_text(json.dumps(drawn))
    return file


async def fine(visit: Visit, name: str) -> None:
    """Keep a picture of the page, and look that nothing is wrong with it."""
    await visit.settle()
    await visit.picture(name)
    assert await visit.axe() == [], name
    assert await visit.overflow() <= 0, name


def go(page: Page, name: str) -> Any:
    """Press a page's name in the menu."""
    return page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()


async def test_a_day(visit: Visit, stack: Stack, receiver: Receiver, flow_file: Path) -> None:
    page = visit.page
    await page.goto(visit.base_url)
    await fine(visit, "sign-in")
    await visit.sign_in(stack.admin)
    await create_a_key(visit)
    await import_and_run_a_flow(visit, stack, flow_file)
    prompt_id = await edit_a_prompt(visit, stack)
    await compare_and_label(visit, prompt_id)
    await see_the_run(visit)
    await redeliver(visit, stack, receiver, prompt_id)


async def create_a_key(visit: Visit) -> None:
    page = visit.page
    await go(page, "Keys")
    await fine(visit, "keys")
    await page.get_by_role("button", name="Create a key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Web shop")
    await dialog.get_by_label("Owner").fill("shop@example.com")
    await dialog.get_by_role("button", name="Run prompts").click()
    await fine(visit, "keys-create")
    await dialog.get_by_role("button", name="Create", exact=True).click()
    shown = page.get_by_role("dialog").get_by_text(re.compile("^pw_[0-9A-Za-z]{12}_"))
    secret = await shown.inner_text()
    await fine(visit, "keys-secret")
    await page.get_by_role("button", name="I have stored it").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("table")).to_contain_text("Web shop")
    assert secret not in await page.content()


async def import_and_run_a_flow(visit: Visit, stack: Stack, file: Path) -> None:
    page = visit.page
    await go(page, "Flows")
    await fine(visit, "flows-empty")
    await page.get_by_role("button", name="Import").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("input[type=file]").set_input_files(file)
    await dialog.get_by_label("Name").fill("Draw and joke")
    await fine(visit, "flows-import")
    await dialog.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Draw and joke")
    gates = asyncio.Event(), asyncio.Event()
    stack.fake.script(Answer(gate=gates[0]), Answer(gate=gates[1]))
    await page.get_by_role("textbox", name="color").fill("Red")
    await page.get_by_role("button", name="Run version 1").click()
    for node in ("Image picture", "Action joke"):
        await expect(page.get_by_role("group", name=node)).to_contain_text("Running")
    await page.get_by_role("tab", name="Run").wait_for()
    await visit.picture("flow-running")
    for gate in gates:
        gate.set()
    for node in ("Image picture", "Action joke", "Output text"):
        await expect(page.get_by_role("group", name=node)).to_contain_text("Succeeded")
    await expect(page.get_by_role("img", name="Output image")).to_be_visible()
    await page.get_by_role("group", name="Action joke").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("A joke about Red and big Ball")
    await fine(visit, "flow-ran")


async def edit_a_prompt(visit: Visit, stack: Stack) -> str:
    page = visit.page
    prompt_id = (await stack.create_version("Explain {topic} in two short sentences.", alias="explain")).prompt_id
    await go(page, "Prompts")
    await fine(visit, "prompts")
    await page.get_by_role("link", name="made by a test").click()
    await fine(visit, "prompt")
    await page.get_by_role("button", name="Edit", exact=True).click()
    await page.get_by_label("Content of message 1").fill("Explain {topic} to {reader}, and end with a question.")
    await expect(page.get_by_text("Unsaved changes")).to_be_visible()
    await page.get_by_label("topic (required)").fill("the tides")
    await page.get_by_label("reader (required)").fill("a child")
    stack.fake.script(Answer("The moon pulls at the sea. Why twice a day?"))
    await page.get_by_role("region", name="Try it").get_by_role("button", name="Run", exact=True).click()
    await expect(page.get_by_role("main")).to_contain_text("Why twice a day?")
    await expect(page.get_by_role("main")).to_contain_text("Succeeded")
    assert stack.fake.requests[-1].body["messages"] == [
        {"role": "user", "content": "Explain the tides to a child, and end with a question."}
    ]
    await fine(visit, "session")
    await page.get_by_role("button", name="Commit").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What changed").fill("End with a question")
    await fine(visit, "session-commit")
    await dialog.get_by_role("button", name="Commit", exact=True).click()
    await expect(page.get_by_role("dialog", name="Version 2 is made")).to_be_visible()
    return prompt_id


async def compare_and_label(visit: Visit, prompt_id: str) -> None:
    page = visit.page
    await page.get_by_role("link", name="Compare with version 1").click()
    await expect(page.get_by_role("heading", name="Compare versions")).to_be_visible()
    await fine(visit, "prompt-compare")
    await visit.open(f"/prompts/{prompt_id}")
    await page.get_by_role("button", name="Label").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Label", exact=True).fill("production")
    await dialog.get_by_role("button", name="Set", exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("tab", name="Labels").click()
    await expect(page.get_by_role("table").first).to_contain_text("production")
    await fine(visit, "prompt-labels")


async def see_the_run(visit: Visit) -> None:
    page = visit.page
    await go(page, "Runs")
    await fine(visit, "runs")
    await page.get_by_role("link", name="made by a test").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("made by a test")
    await expect(page.get_by_role("main")).to_contain_text("a child")
    await expect(page.get_by_role("main")).to_contain_text("Why twice a day?")
    await fine(visit, "run")


async def redeliver(visit: Visit, stack: Stack, receiver: Receiver, prompt_id: str) -> None:
    page = visit.page
    receiver.default = Says(503, body=b"closed for today")
    webhook = {"url": f"{receiver.url}/hook"}
    inputs = {"topic": "rain", "reader": "a sailor"}
    status, _ = await stack.rest(
        "POST", "/api/runs", json={"promptId": prompt_id, "inputs": inputs, "webhook": webhook}
    )
    assert status == 200
    await receiver.wait(3)
    await go(page, "Webhooks")
    await expect(page.get_by_role("table")).to_contain_text("Failed")
    await fine(visit, "webhooks")
    await page.get_by_role("link", name="Run ended").click()
    await expect(page.get_by_role("main")).to_contain_text("503")
    receiver.default = Says()
    await page.get_by_role("button", name="Redeliver").click()
    await receiver.wait(4)
    await expect(page.get_by_role("main")).to_contain_text("Succeeded")
    await fine(visit, "delivery")
