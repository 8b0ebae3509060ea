"""A run that is made again, and what its page tells of what the model was sent."""

import json
from typing import Any

from playwright.async_api import expect

from tests.console.browser import Visit
from tests.fakes.provider import Answer
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack

REFUSED = {"error": {"message": "Unsupported parameter: 'top_p'.", "param": "top_p", "code": "unsupported_parameter"}}
REFUSAL = Answer(status=400, body=json.dumps(REFUSED).encode())


async def run(stack: Stack, secret: str | None = None, **spec: Any) -> Any:
    """Run, and give the run."""
    status, answer = await stack.rest("POST", "/api/runs", secret, json=spec)
    assert status == 200, answer
    return answer["run"]


async def test_a_run_is_made_again_with_what_it_was_given(visit: Visit, stack: Stack) -> None:
    version = await stack.create_version("Explain {topic} to {reader}.")
    inputs, metadata = {"topic": "the tides", "reader": "7"}, {"team": "search", "stage": "a = b"}
    first = await run(stack, versionId=version.id, inputs=inputs | {"reader": 7}, metadata=metadata, endUserId="ann")
    await visit.sign_in(stack.admin)
    page = visit.page
    await visit.open(f"/runs/{first['id']}")
    await page.get_by_role("link", name="Run again").click()
    await expect(page.get_by_label("topic (required)")).to_have_value("the tides")
    await expect(page.get_by_label("reader (required)")).to_have_value("7")
    await visit.settle()
    assert page.url.endswith(f"/playground?version={version.id}")
    await visit.picture("again-playground")
    await page.get_by_role("button", name="Run", exact=True).click()
    await page.get_by_role("link", name="Show the run").click()
    await expect(page.get_by_role("main")).to_contain_text("Facts")
    second = (await stack.rest("GET", f"/api/runs/{page.url.rsplit('/', 1)[1]}"))[1]["run"]
    assert second["id"] != first["id"]
    for name in ("versionId", "endUserId", "metadata"):
        assert second[name] == first[name], name
    assert second["inputs"] == inputs


async def test_a_flow_is_run_again_on_its_page(visit: Visit, stack: Stack) -> None:
    drawn = graph({"color": "Blue"}, {"joke": "A joke about {color}"}, {"text": ["joke"]})
    prompt_id = (await stack.rest("POST", "/api/prompts", stack.admin, json={"name": "Jokes"}))[1]["prompt"]["id"]
    path = f"/api/prompts/{prompt_id}/versions"
    version = (await stack.rest("POST", path, stack.admin, json={"graph": drawn}))[1]["version"]
    first = await run(stack, versionId=version["id"], inputs={"color": "Red"}, metadata={"team": "search"})
    await stack.rest("POST", path, stack.admin, json={"graph": drawn})
    await visit.sign_in(stack.admin)
    page = visit.page
    await visit.open(f"/runs/{first['id']}")
    await page.get_by_role("link", name="Run again").click()
    await expect(page.get_by_role("textbox", name="color")).to_have_value("Red")
    await page.get_by_text("End user and metadata").click()
    await expect(page.get_by_label("Metadata")).to_have_value("team=search")
    await visit.settle()
    await visit.picture("again-flow")
    assert await visit.axe() == []
    await page.get_by_role("button", name="Run version 1").click()
    await expect(page.get_by_role("group", name="Output text")).to_contain_text("Succeeded")
    latest = (await stack.rest("GET", f"/api/runs?promptId={prompt_id}"))[1]["runs"][0]
    assert latest["id"] != first["id"]
    assert (latest["versionId"], latest["metadata"]) == (version["id"], {"team": "search"})


async def test_inputs_that_were_not_kept_are_told(visit: Visit, stack: Stack) -> None:
    key = {"displayName": "Silent", "scopes": ["runs:write"], "omitPayloads": True}
    secret = (await stack.rest("POST", "/api/keys", stack.admin, json=key))[1]["secret"]
    version = await stack.create_version("Explain {topic}.")
    made = await run(stack, secret, versionId=version.id, inputs={"topic": "the tides"})
    await visit.sign_in(stack.admin)
    await visit.open(f"/runs/{made['id']}")
    await visit.page.get_by_role("link", name="Run again").click()
    await visit.page.get_by_text("its inputs, which were not kept").wait_for()
    await expect(visit.page.get_by_label("topic (required)")).to_have_value("")


async def test_what_became_of_settings_is_told(visit: Visit, stack: Stack) -> None:
    """Of a template and of a node of a flow alike: in the timeline, and in what is told of the node."""
    settings = {"model": "text-davinci-003", "top_p": 0.5}
    version = await stack.create_version("Explain tides.")
    drawn = graph({}, {"joke": {"prompt": "A joke", "modelParams": settings}}, {"text": ["joke"]})
    prompt_id = (await stack.rest("POST", "/api/prompts", stack.admin, json={"name": "Old"}))[1]["prompt"]["id"]
    flow = await stack.rest("POST", f"/api/prompts/{prompt_id}/versions", stack.admin, json={"graph": drawn})
    assert flow[0] == 200
    stack.fake.script(REFUSAL)
    parts: dict[str, Any] = {"model": settings["model"], "parameters": {"top_p": 0.5}}
    template = await run(stack, versionId=version.id, **parts)
    stack.fake.script(REFUSAL)
    made = await run(stack, promptId=prompt_id)
    await visit.sign_in(stack.admin)
    page = visit.page
    for run_id, name in ((template["id"], "Template"), (made["id"], "joke")):
        await visit.open(f"/runs/{run_id}")
        bar = page.get_by_role("button", name=f"{name} ").first
        await bar.focus()
        caption = page.locator("figcaption")
        await expect(caption).to_contain_text("fake/fake-small in place of text-davinci-003")
        await expect(caption).to_contain_text("top_p 0.5 was left out")
        row = page.get_by_role("row", name=name).get_by_role("button")
        if await row.get_attribute("aria-expanded") == "false":
            await row.click()
        details = page.get_by_role("table").last
        await expect(details).to_contain_text("fake/fake-small in place of text-davinci-003")
        await expect(details).to_contain_text("top_p 0.5 was left out")
        await visit.picture(f"adjusted-{name}")
