"""Proto JSON both ways: equal to protobuf's own on every message, all faults named, and never another exception."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facade.native.reader import MAX_FAULTS, Reader
from facade.native.writer import Writer
from promptwire.v1 import key_pb2, key_service_pb2, prompt_pb2, prompt_service_pb2, run_pb2, run_service_pb2
from tests.facade.native.messages import messages

# Together they have every kind of field, and every message but lists of these.
TYPES = (
    key_service_pb2.CreateKeyRequest,
    key_service_pb2.UpdateKeyRequest,
    key_service_pb2.RegenerateKeyRequest,
    key_service_pb2.WhoAmIResponse,
    prompt_service_pb2.CreateVersionRequest,
    prompt_service_pb2.GetPromptResponse,
    run_service_pb2.CreateRunRequest,
    run_service_pb2.ListRunsRequest,
    run_service_pb2.GetRunResponse,
    run_service_pb2.ListModelsResponse,
)
RUN_SPEC_NAMES = (
    "versionId",
    "number",
    "inputs",
    "images",
    "timeout",
    "parameters",
    "endUserId",
    "prompt_id",
    "model",
)
ANY_TEXT = st.text(st.characters(), max_size=8)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


def read(kind: type[Message], body: Any) -> tuple[Any, list[tuple[str, str]]]:
    """Give the message that was read, and the path and words of each fault."""
    message = kind()
    faults = Reader().read(body, message)
    return message, [(fault.field, fault.message) for fault in faults]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.DESCRIPTOR.name)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_message_is_written_and_read_as_protobuf_does(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    written = Writer().write(message)
    assert written == json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    assert json_format.ParseDict(written, kind()) == message
    assert read(kind, json.loads(json.dumps(written))) == (message, [])


@given(messages(prompt_service_pb2.CreateVersionRequest))
def test_names_as_in_the_proto_are_read_as_well(message: Message) -> None:
    written = json_format.MessageToDict(message, preserving_proto_field_name=True)
    assert read(prompt_service_pb2.CreateVersionRequest, written) == (message, [])


@given(body=ANY_JSON)
def test_any_json_is_read_or_refused_with_faults(body: Any) -> None:
    for kind in TYPES:
        read(kind, body)


@given(
    body=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(RUN_SPEC_NAMES, ANY_JSON),
    )
)
def test_any_json_in_known_fields_is_read_or_refused(body: Any) -> None:
    read(run_pb2.RunSpec, body)


def test_all_faults_are_named() -> None:
    body = {
        "displayName": 1,
        "scopes": ["a", 2, None],
        "expireTime": "tomorrow",
        "omitPayloads": "yes",
        "colour": "red",
    }
    _, faults = read(key_service_pb2.CreateKeyRequest, body)
    assert [path for path, _ in faults] == [
        "displayName",
        "scopes[1]",
        "scopes[2]",
        "expireTime",
        "omitPayloads",
        "colour",
    ]


def test_faults_in_free_json_and_in_lists_have_their_path() -> None:
    body = {"messages": [{"content": [1, 2**60]}], "parameters": {"a": {"b": "\0"}}, "variables": [{}, {"name": 1}]}
    _, faults = read(prompt_service_pb2.CreateVersionRequest, body)
    assert [path for path, _ in faults] == ["messages[0].content[1]", "parameters.a.b", "variables[1].name"]


def test_faults_are_counted_only_so_far() -> None:
    _, faults = read(run_pb2.RunSpec, {f"name{number}": 1 for number in range(1000)})
    assert len(faults) == MAX_FAULTS


def test_two_members_of_a_oneof_are_a_fault_and_null_is_none() -> None:
    _, faults = read(run_pb2.RunSpec, {"versionId": "a", "promptId": "b"})
    assert faults == [("promptId", "cannot be given together with versionId")]
    message, faults = read(run_pb2.RunSpec, {"versionId": None, "promptId": "b"})
    assert (message.WhichOneof("target"), faults) == ("prompt_id", [])


def test_both_spellings_of_a_name_are_read_but_not_together() -> None:
    assert read(run_pb2.RunSpec, {"end_user_id": "a"})[0] == read(run_pb2.RunSpec, {"endUserId": "a"})[0]
    _, faults = read(run_pb2.RunSpec, {"end_user_id": "a", "endUserId": "b"})
    assert faults == [("endUserId", "cannot be given together with end_user_id")]


@pytest.mark.parametrize("given", [3, "3", 3.0])
def test_a_whole_number_may_be_a_text(given: Any) -> None:
    assert read(run_pb2.RunSpec, {"number": given})[0].number == 3


@pytest.mark.parametrize(
    "given", ["3.0", "", " 3", "٣", True, 1.5, 2**63, "9" * 30, float("inf"), float("nan"), [], {}]
)
def test_what_is_no_whole_number_is_refused(given: Any) -> None:
    _, faults = read(run_pb2.RunSpec, {"number": given})
    assert [path for path, _ in faults] == ["number"]


@pytest.mark.parametrize("given", ["STATE_FAILED", 4])
def test_an_enum_is_read_by_name_or_number(given: Any) -> None:
    assert read(run_service_pb2.ListRunsRequest, {"states": [given]})[0].states == [run_pb2.Run.STATE_FAILED]


def test_an_enum_of_another_name_is_refused_with_the_names() -> None:
    for given_value in ("failed", 99, None, True):
        _, faults = read(run_service_pb2.ListRunsRequest, {"states": [given_value]})
        assert "STATE_QUEUED, STATE_RUNNING" in faults[0][1]


def test_an_enum_that_only_a_newer_server_knows_stays_a_number() -> None:
    assert Writer().write(prompt_pb2.Variable(type=99))["type"] == 99  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["+/8=", "-_8=", "-_8"])
def test_bytes_are_base64_of_both_kinds(text: str) -> None:
    assert read(run_pb2.ImageInput, {"data": text})[0].data == b"\xfb\xff"


@pytest.mark.parametrize("given", ["a", "====a", "ä", "a b=", 1])
def test_what_is_no_base64_is_refused(given: Any) -> None:
    assert read(run_pb2.ImageInput, {"data": given})[1]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-01-31T12:00:00Z", datetime(2030, 1, 31, 12, tzinfo=UTC)),
        ("2030-01-31t12:00:00.5z", datetime(2030, 1, 31, 12, 0, 0, 500_000, UTC)),
        ("2030-01-31T12:00:00-01:30", datetime(2030, 1, 31, 13, 30, tzinfo=UTC)),
        ("1969-12-31T23:59:59.250Z", datetime(1969, 12, 31, 23, 59, 59, 250_000, UTC)),
    ],
)
def test_times_are_rfc_3339(text: str, moment: datetime) -> None:
    message, faults = read(key_service_pb2.CreateKeyRequest, {"expireTime": text})
    assert (message.expire_time.ToDatetime(UTC), faults) == (moment, [])


@pytest.mark.parametrize(
    "given",
    [
        "2030-01-31",
        "2030-02-30T00:00:00Z",
        "2030-01-31T12:00:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2030-01-31T12:00:00.1234567890Z",
        "\uff12030-01-31T12:00:00Z",
        1,
        "",
    ],
)
def test_what_is_no_time_is_refused(given: Any) -> None:
    assert read(key_service_pb2.CreateKeyRequest, {"expireTime": given})[1]


@pytest.mark.parametrize("given", ["3", "s", "1e3s", "3S", "-s", "999999999999s", ".5s", 3])
def test_what_is_no_duration_is_refused(given: Any) -> None:
    assert read(run_pb2.RunSpec, {"timeout": given})[1]


def test_a_mask_may_have_both_spellings() -> None:
    for mask in ("displayName,owner", "display_name, owner"):
        message, faults = read(key_service_pb2.UpdateKeyRequest, {"updateMask": mask})
        assert (list(message.update_mask.paths), faults) == (["display_name", "owner"], [])


def test_absent_is_left_out_and_defaults_are_written() -> None:
    written = Writer().write(key_pb2.Key(id="a"))
    assert written == {
        "id": "a",
        "displayName": "",
        "owner": "",
        "project": "",
        "prefix": "",
        "scopes": [],
        "omitPayloads": False,
        "requestsPerMinute": 0,
        "concurrentRuns": 0,
    }
