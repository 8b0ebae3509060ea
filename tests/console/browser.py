"""A visit of the console in Chromium that notes what must never happen: scripts of others, refusals, outside calls."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, NARROW = {"width": 1360, "height": 900}, {"width": 390, "height": 844}
PICTURES = Path(__file__).parent / "pictures"
AXE = Path(__file__).parents[2] / "console/node_modules/axe-core/axe.min.js"
# How long a page may take to show something, on a machine that does other things as well (ms).
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)
# Every way in which a text could come to run: `hit()` tells.
SPY = """
window.hits = [];
window.hit = (what) => { window.hits.push(String(what ?? "hit")); };
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.hit(name);
document.addEventListener("securitypolicyviolation", (event) => {
  (window.violations ??= []).push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# The texts of a page two letters of which, one behind the other on a line, stand the other way around.
TURNED = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const placeOf = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  const isTurned = (node) => {
    // Parts of one text, which a person wrote as a whole.
    if (node.parentElement.closest("code, del, ins, mark, pre")) return false;
    if (/[\\u0590-\\u08ff\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data)) return false;
    const at = node.data.search(/[a-z0-9][a-z0-9]/i);
    if (at < 0) return false;
    const [one, other] = [placeOf(node, at), placeOf(node, at + 1)];
    return one.width > 0 && other.width > 0 && one.top === other.top && other.left < one.left;
  };
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (isTurned(node)) found.push(`${node.data} in ${node.parentElement.outerHTML.slice(0, 300)}`);
  }
  return found;
}"""


def find() -> str | None:
    """Give the path of Chromium."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def launch() -> AsyncGenerator[Browser]:
    """Start Chromium."""
    async with async_playwright() as playwright:
        # Root may not use the sandbox, as in most containers.
        browser = await playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        yield browser
        await browser.close()


@dataclass(slots=True)
class Visit:
    """A page of a browser that has nothing kept from others, and what was noted of it."""

    page: Page
    base_url: str
    errors: list[str] = field(default_factory=list[str])
    elsewhere: list[str] = field(default_factory=list[str])

    async def open(self, path: str) -> None:
        """Go to a page of the console by its address, as from a bookmark."""
        await self.page.goto(f"{self.base_url}/#{path}")
        await self.settle()

    async def sign_in(self, secret: str) -> None:
        """Open the console and sign in by hand."""
        await self.page.goto(self.base_url)
        await self.page.get_by_label("Key", exact=True).fill(secret)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.locator("main#main").wait_for()

    async def settle(self) -> None:
        """Wait until nothing is being loaded."""
        await self.page.wait_for_load_state("networkidle")
        await expect(self.page.locator("main [role=status] [class*=spinner]")).to_have_count(0)

    async def picture(self, name: str) -> None:
        """Keep a picture of the page, as an artefact."""
        PICTURES.mkdir(exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")

    async def hits(self) -> list[str]:
        """Give what scripts of others have called."""
        return await self.page.evaluate("window.hits")

    async def violations(self) -> list[str]:
        """Give what the page's policy refused since it was loaded."""
        return await self.page.evaluate("window.violations ?? []")

    async def axe(self) -> list[str]:
        """Give the serious and critical findings of axe."""
        await self.page.evaluate(AXE.read_text())
        found: Any = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{finding['id']}: {node['html'][:200]}: {node['failureSummary']}"
            for finding in found["violations"]
            if finding["impact"] in ("serious", "critical")
            for node in finding["nodes"]
        ]

    async def turned(self) -> list[str]:
        """Give the texts that run from right to left and hold nothing that makes them: what stands before them does."""
        return await self.page.evaluate(TURNED)

    async def overflow(self) -> int:
        """Give by how many pixels the page is wider than its window."""
        return await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@asynccontextmanager
async def visit(browser: Browser, base_url: str, *, dark: bool = False, narrow: bool = False) -> AsyncGenerator[Visit]:
    """Open a page of its own."""
    context = await browser.new_context(
        viewport=NARROW if narrow else WIDE,  # pyright: ignore[reportArgumentType]
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE)
    await context.add_init_script(SPY)
    page = await context.new_page()
    made = Visit(page, base_url)
    own = urlsplit(base_url).netloc
    page.on("pageerror", lambda error: made.errors.append(str(error)))
    page.on("console", lambda line: made.errors.append(line.text) if line.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            made.elsewhere.append(request.url)
            if urlsplit(request.url).scheme not in ("data", "blob") and urlsplit(request.url).netloc != own
            else None
        ),
    )
    try:
        yield made
    finally:
        await context.close()
