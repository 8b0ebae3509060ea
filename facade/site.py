"""The site, composed: the dialects, the pages without a key, and the documents made from them."""

from importlib.metadata import version
from importlib.resources import files

import orjson
from aiohttp import web

from facade import console, docs, image_page, native, openapi, pages
from facade.app import App
from facade.config import Settings
from facade.core import Core
from facade.cors import Cors
from facade.dialect import Dialect
from facade.dialects import artificialstudio, betterprompt, bifrost, promptchainer, promptitude
from facade.native.comments import Comments
from facade.native.reasons import reasons
from facade.problem import OWN_REASONS
from facade.telemetry import Metrics

STYLE_PATH = "docs/style.css"


def build(core: Core, settings: Settings, metrics: Metrics) -> web.Application:
    """Make the application. The native dialect comes last: it takes every path that no other owns."""
    comments = Comments.read()
    dialects = _dialects(settings, comments)
    app = App(
        core,
        dialects,
        metrics,
        public_url=public_url(settings),
        body_limit=settings.body_limit,
        cors=Cors.read(settings.cors_origins),
    )
    served = pages.Pages(core, metrics, version("promptwire"))
    return app.build(
        (
            ("/healthz", served.health),
            ("/readyz", served.readiness),
            ("/version", served.version),
            ("/metrics", served.metrics),
            (image_page.PATH, image_page.Images(core).show),
            *_documents(dialects, comments, public_url(settings)),
            *console.files(),
        )
    )


def public_url(settings: Settings) -> str:
    """Give the URL that callers reach the facade by: the one that is set, or the address that it listens on."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host, _, port = settings.http.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104 - compared, not bound


def document(settings: Settings) -> openapi.Document:
    """Make the OpenAPI document of all that is served."""
    return _document(_dialects(settings, Comments.read()))


def _dialects(settings: Settings, comments: Comments) -> tuple[Dialect, ...]:
    return (
        artificialstudio.dialect(settings.artificialstudio_window, settings.artificialstudio_image_days * 86_400),
        betterprompt.dialect(settings.betterprompt_window),
        bifrost.dialect(),
        promptchainer.dialect(settings.promptchainer_cors),
        promptitude.dialect(),
        native.dialect(comments),
    )


def _document(dialects: tuple[Dialect, ...]) -> openapi.Document:
    return openapi.document(dialects[::-1], pages.OPERATIONS, version("promptwire"))


def _documents(dialects: tuple[Dialect, ...], comments: Comments, base_url: str) -> tuple[tuple[str, pages.Page], ...]:
    document = _document(dialects)
    own = {name: (str(status), text) for name, (status, text) in OWN_REASONS.items()}
    html = docs.page(document, reasons(comments) | own, base_url, STYLE_PATH)
    style = files("facade").joinpath("static/docs.css").read_bytes()
    return (
        ("/openapi.json", pages.document(orjson.dumps(document), "application/json")),
        ("/docs", pages.document(html.encode(), "text/html; charset=utf-8")),
        (f"/{STYLE_PATH}", pages.document(style, "text/css; charset=utf-8")),
    )
