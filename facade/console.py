"""The web console: files that are built from `console/`, served without a key. What they show is asked of the API."""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator
from importlib.resources import files as resources
from importlib.resources.abc import Traversable

from aiohttp import web

from facade.accept import qualities
from facade.app import Page

# Nothing from elsewhere, nothing inline. Pictures that it makes itself, such as one to send along, are blobs and data.
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FOREVER = "public, max-age=31536000, immutable"
# mimetypes reads the machine's tables as well, which may say otherwise.
TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}
INDEX = "index.html"
GZIP_BYTES = 1024
UNBUILT = b"""<!doctype html>
<html lang="en"><title>Promptwire</title>
<p>The console is not built here: run <code>make setup</code>, then start again. The API is at work:
<a href="docs">/docs</a>.
"""


def files() -> Iterator[tuple[str, Page]]:
    """Give the console's paths and pages: `/`, and what that refers to, which is named by its content."""
    built = resources("facade").joinpath("static/console")
    if not built.joinpath(INDEX).is_file():
        yield "/", _page(UNBUILT, INDEX)
        return
    for path, file in _walk(built, ""):
        yield "/" if path == f"/{INDEX}" else path, _page(file.read_bytes(), path)


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda it: it.name):
        if entry.is_dir():
            yield from _walk(entry, f"{path}/{entry.name}")
        else:
            yield f"{path}/{entry.name}", entry


def _page(data: bytes, path: str) -> Page:
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    headers = {
        "Content-Type": _type(path),
        "ETag": tag,
        "Cache-Control": "no-cache" if path.endswith(INDEX) else FOREVER,
        "Content-Security-Policy": CONTENT_SECURITY,
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept-Encoding",
    }
    packed = gzip.compress(data, mtime=0) if len(data) > GZIP_BYTES else None

    async def page(request: web.Request) -> web.Response:
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        if packed is not None and qualities(request.headers.getall("Accept-Encoding", ())).get("gzip", 0) > 0:
            return web.Response(body=packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=data, headers=headers)

    return page


def _type(path: str) -> str:
    ending = f".{path.rpartition('.')[2]}"
    kind = TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
