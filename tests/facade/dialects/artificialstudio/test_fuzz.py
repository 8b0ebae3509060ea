"""Whatever a body, a path or a query holds, the answer is 2xx or 4xx in the envelope. FUZZ_EXAMPLES asks more often."""

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
ID = "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"
RUN = run_pb2.Run(id=ID, state=run_pb2.Run.STATE_SUCCEEDED, outputs=[run_pb2.Output(name="output", text="a")])

# With lone surrogates.
TEXT = st.text(st.characters())
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
INPUT = st.fixed_dictionaries(
    {}, optional={"prompt": TEXT | ANY_JSON, "model": TEXT | ANY_JSON, "n": ANY_JSON, "size": ANY_JSON}
) | st.dictionaries(TEXT, ANY_JSON, max_size=4)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "model": st.just(ID) | TEXT | TEXT.map("prompt:{}".format) | ANY_JSON,
        "tool": st.just("create-image") | TEXT | ANY_JSON,
        "input": INPUT | ANY_JSON,
        "webhook": st.just("https://your-server.com/a") | TEXT.map("https://{}".format) | ANY_JSON,
        "webhook_events_filter": st.lists(st.sampled_from(["start", "completed", "logs"]) | ANY_JSON) | ANY_JSON,
    },
)


@pytest.fixture(scope="module", autouse=True)
async def answers(services: FakeServices) -> AsyncIterator[None]:
    services.reset()
    services.answers = {
        "CreateRun": run_service_pb2.CreateRunResponse(run=RUN),
        "GetRun": run_service_pb2.GetRunResponse(run=RUN),
        "CancelRun": run_service_pb2.CancelRunResponse(run=RUN),
        "ListRuns": run_service_pb2.ListRunsResponse(runs=[RUN]),
        "GetPrompt": prompt_service_pb2.GetPromptResponse(prompt=prompt_pb2.Prompt(id=ID)),
    }
    yield
    services.reset()


async def ask(client: golden.Client, method: str, path: str, body: bytes | None = None) -> None:
    response = await client.request(method, path, headers={"Authorization": golden.SECRET}, data=body)
    told = json.loads(await response.read())
    assert response.status == 200 or 400 <= response.status < 500
    assert response.content_type == "application/json"
    if response.status != 200:
        assert {"message"} <= told.keys() <= {"message", "errors"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(["/api/generate", "/api/run"]), BODY | ANY_JSON)
async def test_any_json_is_answered_in_the_envelope(client: golden.Client, path: str, body: Any) -> None:
    await ask(client, "POST", path, json.dumps(body).encode())


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(["/api/generate", "/api/run"]),
    st.binary(max_size=200) | BODY.map(lambda body: json.dumps(body).encode()[:-1]),
)
async def test_any_bytes_are_answered_in_the_envelope(client: golden.Client, path: str, body: bytes) -> None:
    await ask(client, "POST", path, body)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(
        [
            ("GET", "/api/generate/{}"),
            ("GET", "/api/generations/{}"),
            ("POST", "/api/generations/{}/cancel"),
            ("GET", "/api/media/{}"),
            ("GET", "/api/tools/{}"),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
async def test_any_path_is_answered_in_the_envelope(client: golden.Client, route: tuple[str, str], text: str) -> None:
    await ask(client, route[0], route[1].format(quote(text, safe="")))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["limit", "offset", "status", "a"]),
        st.text(st.characters(exclude_categories=["Cs"])) | st.integers().map(str) | st.just("error"),
    )
)
async def test_any_query_is_answered_in_the_envelope(client: golden.Client, query: dict[str, str]) -> None:
    pairs = "&".join(f"{name}={quote(text)}" for name, text in query.items())
    await ask(client, "GET", f"/api/generations?{pairs}")
