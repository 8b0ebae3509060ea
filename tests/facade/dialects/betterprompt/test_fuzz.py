"""Whatever a body, a query or a path holds, the answer is 200 or 4xx in the envelope. FUZZ_EXAMPLES asks more often."""

import json
import os
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptwire.v1 import prompt_pb2, prompt_service_pb2, run_pb2, run_service_pb2
from tests.facade.dialects import golden
from tests.fakes.services import FakeServices

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
VERSION = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"
RUN = run_pb2.Run(id=VERSION, version_id=VERSION, state=run_pb2.Run.STATE_SUCCEEDED)
PROMPT = prompt_pb2.Prompt(id=VERSION, name="a prompt", latest_version=prompt_pb2.Version(id=VERSION))
EFFORT = run_pb2.ParameterChoice(parameter="reasoning_effort", values=["low"])
MODELS = run_service_pb2.ListModelsResponse(models=[run_pb2.Model(name="fast", is_default=True, choices=[EFFORT])])

# With lone surrogates.
TEXT = st.text(st.characters())
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
IMAGE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["url", "base64", "file"]),
        "url": ANY_JSON,
        "base64": ANY_JSON | st.text("Aa+/= \n"),
    },
)
INPUTS = st.fixed_dictionaries(
    {},
    optional={
        "textInputs": ANY_JSON | st.dictionaries(st.text(), st.text()),
        "imageInputs": ANY_JSON | st.lists(IMAGE),
    },
)
BODY = st.fixed_dictionaries(
    {"promptVersionId": st.just(VERSION) | ANY_JSON},
    optional={
        "inputs": INPUTS | ANY_JSON,
        "runOptions": ANY_JSON | st.just({"reasoningEffort": "low"}),
        "runModel": ANY_JSON | st.just("fast"),
    },
)


@pytest.fixture(scope="module", autouse=True)
async def answers(services: FakeServices) -> AsyncIterator[None]:
    services.reset()
    services.answers = {
        "CreateRun": run_service_pb2.CreateRunResponse(run=RUN),
        "GetRun": run_service_pb2.GetRunResponse(run=RUN),
        "ListRuns": run_service_pb2.ListRunsResponse(runs=[RUN]),
        "ListModels": MODELS,
        "GetPrompt": prompt_service_pb2.GetPromptResponse(prompt=PROMPT),
        "GetVersion": prompt_service_pb2.GetVersionResponse(prompt=PROMPT, version=PROMPT.latest_version),
        "ListVersions": prompt_service_pb2.ListVersionsResponse(versions=[PROMPT.latest_version]),
    }
    yield
    services.reset()


async def ask(client: golden.Client, method: str, path: str, **request: Any) -> None:
    headers = {"Authorization": f"Bearer {golden.SECRET}"}
    response = await client.request(method, path, headers=headers, **request)
    body = json.loads(await response.read())
    assert response.status == 200 or 400 <= response.status < 500
    assert response.content_type == "application/json"
    assert body["status"] == "SUCCESS" if response.status == 200 else body["status"].endswith("_ERROR")
    assert "data" in body


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(BODY, ANY_JSON))
async def test_any_json_is_answered_in_the_envelope(client: golden.Client, body: Any) -> None:
    await ask(client, "POST", "/v1/runs", data=json.dumps(body).encode())


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=200) | BODY.map(lambda body: json.dumps(body).encode()[:-1]))
async def test_any_bytes_are_answered_in_the_envelope(client: golden.Client, body: bytes) -> None:
    await ask(client, "POST", "/v1/runs", data=body)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["limit", "startingAfter", "endingBefore", "status", "since", "until", "versionId", "other"]),
        st.text(st.characters(exclude_categories=["Cs"])) | st.integers().map(str) | st.just(VERSION),
    )
)
async def test_any_query_is_answered_in_the_envelope(client: golden.Client, query: dict[str, str]) -> None:
    await ask(client, "GET", "/v1/runs", params=query)
    await ask(client, "GET", f"/v1/prompts/{VERSION}", params=query)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(["/v1/prompts/{}", "/v1/prompts/{}/versions", "/v1/prompt-versions/{}", "/v1/runs/{}"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
async def test_any_path_is_answered_in_the_envelope(client: golden.Client, path: str, text: str) -> None:
    await ask(client, "GET", path.format(quote(text, safe="")))
