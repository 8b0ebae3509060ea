"""The schemas say what the API does: everything has a description, examples are true, answers fit."""

from typing import Any

import jsonschema_rs
import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facade.native.comments import Comments
from facade.native.examples import BODIES, EVENTS, THINGS
from facade.native.reader import Reader
from facade.native.reasons import reasons
from facade.native.routes import SERVICES, TABLE
from facade.native.schemas import REQUIRED
from facade.native.writer import Writer
from promptwire.v1 import (
    document_pb2,
    error_reason_pb2,
    folder_pb2,
    key_pb2,
    key_service_pb2,
    label_pb2,
    prompt_pb2,
    prompt_service_pb2,
    run_pb2,
    run_service_pb2,
    session_pb2,
)
from tests.facade.native.messages import messages
from tests.facade.serving import Site

FILES = (
    *(document_pb2, error_reason_pb2, folder_pb2, key_pb2, key_service_pb2, label_pb2, prompt_pb2),
    *(prompt_service_pb2, run_pb2, run_service_pb2, session_pb2),
)
THING_TYPES = {
    "Key": key_pb2.Key,
    "Folder": folder_pb2.Folder,
    "Session": session_pb2.Session,
    "Label": label_pb2.Label,
    "Prompt": prompt_pb2.Prompt,
    "Version": prompt_pb2.Version,
    "Run": run_pb2.Run,
    "Model": run_pb2.Model,
}
ANSWERS = ("GetKey", "GetPrompt", "ListVersions", "GetRun", "ListModels", "DeletePrompt")


@pytest.fixture(scope="session")
async def document(shared_site: Site) -> Any:
    """Read the OpenAPI document."""
    return (await shared_site.call("GET", "/openapi.json", {"Authorization": None})).json


def named_things() -> list[str]:
    """List the full names of all that can have a comment."""
    names: list[str] = []
    for file in FILES:
        for service in file.DESCRIPTOR.services_by_name.values():
            names += [service.full_name, *(method.full_name for method in service.methods)]
        for message in file.DESCRIPTOR.message_types_by_name.values():
            names += [message.full_name, *(field.full_name for field in message.fields)]
            for enum in message.enum_types:
                names += [enum.full_name, *(f"{message.full_name}.{value.name}" for value in enum.values)]
        for enum in file.DESCRIPTOR.enum_types_by_name.values():
            names += [enum.full_name, *(f"promptwire.v1.{value.name}" for value in enum.values)]
    return names


def test_every_comment_of_the_contract_is_found() -> None:
    comments = Comments.read()
    assert [name for name in named_things() if not comments.of(name)] == []


def test_comments_are_joined_and_keep_their_paragraphs() -> None:
    comments = Comments.read()
    assert comments.of("promptwire.v1.Usage.input_tokens") == "Tokens that the model read."
    text, _, example = comments.of("promptwire.v1.ERROR_REASON_KEY_UNKNOWN").partition("\n\n")
    assert "\n" not in text
    assert example.strip() == '{"reason": "KEY_UNKNOWN", "domain": "promptwire"}'


def test_every_reason_has_a_status_and_says_what_to_do() -> None:
    found = reasons(Comments.read())
    assert found["KEY_REVOKED"] == ("401", "The key was revoked. Ask for another one.")
    assert found["REQUEST_ID_REUSED"][0] == "422"
    assert found["PROVIDER_REFUSED"][0] == ""
    assert all(
        status in ("", "400", "401", "403", "404", "409", "410", "422", "429", "500", "503")
        for status, _ in found.values()
    )
    assert len(found) == len(error_reason_pb2.ErrorReason.DESCRIPTOR.values) - 1


@pytest.mark.parametrize("row", [row for row in TABLE if row.has_body], ids=lambda row: row.rpc)
def test_every_example_of_a_body_is_read(row: Any, document: Any) -> None:
    body = BODIES[row.rpc]
    assert Reader().read({row.body: body} if row.body else body, row.request()) == []
    operation = document["paths"][row.path][row.method.lower()]
    content = operation["requestBody"]["content"]["application/json"]
    assert content["example"] == body
    validator(content["schema"], document).validate(body)


