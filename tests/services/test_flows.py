"""`promptwire flow import`: a file becomes a flow, over a server that notes what it is asked."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from pydantic import SecretStr

from facade.dialects.promptchainer import shapes
from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import Prompt, Variable, Version, Warning  # noqa: A004 - the contract's word
from services import checks, errors, flows
from services.config import Settings
from services.failures import Failed
from tests.fakes.services import FakeServices
from tests.journeys.graphs import graph

GRAPH = graph({"color": "Blue"}, {"joke": "A {color} joke"}, {"text": ["joke"]})
# What a flow is told, and what else stands beside its graph where it was saved from an answer.
SAID = {"name": "Jokes", "description": "Of cats", "alias": "cats", "strictVariables": True}
SAVED = (
    GRAPH | SAID | {"id": "clx", "version": 3, "createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-02T03:04:05Z"}
)
SAVED |= {"variables": [{"label": "color", "value": "Blue", "required": False}], "outputs": ["text"], "warnings": []}
VERSION = Version(
    number=1,
    prompt_id="p",
    variables=[Variable(name="color", default_value="Blue\x9b31m"), Variable(name="item\x1b[31m", required=True)],
    outputs=["text"],
)


@pytest.fixture
async def services() -> AsyncIterator[FakeServices]:
    async with FakeServices() as services:
        warning = Warning(field="graph.nodes[0]", message="does not run")
        services.answers = {
            "CreatePrompt": pb.CreatePromptResponse(prompt=Prompt(id="p")),
            "CreateVersion": pb.CreateVersionResponse(version=VERSION, warnings=[warning]),
            "UpdatePrompt": pb.UpdatePromptResponse(prompt=Prompt(id="p", strict_variables=True)),
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


async def bring(
    file: str, settings: Settings, *, name: str | None = None, alias: str | None = None, prompt_id: str = ""
) -> int:
    return await flows.bring(file, settings, name=name, alias=alias, prompt_id=prompt_id)


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
        '  variable color (default: "Blue\ufffd31m")',
        "  variable item\ufffd[31m",
        "  output text",
    ]
    assert told.err == "warning: graph.nodes[0] does not run\n"


async def test_a_file_becomes_the_next_version_of_a_flow(
    services: FakeServices, our_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await bring(write(tmp_path, GRAPH), our_settings, prompt_id="mine") == 0
    update, made = services.requests
    assert update.request == pb.UpdatePromptRequest(id="mine", update_mask=FieldMask())
    assert (made.method, made.request.prompt_id) == ("CreateVersion", "p")
    # The flow takes no stored values in place of variables.
    assert "  variable color\n" in capsys.readouterr().out


async def test_what_was_saved_of_a_flow_becomes_one_like_it(
    services: FakeServices, our_settings: Settings, tmp_path: Path
) -> None:
    assert await bring(write(tmp_path, SAVED), our_settings) == 0
    wanted: Any = services.asked("CreatePrompt")[0].request
    assert wanted == pb.CreatePromptRequest(name="Jokes", description="Of cats", alias="cats", strict_variables=True)
    made: Any = services.asked("CreateVersion")[0].request
    assert values.from_struct(made.graph) == GRAPH


async def test_flags_go_before_what_a_file_says(services: FakeServices, our_settings: Settings, tmp_path: Path) -> None:
    assert await bring(write(tmp_path, SAVED), our_settings, name="Other", alias="") == 0
    wanted: Any = services.asked("CreatePrompt")[0].request
    assert wanted == pb.CreatePromptRequest(name="Other", description="Of cats", strict_variables=True)


@pytest.mark.parametrize(
    ("document", "flags", "told"),
    [
        (GRAPH, {"name": "Other", "alias": "zzz"}, {"name": "Other", "alias": "zzz"}),
        (GRAPH, {"alias": ""}, {"alias": ""}),
        (GRAPH | {"strictVariables": False, "name": "", "alias": None}, {}, {"strict_variables": False}),
        (
            SAVED,
            {"name": "Other"},
            {"name": "Other", "description": "Of cats", "alias": "cats", "strict_variables": True},
        ),
    ],
)
async def test_a_flow_is_told_what_is_said_of_it_before_its_next_version(
    services: FakeServices,
    our_settings: Settings,
    tmp_path: Path,
    document: dict[str, Any],
    flags: dict[str, str],
    told: dict[str, Any],
) -> None:
    assert await bring(write(tmp_path, document), our_settings, prompt_id="mine", **flags) == 0
    checked, update, made = (received.request for received in services.requests)
    assert [received.method for received in services.requests] == ["CreateVersion", "UpdatePrompt", "CreateVersion"]
    assert (checked.validate_only, made.validate_only) == (True, False)
    assert (checked.prompt_id, update.id, made.prompt_id) == ("mine", "mine", "p")
    assert values.from_struct(checked.graph) == values.from_struct(made.graph) == GRAPH
    assert {path: getattr(update, path) for path in update.update_mask.paths} == told


@pytest.mark.parametrize(
    ("refused", "asked"), [("CreateVersion", ["CreateVersion"]), ("UpdatePrompt", ["CreateVersion", "UpdatePrompt"])]
)
async def test_what_is_refused_leaves_a_flow_as_it_was(
    services: FakeServices, our_settings: Settings, tmp_path: Path, refused: str, asked: list[str]
) -> None:
    services.answers[refused] = errors.AlreadyExists("ALIAS_TAKEN", "another prompt has the alias 'zzz'")
    assert await bring(write(tmp_path, GRAPH), our_settings, prompt_id="mine", alias="zzz") == 1
    assert [received.method for received in services.requests] == asked
    assert services.requests[0].request.validate_only


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
    [
        ("{", "is not JSON"),
        ("[]", "must be a JSON object"),
        ('{"nodes": 1e400}', "nodes is a number"),
        ('{"nodes": [NaN]}', "is not JSON: it holds NaN"),
        ('{"nodes": -Infinity}', "is not JSON: it holds -Infinity"),
        ('{"\x9b": 1e400}', "\ufffd is a number"),
        ('{"name": 1, "strictVariables": "no"}', "name must be a text; .*strictVariables must be true or false"),
        (None, "cannot be read"),
    ],
)
async def test_what_is_no_graph_is_told_before_anybody_is_asked(
    services: FakeServices, our_settings: Settings, tmp_path: Path, content: str | None, words: str
) -> None:
    file = str(tmp_path / "missing.json") if content is None else write(tmp_path, content)
    with pytest.raises(Failed, match=words):
        await bring(file, our_settings)
    assert not services.requests


def test_what_stands_beside_a_graph_is_what_the_facade_writes_there() -> None:
    assert flows.BESIDE == shapes.BESIDE
