"""What is too large, too deep, too many or no JSON at all is refused in words; what looks like a template is text."""

import json
from collections.abc import Mapping
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import struct_pb2
from google.protobuf.message import Message

from facade.dialect import MAX_ITEMS
from promptwire import values
from promptwire.v1 import key_service_pb2, prompt_pb2, prompt_service_pb2, run_pb2, run_service_pb2
from tests.fakes.provider import Answer
from tests.journeys import hostile, raw
from tests.journeys.stack import Stack

NATIVE, BETTERPROMPT = "/api/runs", "/v1/runs"
VERSIONS = "/api/prompts/limits/versions"
MEGABYTE = 1024 * 1024
TOO_MANY = f"more than {MAX_ITEMS} names, items, arrays and objects"


@pytest.fixture(scope="module")
async def version(target: Stack) -> prompt_pb2.Version:
    return await target.create_version("Explain {topic} to {reader}.", alias="limits")


async def send(target: Stack, path: str, body: bytes, **headers: str) -> tuple[int, str]:
    """Post a body. Give the status and the words of the answer."""
    given = {"Authorization": f"Bearer {target.admin}", **headers}
    answer = await raw.exchange(target, raw.build("POST", path, given, body))
    assert answer
    raw.check(answer, path)
    told = json.loads(answer.body)
    return answer.status, told.get("detail") or told.get("message") or ""


def run(path: str, version: prompt_pb2.Version, inputs: bytes) -> bytes:
    """Give the body of a run, with inputs that need not be JSON."""
    if path == NATIVE:
        return b'{"versionId":"%s","inputs":%s}' % (version.id.encode(), inputs)
    return b'{"promptVersionId":"%s","inputs":{"textInputs":%s}}' % (version.id.encode(), inputs)


def names(count: int) -> bytes:
    """Give an object with so many names."""
    return b"{" + b",".join(b'"k%d":"x"' % number for number in range(count)) + b"}"


@pytest.mark.parametrize("path", [NATIVE, BETTERPROMPT, "/api/keys", "/api/prompts", VERSIONS])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_17_megabytes(target: Stack, path: str, *, chunked: bool) -> None:
    body = b'{"name":"%s"}' % (b"a" * 17 * MEGABYTE)
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    headers = {"Transfer-Encoding": "chunked"} if chunked else {}
    assert await send(target, path, framed, **headers) == (413, "the body is over 16777216 bytes")


# What is no JSON for any reader, or too much of it for this one.
MALFORMED: Mapping[str, tuple[bytes, str]] = {
    "depth": (b"[" * 10_000 + b"]" * 10_000, "recursion limit"),
    "depth of objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "recursion limit"),
    "depth without an end": (b"[" * 10_000, "recursion limit"),
    "a million names": (names(1_000_000), TOO_MANY),
    "a million names below": (b'{"topic":%s}' % names(1_000_000), TOO_MANY),
    "a million items": (b"[%s0]" % (b"0," * 1_000_000), TOO_MANY),
    "100,000 inputs": (names(100_000), TOO_MANY),
    "NaN": (b'{"topic":NaN}', "is not JSON"),
    "Infinity": (b'{"topic":-Infinity}', "is not JSON"),
    "a lone surrogate": (b'{"topic":"\\ud800"}', "is not JSON"),
    "a lone surrogate as a name": (b'{"\\udfff":"x"}', "is not JSON"),
    "half of a pair": (b'{"topic":"\\ud800\\u0041"}', "is not JSON"),
    "a surrogate in UTF-8": (b'{"topic":"\xed\xa0\x80"}', "is not JSON"),
    "no UTF-8": (b'{"topic":"\xff"}', "is not JSON"),
    "no character": (b'{"topic":"a\0b"}', "is not JSON"),
    "duplicate names": (b'{"topic":"a","topic":"b"}', 'Detected duplicate key "topic"'),
    "duplicate names by escape": (b'{"topic":"a","\\u0074opic":"b"}', 'Detected duplicate key "topic"'),
    "5000 digits": (b'{"topic":%s}' % (b"9" * 5000), "is not JSON"),
    "a comment": (b'{"topic":"a"/**/}', "is not JSON"),
}
# What is JSON, but nothing that a run can have.
UNFIT: Mapping[str, bytes] = {
    "NUL": b'{"topic":"a\\u0000b","reader":"x"}',
    "NUL in a name": b'{"topic":"a","reader":"x","\\u0000":"x"}',
    "1e999": b'{"topic":1e999,"reader":"x"}',
    "-1e999": b'{"topic":-1e999,"reader":"x"}',
    "1e999 below": b'{"topic":"a","reader":"x","other":{"a":[1e999]}}',
    "more than a double holds": b'{"topic":9007199254740993,"reader":"x"}',
    "4000 digits": b'{"topic":%s,"reader":"x"}' % (b"9" * 4000),
    "33 levels": b'{"topic":"a","reader":"x","other":%s}' % (b"[" * 33 + b"]" * 33),
    "20,000 inputs": names(20_000),
    "more than a megabyte": b'{"topic":"%s","reader":"x"}' % (b"a" * MEGABYTE),
    # The path to each of them is long.
    "a long name of many things": b'{"%s":[%s0]}' % (b"n" * 8 * MEGABYTE, b"0," * 90_000),
}


