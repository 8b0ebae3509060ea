import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.dialects.betterprompt import runs
from facade.problem import Problem

VERSION = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"
PIXEL = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAA=")


def body(**inputs: Any) -> dict[str, Any]:
    return {"promptVersionId": VERSION, "inputs": inputs}


def faults_of(json: Any) -> list[str]:
    with pytest.raises(Problem) as raised:
        runs.to_create_run(json)
    return [fault.field for fault in raised.value.faults]


def image_of(given: Any) -> bytes:
    return runs.to_create_run(body(imageInputs=[given])).spec.images[0].data


def test_texts_become_inputs_by_name() -> None:
    spec = runs.to_create_run(body(textInputs={"topic": "tea", "": "é\n"})).spec
    assert spec.version_id == VERSION
    assert {name: value.string_value for name, value in spec.inputs.fields.items()} == {"topic": "tea", "": "é\n"}


@pytest.mark.parametrize("empty", [{}, {"inputs": None}, {"inputs": {}}, {"inputs": {"textInputs": None}}])
def test_inputs_may_be_left_out(empty: dict[str, Any]) -> None:
    spec = runs.to_create_run({"promptVersionId": VERSION, **empty}).spec
    assert not spec.inputs.fields
    assert not spec.images


@pytest.mark.parametrize("json", [None, [], "text", 1, True])
def test_a_body_that_is_no_object_is_malformed(json: Any) -> None:
    with pytest.raises(Problem) as raised:
        runs.to_create_run(json)
    assert raised.value.reason == "BODY_MALFORMED"


@pytest.mark.parametrize("version", [None, 1, "", "latest", VERSION[:-1], VERSION + "\n", f"{{{VERSION}}}"])
def test_a_version_is_named_by_its_uuid(version: Any) -> None:
    assert faults_of({"promptVersionId": version}) == ["promptVersionId"]


def test_every_fault_is_found_at_once() -> None:
    json = {
        "inputs": {"textInputs": {"topic": 1, "tone": None, "fine": "x"}, "imageInputs": [{"type": "url"}]},
        "runOptions": {"quality": True},
        "runModel": 7,
    }
    assert faults_of(json) == [
        "promptVersionId",
        "inputs.textInputs.topic",
        "inputs.textInputs.tone",
        "inputs.imageInputs[0]",
        "runModel",
        "runOptions.quality",
    ]


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ([], "inputs"),
        ("text", "inputs"),
        ({"textInputs": []}, "inputs.textInputs"),
        ({"imageInputs": {}}, "inputs.imageInputs"),
        ({"imageInputs": "https://example.org/a.png"}, "inputs.imageInputs"),
    ],
)
def test_containers_have_their_kind(inputs: Any, field: str) -> None:
    assert faults_of({"promptVersionId": VERSION, "inputs": inputs}) == [field]


def test_images_are_urls_or_bytes() -> None:
    url = {"type": "url", "url": "https://example.org/a.png"}
    data = {"type": "base64", "base64": base64.b64encode(PIXEL).decode(), "more": 1}
    images = runs.to_create_run(body(imageInputs=[url, data])).spec.images
    assert [image.WhichOneof("source") for image in images] == ["url", "data"]
    assert (images[0].url, images[1].data) == ("https://example.org/a.png", PIXEL)


@pytest.mark.parametrize("prefix", ["data:image/gif;base64,", "DATA:image/gif;charset=utf-8;Base64,", "data:;base64,"])
def test_a_data_url_prefix_is_taken_off(prefix: str) -> None:
    assert image_of({"type": "base64", "base64": prefix + base64.b64encode(PIXEL).decode()}) == PIXEL


def test_base64_may_be_broken_into_lines() -> None:
    assert image_of({"type": "base64", "base64": base64.encodebytes(PIXEL * 9).decode()}) == PIXEL * 9


@pytest.mark.parametrize("text", ["AAA", "A-_A", "é", "A", "AAAA=", "data:image/png,AAAA", "AA==AAAA"])
def test_base64_is_strict(text: str) -> None:
    assert faults_of(body(imageInputs=[{"type": "base64", "base64": text}])) == ["inputs.imageInputs[0].base64"]


@pytest.mark.parametrize(
    "image", [None, "url", {}, {"type": "file"}, {"type": "url", "base64": ""}, {"type": "base64", "base64": 1}]
)
def test_an_image_has_one_of_two_forms(image: Any) -> None:
    assert faults_of(body(imageInputs=[{"type": "url", "url": "x"}, image])) == ["inputs.imageInputs[1]"]


@given(st.binary(max_size=300))
def test_bytes_survive(data: bytes) -> None:
    assert image_of({"type": "base64", "base64": base64.b64encode(data).decode()}) == data
