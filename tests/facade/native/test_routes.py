"""The table is whole, and every row makes its RPC and answers its response."""

from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from facade.native.examples import BODIES
from facade.native.reader import Reader
from facade.native.routes import SERVICES, TABLE, Row
from facade.native.writer import Writer
from promptwire.v1 import (
    key_pb2,
    key_service_pb2,
    prompt_pb2,
    prompt_service_pb2,
    run_pb2,
    run_service_pb2,
    session_pb2,
)
from services import errors
from tests.facade.serving import Site
from tests.fakes.services import FakeServices

IDS = [row.rpc for row in TABLE]


def test_every_rpc_has_a_row() -> None:
    rpcs = [(name, method.name) for name, service in SERVICES.items() for method in service.methods]
    rows = [*TABLE, *(row.streaming for row in TABLE if row.streaming)]
    # For clients that know no pages; those of the native API do.
    rpcs.remove(("PromptService", "StreamPrompts"))
    # Its answer is no JSON: it has a page of its own.
    rpcs.remove(("RunService", "GetImage"))
    assert sorted((row.service, row.rpc) for row in rows) == sorted(rpcs)


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_types_can_be_read_and_written(row: Row) -> None:
    assert Reader().read({}, row.request()) == []
    assert isinstance(Writer().write(row.response()), dict)


@pytest.mark.parametrize("row", TABLE, ids=IDS)
async def test_a_row_makes_its_rpc(site: Site, services: FakeServices, row: Row) -> None:
    services.answers[row.rpc] = row.response()
    path = row.path.replace("{id}", "an-id").replace("{prompt_id}", "a%20prompt").replace("{label}", "a%2Fb%25")
    answer = await site.call(row.method, path, json=BODIES[row.rpc] if row.has_body else None)
    if row.lines:
        assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "application/jsonl", b"")
    elif not row.streams:
        # A run that says nothing of its state has not ended.
        assert (answer.status, answer.headers["Content-Type"]) == (202 if row.stream else 200, "application/json")
        assert answer.json == Writer().write(row.response())
    received = services.asked(row.rpc)[0].request
    given = {"id": "an-id", "prompt_id": "a prompt", "label": "a/b%"}
    assert {name: getattr(received, name) for name in row.path_fields} == {
        name: given[name] for name in row.path_fields
    }


async def test_a_run_is_asked_for_by_its_spec_and_answered_whole(site: Site, services: FakeServices) -> None:
    run = run_pb2.Run(id="r", state=run_pb2.Run.STATE_FAILED, version_number=3)
    run.error.reason = 83  # type: ignore[assignment]
    services.answers["CreateRun"] = run_service_pb2.CreateRunResponse(run=run)
    body = {"versionId": "v", "inputs": {"topic": "rain", "n": 2}, "timeout": "1.5s", "endUserId": "u"}
    answer = await site.call("POST", "/api/runs", json=body)
    spec = services.asked("CreateRun")[0].request.spec
    assert (spec.version_id, dict(spec.inputs), spec.timeout.ToTimedelta().total_seconds(), spec.end_user_id) == (
        "v",
        {"topic": "rain", "n": 2},
        1.5,
        "u",
    )
    assert answer.status == 200
    assert answer.json["run"]["state"] == "STATE_FAILED"
    assert answer.json["run"]["versionNumber"] == "3"
    assert answer.json["run"]["error"]["reason"] == "ERROR_REASON_PROVIDER_FAILED"


async def test_the_query_gives_numbers_enums_times_and_lists(site: Site, services: FakeServices) -> None:
    services.answers["ListRuns"] = run_service_pb2.ListRunsResponse()
    query = "pageSize=5&states=STATE_FAILED&states=STATE_CANCELLED&minCreateTime=2030-01-31T12:00:00Z&end_user_id=a%20b"
    answer = await site.call("GET", f"/api/runs?{query}")
    assert answer.status == 200
    request = services.asked("ListRuns")[0].request
    assert (request.page_size, list(request.states), request.end_user_id) == (5, [4, 5], "a b")
    assert request.min_create_time.ToJsonString() == "2030-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("colour=red&pageSize=x&states=NO", ["colour", "pageSize", "states[0]"]),
        ("pageSize=1&pageSize=2", ["pageSize"]),
        ("page_size=1&pageSize=2", ["pageSize"]),
        ("spec=1", ["spec"]),
    ],
)
async def test_what_is_wrong_in_the_query_is_named(
    site: Site, services: FakeServices, query: str, names: list[str]
) -> None:
    answer = await site.call("GET", f"/api/runs?{query}")
    assert (answer.status, [error["query"] for error in answer.json["errors"]]) == (400, names)
    assert services.asked("ListRuns") == []


