"""The page of images: for whoever has a token, in the image's own type, and never half of one as if it were whole."""

import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from promptwire.v1 import run_pb2
from promptwire.v1.run_service_pb2 import GetImageResponse
from services import errors
from tests.facade.serving import KEY, Site, serving
from tests.fakes.services import FakeServices

CHUNKS = [b"\x89PNG" + bytes(60_000), bytes(60_000), b"the end"]
DATA = b"".join(CHUNKS)
NOBODY = {"Authorization": None}
PATH = "/images/a-token_1"


def parts(seconds: float = 600, chunks: list[bytes] = CHUNKS) -> list[GetImageResponse]:
    """Give what GetImage streams, of an image whose token works for so long."""
    image = run_pb2.Image(id="ab", media_type="image/png", size_bytes=len(DATA))
    image.expire_time.seconds = int(time.time() + seconds)
    first = GetImageResponse(image=image, chunk=chunks[0])
    return [first, *(GetImageResponse(chunk=chunk) for chunk in chunks[1:])]


async def test_an_image_is_sent_as_it_is(site: Site, services: FakeServices) -> None:
    services.answers["GetImage"] = parts()
    answer = await site.call("GET", PATH, NOBODY)
    assert (answer.status, answer.body) == (200, DATA)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert len(answer.headers["X-Request-Id"]) == 32
    [asked] = services.requests
    assert asked.request.token == "a-token_1"
    assert asked.metadata["x-request-id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("key", [None, f"Bearer {KEY}", "Basic nonsense"])
async def test_no_key_is_needed_and_none_is_passed_on(site: Site, services: FakeServices, key: str | None) -> None:
    services.answers["GetImage"] = parts()
    assert (await site.call("GET", PATH, {"Authorization": key})).status == 200
    assert "authorization" not in services.requests[0].metadata


@pytest.mark.parametrize(("seconds", "least", "most"), [(600, 570, 600), (86_400, 86_370, 86_400), (-5, 0, 0)])
async def test_it_may_be_kept_for_as_long_as_its_token_works(
    site: Site, services: FakeServices, seconds: int, least: int, most: int
) -> None:
    services.answers["GetImage"] = parts(seconds)
    kind, age, other = (await site.call("GET", PATH, NOBODY)).headers["Cache-Control"].split(", ")
    assert (kind, other) == ("private", "immutable")
    assert least <= int(age.removeprefix("max-age=")) <= most


async def test_a_head_tells_of_it_without_a_byte(site: Site, services: FakeServices) -> None:
    services.answers["GetImage"] = parts()
    answer = await site.call("HEAD", PATH, NOBODY)
    assert (answer.status, answer.body) == (200, b"")
    assert (answer.headers["Content-Type"], answer.headers["Content-Length"]) == ("image/png", str(len(DATA)))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("IMAGE_NOT_FOUND", "there is no image for this token"), 404),
        (errors.FailedPrecondition("IMAGE_EXPIRED", "it ended", metadata={"expire_time": "2026-11-22T10:00:00Z"}), 410),
        (errors.DatabaseUnavailable(), 503),
    ],
)
async def test_what_cannot_be_shown_is_a_problem(
    site: Site, services: FakeServices, error: errors.ServiceError, status: int
) -> None:
    services.answers["GetImage"] = error
    answer = await site.call("GET", PATH, NOBODY)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json["status"], answer.json["reason"]) == (status, error.reason)
    assert ("Retry-After" in answer.headers) is (status == 503)
    head = await site.call("HEAD", PATH, NOBODY)
    assert (head.status, head.body) == (status, b"")


@pytest.mark.parametrize("path", ["/images", "/images/", "/images/a/b"])
async def test_other_paths_are_no_images(site: Site, services: FakeServices, path: str) -> None:
    assert (await site.call("GET", path, NOBODY)).status == 404
    assert services.requests == []


async def test_an_image_that_breaks_off_is_not_taken_for_a_whole_one(site: Site, services: FakeServices) -> None:
    async def break_off(_: Any, __: Any) -> AsyncIterator[GetImageResponse]:
        yield parts()[0]
        raise errors.NotFound("IMAGE_NOT_FOUND", "it was deleted meanwhile")

    services.answers["GetImage"] = break_off
    with pytest.raises(aiohttp.ClientPayloadError):
        await site.call("GET", PATH, NOBODY)
    services.answers["GetImage"] = parts()
    assert (await site.call("GET", PATH, NOBODY)).body == DATA


async def test_a_site_with_few_origins_shows_images_to_all(services: FakeServices) -> None:
    async with serving(services.target, cors_origins="https://app.example.org") as site:
        services.answers["GetImage"] = parts()
        for origin, allowed in (("https://other.example", "*"), ("https://app.example.org", "https://app.example.org")):
            answer = await site.call("GET", PATH, {**NOBODY, "Origin": origin})
            assert answer.headers.getall("Access-Control-Allow-Origin") == [allowed]
            assert answer.headers["Vary"] == "Origin"