@pytest.mark.parametrize("name", THINGS)
def test_every_example_of_an_answer_is_one(name: str, document: Any) -> None:
    message = THING_TYPES[name]()
    assert Reader().read(THINGS[name], message) == []
    assert Writer().write(message) == THINGS[name]
    validator({"$ref": f"#/components/schemas/{name}"}, document).validate(THINGS[name])


@pytest.mark.parametrize("name", EVENTS)
def test_every_example_of_an_event_is_one(name: str, document: Any) -> None:
    event = run_pb2.RunEvent()
    assert Reader().read(EVENTS[name], event) == []
    assert Writer().write(event) == EVENTS[name]
    validator({"$ref": "#/components/schemas/RunEvent"}, document).validate(EVENTS[name])


@pytest.mark.parametrize(("path", "method"), [("/api/runs", "post"), ("/api/runs/{id}/events", "get")])
def test_streams_are_told_by_an_example(path: str, method: str, document: Any) -> None:
    content = document["paths"][path][method]["responses"]["200"]["content"]
    assert content["text/event-stream"]["example"].startswith('id: 2\nevent: nodeStarted\ndata: {"sequence":"2",')


def test_what_is_required_exists() -> None:
    types = {message.name: message for file in FILES for message in file.DESCRIPTOR.message_types_by_name.values()}
    for name, required in REQUIRED.items():
        assert set(required) <= {field.json_name for field in types[name].fields}


@pytest.mark.parametrize("rpc", ANSWERS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_answer_fits_its_schema(rpc: str, data: st.DataObject, document: Any) -> None:
    row = next(row for row in TABLE if row.rpc == rpc)
    message: Message = data.draw(messages(row.response))
    operation = document["paths"][row.path][row.method.lower()]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    validator(schema, document).validate(Writer().write(message))


def test_every_schema_is_one(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name


def test_every_route_of_every_dialect_stands_in_the_document(document: Any) -> None:
    operations = [held for methods in document["paths"].values() for held in methods.values()]
    identities = [operation["operationId"] for operation in operations]
    assert len(set(identities)) == len(identities)
    assert {tag["name"] for tag in document["tags"]} == {operation["tags"][0] for operation in operations}
    assert {row.path for row in TABLE} <= document["paths"].keys()
    assert {"/v1/runs", "/v1/prompts/{promptId}", "/healthz", "/readyz", "/version", "/metrics"} <= document[
        "paths"
    ].keys()
    assert all("X-Request-Id" in answer["headers"] for held in operations for answer in held["responses"].values())


def test_errors_of_the_native_api_are_problem_details(document: Any) -> None:
    responses = document["paths"]["/api/runs"]["post"]["responses"]
    assert list(responses) == [
        *("200", "202", "400", "401", "403", "404", "409", "413", "422", "429", "500", "503", "504")
    ]
    for status in list(responses)[2:]:
        assert list(responses[status]["content"]) == ["application/problem+json"]


def test_names_in_descriptions_are_those_of_json(document: Any) -> None:
    parameters = document["paths"]["/api/runs"]["get"]["parameters"]
    token = next(parameter for parameter in parameters if parameter["name"] == "pageToken")
    assert token["description"].startswith("`nextPageToken` of the page before")
    assert "max_tokens" in document["components"]["schemas"]["Version"]["properties"]["parameters"]["description"]


def test_every_rpc_says_which_scope_it_needs() -> None:
    comments = Comments.read()
    for service in SERVICES.values():
        for method in service.methods:
            assert "Needs " in comments.of(method.full_name), method.full_name


def validator(schema: Any, document: Any) -> Any:
    """Make a validator of a schema that refers to others of the document."""
    return jsonschema_rs.validator_for({**schema, "components": document["components"]})
