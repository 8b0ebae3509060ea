"""The pages that need no key, and how the site behaves when the services come and go."""

import asyncio
import time
from importlib.metadata import version

import pytest

from facade.config import Settings
from facade.site import public_url
from tests.facade.serving import Site, serving
from tests.fakes.services import FakeServices

NO_KEY = {"Authorization": None}


async def test_health_and_version_need_neither_key_nor_services() -> None:
    async with serving("127.0.0.1:1") as site:
        assert (await site.call("GET", "/healthz", NO_KEY)).status == 200
        answer = await site.call("GET", "/version", NO_KEY)
        assert answer.json == {"name": "promptwire", "version": version("promptwire"), "api": "promptwire.v1"}


async def test_readiness_follows_the_services(site: Site, services: FakeServices) -> None:
    assert (await site.call("GET", "/readyz", NO_KEY)).json == {"ready": True}
    await services.set_serving(False)
    answer = await site.call("GET", "/readyz", NO_KEY)
    await services.set_serving(True)
    assert (answer.status, answer.json, answer.headers["Retry-After"]) == (503, {"ready": False}, "1")
    assert (await site.call("GET", "/readyz", NO_KEY)).status == 200


async def test_services_may_be_down_at_the_start_and_come_and_go() -> None:
    services = FakeServices()
    await services.start()
    await services.stop()
    async with serving(services.target) as site:
        for _ in range(2):
            await is_down(site)
            await services.start()
            assert await seconds_until_ready(site) < 3
            assert (await site.call("GET", "/api/me")).status == 200
            await services.stop()
        await is_down(site)


async def is_down(site: Site) -> None:
    began = time.monotonic()
    for path in ("/api/me", "/v1/me", "/readyz"):
        answer = await site.call("GET", path)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1"), path
    assert (await site.call("GET", "/healthz")).status == 200
    assert time.monotonic() - began < 5


async def seconds_until_ready(site: Site) -> float:
    began = time.monotonic()
    async with asyncio.timeout(10):
        while (await site.call("GET", "/readyz")).status != 200:
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_host_that_says_nothing_is_given_up() -> None:
    silent = await asyncio.start_server(lambda _, __: asyncio.sleep(60), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, serving(f"127.0.0.1:{port}") as site:
        began = time.monotonic()
        answer = await site.call("GET", "/api/me")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert time.monotonic() - began < 5


async def test_metrics_are_printed_as_prometheus_asks(site: Site) -> None:
    await site.call("GET", "/healthz")
    text = await site.call("GET", "/metrics", NO_KEY)
    assert text.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b'promptwire_http_requests_total{method="GET",route="/healthz",status="200"}' in text.body
    asked = await site.call("GET", "/metrics", {"Accept": "application/openmetrics-text; version=1.0.0"})
    assert asked.headers["Content-Type"].startswith("application/openmetrics-text")
    assert asked.body.endswith(b"# EOF\n")


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/style.css"])
async def test_documents_are_sent_once(site: Site, path: str) -> None:
    first = await site.call("GET", path, NO_KEY)
    again = await site.call("GET", path, {"If-None-Match": first.headers["ETag"]})
    assert first.status == 200
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


async def test_the_docs_page_needs_nothing_from_elsewhere(site: Site) -> None:
    page = await site.call("GET", "/docs", NO_KEY)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    text = page.body.decode()
    assert "<script" not in text
    assert " style=" not in text
    assert text.count('src="') == 0
    assert 'href="docs/style.css"' in text


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"http": "0.0.0.0:80"}, "http://127.0.0.1:80"),
        ({"http": "[::]:80"}, "http://127.0.0.1:80"),
        ({"http": "[::1]:80"}, "http://[::1]:80"),
        ({"http": ":80"}, "http://127.0.0.1:80"),
        ({"public_url": "https://a.example/"}, "https://a.example"),
    ],
)
def test_the_public_url_is_set_or_the_own_address(settings: dict[str, str], url: str) -> None:
    assert public_url(Settings(**settings)) == url
