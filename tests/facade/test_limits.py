"""The limits of a key on their way from the services to the headers of every kind of answer."""

import pytest
from google.protobuf.message import Message

from facade import limits
from promptwire.v1 import run_pb2, run_service_pb2
from services import errors
from tests.facade.serving import Site, serving
from tests.fakes.services import ME, FakeServices

POLICY = '"default";q=100;w=60'
PROBLEM = "application/problem+json"


def told(left: int, seconds: int) -> tuple[tuple[str, str], ...]:
    """Give the metadata that says how many runs are left for how long."""
    return (("ratelimit-policy", POLICY), ("ratelimit", f'"default";r={left};t={seconds}'))


@pytest.mark.parametrize(
    ("retry_after", "left", "printed"),
    [
        (None, '"default";r=0;t=30', {}),
        ("1", '"default";r=0;t=30', {"Retry-After": "30"}),
        ("31", '"default";r=0;t=30', {"Retry-After": "31"}),
        ("1", '"default";r=5;t=30', {"RateLimit": '"default";r=5'}),
        ("30", '"default";r=5;t=30', {}),
        ("1", "of another form", {}),
    ],
)
def test_a_retry_is_never_told_for_earlier_than_the_limit_allows(
    retry_after: str | None, left: str, printed: dict[str, str]
) -> None:
    given = limits.from_metadata((("x-request-id", "a"), ("ratelimit-policy", POLICY), ("ratelimit", left)))
    headers = {} if retry_after is None else {"Retry-After": retry_after}

    assert limits.beside(headers, given) == {"RateLimit-Policy": POLICY, "RateLimit": left} | printed


async def test_every_answer_has_them(site: Site, services: FakeServices) -> None:
    services.limits = told(12, 30)
    # Done, refused by the services, and refused by the facade once they know the key.
    for method, path, status in (("GET", "/me", 200), ("GET", "/runs", 500), ("POST", "/runs", 400)):
        for prefix in ("/api", "/v1"):
            for accept in ("*/*", PROBLEM):
                answer = await site.call(
                    method, prefix + path, {"Accept": accept}, data=b"{" if status == 400 else None
                )
                assert answer.status == status
                assert answer.headers["RateLimit-Policy"] == POLICY
                assert answer.headers["RateLimit"] == '"default";r=12;t=30'


async def test_a_key_without_a_limit_has_none(site: Site) -> None:
    for path in ("/api/me", "/api/nothing", "/healthz"):
        answer = await site.call("GET", path)
        assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]


async def test_events_have_them(site: Site, services: FakeServices) -> None:
    services.limits = told(12, 30)
    services.answers["WatchRun"] = [
        run_service_pb2.WatchRunResponse(event=run_pb2.RunEvent(sequence=1, started=run_pb2.RunStarted()))
    ]
    answer = await site.call("GET", "/api/runs/019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5/events")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["RateLimit"] == '"default";r=12;t=30'


async def test_the_last_word_of_the_services_counts(site: Site, services: FakeServices) -> None:
    async def answer(_: object, __: object) -> Message:
        services.limits = told(11, 30)
        return ME

    services.limits = told(12, 30)
    services.answers["WhoAmI"] = answer
    answered = await site.call("POST", "/api/runs", json={"promptId": "haiku", "colour": "x" * 40_000})
    assert [asked.method for asked in services.requests] == ["WhoAmI", "WhoAmI"]
    assert answered.headers["RateLimit"] == '"default";r=11;t=30'


@pytest.mark.parametrize("path", ["/api/runs", "/v1/runs"])
async def test_a_key_that_began_all_its_runs_is_told_when_to_come_again(
    site: Site, services: FakeServices, path: str
) -> None:
    services.limits = told(0, 30)
    services.answers["CreateRun"] = errors.ResourceExhausted("RATE_LIMITED", "full", retry_after=29.2)
    body = {"promptVersionId": "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"} if path == "/v1/runs" else {"promptId": "haiku"}
    answer = await site.call("POST", path, json=body)

    assert answer.status == 429
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["RateLimit"] == '"default";r=0;t=30'


async def test_a_web_page_may_read_them(services: FakeServices) -> None:
    services.limits = told(12, 30)
    async with serving(services.target, cors_origins="*") as site:
        answer = await site.call("GET", "/api/me", {"Origin": "https://shop.example"})

    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed)


async def test_the_document_names_them(site: Site) -> None:
    document = (await site.call("GET", "/openapi.json")).json
    for path in ("/api/runs", "/v1/runs"):
        responses = document["paths"][path]["post"]["responses"]
        assert "429" in responses
        assert all({"RateLimit", "RateLimit-Policy"} <= response["headers"].keys() for response in responses.values())
    assert "429" not in document["paths"]["/api/me"]["get"]["responses"]
    assert "RateLimit" not in document["paths"]["/healthz"]["get"]["responses"]["200"]["headers"]
