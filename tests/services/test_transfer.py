"""Documents to a file and back, over a server that notes what it is asked."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from pydantic import SecretStr

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.document_pb2 import Document, DocumentFolder, DocumentPrompt, DocumentVersion, ImportedPrompt
from services import errors, transfer
from services.config import Settings
from services.failures import Failed
from tests.fakes.services import FakeServices

DEEP: Any = "the end"
for _ in range(30):
    DEEP = [DEEP]
FOLDER = DocumentFolder(id="f", name="Poems", description="")
PROMPTS = [
    DocumentPrompt(
        alias=f"prompt-{index}",
        name="ä\u2028",
        versions=[DocumentVersion(number=1, messages=[values.to_value({"role": "user", "content": DEEP})])],
    )
    for index in range(3)
]
DOCUMENT = Document(folders=[FOLDER], prompts=PROMPTS)


@pytest.fixture
async def services() -> AsyncIterator[FakeServices]:
    async with FakeServices() as services:
        yield services


@pytest.fixture
def settings(services: FakeServices, tmp_path: Path) -> Settings:
    return Settings(grpc_target=services.target, key=SecretStr("pw_a_b"), data=tmp_path)


async def test_pages_are_joined_into_a_document(
    services: FakeServices, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def page(request: pb.ExportPromptsRequest, _: object) -> pb.ExportPromptsResponse:
        at = int(request.page_token or 0)
        document = Document(folders=[] if at else [FOLDER], prompts=[PROMPTS[at]])
        return pb.ExportPromptsResponse(document=document, next_page_token=str(at + 1) if at < 2 else "")

    services.answers["ExportPrompts"] = page
    file = tmp_path / "document.json"
    assert await transfer.export(str(file), ["a", "b"], settings) == 0
    assert transfer.parse(file.read_bytes(), "it") == DOCUMENT
    assert {tuple(asked.request.prompt_ids) for asked in services.asked("ExportPrompts")} == {("a", "b")}
    assert services.requests[0].metadata["authorization"] == "Bearer pw_a_b"
    assert capsys.readouterr().out == ""
    assert await transfer.export(None, [], settings) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")


async def test_a_page_may_be_larger_than_grpcs_own_limit(
    services: FakeServices, settings: Settings, tmp_path: Path
) -> None:
    large = Document(prompts=[DocumentPrompt(name="a" * 6_000_000)])
    services.answers["ExportPrompts"] = pb.ExportPromptsResponse(document=large)
    assert await transfer.export(str(tmp_path / "large.json"), [], settings) == 0


async def test_the_admin_key_of_a_quickstart_is_used(
    services: FakeServices, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services.answers["ExportPrompts"] = pb.ExportPromptsResponse()
    with pytest.raises(Failed, match="set PROMPTWIRE_KEY"):
        await transfer.export(None, [], Settings(grpc_target=services.target, data=tmp_path, key=None))
    told = {"keys": {"admin": "pw_admin_b", "run": "pw_run_b"}, "grpc_target": services.target}
    (tmp_path / "quickstart.json").write_text(json.dumps(told))
    assert await transfer.export(None, [], Settings(data=tmp_path)) == 0
    assert services.requests[0].metadata["authorization"] == "Bearer pw_admin_b"
    assert json.loads(capsys.readouterr().out) == {}


async def test_a_refusal_is_told(
    services: FakeServices, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services.answers["ExportPrompts"] = errors.NotFound("PROMPT_NOT_FOUND", "there is no prompt a")
    assert await transfer.export(str(tmp_path / "none.json"), ["a"], settings) == 1
    assert "NOT_FOUND: there is no prompt a" in capsys.readouterr().err
    assert not (tmp_path / "none.json").exists()


async def test_an_import_tells_what_changed(
    services: FakeServices, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = [
        ImportedPrompt(id="1", name="New\x1b[2J", created=True, created_versions=[1, 2], set_labels=["production"]),
        ImportedPrompt(id="2", name="Old", updated=True, found_versions=3),
        ImportedPrompt(id="3", name="Held", found_versions=1, kept_labels=["staging"]),
        ImportedPrompt(id="4", name="Same", found_versions=1),
    ]
    services.answers["ImportPrompts"] = pb.ImportPromptsResponse(created_folders=1, prompts=done)
    file = tmp_path / "document.json"
    file.write_text(json_format.MessageToJson(DOCUMENT))
    assert await transfer.bring([str(file)], None, settings, move_labels=True) == 0
    request = services.requests[0].request
    assert (request.document, request.move_labels) == (DOCUMENT, True)
    assert capsys.readouterr().out.splitlines() == [
        "New\ufffd[2J (1): created; versions created: 1, 2; labels set: production",
        "Old (2): changed",
        "Held (3): labels left on other versions: staging (--move-labels moves them)",
        "folders: 1 created, 0 changed; prompts: 1 created, 1 changed, 2 unchanged; versions: 2 created, 5 found",
    ]


async def test_an_import_that_breaks_off_tells_how_far_it_came(
    services: FakeServices,
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(request: pb.ImportPromptsRequest, _: object) -> pb.ImportPromptsResponse:
        if request.document.prompts[0].alias == "prompt-1":
            raise errors.NotFound("FOLDER_NOT_FOUND", "there is no folder x")
        return pb.ImportPromptsResponse(prompts=[ImportedPrompt(id="1", name="a", created=True)])

    monkeypatch.setattr(transfer, "MAX_ITEMS", 1)
    services.answers["ImportPrompts"] = answer
    file = tmp_path / "document.json"
    file.write_text(json_format.MessageToJson(Document(prompts=PROMPTS)))
    assert await transfer.bring([str(file)], None, settings, move_labels=False) == 1
    printed = capsys.readouterr()
    assert printed.out == "a (1): created\n"
    assert "prompts: 1 created" in printed.err
    assert "there is no folder x" in printed.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("\udcff", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "must be a JSON object"),
        ('{"prompt": []}', 'no field named "prompt"'),
        ('{"prompts": [{"name": 1}]}', "prompts"),
        ('{"prompts": [{"versions": [{"messages": [' + "[" * 300 + "]" * 300 + "]}]}]}", "is no document"),
    ],
)
def test_what_is_no_document_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Failed, match=words) as raised:
        transfer.parse(text.encode(errors="surrogateescape"), "it.json")
    assert str(raised.value).startswith("it.json ")


@pytest.mark.parametrize("most", [1, 100, 400, 10_000_000])
def test_a_document_is_split_along_its_prompts(most: int) -> None:
    parts = list(transfer.split(DOCUMENT, most))
    joined = Document()
    for part in parts:
        assert part.ByteSize() <= most or len(part.folders) + len(part.prompts) == 1
        joined.MergeFrom(part)
    assert joined == DOCUMENT
    assert parts[0].folders
    assert len(parts) == {1: 4, 10_000_000: 1}.get(most, len(parts))


def test_an_empty_document_has_no_parts() -> None:
    assert list(transfer.split(Document())) == []


async def test_answers_of_another_api_are_converted(
    services: FakeServices, settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    services.answers["ImportPrompts"] = pb.ImportPromptsResponse()
    files = [tmp_path / "folders.json", tmp_path / "prompt.json"]
    files[0].write_text('{"folders": [{"id": "f", "name": "Poems", "created_at": "2026-01-01T00:00:00Z"}]}')
    files[1].write_text('{"prompt": {"id": "p", "name": "Haiku", "folder_id": "f"}}')
    assert await transfer.bring([str(file) for file in files], "bifrost", settings, move_labels=False) == 0
    document = services.requests[0].request.document
    assert document.prompts[0].folder_id == document.folders[0].id
    assert document.prompts[0].alias == "p"
    with pytest.raises(Failed, match="nothing was imported"):
        await transfer.bring([str(tmp_path / "none.json")], "bifrost", settings, move_labels=False)
    assert "none.json: No such file" in capfd.readouterr().err
