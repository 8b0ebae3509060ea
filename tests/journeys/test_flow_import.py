"""`promptwire flow import` against both servers: what was saved of a flow becomes one like it, or its next version."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services import flows
from services.config import Settings
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack

GRAPH = graph({"color": "Blue"}, {"joke": "A {color} joke"}, {"text": ["joke"]})


async def bring(stack: Stack, secret: str, file: Path, document: object, **given: Any) -> int:
    file.write_text(json.dumps(document))
    settings = Settings(data=file.parent, grpc_target=stack.server.address, key=SecretStr(secret))
    return await flows.bring(str(file), settings, **{"name": None, "alias": None, "prompt_id": "", **given})


async def info(stack: Stack, secret: str, flow_id: str) -> dict[str, Any]:
    status, flow = await stack.rest("GET", f"/api/flows/getFlowInfo/{flow_id}", secret)
    assert status == 200, flow
    return flow


async def test_what_was_saved_of_a_flow_comes_back_equal_in_another_project(stack: Stack, tmp_path: Path) -> None:
    secret, other = await stack.create_key("flow import, from"), await stack.create_key("flow import, to")
    said = {"name": "Jokes", "description": "Of cats", "alias": "jokes", "strictVariables": True}
    status, made = await stack.rest("POST", "/api/flows", secret, json=GRAPH | said)
    assert status == 201, made
    saved = await info(stack, secret, "jokes")
    assert await bring(stack, other, tmp_path / "saved.json", saved) == 0
    brought = await info(stack, other, "jokes")
    own = ("id", "createdAt", "updatedAt")
    assert {**brought, **{member: saved[member] for member in own}} == saved
    assert brought["id"] != saved["id"]


async def test_a_flow_gets_a_version_and_an_alias_or_neither(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = await stack.create_key("flow import, versions")
    file = tmp_path / "flow.json"
    for alias in ("old", "taken"):
        assert await bring(stack, secret, file, GRAPH, alias=alias) == 0
    before = await info(stack, secret, "old")
    broken = GRAPH | {"edges": [{"source": "nobody"}]}
    for document, alias in ((broken, "new"), (GRAPH, "taken")):
        assert await bring(stack, secret, file, document, prompt_id="old", name="Other", alias=alias) == 1
        assert await info(stack, secret, "old") == before
    capsys.readouterr()
    assert await bring(stack, secret, file, GRAPH, prompt_id="old", name="Other", alias="new") == 0
    assert capsys.readouterr().out.splitlines()[0] == f"flow {before['id']}, version 2"
    after = await info(stack, secret, "new")
    assert (after["id"], after["name"], after["version"]) == (before["id"], "Other", 2)
