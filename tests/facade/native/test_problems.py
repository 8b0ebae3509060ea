"""Problem details, and the services' names of fields as the caller knows them."""

import pytest

from facade.native.problems import envelope, json_path, localised, pointer
from facade.native.routes import TABLE
from facade.problem import Fault, Problem
from promptwire.v1 import prompt_service_pb2, run_service_pb2

ROWS = {row.rpc: row for row in TABLE}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("prompt_id", "promptId"),
        ("messages[0].content_text[1]", "messages[0].content_text[1]"),
        ("variables[2].default_value", "variables[2].defaultValue"),
        ("variables[2].options[0].name", "variables[2].options[0].name"),
        ("parameters.max_tokens", "parameters.max_tokens"),
        ("parameters.fields.a", "parameters.fields.a"),
        ("images", "images"),
        ("request", "request"),
        ("", ""),
        ("no such\nfield[0", "no such\nfield[0"),
    ],
)
def test_proto_names_become_json_names_down_to_free_json(path: str, expected: str) -> None:
    assert json_path(prompt_service_pb2.CreateVersionRequest.DESCRIPTOR, path) == expected


def test_a_path_goes_through_messages() -> None:
    assert json_path(run_service_pb2.CreateRunRequest.DESCRIPTOR, "spec.end_user_id") == "spec.endUserId"
    assert json_path(run_service_pb2.CreateRunRequest.DESCRIPTOR, "spec.inputs.user_name") == "spec.inputs.user_name"


@pytest.mark.parametrize(
    ("rpc", "field", "local", "where"),
    [
        ("CreateRun", "spec.inputs.user_name", "inputs.user_name", "body"),
        ("CreateRun", "spec", "", "body"),
        ("CreateRun", "spec.version_id", "versionId", "body"),
        ("ListRuns", "page_size", "pageSize", "query"),
        ("CreateVersion", "prompt_id", "promptId", "path"),
        ("CreateVersion", "commit_message", "commitMessage", "body"),
        ("GetRun", "id", "id", "path"),
    ],
)
def test_fields_are_named_as_the_request_has_them(rpc: str, field: str, local: str, where: str) -> None:
    raised = Problem(400, "FIELD_INVALID", "?", (Fault(field, "FIELD_INVALID", "is wrong"),), {"field": field})
    told = localised(ROWS[rpc], raised)
    assert told.faults == (Fault(local, "FIELD_INVALID", "is wrong", where),)
    assert (told.message, told.metadata) == (f"{local}: is wrong".removeprefix(": "), {"field": local})


def test_a_problem_without_faults_stays_as_it_is() -> None:
    raised = Problem(404, "RUN_NOT_FOUND", "no such run", metadata={"run_id": "a"})
    assert localised(ROWS["GetRun"], raised) is raised


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "#"),
        ("inputs.topic", "#/inputs/topic"),
        ("messages[0].content[12]", "#/messages/0/content/12"),
        ("inputs.a/b~c", "#/inputs/a~1b~0c"),
        ("inputs.ä b", "#/inputs/%C3%A4%20b"),
        ("inputs.%", "#/inputs/%25"),
    ],
)
def test_pointers(path: str, expected: str) -> None:
    assert pointer(path) == expected


def test_problem_details() -> None:
    faults = (Fault("inputs.a", "VARIABLE_MISSING", "is required"), Fault("pageSize", "X", "is wrong", "query"))
    reply = envelope(Problem(400, "VARIABLE_MISSING", "two", faults, {"field": "inputs.a"}, request_id="r1"))
    assert (reply.status, reply.content_type) == (400, "application/problem+json")
    assert reply.body == {
        "type": "/docs#VARIABLE_MISSING",
        "title": "Variable missing",
        "status": 400,
        "detail": "two",
        "reason": "VARIABLE_MISSING",
        "requestId": "r1",
        "errors": [
            {"detail": "is required", "reason": "VARIABLE_MISSING", "pointer": "#/inputs/a"},
            {"detail": "is wrong", "reason": "X", "query": "pageSize"},
        ],
        "metadata": {"field": "inputs.a"},
    }
