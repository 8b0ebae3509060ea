"""The console's files: what they are served with, and that they take nothing from elsewhere."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from facade import console

INDEX = b'<!doctype html><title>Promptwire</title><script type="module" src="./assets/index-1.js"></script>'
SCRIPT = b"export const name = 1;\n" * 100


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that stands for the built console."""
    folder = tmp_path / "static" / "console"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (folder / "assets" / "index-1.js").write_bytes(SCRIPT)
    (folder / "assets" / "icon.svg").write_bytes(b"<svg/>")
    monkeypatch.setattr(console, "resources", lambda _: tmp_path)
    return folder


@pytest.fixture
async def session(built: Path) -> AsyncIterator[ClientSession]:
    """Give a client of a server of these files."""
    app = web.Application()
    for path, page in console.files():
        app.router.add_get(path, page)  # pyright: ignore[reportArgumentType]
    async with TestServer(app) as server, ClientSession(server.make_url("/"), auto_decompress=False) as session:
        yield session


async def test_the_page_is_looked_at_again_and_what_it_names_is_kept(session: ClientSession) -> None:
    async with session.get("/") as page:
        assert (page.headers["Content-Type"], await page.read()) == ("text/html; charset=utf-8", INDEX)
        assert page.headers["Cache-Control"] == "no-cache"
        tag = page.headers["ETag"]
    async with session.get("/", headers={"If-None-Match": tag}) as page:
        assert (page.status, await page.read()) == (304, b"")
    async with session.get("/assets/index-1.js") as script:
        assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert "immutable" in script.headers["Cache-Control"]
    async with session.get("/assets/icon.svg") as icon:
        assert icon.headers["Content-Type"] == "image/svg+xml"
    async with session.get("/assets/other.js") as missing:
        assert missing.status == 404


@pytest.mark.parametrize(
    ("accepted", "is_packed"), [("gzip, br", True), ("identity", False), ("gzip;q=0", False), ("", False)]
)
async def test_files_are_packed_for_who_takes_it(session: ClientSession, accepted: str, is_packed: bool) -> None:
    async with session.get("/assets/index-1.js", headers={"Accept-Encoding": accepted}) as script:
        data = await script.read()
        assert ("Content-Encoding" in script.headers) == is_packed
        assert script.headers["Vary"] == "Accept-Encoding"
        assert (gzip.decompress(data) if is_packed else data) == SCRIPT


async def test_nothing_may_come_from_elsewhere_and_nothing_is_inline(session: ClientSession) -> None:
    async with session.get("/") as page:
        policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'",) * 3
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert not {word for words in policy.values() for word in words.split()} - {"'none'", "'self'", "blob:", "data:"}


async def test_a_console_that_was_not_built_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "resources", lambda _: tmp_path)
    [(path, page)] = console.files()
    app = web.Application()
    app.router.add_get(path, page)  # pyright: ignore[reportArgumentType]
    async with TestServer(app) as server, ClientSession(server.make_url("/")) as session, session.get("/") as answer:
        assert "make setup" in await answer.text()


def test_the_built_console_refers_to_nothing_elsewhere() -> None:
    """As it was built here: its page loads files beside it, and no inline script or style stands in it."""
    index = Path(console.__file__).parent / "static" / "console" / "index.html"
    if not index.is_file():
        pytest.skip("the console is not built: make setup")
    html = index.read_text()
    addresses = re.findall(r"""(?:src|href)="([^"]*)\"""", html)
    assert addresses
    assert all(address.startswith("./assets/") for address in addresses)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html)
