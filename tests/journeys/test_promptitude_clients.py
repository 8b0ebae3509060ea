"""The request of Promptitude's page, its commas mended, against each kind of prompt; and whatever the model answers."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from promptwire import values
from promptwire.v1 import prompt_pb2, run_service_pb2
from promptwire.v1.prompt_pb2 import OutputFormat
from tests.conftest import clone
from tests.fakes.provider import PNG, Answer
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack
from tests.journeys.test_promptchainer_clients import run

# As it is printed there, and as it was meant.
PRINTED = """{
"prompt": {
"promptId": "PROMPT",
"inputs": {
"variable1": "value1",
"variable2": "value2"
}
}
"endUserId": "raeyBqUgKtPXDDt0psFrREVjF902",
}"""
MEANT = PRINTED.replace('}\n"endUserId"', '},\n"endUserId"').replace('F902",\n}', 'F902"\n}')
SENTENCE = (
    "The provider returned an invalid JSON response. "
    "Refer to the 'result' property for more details on the format error."
)
SCHEMA = {"type": "object", "properties": {"stars": {"type": "integer", "maximum": 5}}, "required": ["stars"]}
JSON = OutputFormat(type=OutputFormat.TYPE_JSON, schema=values.to_struct(SCHEMA))
HUGE = json.dumps({"stars": 5, "words": ["word " * 50] * 18_000})


@pytest.fixture(scope="module")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    settings = {"default_image_model": "fake/fake-painter"}
    async with (
        clone(postgres) as dsn,
        Stack(dsn, tmp_path_factory.mktemp("stack"), server_settings=settings) as stack,
    ):
        yield stack


async def make(stack: Stack, kind: OutputFormat | None = None) -> prompt_pb2.Version:
    return await stack.create_version("Use {variable1} and {variable2}.", output_format=kind)


async def by_curl(stack: Stack, body: str, *more: str) -> Any:
    headers = (f"Authorization: Bearer {stack.run}", "Content-Type: application/json")
    given = [part for header in headers for part in ("--header", header)]
    url = f"{stack.base_url}/v1/generate"
    return json.loads(await run("curl", "-sS", "-X", "POST", url, *given, *more, "--data-raw", body))


async def generate(stack: Stack, version: prompt_pb2.Version) -> dict[str, Any]:
    body = {"prompt": {"promptId": version.prompt_id, "inputs": {"variable1": "a", "variable2": "b"}}}
    status, answer = await stack.rest("POST", "/generate", json=body)
    assert (status, answer["code"], answer["message"], answer["error"]) == (200, 200, "OK", False), answer
    return answer["results"]


async def test_the_request_of_the_page_gives_a_text_a_list_and_json(stack: Stack) -> None:
    answers = {
        None: ("Why did the developer need glasses? Because he couldn't C#!",) * 2,
        OutputFormat.TYPE_LIST: ("Here you are:\n\n1. one\n2. two", ["one", "two"]),
        OutputFormat.TYPE_JSON: ('{"stars": 4}', {"stars": 4}),
    }
    for kind, (text, result) in answers.items():
        version = await make(stack, kind and OutputFormat(type=kind))
        stack.fake.script(Answer(text))
        answer = await by_curl(stack, MEANT.replace("PROMPT", version.prompt_id))
        assert (answer["code"], answer["message"], answer["error"]) == (200, "OK", False)
        assert answer["results"]["result"] == result
        assert ("resultJSON" in answer["results"]) == (kind == OutputFormat.TYPE_JSON)
        assert len(answer["results"]["logId"]) == 20
        assert stack.fake.requests[-1].body["messages"][-1]["content"] == "Use value1 and value2."


async def test_the_request_as_it_is_printed_is_told_what_is_wrong(stack: Stack) -> None:
    body = PRINTED.replace("PROMPT", (await make(stack)).prompt_id)
    before = len(stack.fake.requests)
    answer = await by_curl(stack, body)
    assert (answer["code"], answer["error"], answer["results"]) == (400, True, {})
    assert "JSON" in answer["message"]
    assert len(stack.fake.requests) == before


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"stars": 4}', {"stars": 4}),
        ('```json\n{"stars": 4}\n```', {"stars": 4}),
        (HUGE, json.loads(HUGE)),
        ('{"stars": 4', None),
        ("Four stars, I would say.", None),
        ('{"stars": 7}', None),
        ("[]", None),
        ("", None),
        ('{"stars": NaN}', None),
        ('{"stars": 1, "deep": ' + "[" * 40 + "]" * 40 + "}", None),
        ("[" * 200_000, None),
        (f"[{'1,' * 200_000}1]", None),
    ],
    ids=["good", "fenced", "huge", "cut", "prose", "schema", "type", "empty", "NaN", "deep", "open", "many"],
)
async def test_whatever_the_model_answers_the_result_is_as_documented(stack: Stack, text: str, value: Any) -> None:
    version = await make(stack, JSON)
    stack.fake.script(Answer(text))
    results = await generate(stack, version)
    if value is None:
        assert (results["result"], results["resultJSON"]) == (text, {"error": SENTENCE})
    else:
        assert results["result"] == results["resultJSON"] == value


async def test_an_image_is_a_url(stack: Stack) -> None:
    results = await generate(stack, await make(stack, OutputFormat(type=OutputFormat.TYPE_IMAGE)))
    assert "resultJSON" not in results
    async with stack.session.get(results["result"]) as response:
        assert (response.status, await response.read()) == (200, PNG)


async def test_a_flow_gives_its_outputs(stack: Stack) -> None:
    document = graph({"color": "blue"}, {"joke": "A joke on {color}"}, {"text": ["joke"]})
    flow = await stack.create_version(graph=values.to_struct(document))
    body = {"userId": "u1", "flow": {"inputs": {"color": "red"}}, "steps": {"step1": {"context": {}}}}
    status, answer = await stack.rest("POST", f"/v1/flows/{flow.prompt_id}/generate", json=body)
    assert status == 200
    assert answer["results"]["result"] == "echo: A joke on red"
    assert answer["results"]["outputs"] == [{"name": "text", "output": "echo: A joke on red"}]


async def test_a_log_is_rated_and_the_run_behind_it_shows_it(stack: Stack) -> None:
    version = await make(stack)
    log_id = (await generate(stack, version))["logId"]
    for path, body in (
        (f"/v1/logs/{log_id}/rate", {"rating": {"rating": 3}}),
        (f"/logs/{log_id}/rate", {"rating": 2}),
        ("/rate", {"logId": log_id, "rating": 1}),
    ):
        stars = body["rating"] if isinstance(body["rating"], int) else 3
        status, answer = await stack.rest("POST", path, json=body)
        assert (status, answer["results"]) == (200, {"promptsLogs": {"id": log_id, "rating": stars}})
        listed = await listed_by_stars(stack, version, stars)
        assert len(listed) == 1
    status, answer = await stack.rest("POST", "/rate", json={"logId": log_id, "rating": 0})
    assert (status, answer["results"]) == (200, {"promptsLogs": {"id": log_id, "rating": 0}})
    assert await listed_by_stars(stack, version, 1) == []


async def listed_by_stars(stack: Stack, version: prompt_pb2.Version, stars: int) -> list[str]:
    request = run_service_pb2.ListRunsRequest(prompt_id=version.prompt_id, stars=[stars])
    answer = await stack.runs.ListRuns(request, metadata=stack.metadata(stack.run))
    return [found.id for found in answer.runs]


async def test_what_went_wrong_can_be_found_and_rated(stack: Stack) -> None:
    version = await make(stack)
    stack.fake.script(Answer(status=400))
    body = {"prompt": {"promptId": version.prompt_id, "inputs": {"variable1": "a", "variable2": "b"}}}
    status, answer = await stack.rest("POST", "/v1/generate", json=body)
    assert (status, answer["code"], answer["error"]) == (502, 502, True)
    status, _ = await stack.rest("POST", f"/v1/logs/{answer['results']['logId']}/rate", json={"rating": 1})
    assert status == 200


async def test_all_missing_variables_are_told(stack: Stack) -> None:
    body = {"prompt": {"promptId": (await make(stack)).prompt_id}}
    status, answer = await stack.rest("POST", "/v1/generate", json=body)
    assert (status, answer["error"]) == (400, True)
    assert "variable1" in answer["message"]
    assert "variable2" in answer["message"]


async def test_the_end_user_is_on_record(stack: Stack) -> None:
    version = await make(stack)
    await by_curl(stack, MEANT.replace("PROMPT", version.prompt_id))
    request = run_service_pb2.ListRunsRequest(end_user_id="raeyBqUgKtPXDDt0psFrREVjF902", prompt_id=version.prompt_id)
    answer = await stack.runs.ListRuns(request, metadata=stack.metadata(stack.run))
    assert len(answer.runs) == 1