@pytest.mark.parametrize("path", [NATIVE, BETTERPROMPT])
@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_inputs(target: Stack, version: prompt_pb2.Version, path: str, name: str) -> None:
    inputs, expected = MALFORMED[name]
    status, words = await send(target, path, run(path, version, inputs))
    assert status == 400
    assert expected in words


@pytest.mark.parametrize(("path", "expected"), [(NATIVE, 400), (BETTERPROMPT, 422)])
@pytest.mark.parametrize("name", UNFIT)
async def test_unfit_inputs(target: Stack, version: prompt_pb2.Version, path: str, expected: int, name: str) -> None:
    status, words = await send(target, path, run(path, version, UNFIT[name]))
    assert status == expected
    assert words.startswith("inputs")
    assert len(words) < 2000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"messages":[{"role":"user","content":1e999}]}', "messages[0].content"),
        ('{"messages":["x","a\\u0000"]}', "messages[1]"),
        ('{"parameters":{"temperature":-1e999}}', "parameters.temperature"),
        ('{"parameters":{"seed":9007199254740993}}', "parameters.seed"),
        ('{"variables":[{"name":"a\\u0000"}]}', "variables[0].name"),
        ('{"variables":[{"name":"a","defaultValue":"\\u0000"}]}', "variables[0].default_value"),
    ],
)
async def test_unfit_versions(target: Stack, version: prompt_pb2.Version, body: str, field: str) -> None:
    status, words = await send(target, VERSIONS, body.encode())
    assert status == 400
    assert words.startswith(field.replace("default_value", "defaultValue"))


@pytest.mark.parametrize("body", ['{"number":1e999}', '{"timeout":1e999}', '{"timeout":"1e999s"}', '{"images":1e999}'])
async def test_numbers_that_no_field_holds(target: Stack, version: prompt_pb2.Version, body: str) -> None:
    status, words = await send(target, NATIVE, body.encode())
    assert status == 400
    assert words.startswith(body[2:].partition('"')[0])


@pytest.mark.parametrize("count", [1_001, 60_000, 100_000])
async def test_more_variables_than_a_version_has(target: Stack, version: prompt_pb2.Version, count: int) -> None:
    declared = [prompt_pb2.Variable(name=f"v{number}") for number in range(count)]
    assert await refused(target, prompt_service_pb2.CreateVersionRequest(prompt_id="limits", variables=declared)) == (
        f"variables: must have 0 to 1000 items; it has {count}"
    )
    body = {"variables": [{"name": variable.name} for variable in declared]}
    assert (await send(target, VERSIONS, json.dumps(body).encode()))[0] == 400
    holes = "".join(f"{{v{number}}}" for number in range(count))
    body = {"messages": [{"role": "user", "content": holes}]}
    status, words = await send(target, VERSIONS, json.dumps(body).encode())
    assert (status, words) == (400, f"messages: have {count} holes without a variable; a version has 1000 in all")


async def refused(target: Stack, request: Message, code: grpc.StatusCode = grpc.StatusCode.INVALID_ARGUMENT) -> str:
    """Make an RPC that is to be refused. Give its words."""
    service = "RunService" if "Run" in request.DESCRIPTOR.name else "PromptService"
    rpc = f"/promptwire.v1.{service}/{request.DESCRIPTOR.name.removesuffix('Request')}"
    stub = target.channel.unary_unary(rpc, request_serializer=type(request).SerializeToString)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await stub(request, metadata=target.metadata(target.admin), timeout=raw.SECONDS)
    assert raised.value.code() == code
    return raised.value.details() or ""


@pytest.mark.parametrize("count", [10_001, 100_000, 1_000_000])
async def test_more_inputs_than_a_run_takes(target: Stack, version: prompt_pb2.Version, count: int) -> None:
    one = struct_pb2.Value(number_value=1)
    inputs = struct_pb2.Struct(fields={f"k{number}": one for number in range(count)})
    request = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(version_id=version.id, inputs=inputs))
    assert await refused(target, request) == f"spec.inputs: must have at most 10000 names; it has {count}"


async def test_more_images_than_a_run_takes(target: Stack, version: prompt_pb2.Version) -> None:
    spec = run_pb2.RunSpec(version_id=version.id, images=[run_pb2.ImageInput(url="x")] * 500_000)
    words = await refused(target, run_service_pb2.CreateRunRequest(spec=spec))
    assert words == "spec.images: must have 0 to 16 items; it has 500000"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("field", ["inputs", "parameters"])
async def test_numbers_that_are_none(target: Stack, version: prompt_pb2.Version, field: str, number: float) -> None:
    # Its name is what the refusal has to be cut for.
    name = "é" * 400_000
    struct = struct_pb2.Struct(fields={name: struct_pb2.Value(number_value=number)})
    spec = run_pb2.RunSpec(version_id=version.id, **{field: struct})
    assert (await refused(target, run_service_pb2.CreateRunRequest(spec=spec))).startswith(f"spec.{field}.éé")


