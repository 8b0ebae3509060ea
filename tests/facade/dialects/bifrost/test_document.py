"""Saved answers become a document: whole, the same each time, and with a word about all that is left out."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from facade import documents
from facade.dialects.bifrost.document import RESERVED, Unreadable, to_document
from promptwire.v1.document_pb2 import Document
from services.providers.base import RESERVED_PARAMETERS

TIME = "2026-03-01T10:00:00.123456789+01:00"
FOLDER = {
    "id": "6f1c6f0e-26a4-4d0c-9d5c-0c5f1c7f4b11",
    "name": "Poems",
    "description": "In verse.",
    "created_at": TIME,
    "updated_at": TIME,
    "prompts_count": 1,
}
PROMPT = {
    "id": "0b9d2d0e-7f5a-4a38-8d3e-6f3f5d1c2a22",
    "name": "Haiku",
    "folder_id": FOLDER["id"],
    "created_at": TIME,
    "updated_at": TIME,
}


def version(number: int, **more: Any) -> dict[str, Any]:
    """Give a version as the API answers it, its messages out of order."""
    return {
        "id": 10 + number,
        "prompt_id": PROMPT["id"],
        "version_number": number,
        "commit_message": f"Version {number}",
        "model_params": {"temperature": 0.5, "stream": True},
        "provider": "openai",
        "model": "gpt-4o",
        "variables": {"topic": "", "tone": ""},
        "is_latest": True,
        "created_at": TIME,
        "messages": [
            {"id": 2, "order_index": 1, "message": {"role": "user", "content": "Write about {{topic}}."}},
            {"id": 1, "order_index": 0, "message": {"role": "system", "content": "Be brief."}},
        ],
        **more,
    }


ANSWERS: list[Any] = [
    {"folders": [FOLDER]},
    {"prompts": [{**PROMPT, "folder": FOLDER, "latest_version": version(2)}]},
    {"versions": [version(2, messages=None), version(1)]},
    {"version": version(1, prompt=PROMPT)},
    {"prompt": {**PROMPT, "versions": [version(3)], "sessions": [{"id": 1}]}},
    {"folder": FOLDER},
]


def test_answers_become_a_document() -> None:
    document, notes = to_document(ANSWERS)
    read = json_format.ParseDict(document, Document())
    folder, prompt = read.folders[0], read.prompts[0]
    assert (len(read.folders), len(read.prompts)) == (1, 1)
    assert (folder.name, folder.description) == ("Poems", "In verse.")
    assert (prompt.name, prompt.alias, prompt.folder_id) == ("Haiku", PROMPT["id"], folder.id)
    assert prompt.create_time.ToJsonString() == "2026-03-01T09:00:00.123456789Z"
    assert [held.number for held in prompt.versions] == [1, 2, 3]
    held = prompt.versions[1]
    assert [dict(message.struct_value)["role"] for message in held.messages] == ["system", "user"]
    assert [(variable.name, variable.type, variable.required) for variable in held.variables] == [
        ("tone", 1, True),
        ("topic", 1, True),
    ]
    assert (held.provider, held.model, held.commit_message) == ("openai", "gpt-4o", "Version 2")
    assert dict(held.parameters) == {"temperature": 0.5}
    assert notes == [f"version {n} of prompt {PROMPT['id']}: stream of model_params is left out" for n in (1, 2, 3)]


def test_ids_are_uuids_of_version_7_that_sort_by_time() -> None:
    times = ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.5Z", "2026-03-01T12:00:01+01:00"]
    prompts = [{"id": f"old {time}", "name": "a", "created_at": time} for time in reversed(times)]
    ids = [UUID(prompt["id"]) for prompt in to_document([{"prompts": prompts}])[0]["prompts"]]
    assert [found.version for found in ids] == [7, 7, 7]
    assert {found.variant for found in ids} == {"specified in RFC 4122"}
    assert ids == sorted(ids)
    assert ids[0].int >> 80 == 1772359200000


def test_a_number_that_was_used_again_means_its_last_version() -> None:
    newer = version(1, created_at="2026-04-01T10:00:00Z", commit_message="again")
    for versions in ([version(1), newer], [newer, version(1)]):
        document, _ = to_document([{"prompt": PROMPT}, {"versions": versions}])
        assert [held["commitMessage"] for held in document["prompts"][0]["versions"]] == ["again"]
    ids = [to_document([{"version": v | {"prompt": PROMPT}}])[0] for v in (version(1), newer)]
    assert ids[0]["prompts"][0]["versions"][0]["id"] != ids[1]["prompts"][0]["versions"][0]["id"]


def test_what_no_file_has_is_told() -> None:
    document, notes = to_document([{"prompt": PROMPT}, {"version": version(1, prompt_id="another")}])
    assert document["prompts"][0]["folderId"] == ""
    assert notes == [
        "version 1 of prompt another is left out: no file has the prompt itself",
        f"prompt {PROMPT['id']} goes to the root: no file has its folder {FOLDER['id']}",
    ]


def test_empty_and_null_are_nothing() -> None:
    bare = {"prompt_id": PROMPT["id"], "version_number": 1, "model_params": None, "variables": None}
    document, notes = to_document([{"folders": []}, {"prompt": {**PROMPT, "folder_id": None}}, {"version": bare}])
    assert json_format.ParseDict(document, Document()).prompts[0].versions[0].number == 1
    assert notes == []


def test_the_reserved_parameters_are_those_of_the_services() -> None:
    assert set(RESERVED) == RESERVED_PARAMETERS


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([], "no answer"),
        ({}, "no answer"),
        ({"error": {"message": "prompt not found"}}, "the refusal 'prompt not found'"),
        ({"prompts": {}}, "prompts must be a list"),
        ({"prompts": [1]}, "prompts must hold a JSON object"),
        ({"prompt": {}}, "id must be a text"),
        ({"prompt": {"id": "a"}}, "name must be a text"),
        ({"version": {"prompt_id": "a", "version_number": "1"}}, "version_number must be a whole number"),
    ],
)
def test_what_is_no_answer_is_refused(answer: object, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        to_document([answer])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
TIMES = st.sampled_from([TIME, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "", "no time"]) | st.none()
VERSIONS = st.builds(
    version,
    st.integers(1, 3),
    created_at=TIMES,
    model_params=st.dictionaries(st.sampled_from(["n", "a", "b"]), JSON, max_size=3) | st.none(),
    variables=st.dictionaries(st.text(max_size=4), st.just(""), max_size=3) | st.none(),
    messages=st.lists(
        st.builds(lambda at, it: {"order_index": at, "message": it}, st.integers(0, 5), JSON), max_size=3
    ),
)


@given(st.lists(VERSIONS, max_size=4), TIMES)
def test_converting_twice_is_equal(versions: list[Any], time: str | None) -> None:
    answers = [{"versions": versions}, {"prompt": {**PROMPT, "created_at": time}}]
    first = to_document(answers)
    assert to_document(json.loads(json.dumps(answers))) == first
    assert to_document([*answers, *answers]) == first


@given(JSON | st.dictionaries(st.sampled_from(["prompts", "prompt", "version", "versions", "folder"]), JSON))
def test_any_json_is_converted_or_refused(answer: object) -> None:
    with suppress(Unreadable):
        to_document([answer])


def run(*arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Convert as the command does."""
    command = [sys.executable, "-P", "-m", "facade.documents", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False)


def test_the_command_prints_the_document_and_tells_the_rest(tmp_path: Path) -> None:
    files = [tmp_path / f"{index}.json" for index in range(len(ANSWERS))]
    for file, answer in zip(files, ANSWERS, strict=True):
        file.write_text(json.dumps(answer))
    done = run("bifrost", "--", "-", *map(str, files[1:]), given=files[0].read_bytes())
    document, notes = to_document(ANSWERS)
    assert (done.returncode, json.loads(done.stdout)) == (0, document)
    assert done.stderr.decode().splitlines() == [f"promptwire: {note}" for note in notes]


def test_the_command_names_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "refused.json").write_text('{"error": {"message": "Unauthorized"}}')
    for name, words in (("bad", "bad.json is not JSON"), ("refused", "'Unauthorized'"), ("none", "No such file")):
        with pytest.raises(SystemExit) as raised:
            documents.main(["bifrost", str(tmp_path / f"{name}.json")])
        assert words in str(raised.value.code)
        assert name in str(raised.value.code)
    with pytest.raises(SystemExit) as raised:
        documents.main(["nobody", "a"])
    assert raised.value.code == 2
    assert "invalid choice: 'nobody'" in capsys.readouterr().err
