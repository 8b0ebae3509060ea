"""Large bodies and answers: while they are read and written, the event loop goes on."""

import asyncio
import io
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from facade.dialect import ASIDE_BYTES, aside
from facade.native.writer import Writer
from promptwire import values
from promptwire.v1 import prompt_pb2
from promptwire.v1 import prompt_service_pb2 as pb
from tests.facade.serving import Site
from tests.fakes.services import FakeServices

# More items than a body without a graph may have, and the most that a graph may: 1,000 nodes and 10,000 edges.
NODES = [
    {
        "id": f"n{node}",
        "type": "actionNode",
        "position": {"x": node, "y": 0.5},
        "data": {"variables": [{"id": f"v{held}", "label": "color", "value": "blue"} for held in range(10)]},
    }
    for node in range(1000)
]
EDGES = [
    {"id": f"e{edge}", "source": "n0", "sourceHandle": "output", "target": "n1", "targetHandle": "variables"}
    for edge in range(10_000)
]
GRAPH = {"nodes": NODES, "edges": EDGES}
PROMPT = prompt_pb2.Prompt(id="p", latest_version=prompt_pb2.Version(number=1, graph=values.to_struct(GRAPH)))


Watch = Callable[[Any, str], list[bool]]


def body(json_value: Any) -> io.BytesIO:
    """Give a body that the client sends bit by bit."""
    return io.BytesIO(json.dumps(json_value).encode())


@pytest.fixture
async def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Give a function that has the loop turn once within each call of a function, and notes whether it did."""
    loop = asyncio.get_running_loop()

    def replace(holder: Any, name: str) -> list[bool]:
        function, turned = getattr(holder, name), list[bool]()

        def watched(*arguments: Any) -> Any:
            turn = threading.Event()
            loop.call_soon_threadsafe(turn.set)
            # A loop that is held up never turns: this waits then, and fails the test.
            turned.append(turn.wait(5))
            return function(*arguments)

        monkeypatch.setattr(holder, name, watched)
        return turned

    return replace


async def test_a_flow_is_read_aside(site: Site, services: FakeServices, watch: Watch) -> None:
    turned = watch(values, "to_struct")
    services.answers["CreatePrompt"] = pb.CreatePromptResponse(prompt=prompt_pb2.Prompt(id="p"))
    services.answers["UpdatePrompt"] = pb.UpdatePromptResponse(prompt=PROMPT)
    services.answers["CreateVersion"] = pb.CreateVersionResponse(version=PROMPT.latest_version)
    assert (await site.call("POST", "/api/flows", data=body(GRAPH))).status == 201
    assert (await site.call("PUT", "/api/flows/p", data=body(GRAPH))).status == 200
    assert [len(made.request.graph.fields) for made in services.asked("CreateVersion")] == [2, 2]
    assert turned == [True, True]


@pytest.mark.parametrize(
    ("method", "path", "rpc"),
    [
        ("POST", "/api/prompts/p/versions", "CreateVersion"),
        ("POST", "/api/prompts/p/sessions", "CreateSession"),
        ("PUT", "/api/sessions/1", "UpdateSession"),
    ],
)
async def test_a_native_body_is_read_aside(
    site: Site, services: FakeServices, watch: Watch, method: str, path: str, rpc: str
) -> None:
    turned = watch(values, "to_struct")
    services.answers[rpc] = getattr(pb, f"{rpc}Response")()
    assert (await site.call(method, path, data=body({"graph": GRAPH}))).status == 200
    assert values.from_struct(services.asked(rpc)[0].request.graph) == GRAPH
    assert turned == [True]


async def test_a_document_may_hold_graphs(site: Site, services: FakeServices) -> None:
    services.answers["ImportPrompts"] = pb.ImportPromptsResponse()
    document = {"prompts": [{"alias": "a", "name": "A", "versions": [{"graph": GRAPH}]}]}
    assert (await site.call("POST", "/api/import", data=body({"document": document}))).status == 200


async def test_a_flow_is_written_aside(site: Site, services: FakeServices, watch: Watch) -> None:
    turned = watch(values, "from_struct")
    services.answers["GetPrompt"] = pb.GetPromptResponse(prompt=PROMPT)
    answer = await site.call("GET", "/api/flows/p")
    assert {"nodes": NODES, "edges": EDGES}.items() <= answer.json.items()
    assert turned == [True]


async def test_a_native_answer_is_written_aside(site: Site, services: FakeServices, watch: Watch) -> None:
    turned = watch(Writer, "write")
    services.answers["GetPrompt"] = pb.GetPromptResponse(prompt=PROMPT)
    assert (await site.call("GET", "/api/prompts/p")).json["prompt"]["latestVersion"]["graph"] == GRAPH
    assert turned == [True]


async def test_small_work_is_done_at_once() -> None:
    here = threading.get_ident()
    assert await aside(ASIDE_BYTES, threading.get_ident) == here
    assert await aside(ASIDE_BYTES + 1, threading.get_ident) != here