async def test_a_message_over_the_limit(target: Stack) -> None:
    request = prompt_service_pb2.CreatePromptRequest(name="a" * 33 * MEGABYTE)
    await refused(target, request, grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert (await target.keys.WhoAmI(key_service_pb2.WhoAmIRequest(), metadata=target.metadata(target.admin))).key.id


async def test_a_message_that_is_small_only_on_the_wire(target: Stack) -> None:
    stub = target.channel.unary_unary("/promptwire.v1.PromptService/CreatePrompt")
    bomb = prompt_service_pb2.CreatePromptRequest(name="a" * 100 * MEGABYTE).SerializeToString()
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await stub(bomb, metadata=target.metadata(target.admin), compression=grpc.Compression.Gzip)
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_metadata_over_the_limit(target: Stack) -> None:
    stub = target.channel.unary_unary("/promptwire.v1.KeyService/WhoAmI")
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await stub(b"", metadata=target.metadata(target.admin, other="a" * 100_000))
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await stub(b"", metadata=target.metadata(target.admin))


# --- What looks like a template. Only what stands in the version is one, and only its holes are.

TEXTS = [text for text in hostile.TEXTS if "\0" not in text]


def asked(target: Stack) -> list[Any]:
    """Give the messages that the provider was asked with last."""
    return target.fake.requests[-1].body["messages"]


@pytest.mark.parametrize("path", [NATIVE, BETTERPROMPT])
async def test_values_are_never_read_as_template(target: Stack, version: prompt_pb2.Version, path: str) -> None:
    for text in [text for text in TEXTS if text]:
        inputs = json.dumps({"topic": text, "reader": "{topic} {{topic}}"})
        status, _ = await send(target, path, run(path, version, inputs.encode()))
        assert status == 200
        assert asked(target) == [
            {"role": "user", "content": f"Explain {text} to {{topic}} {{{{topic}}}}."},
        ]


async def test_templates_are_never_evaluated(target: Stack) -> None:
    for text in hostile.TEMPLATES:
        version = await target.create_version(f"{text} and {{topic}}")
        assert [variable.name for variable in version.variables] == ["topic"], text
        await target.create_run(version.id, {"topic": text})
        assert asked(target) == [{"role": "user", "content": f"{text} and {text}"}]


async def test_defaults_and_options_are_never_read_as_template(target: Stack) -> None:
    for text in [text for text in TEXTS if text]:
        option = prompt_pb2.Option(name="it", value=text)
        variables = [
            prompt_pb2.Variable(name="topic", default_value=text),
            prompt_pb2.Variable(name="kind", type=prompt_pb2.Variable.TYPE_SELECT, options=[option]),
        ]
        version = await target.create_version("{topic}|{kind}", variables=variables)
        await target.create_run(version.id, {"kind": "it"})
        assert asked(target) == [{"role": "user", "content": f"{text}|{text}"}]


async def test_outputs_are_never_read_as_template(target: Stack, version: prompt_pb2.Version) -> None:
    for text in TEXTS:
        target.fake.script(Answer(text))
        run = await target.create_run(version.id, {"topic": "x", "reader": "y"}, target.admin)
        assert run.outputs[0].text == text
        status, answer = await target.rest("GET", f"/v1/runs/{run.id}")
        assert (status, answer["outputs"]) == (200, [{"type": "text", "data": text}])


async def test_words_about_things_stay_as_they_are(target: Stack) -> None:
    metadata = target.metadata(target.admin)
    for text in [text for text in TEXTS if 0 < len(text) < 200]:
        wanted = prompt_service_pb2.CreatePromptRequest(name=text, description=text)
        prompt = (await target.prompts.CreatePrompt(wanted, metadata=metadata)).prompt
        request = prompt_service_pb2.CreateVersionRequest(
            prompt_id=prompt.id,
            messages=[values.to_value({"role": "system", "content": "x", "name": text})],
            images=[prompt_pb2.ImageVariable(description=text)],
            variables=[prompt_pb2.Variable(name="topic", description=text)],
            parameters=values.to_struct({"user": text, text: text}),
            commit_message=text,
        )
        await target.prompts.CreateVersion(request, metadata=metadata)
        read = await target.prompts.GetPrompt(prompt_service_pb2.GetPromptRequest(id=prompt.id), metadata=metadata)
        version = read.prompt.latest_version
        assert (read.prompt.name, read.prompt.description, version.commit_message) == (text, text, text)
        assert (version.images[0].description, version.variables[0].description) == (text, text)
        assert (version.messages, version.parameters) == (request.messages, request.parameters)
        key = key_service_pb2.CreateKeyRequest(display_name=text, owner=text, scopes=["runs:read"])
        made = (await target.keys.CreateKey(key, metadata=metadata)).key
        assert (made.display_name, made.owner) == (text, text)
