"""Whatever a body, a query or a path holds, the answer is 200 or 4xx in the envelope. FUZZ_EXAMPLES asks more often."""

import json
import os
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptwire.v1 import folder_pb2, key_pb2, key_service_pb2, prompt_pb2, session_pb2
from promptwire.v1 import prompt_service_pb2 as pb
from tests.facade.dialects import golden
from tests.fakes.services import FakeServices

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
PREFIX = "/api/prompt-repo"
ID = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"
FOLDER, PROMPT = folder_pb2.Folder(id=ID), prompt_pb2.Prompt(id=ID, folder_id=ID)
VERSION, SESSION = prompt_pb2.Version(id=ID, serial=1), session_pb2.Session(id=ID, serial=1)
WRITES = (
    *(("POST", "/folders"), ("PUT", f"/folders/{ID}"), ("POST", "/prompts"), ("PUT", f"/prompts/{ID}")),
    *(("POST", f"/prompts/{ID}/versions"), ("POST", f"/prompts/{ID}/sessions"), ("PUT", "/sessions/1")),
    *(("PUT", "/sessions/1/rename"), ("POST", "/sessions/1/commit")),
)
READS = ("/folders/{}", "/prompts/{}", "/prompts/{}/versions", "/prompts/{}/sessions", "/versions/{}", "/sessions/{}")

# With lone surrogates.
TEXT = st.text(st.characters())
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.none() | st.text() | ANY_JSON
BODY = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "description": TEXTS,
        "folder_id": TEXTS,
        "commit_message": TEXTS,
        "provider": TEXTS,
        "model": TEXTS,
        "messages": st.lists(ANY_JSON) | ANY_JSON,
        "model_params": st.dictionaries(TEXT, ANY_JSON) | ANY_JSON,
        "variables": st.dictionaries(TEXT, TEXT) | ANY_JSON,
        "version_id": st.integers() | ANY_JSON,
        "message_indices": st.lists(st.integers()) | ANY_JSON,
    },
)


@pytest.fixture(scope="module", autouse=True)
async def answers(services: FakeServices) -> AsyncIterator[None]:
    services.reset()
    services.answers = {
        "WhoAmI": key_service_pb2.WhoAmIResponse(key=key_pb2.Key(scopes=["prompts:write"])),
        "CreateFolder": pb.CreateFolderResponse(folder=FOLDER),
        "GetFolder": pb.GetFolderResponse(folder=FOLDER),
        "UpdateFolder": pb.UpdateFolderResponse(folder=FOLDER),
        "ListFolders": pb.ListFoldersResponse(folders=[FOLDER]),
        "StreamPrompts": [pb.StreamPromptsResponse(prompts=[PROMPT])],
        "CreatePrompt": pb.CreatePromptResponse(prompt=PROMPT),
        "GetPrompt": pb.GetPromptResponse(prompt=PROMPT, folder=FOLDER),
        "UpdatePrompt": pb.UpdatePromptResponse(prompt=PROMPT),
        "CreateVersion": pb.CreateVersionResponse(version=VERSION),
        "GetVersion": pb.GetVersionResponse(version=VERSION, prompt=PROMPT),
        "ListVersions": pb.ListVersionsResponse(versions=[VERSION]),
        "CreateSession": pb.CreateSessionResponse(session=SESSION),
        "GetSession": pb.GetSessionResponse(session=SESSION, prompt=PROMPT),
        "ListSessions": pb.ListSessionsResponse(sessions=[SESSION]),
        "UpdateSession": pb.UpdateSessionResponse(session=SESSION, prompt=PROMPT),
        "CommitSession": pb.CommitSessionResponse(version=VERSION),
    }
    yield
    services.reset()


async def ask(client: golden.Client, method: str, path: str, **request: Any) -> None:
    headers = {"Authorization": f"Bearer {golden.SECRET}"}
    response = await client.request(method, PREFIX + path, headers=headers, **request)
    body = json.loads(await response.read())
    assert response.status == 200 or 400 <= response.status < 500
    assert response.content_type == "application/json"
    if response.status != 200:
        assert body.keys() == {"is_bifrost_error", "status_code", "error", "extra_fields"}
        assert body["status_code"] == response.status


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(WRITES), st.one_of(BODY, ANY_JSON))
async def test_any_json_is_answered_in_the_envelope(client: golden.Client, write: tuple[str, str], body: Any) -> None:
    await ask(client, *write, data=json.dumps(body).encode())


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(WRITES), st.binary(max_size=200) | BODY.map(lambda body: json.dumps(body).encode()[:-1]))
async def test_any_bytes_are_answered_in_the_envelope(
    client: golden.Client, write: tuple[str, str], body: bytes
) -> None:
    await ask(client, *write, data=body)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
async def test_any_query_is_answered(client: golden.Client, folder_id: str) -> None:
    await ask(client, "GET", "/prompts", params={"folder_id": folder_id})


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(READS),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.integers().map(str),
)
async def test_any_path_is_answered_in_the_envelope(client: golden.Client, path: str, text: str) -> None:
    await ask(client, "GET", path.format(quote(text, safe="")))