async def test_where_a_body_gives_the_fields_the_query_may_not(site: Site) -> None:
    answer = await site.call("POST", "/api/prompts?name=a", json={"name": "a"})
    assert [error["query"] for error in answer.json["errors"]] == ["name"]


async def test_what_the_path_gives_may_not_stand_in_the_body(site: Site) -> None:
    answer = await site.call("POST", "/api/prompts/a/versions", json={"promptId": "b", "prompt_id": "c", "number": 1})
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/promptId", "#/prompt_id", "#/number"]


async def test_no_body_is_an_empty_one(site: Site, services: FakeServices) -> None:
    services.answers["RevokeKey"] = key_service_pb2.RevokeKeyResponse()
    assert (await site.call("POST", "/api/keys/a/revoke")).status == 200


@pytest.mark.parametrize("body", [b"[]", b"null", b'"a"', b"1", b"{"])
async def test_a_body_is_an_object(site: Site, body: bytes) -> None:
    answer = await site.call("POST", "/api/prompts", data=body)
    assert (answer.status, answer.json["reason"]) == (400, "BODY_MALFORMED")


async def test_a_body_needs_no_content_type(site: Site, services: FakeServices) -> None:
    services.answers["CreatePrompt"] = prompt_service_pb2.CreatePromptResponse()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense"):
        answer = await site.call("POST", "/api/prompts", {"Content-Type": kind}, data='{"name": "ä"}'.encode())
        assert answer.status == 200
    assert {received.request.name for received in services.requests} == {"ä"}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"owner": "", "expireTime": None}, ["owner", "expire_time"]),
        ({"display_name": "a"}, ["display_name"]),
        ({"owner": "a", "updateMask": "displayName"}, ["display_name"]),
        ({"updateMask": ""}, []),
        ({}, []),
    ],
)
async def test_a_patch_changes_what_its_body_names(
    site: Site, services: FakeServices, body: dict[str, Any], paths: list[str]
) -> None:
    services.answers["UpdateKey"] = key_service_pb2.UpdateKeyResponse()
    await site.call("PATCH", "/api/keys/a", json=body)
    assert list(services.asked("UpdateKey")[0].request.update_mask.paths) == paths


async def test_a_put_replaces_all(site: Site, services: FakeServices) -> None:
    services.answers["UpdateSession"] = prompt_service_pb2.UpdateSessionResponse()
    await site.call("PUT", "/api/sessions/a", json={"name": "", "inputs": {"topic": "rain"}})
    await site.call("PUT", "/api/sessions/a", json={"name": "b", "updateMask": "name,commitMessage"})
    whole, masked = (received.request for received in services.asked("UpdateSession"))
    assert (whole.id, whole.HasField("update_mask"), dict(whole.inputs)) == ("a", False, {"topic": "rain"})
    assert list(masked.update_mask.paths) == ["name", "commit_message"]


async def test_maps_of_texts_are_read_and_written(site: Site, services: FakeServices) -> None:
    inputs = {"": "", "topic": "ä\n", "a.b": "c"}
    session = session_pb2.Session(id="a", inputs=inputs)
    services.answers["GetSession"] = prompt_service_pb2.GetSessionResponse(session=session)
    assert (await site.call("GET", "/api/sessions/a")).json["session"]["inputs"] == inputs
    services.answers["CreateSession"] = prompt_service_pb2.CreateSessionResponse()
    assert (await site.call("POST", "/api/prompts/a/sessions", json={"inputs": inputs})).status == 200
    assert dict(services.asked("CreateSession")[0].request.inputs) == inputs
    answer = await site.call("POST", "/api/prompts/a/sessions", json={"inputs": {"a": 1}})
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, ["#/inputs/a"])


LABELS = ("a/b", "%", "%2F", "latest", "1", "ä b", "a?b#c&d=e", "..", ".", "+", "\U0001f600" * 255, "ä" * 255, "\x01;")


