"""The table of scopes names every RPC of the contract, nothing more, and says what the comments in the protos say."""

import re
from pathlib import Path

import pytest

from promptwire.v1 import key_service_pb2, prompt_service_pb2, run_service_pb2
from services.keys import scopes

PACKAGE = "promptwire.v1"
RPC = re.compile(r"((?:^ *//.*\n)+) *rpc (\w+)\(", re.MULTILINE)
NEEDS = re.compile(r"Needs (?:scope `([a-z:]+)`|(any valid key)|(no key))")


def _described() -> set[str]:
    return {
        f"/{service.full_name}/{method.name}"
        for file in (key_service_pb2, prompt_service_pb2, run_service_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }


def _services(protos: Path) -> dict[str, str]:
    texts = (file.read_text() for file in protos.glob("promptwire/v1/*.proto"))
    return {name: text for text in texts for name in re.findall(r"^service (\w+)", text, re.MULTILINE)}


def _commented(protos: Path) -> dict[str, str | None]:
    """Give the scope that the comment of each RPC states; the first, which is the one that the RPC itself needs."""
    stated = {}
    for service, text in _services(protos).items():
        for comment, name in RPC.findall(text):
            needs = NEEDS.search(re.sub(r"\s*//\s*", " ", comment))
            assert needs, f"{name}: the comment does not say which scope it needs"
            stated[f"/{PACKAGE}.{service}/{name}"] = scopes.NO_KEY if needs[3] else needs[1]
    return stated


def test_every_rpc_has_its_scope_and_no_other_name_has_one() -> None:
    assert set(scopes.OF_RPC) == _described()


def test_every_service_of_the_contract_is_known_here(repository: Path) -> None:
    assert {name.split("/")[1] for name in _described()} == {
        f"{PACKAGE}.{service}" for service in _services(repository / "protos")
    }


def test_the_comments_say_the_same(repository: Path) -> None:
    assert _commented(repository / "protos") == dict(scopes.OF_RPC)


def test_every_scope_of_the_table_exists() -> None:
    assert set(scopes.OF_RPC.values()) - {None, scopes.NO_KEY} <= scopes.SCOPES


@pytest.mark.parametrize("scope", sorted(scopes.SCOPES))
def test_the_comment_of_the_key_names_every_scope(repository: Path, scope: str) -> None:
    assert f"`{scope}`" in (repository / "protos/promptwire/v1/key.proto").read_text()


def test_kinds_of_keys() -> None:
    assert sorted(scopes.RUN_SCOPES) == ["prompts:read", "runs:read", "runs:write"]
    assert sorted(scopes.SCOPES - scopes.ADMIN_SCOPES) == ["operator"]
