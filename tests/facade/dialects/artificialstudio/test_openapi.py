"""What the golden cases ask and get is what the OpenAPI document says."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from facade.dialect import Route
from facade.dialects.artificialstudio import dialect
from tests.facade.dialects import golden

DIALECT = dialect(window=60, image_seconds=7 * 86_400)
CASES = {path.stem: golden.read(path) for path in golden.cases(Path(__file__).parent / "cases")}


def route_of(case: golden.Json) -> Route | None:
    path, method = case["request"]["path"].partition("?")[0], case["request"]["method"]
    return next(
        (
            route
            for route in DIALECT.routes
            if route.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path)
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
        assert is_valid({"$ref": "#/components/schemas/ArtificialStudioError"}, answer["json"])
        return
    documented = route.operation["responses"][str(answer["status"])]
    assert is_valid(documented["content"]["application/json"]["schema"], answer["json"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_requests_that_succeed_are_as_documented(case: golden.Json) -> None:
    route = route_of(case)
    if route is None or "json" not in case["request"] or case["expected"]["status"] not in (200, 202):
        return
    assert is_valid(route.operation["requestBody"]["content"]["application/json"]["schema"], case["request"]["json"])


@pytest.mark.parametrize("route", DIALECT.routes, ids=lambda route: route.operation["operationId"])
def test_a_route_documents_its_path(route: Route) -> None:
    declared = [item["name"] for item in route.operation.get("parameters", []) if item["in"] == "path"]
    assert declared == re.findall(r"\{(\w+)\}", route.path)


def test_operations_have_names_of_their_own() -> None:
    names = [route.operation["operationId"] for route in DIALECT.routes]
    assert len(set(names)) == len(names)


def test_every_schema_is_used() -> None:
    printed = json.dumps([route.operation for route in DIALECT.routes] + list(DIALECT.schemas.values()))
    assert set(re.findall(r"#/components/schemas/(\w+)", printed)) == set(DIALECT.schemas)
