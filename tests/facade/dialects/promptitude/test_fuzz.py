"""Whatever a body or a path holds, the answer is 200 or 4xx in the envelope. FUZZ_EXAMPLES asks more often."""

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
LOG = "2vnHop3lFZInJrgn1Ac1"
RUN = run_pb2.Run(id=ID, state=run_pb2.Run.STATE_SUCCEEDED, outputs=[run_pb2.Output(name="output", text="a")])
PATHS = ("/v1/generate", "/generate", "/v1/rate", "/rate", f"/v1/logs/{LOG}/rate", "/v1/flows/a/generate")

# With lone surrogates.
TEXT = st.text(st.characters())
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
INPUTS = ANY_JSON | st.dictionaries(TEXT, ANY_JSON, max_size=4)
PROMPT = st.fixed_dictionaries(
    {"promptId": st.just(ID) | ANY_JSON}, optional={"inputs": INPUTS, "versionId": st.just(ID) | ANY_JSON}
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "prompt": PROMPT | ANY_JSON,
        "flow": st.fixed_dictionaries({}, optional={"inputs": INPUTS}) | ANY_JSON,
        "endUserId": TEXT | ANY_JSON,
        "userId": TEXT | ANY_JSON,
        "logId": st.just(LOG) | TEXT | ANY_JSON,
        "rating": st.integers(-1, 4) | st.fixed_dictionaries({"rating": st.integers(-1, 4) | ANY_JSON}) | ANY_JSON,
    },
)


@pytest.fixture(scope="module", autouse=True)
async def answers(services: FakeServices) -> AsyncIterator[None]:
    services.reset()
    version = prompt_pb2.Version(id=ID, prompt_id=ID)
    services.answers = {
        "CreateRun": run_service_pb2.CreateRunResponse(run=RUN),
        "RateRun": run_service_pb2.RateRunResponse(run=RUN),
        "GetVersion": prompt_service_pb2.GetVersionResponse(version=version, prompt=prompt_pb2.Prompt(id=ID)),
    }
    yield
    services.reset()


async def ask(client: golden.Client, path: str, body: bytes) -> None:
    response = await client.request("POST", path, headers={"Authorization": f"Bearer {golden.SECRET}"}, data=body)
    told = json.loads(await response.read())
    assert response.status == 200 or 400 <= response.status < 500
    assert response.content_type == "application/json"
    assert told.keys() == {"code", "message", "error", "results"}
    assert (told["code"], told["error"]) == (response.status, response.status != 200)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(PATHS), BODY | ANY_JSON)
async def test_any_json_is_answered_in_the_envelope(client: golden.Client, path: str, body: Any) -> None:
    await ask(client, path, json.dumps(body).encode())


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(PATHS), st.binary(max_size=200) | BODY.map(lambda body: json.dumps(body).encode()[:-1]))
async def test_any_bytes_are_answered_in_the_envelope(client: golden.Client, path: str, body: bytes) -> None:
    await ask(client, path, body)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(["/v1/flows/{}/generate", "/v1/logs/{}/rate", "/logs/{}/rate"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
async def test_any_path_is_answered_in_the_envelope(client: golden.Client, path: str, text: str) -> None:
    await ask(client, path.format(quote(text, safe="")), b'{"flow": {}, "rating": 1}')