@pytest.mark.parametrize("label", LABELS, ids=ascii)
async def test_a_label_may_be_any_text(site: Site, services: FakeServices, label: str) -> None:
    path = f"/api/prompts/a%2Fb/labels/{quote(label, safe='').replace('.', '%2E')}"
    for method, rpc, more, options in (
        ("PUT", "SetLabel", "", {"json": {"number": "1"}}),
        ("DELETE", "DeleteLabel", "", {}),
        ("GET", "ListLabelMoves", "/history", {}),
    ):
        services.answers[rpc] = next(row for row in TABLE if row.rpc == rpc).response()
        # As it is: a client of this kind would else decode what need not be encoded.
        url = URL.build(path=path + more, encoded=True)
        answer = await site.call(method, url, **options)
        assert answer.status == 200, answer
        request = services.asked(rpc)[0].request
        assert (request.prompt_id, request.label) == ("a/b", label)


@pytest.mark.parametrize(
    ("query", "given"), [("", None), ("?folderId=", ""), ("?folderId=a", "a"), ("?folder_id=", "")]
)
async def test_a_filter_by_folder_may_be_empty(
    site: Site, services: FakeServices, query: str, given: str | None
) -> None:
    services.answers["ListPrompts"] = prompt_service_pb2.ListPromptsResponse()
    assert (await site.call("GET", f"/api/prompts{query}")).status == 200
    request = services.asked("ListPrompts")[0].request
    assert (request.folder_id if request.HasField("folder_id") else None) == given


@pytest.mark.parametrize(("query", "force"), [("", False), ("?force=true", True), ("?force=false", False)])
async def test_a_folder_is_deleted_with_its_prompts_by_force(
    site: Site, services: FakeServices, query: str, force: bool
) -> None:
    services.answers["DeleteFolder"] = prompt_service_pb2.DeleteFolderResponse()
    assert (await site.call("DELETE", f"/api/folders/a{query}")).status == 200
    assert services.asked("DeleteFolder")[0].request.force is force


async def test_force_is_true_or_false(site: Site, services: FakeServices) -> None:
    answer = await site.call("DELETE", "/api/folders/a?force=yes")
    assert (answer.status, [error["query"] for error in answer.json["errors"]]) == (400, ["force"])
    assert services.asked("DeleteFolder") == []


@pytest.mark.parametrize("header", ["a-1", '"a-1"', ' "a-1" '])
async def test_an_idempotency_key_is_the_request_id(site: Site, services: FakeServices, header: str) -> None:
    services.answers["CreateKey"] = key_service_pb2.CreateKeyResponse(key=key_pb2.Key(id="a"), secret="pw_a_b")
    await site.call("POST", "/api/keys", {"Idempotency-Key": header}, json={"displayName": "a"})
    assert services.asked("CreateKey")[0].request.request_id == "a-1"


async def test_a_quoted_idempotency_key_is_unescaped(site: Site, services: FakeServices) -> None:
    services.answers["CreateKey"] = key_service_pb2.CreateKeyResponse()
    await site.call("POST", "/api/keys", {"Idempotency-Key": r'"a\"b\\c"'}, json={"displayName": "a"})
    assert services.asked("CreateKey")[0].request.request_id == r'a"b\c'


@pytest.mark.parametrize("header", ["", '""', "a" * 256, "ä"])
async def test_an_idempotency_key_has_its_form(site: Site, header: str) -> None:
    answer = await site.call("POST", "/api/keys", {"Idempotency-Key": header}, json={"displayName": "a"})
    assert (answer.status, [error["header"] for error in answer.json["errors"]]) == (400, ["Idempotency-Key"])


async def test_an_idempotency_key_may_not_contradict_the_body(site: Site) -> None:
    body = {"displayName": "a", "requestId": "b"}
    answer = await site.call("POST", "/api/keys", {"Idempotency-Key": "a"}, json=body)
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/requestId"]


async def test_where_no_request_id_is_taken_the_header_is_ignored(site: Site, services: FakeServices) -> None:
    services.answers["GetPrompt"] = prompt_service_pb2.GetPromptResponse(prompt=prompt_pb2.Prompt(id="a"))
    answer = await site.call("GET", "/api/prompts/a", {"Idempotency-Key": ""})
    assert answer.status == 200


async def test_a_reused_request_id_is_422(site: Site, services: FakeServices) -> None:
    services.answers["CreateKey"] = errors.AlreadyExists("REQUEST_ID_REUSED", "used for something else")
    answer = await site.call("POST", "/api/keys", {"Idempotency-Key": "a"}, json={"displayName": "a"})
    assert (answer.status, answer.json["status"], answer.json["reason"]) == (422, 422, "REQUEST_ID_REUSED")
