"""`promptwire flow import`: a file becomes a flow, over a server that notes what it is asked."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import Prompt, Variable, Version, Warning  # noqa: A004 - the contract's word
from services import checks, errors, flows
from services.config import Settings
from services.failures import Failed
from tests.fakes.services import FakeServices
from tests.journeys.graphs import graph

GRAPH = graph({"color": "Blue"}, {"joke": "A {color} joke"}, {"text": ["joke"]})
VERSION = Version(
    number=1,
    prompt_id="p",
    variables=[Variable(name="color", default_value="Blue"), Variable(name="item\x1b[31m", required=True)],
    outputs=["text"],
)


@pytest.fixture
async def services() -> AsyncIterator[FakeServices]:
    async with FakeServices() as services:
        warning = Warning(field="graph.nodes[0]", message="does not run")
        services.answers = {
            "CreatePrompt": pb.CreatePromptResponse(prompt=Prompt(id="p")),
            "CreateVersion": pb.CreateVersionResponse(version=VERSION, warnings=[warning]),
            "DeletePrompt": pb.DeletePromptResponse(),
        }
        yield services


@pytest.fixture
def our_settings(services: FakeServices, tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, grpc_target=services.target, key=SecretStr("secret"))


def write(tmp_path: Path, content: object) -> str:
    file = tmp_path / "Cat jokes.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


async def bring(file: str, settings: Settings, **given: str) -> int:
    return await flows.bring(file, settings, **{"name": "", "alias": "", "prompt_id": "", **given})


async def test_a_file_becomes_a_flow(
    services: FakeServices, our_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await bring(write(tmp_path, GRAPH), our_settings, alias="cats") == 0
    wanted: Any = services.asked("CreatePrompt")[0].request
    assert (wanted.name, wanted.alias) == ("Cat jokes", "cats")
    made: Any = services.asked("CreateVersion")[0].request
    assert (made.prompt_id, values.from_struct(made.graph)) == ("p", GRAPH)
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "flow p, version 1",
        '  variable color (default: "Blue")',
        "  variable item\ufffd[31m",
        "  output text",
    ]
    assert told.err == "warning: graph.nodes[0] does not run\n"


async def test_a_file_becomes_the_next_version_of_a_flow(
    services: FakeServices, our_settings: Settings, tmp_path: Path
) -> None:
    assert await bring(write(tmp_path, GRAPH), our_settings, prompt_id="mine") == 0
    assert [made.method for made in services.requests] == ["CreateVersion"]


async def test_a_graph_that_is_refused_leaves_no_flow(
    services: FakeServices, our_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [errors.Violation(f"graph.nodes[{index}].id", "is\x1b[31m required") for index in range(7)]
    services.answers["CreateVersion"] = checks.invalid(*faults)
    assert await bring(write(tmp_path, GRAPH), our_settings) == 1
    assert [made.method for made in services.requests] == ["CreatePrompt", "CreateVersion", "DeletePrompt"]
    assert capsys.readouterr().err.splitlines() == [
        "promptwire: INVALID_ARGUMENT:",
        *(f"  graph.nodes[{index}].id: is\ufffd[31m required" for index in range(7)),
    ]


async def test_a_refusal_without_faults_is_told_in_words(
    services: FakeServices, our_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services.answers["CreateVersion"] = errors.NotFound("PROMPT_NOT_FOUND", "no prompt has the id or alias 'mine'")
    assert await bring(write(tmp_path, GRAPH), our_settings, prompt_id="mine") == 1
    assert capsys.readouterr().err == "promptwire: NOT_FOUND: no prompt has the id or alias 'mine'\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [("{", "is not JSON"), ("[]", "must be a JSON object"), ('{"nodes": 1e400}', "nodes"), (None, "cannot be read")],
)
async def test_what_is_no_graph_is_told_before_anybody_is_asked(
    services: FakeServices, our_settings: Settings, tmp_path: Path, content: str | None, words: str
) -> None:
    file = str(tmp_path / "missing.json") if content is None else write(tmp_path, content)
    with pytest.raises(Failed, match=words):
        await bring(file, our_settings)
    assert not services.requests
