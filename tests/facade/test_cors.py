"""Which web origins may call, and what a browser is told."""

from collections.abc import AsyncIterator

import pytest

from tests.facade.serving import Site, serving
from tests.fakes.services import FakeServices

ORIGIN = "https://shop.example"
QUESTION = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Authorization": None}


@pytest.fixture(scope="module")
async def open_site(shared_services: FakeServices) -> AsyncIterator[Site]:
    """Serve a site that two origins may call."""
    async with serving(shared_services.target, cors_origins=f"{ORIGIN}/, https://other.example") as site:
        yield site


async def test_an_origin_that_may_call_is_told_so(open_site: Site) -> None:
    answer = await open_site.call("OPTIONS", "/api/runs", QUESTION)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    named = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Prefer", "traceparent"} <= set(named)
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/api/me", "/v1/me", "/nothing", "/healthz"])
async def test_its_page_may_read_answers_and_errors(open_site: Site, path: str) -> None:
    answer = await open_site.call("GET", path, {"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Request-Id", "Location", "Preference-Applied", "Retry-After"} <= set(exposed)
    assert "Origin" in answer.headers["Vary"]


async def test_another_origin_is_not(open_site: Site) -> None:
    answer = await open_site.call("OPTIONS", "/api/runs", {**QUESTION, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


async def test_a_star_is_any_origin(services: FakeServices) -> None:
    async with serving(services.target, cors_origins="*") as site:
        answer = await site.call("OPTIONS", "/v1/runs", QUESTION)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")


async def test_without_the_setting_no_origin_may_call(site: Site) -> None:
    answer = await site.call("OPTIONS", "/api/runs", QUESTION)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
