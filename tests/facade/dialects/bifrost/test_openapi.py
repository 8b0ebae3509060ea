"""What the golden cases ask and get is what the OpenAPI document says."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from facade.dialect import Route
from facade.dialects.bifrost import dialect
from tests.facade.dialects import golden

DIALECT = dialect()
# What answers hold, by the name that it has there.
THINGS = {
    **dict.fromkeys(("folder", "folders"), "Folder"),
    **dict.fromkeys(("prompt", "prompts"), "Prompt"),
    **dict.fromkeys(("version", "versions", "latest_version"), "Version"),
    **dict.fromkeys(("session", "sessions"), "Session"),
    "messages": "Message",
}
CASES = {path.stem: golden.read(path) for path in golden.cases(Path(__file__).parent / "cases")}


def route_of(case: golden.Json) -> Route | None:
    path = case["request"]["path"].partition("?")[0]
    return next(
        (
            route
            for route in DIALECT.routes
            if route.method == case["request"]["method"] and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path)
        ),
        None,
    )


def is_valid(schema: Any, instance: Any) -> bool:
    document = {"components": {"schemas": DIALECT.schemas}, **schema}
    return jsonschema_rs.validator_for(document, validate_formats=True).is_valid(instance)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_answers_are_as_documented(case: golden.Json) -> None:
    route = route_of(case)
    answer = case["expected"]
    if route is None:
        assert is_valid({"$ref": "#/components/schemas/BifrostError"}, answer["json"])
        return
    responses = route.operation["responses"]
    documented = responses.get(str(answer["status"]), responses["default"])
    assert is_valid(documented["content"]["application/json"]["schema"], answer["json"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_answered_is_documented_name_by_name(case: golden.Json) -> None:
    assert undocumented(case["expected"]["json"]) == set()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_requests_that_succeed_are_as_documented(case: golden.Json) -> None:
    route = route_of(case)
    # A body of null is taken for an empty object, which need not be documented.
    if route is None or case["request"].get("json") is None or case["expected"]["status"] != 200:
        return
    assert is_valid(route.operation["requestBody"]["content"]["application/json"]["schema"], case["request"]["json"])


@pytest.mark.parametrize("route", DIALECT.routes, ids=lambda route: route.operation["operationId"])
def test_a_route_documents_its_path(route: Route) -> None:
    declared = [item["name"] for item in route.operation.get("parameters", []) if item["in"] == "path"]
    assert declared == re.findall(r"\{(\w+)\}", route.path)


def test_operations_have_names_of_their_own() -> None:
    names = [route.operation["operationId"] for route in DIALECT.routes]
    assert len(set(names)) == len(names) == 21


def test_every_schema_is_used() -> None:
    printed = json.dumps([route.operation for route in DIALECT.routes] + list(DIALECT.schemas.values()))
    assert set(re.findall(r"#/components/schemas/(\w+)", printed)) == set(DIALECT.schemas)


def undocumented(answer: golden.Json) -> set[str]:
    """Give the names in the things of an answer that their schemas do not have."""
    found: set[str] = set()
    for name, value in answer.items():
        schema = DIALECT.schemas.get(f"Bifrost{THINGS.get(name)}")
        for item in value if isinstance(value, list) else [value]:
            if schema and isinstance(item, dict):
                found |= {f"{name}.{part}" for part in item.keys() - schema["properties"].keys()} | undocumented(item)
    return found
