"""What a version may hold, told fault by fault, and the variables that its holes declare."""

import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Option, Variable
from promptwire.v1.prompt_service_pb2 import CreateVersionRequest
from services import errors
from services.prompts.content import to_version
from services.providers.base import RESERVED_PARAMETERS

LIMIT = 100_000
A = Option(name="A", value="a")
B = Option(name="B", value="b")


def make_request(*texts, **fields):
    messages = [values.to_value({"role": "user", "content": text}) for text in texts]
    return CreateVersionRequest(**{"prompt_id": "p", "messages": messages, **fields})


def faults_of(request):
    with pytest.raises(errors.InvalidArgument) as raised:
        to_version(request, LIMIT)
    assert raised.value.reason == "FIELD_INVALID"
    return [fault.field for fault in raised.value.violations]


def deep(levels):
    value = inner = values.to_value("")
    for _ in range(levels):
        inner = inner.list_value.values.add()
    inner.string_value = ""
    return value


def test_keeps_what_was_given():
    request = make_request(
        "Hello",
        images=[ImageVariable(description="A photo")],
        provider="openai",
        model="gpt",
        parameters=values.to_struct({"temperature": 0.5}),
        commit_message="First",
    )
    version = to_version(request, LIMIT)
    for name in ("messages", "images", "provider", "model", "parameters", "commit_message"):
        assert getattr(version, name) == getattr(request, name)
    assert list(version.variables) == []


def test_holes_declare_the_variables_that_are_missing():
    declared = Variable(name="first name", description="Who")
    version = to_version(make_request("{topic} {first name}", "{{ tone }} {topic} {0.x}", variables=[declared]), LIMIT)
    assert list(version.variables) == [
        Variable(name="first name", type=Variable.TYPE_TEXT, description="Who"),
        Variable(name="topic", type=Variable.TYPE_TEXT, required=True),
        Variable(name="tone", type=Variable.TYPE_TEXT, required=True),
    ]
    assert declared.type == Variable.TYPE_UNSPECIFIED


def test_messages_may_be_any_json():
    messages = [values.to_value(message) for message in (None, 1.5, "{a}", [], {"content": "{a}"}, {"role": 1})]
    version = to_version(CreateVersionRequest(prompt_id="p", messages=messages), LIMIT)
    assert list(version.messages) == messages
    assert list(version.variables) == []


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"prompt_id": ""}, ["prompt_id"]),
        ({"prompt_id": "x" * 65}, ["prompt_id"]),
        ({"prompt_id": "a\0"}, ["prompt_id"]),
        ({"messages": [values.to_value(1)] * 1001}, ["messages"]),
        ({"messages": [values.to_value(0), deep(33)]}, ["messages[1]" + "[0]" * 32]),
        ({"images": [ImageVariable()] * 17}, ["images"]),
        ({"images": [ImageVariable(), ImageVariable(description="\0")]}, ["images[1].description"]),
        ({"provider": "x" * 101, "model": "x" * 256}, ["provider", "model"]),
        ({"commit_message": "x" * 10_001}, ["commit_message"]),
        (
            {"parameters": values.to_struct({"n": 1, "model": "x", "stream": True, "top_p": 1, "messages": []})},
            ["parameters.messages", "parameters.model", "parameters.n", "parameters.stream"],
        ),
        ({"parameters": values.to_struct({"stream_options": {}})}, ["parameters.stream_options"]),
        (
            {"parameters": values.to_struct({"api_key": "k", "base_url": "http://evil", "extra_headers": {}})},
            ["parameters.api_key", "parameters.base_url", "parameters.extra_headers"],
        ),
        ({"variables": [Variable(name=str(number)) for number in range(1001)]}, ["variables"]),
        (
            {"variables": [Variable(name=name) for name in ("", "x" * 65, "a{b", "a}b", "a\nb", "a\0b")]},
            [f"variables[{index}].name" for index in range(6)],
        ),
        ({"variables": [Variable(name="a"), Variable(name="b"), Variable(name="a")]}, ["variables[2].name"]),
        ({"variables": [Variable(name="a", type=9)]}, ["variables[0].type"]),
        ({"variables": [Variable(name="a", options=[A])]}, ["variables[0].options"]),
        ({"variables": [Variable(name="a", default_value="\0")]}, ["variables[0].default_value"]),
        ({"variables": [Variable(name="a", description="\0")]}, ["variables[0].description"]),
        ({"variables": [Variable(name="a", type=Variable.TYPE_SELECT)]}, ["variables[0].options"]),
        (
            {"variables": [Variable(name="a", type=Variable.TYPE_SELECT, options=[A, A, Option(value="\0")])]},
            ["variables[0].options[1].name", "variables[0].options[2].name", "variables[0].options[2].value"],
        ),
        (
            {"variables": [Variable(name="a", type=Variable.TYPE_SELECT, options=[A, B], default_value="A")]},
            ["variables[0].default_value"],
        ),
        (
            {"variables": [Variable(name="a", type=Variable.TYPE_SELECT, options=[A, B], default_value="")]},
            ["variables[0].default_value"],
        ),
    ],
)
def test_refuses(fields, faults):
    assert faults_of(make_request(**fields)) == faults


def test_tells_which_parameters_are_reserved():
    with pytest.raises(errors.InvalidArgument) as raised:
        to_version(make_request("x", parameters=values.to_struct({"api_key": "k"})), LIMIT)
    [fault] = raised.value.violations
    assert all(name in fault.message for name in RESERVED_PARAMETERS)
    assert len(fault.message) < 300


def test_tells_the_place_inside_of_a_message():
    request = make_request("fine", "fine")
    request.messages[1].struct_value.fields["content"].string_value = "null \0 byte"
    request.messages[0].struct_value.fields["n"].number_value = float("nan")
    request.parameters.fields["stop"].list_value.values.add().string_value = "\0"
    assert faults_of(request) == ["messages[0].n", "messages[1].content", "parameters.stop[0]"]


def test_tells_every_fault_at_once():
    request = make_request("x", variables=[Variable()], provider="\0", model="x" * 256, commit_message="\0")
    assert faults_of(request) == ["variables[0].name", "provider", "model", "commit_message"]


def test_holes_count_as_variables():
    text = "".join(f"{{v{number}}}" for number in range(1000))
    assert len(to_version(make_request(text), LIMIT).variables) == 1000
    assert faults_of(make_request(text, variables=[Variable(name="other")])) == ["messages"]


def test_size_is_limited():
    assert to_version(make_request("x" * (LIMIT - 100)), LIMIT)
    assert faults_of(make_request("x" * LIMIT)) == ["messages"]
    assert faults_of(make_request(variables=[Variable(name="a", description="x" * LIMIT)])) == ["messages"]
