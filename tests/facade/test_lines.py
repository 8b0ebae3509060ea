"""Answers of any length, line by line: whole, or cut so that nobody takes a part for all of it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from promptwire.v1 import run_pb2
from promptwire.v1 import run_service_pb2 as pb
from services import errors
from tests.facade.serving import Site
from tests.fakes.services import FakeServices


def part(*ids: str) -> pb.ExportRunsResponse:
    return pb.ExportRunsResponse(runs=[run_pb2.Run(id=run_id) for run_id in ids])


async def test_each_item_is_a_line(site: Site, services: FakeServices) -> None:
    services.answers["ExportRuns"] = [part("a", "b"), part(), part("c")]
    answer = await site.call("GET", "/api/runs/export?states=STATE_FAILED&metadata[plan]=pro&metadata[a.b[c]]=")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/jsonl")
    lines = answer.body.decode().splitlines()
    assert [line.partition(",")[0] for line in lines] == ['{"id":"a"', '{"id":"b"', '{"id":"c"']
    [asked] = services.asked("ExportRuns")
    assert dict(asked.request.metadata) == {"plan": "pro", "a.b[c]": ""}
    assert list(asked.request.states) == [run_pb2.Run.STATE_FAILED]


async def test_nothing_is_an_answer(site: Site, services: FakeServices) -> None:
    services.answers["ExportRuns"] = []
    answer = await site.call("GET", "/api/runs/export")
    assert (answer.status, answer.body) == (200, b"")
    head = await site.call("HEAD", "/api/runs/export")
    assert (head.status, head.headers["Content-Type"]) == (200, "application/jsonl")


async def test_a_refusal_is_a_problem(site: Site, services: FakeServices) -> None:
    services.answers["ExportRuns"] = errors.DatabaseUnavailable()
    answer = await site.call("GET", "/api/runs/export")
    assert (answer.status, answer.json["reason"]) == (503, "DATABASE_UNAVAILABLE")


async def test_an_answer_that_breaks_off_is_cut(site: Site, services: FakeServices) -> None:
    async def break_off(_: Any, __: Any) -> AsyncIterator[pb.ExportRunsResponse]:
        yield part("a")
        raise errors.DatabaseUnavailable

    services.answers["ExportRuns"] = break_off
    with pytest.raises(aiohttp.ClientError):
        await site.call("GET", "/api/runs/export")


@pytest.mark.parametrize(
    "query", ["metadata=x", "metadata[a]=1&metadata[a]=2", "metadata[]=x", "text[a]=b", "other[a]=b"]
)
async def test_a_query_that_cannot_be_read_is_told(site: Site, services: FakeServices, query: str) -> None:
    answer = await site.call("GET", f"/api/runs?{query}")
    assert answer.status == 400
    assert answer.json["errors"]
    assert services.asked("ListRuns") == []
