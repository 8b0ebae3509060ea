"""What a request asks to run, with all its faults at once."""

from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from promptwire import values
from promptwire.v1.run_pb2 import ImageInput, RunSpec
from promptwire.v1.run_service_pb2 import CreateRunRequest, GetRunRequest, ListRunsRequest
from services.checks import Checks
from services.errors import InvalidArgument
from services.runs import specs
from services.runs.specs import Limits, to_spec

LIMITS = Limits(input_bytes=1000, run_seconds=300)
VERSION = str(uuid4())


def refused(**fields: Any) -> dict[str, str]:
    """Give the faults of a spec by field."""
    with pytest.raises(InvalidArgument) as caught:
        to_spec(RunSpec(**fields), LIMITS)
    return {fault.field: fault.message for fault in caught.value.violations}


def test_a_spec_is_read_whole() -> None:
    inputs, parameters = values.to_struct({"a": "x", "n": 1, "t": True}), values.to_struct({"max_tokens": 5})
    read = to_spec(
        RunSpec(
            version_id=VERSION,
            inputs=inputs,
            parameters=parameters,
            model="m",
            end_user_id="u",
            timeout=Duration(seconds=1, nanos=500_000_000),
        ),
        LIMITS,
    )
    assert (str(read.version_id), read.prompt_id, read.number) == (VERSION, "", 0)
    assert (read.inputs, read.parameters) == ({"a": "x", "n": 1, "t": True}, {"max_tokens": 5})
    assert (read.model, read.end_user_id, read.timeout) == ("m", "u", 1.5)


def test_a_prompt_may_be_named_with_a_number() -> None:
    read = to_spec(RunSpec(prompt_id="welcome", number=3), LIMITS)
    assert (read.version_id, read.prompt_id, read.number, read.timeout) == (None, "welcome", 3, 300)


def test_every_fault_is_told_at_once() -> None:
    faults = refused(
        version_id="x",
        number=1,
        inputs=values.to_struct({"a": "x" * 1000}),
        images=[ImageInput(url="https://example.com/a.png"), ImageInput()],
        model="m" * 256,
        parameters=values.to_struct({"stream": True, "n": 2, "seed": 1, "api_key": "k", "extra_body": {}}),
        end_user_id="u" * 257,
        timeout=Duration(seconds=301),
    )
    assert list(faults) == [
        "spec.number",
        "spec.version_id",
        "spec.inputs",
        "spec.images[1]",
        "spec.parameters.api_key",
        "spec.parameters.extra_body",
        "spec.parameters.n",
        "spec.parameters.stream",
        "spec.timeout",
        "spec.model",
        "spec.end_user_id",
    ]


@pytest.mark.parametrize("session_id", [VERSION, "7", "9" * 18], ids=["id", "serial", "great"])
def test_a_session_may_be_named_by_its_id_or_serial(session_id: str) -> None:
    read = to_spec(RunSpec(session_id=session_id), LIMITS)
    assert (read.version_id, read.session_id, read.prompt_id, read.number, read.label) == (None, session_id, "", 0, "")


@pytest.mark.parametrize("label", ["1", "latest", "v1", "größe 主题 🚀", " ", "x" * 255])
def test_a_prompt_may_be_named_with_a_label_of_any_kind(label: str) -> None:
    read = to_spec(RunSpec(prompt_id="welcome", label=label), LIMITS)
    assert (read.prompt_id, read.number, read.label) == ("welcome", 0, label)


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"session_id": "x", "number": 1, "label": "a"}, ["spec.number", "spec.label", "spec.session_id"]),
        ({"session_id": VERSION, "label": "a"}, ["spec.label"]),
        ({"version_id": "x", "number": 1, "label": "a"}, ["spec.number", "spec.label", "spec.version_id"]),
        ({"prompt_id": "x", "number": 1, "label": "a"}, ["spec.label"]),
        ({"label": "a" * 256}, ["spec.prompt_id", "spec.label"]),
    ],
)
def test_every_fault_of_a_target_is_told(fields: dict[str, Any], faulty: list[str]) -> None:
    assert list(refused(**fields)) == faulty


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "spec.prompt_id"),
        ({"prompt_id": "x" * 65}, "spec.prompt_id"),
        ({"prompt_id": "x", "number": -1}, "spec.number"),
        ({"prompt_id": "x", "label": "a" * 256}, "spec.label"),
        ({"prompt_id": "x", "label": "a\0"}, "spec.label"),
        ({"session_id": ""}, "spec.session_id"),
        ({"session_id": "9" * 19}, "spec.session_id"),
        ({"session_id": "-1"}, "spec.session_id"),
        ({"session_id": "１"}, "spec.session_id"),  # noqa: RUF001 - a digit, but none of ours
        ({"prompt_id": "x", "timeout": Duration()}, "spec.timeout"),
        ({"prompt_id": "x", "timeout": Duration(seconds=-1)}, "spec.timeout"),
        ({"prompt_id": "x", "timeout": Duration(seconds=2**63 - 1, nanos=-1)}, "spec.timeout"),
        ({"prompt_id": "x", "end_user_id": "a\0"}, "spec.end_user_id"),
        ({"prompt_id": "x", "inputs": Struct(fields={"a": Value(string_value="\0")})}, "spec.inputs.a"),
        ({"prompt_id": "x", "inputs": Struct(fields={"a": Value(number_value=float("nan"))})}, "spec.inputs.a"),
    ],
)
def test_a_fault_names_its_field(fields: dict[str, Any], field: str) -> None:
    assert list(refused(**fields)) == [field]


def test_names_and_depth_are_limited() -> None:
    many = Struct(fields={str(number): Value(bool_value=True) for number in range(10_001)})
    with pytest.raises(InvalidArgument, match="10000 names"):
        to_spec(RunSpec(prompt_id="x", inputs=many), Limits(10**9, 300))
    deep = Value(bool_value=True)
    for _ in range(40):
        deep = Value(list_value=ListValue(values=[deep]))
    with pytest.raises(InvalidArgument, match="nested deeper"):
        to_spec(RunSpec(prompt_id="x", inputs=Struct(fields={"a": deep})), LIMITS)


LIFETIMES = pytest.mark.parametrize("kind", [CreateRunRequest, GetRunRequest, ListRunsRequest])


@LIFETIMES
@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, 3600.0),
        (Duration(seconds=1), 1.0),
        (Duration(seconds=1, nanos=500_000_000), 1.5),
        (Duration(seconds=604_800), 604_800.0),
    ],
)
def test_tokens_of_images_last_a_second_to_a_week(kind: Any, given: Duration | None, seconds: float) -> None:
    with Checks() as check:
        assert specs.read_lifetime(check, kind(image_lifetime=given)) == seconds


@LIFETIMES
@pytest.mark.parametrize(
    "given",
    [
        Duration(),
        Duration(nanos=999_999_999),
        Duration(seconds=-5),
        Duration(seconds=604_801),
        Duration(seconds=2**63 - 1, nanos=2**31 - 1),
    ],
)
def test_tokens_of_images_last_no_other_time(kind: Any, given: Duration) -> None:
    with pytest.raises(InvalidArgument) as refused, Checks() as check:
        specs.read_lifetime(check, kind(image_lifetime=given))
    assert [fault.field for fault in refused.value.violations] == ["image_lifetime"]
