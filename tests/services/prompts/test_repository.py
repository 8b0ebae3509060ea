"""Folders, sessions, labels and documents as callers of PromptService have them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import Variable
from services import caller, errors
from services.db import Database
from services.prompts.servicer import PromptServicer
from tests.services.prompts.conftest import LIMIT, Calls, make_project

USER = {"role": "user", "content": "Hello {name}"}
AWKWARD = ["1", "latest", "v1", "prodüktion ☃", "a/b", "x" * 255]


@pytest.fixture
def keeper(servicer: PromptServicer, project_id: UUID) -> Calls:
    """Call as the project, with the right to move protected labels."""
    return Calls(servicer, project_id, "labels:protected")


async def prompt(service: Calls, **fields: Any) -> str:
    """Make a prompt, and give its id."""
    return (await service.CreatePrompt(pb.CreatePromptRequest(name="A prompt", **fields))).prompt.id


async def version(service: Calls, prompt_id: str, text: str = "Hello {name}") -> Any:
    """Make a version."""
    messages = [values.to_value({"role": "user", "content": text})]
    return (await service.CreateVersion(pb.CreateVersionRequest(prompt_id=prompt_id, messages=messages))).version


async def session(service: Calls, prompt_id: str, **fields: Any) -> Any:
    """Make a session."""
    return (await service.CreateSession(pb.CreateSessionRequest(prompt_id=prompt_id, **fields))).session


async def test_folders_hold_prompts(service: Calls) -> None:
    folder = (await service.CreateFolder(pb.CreateFolderRequest(name="Poems"))).folder
    assert not folder.HasField("description")
    inside, outside = await prompt(service, folder_id=folder.id), await prompt(service)
    got = await service.GetPrompt(pb.GetPromptRequest(id=inside))
    assert (got.folder.id, got.folder.prompt_count, got.prompt.folder_id) == (folder.id, 1, folder.id)
    for wanted, found in ((folder.id, [inside]), ("", [outside]), (None, [outside, inside])):
        listed = await service.ListPrompts(pb.ListPromptsRequest(folder_id=wanted))
        assert [one.id for one in listed.prompts] == found
    moved = pb.UpdatePromptRequest(id=inside, update_mask={"paths": ["folder_id"]})  # type: ignore[arg-type]
    assert (await service.UpdatePrompt(moved)).prompt.folder_id == ""
    assert (await service.GetFolder(pb.GetFolderRequest(id=folder.id))).folder.prompt_count == 0


async def test_a_folder_with_prompts_is_deleted_by_force_only(service: Calls, other_service: Calls) -> None:
    folder = (await service.CreateFolder(pb.CreateFolderRequest(name="Poems", description=""))).folder
    inside = await prompt(service, folder_id=folder.id)
    with pytest.raises(errors.FailedPrecondition) as refused:
        await service.DeleteFolder(pb.DeleteFolderRequest(id=folder.id))
    assert (refused.value.reason, refused.value.metadata["prompts"]) == ("FOLDER_NOT_EMPTY", "1")
    with pytest.raises(errors.NotFound):
        await other_service.DeleteFolder(pb.DeleteFolderRequest(id=folder.id, force=True))
    await service.DeleteFolder(pb.DeleteFolderRequest(id=folder.id, force=True))
    with pytest.raises(errors.NotFound):
        await service.GetPrompt(pb.GetPromptRequest(id=inside))


async def test_an_unknown_folder_is_refused(service: Calls) -> None:
    nowhere = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"
    with pytest.raises(errors.NotFound) as refused:
        await prompt(service, folder_id=nowhere)
    assert refused.value.reason == "FOLDER_NOT_FOUND"
    made = await prompt(service)
    with pytest.raises(errors.NotFound):
        await service.UpdatePrompt(pb.UpdatePromptRequest(id=made, folder_id=nowhere))


async def test_all_prompts_come_in_one_query(service: Calls, queries: list[None]) -> None:
    made = [await prompt(service) for _ in range(5)]
    latest = await version(service, made[0])
    queries.clear()
    got: list[Any] = []
    service_of = service._servicer
    caller.enter(service._caller)
    async for answer in service_of.StreamPrompts(pb.StreamPromptsRequest(), None):  # type: ignore[attr-defined]
        got.extend(answer.prompts)
    assert [one.id for one in got] == made[::-1]
    assert got[-1].latest_version.id == latest.id
    assert len(queries) == 1


async def test_a_session_is_saved_whole_and_committed(service: Calls) -> None:
    prompt_id = await prompt(service)
    made = await session(service, prompt_id, name="draft", messages=[values.to_value(USER), values.to_value(7)])
    assert made.first_message_serial > 0
    save = pb.UpdateSessionRequest(id=str(made.serial), messages=[values.to_value([1, None])], inputs={"name": "x"})
    saved = await service.UpdateSession(save)
    assert [values.from_value(message) for message in saved.session.messages] == [[1, None]]
    assert saved.session.first_message_serial > made.first_message_serial + 1
    assert (saved.session.name, dict(saved.session.inputs), saved.prompt.id) == ("", {"name": "x"}, prompt_id)
    renamed = pb.UpdateSessionRequest(id=made.id, name="new", update_mask={"paths": ["name"]})  # type: ignore[arg-type]
    kept = (await service.UpdateSession(renamed)).session
    assert (kept.name, kept.first_message_serial) == ("new", saved.session.first_message_serial)
    committed = await service.CommitSession(pb.CommitSessionRequest(id=made.id, commit_message="done"))
    assert (committed.version.number, committed.version.is_latest, committed.version.commit_message) == (
        1,
        True,
        "done",
    )
    await service.DeleteSession(pb.DeleteSessionRequest(id=made.id))
    with pytest.raises(errors.NotFound):
        await service.GetSession(pb.GetSessionRequest(id=made.id))


async def test_a_commit_takes_messages_of_choice(service: Calls) -> None:
    prompt_id = await prompt(service)
    texts = [values.to_value({"role": "user", "content": text}) for text in ("{a}", "{b}", "{c}")]
    draft = await session(service, prompt_id, messages=texts)
    chosen = pb.CommitSessionRequest(id=draft.id, message_indices=[2, 0, 2])
    made = (await service.CommitSession(chosen)).version
    assert [values.from_value(message)["content"] for message in made.messages] == ["{c}", "{a}"]
    assert [variable.name for variable in made.variables] == ["c", "a"]
    for index in (3, -1):
        with pytest.raises(errors.InvalidArgument) as refused:
            await service.CommitSession(pb.CommitSessionRequest(id=draft.id, message_indices=[0, index]))
        assert refused.value.metadata == {"index": str(index), "count": "3"}
    empty = await session(service, prompt_id)
    with pytest.raises(errors.FailedPrecondition) as none:
        await service.CommitSession(pb.CommitSessionRequest(id=empty.id))
    assert none.value.reason == "SESSION_EMPTY"


async def test_a_session_begins_as_a_version(service: Calls) -> None:
    prompt_id = await prompt(service)
    base = await version(service, prompt_id)
    made = await session(service, prompt_id, base_version_id=str(base.serial), model="other")
    assert list(made.messages) == list(base.messages)
    assert (made.base_version.id, made.model, made.variables[0].name) == (base.id, "other", "name")
    assert not made.base_version.messages
    elsewhere = await version(service, await prompt(service))
    with pytest.raises(errors.InvalidArgument) as refused:
        await session(service, prompt_id, base_version_id=elsewhere.id)
    assert refused.value.reason == "VERSION_OF_ANOTHER_PROMPT"
    await service.DeleteVersion(pb.DeleteVersionRequest(id=base.id))
    assert not (await service.GetSession(pb.GetSessionRequest(id=made.id))).session.HasField("base_version")


async def test_a_session_lists_every_fault(service: Calls) -> None:
    wrong = pb.UpdateSessionRequest(id="x", name="n" * 256, variables=[Variable(name="{")], inputs={"": "x"})
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.UpdateSession(wrong)
    fields = [violation.field for violation in refused.value.violations]
    assert fields == ["id", "name", "variables[0].name", "inputs."]


@pytest.mark.parametrize("label", AWKWARD)
async def test_labels_move_and_their_moves_are_kept(keeper: Calls, label: str) -> None:
    prompt_id = await prompt(keeper)
    first, second = await version(keeper, prompt_id), await version(keeper, prompt_id, "Bye")
    put = pb.SetLabelRequest(prompt_id=prompt_id, label=label, version_id=first.id, protected=True)
    made = (await keeper.SetLabel(put)).label
    assert (made.version_number, made.protected) == (1, True)
    moved = (await keeper.SetLabel(pb.SetLabelRequest(prompt_id=prompt_id, label=label, number=2))).label
    assert (moved.version_id, moved.protected) == (second.id, True)
    await keeper.SetLabel(pb.SetLabelRequest(prompt_id=prompt_id, label=label, number=2))
    assert list((await keeper.GetVersion(pb.GetVersionRequest(id=second.id))).version.labels) == [label]
    await keeper.DeleteLabel(pb.DeleteLabelRequest(prompt_id=prompt_id, label=label))
    history = await keeper.ListLabelMoves(pb.ListLabelMovesRequest(prompt_id=prompt_id, label=label))
    assert [(move.from_version_number, move.to_version_number) for move in history.moves] == [(2, 0), (1, 2), (0, 1)]
    assert {move.key_id for move in history.moves} == {"key"}


async def test_a_protected_label_is_moved_with_the_scope_only(keeper: Calls, service: Calls) -> None:
    folder = (await keeper.CreateFolder(pb.CreateFolderRequest(name="Poems"))).folder
    prompt_id = await prompt(keeper, folder_id=folder.id)
    made, _ = await version(keeper, prompt_id), await version(keeper, prompt_id, "Bye")
    await keeper.SetLabel(pb.SetLabelRequest(prompt_id=prompt_id, label="production", number=1, protected=True))
    refusals = [
        service.SetLabel(pb.SetLabelRequest(prompt_id=prompt_id, label="production", number=2)),
        service.SetLabel(pb.SetLabelRequest(prompt_id=prompt_id, label="staging", number=2, protected=True)),
        service.DeleteLabel(pb.DeleteLabelRequest(prompt_id=prompt_id, label="production")),
        service.DeleteVersion(pb.DeleteVersionRequest(id=made.id)),
        service.DeletePrompt(pb.DeletePromptRequest(id=prompt_id)),
        service.DeleteFolder(pb.DeleteFolderRequest(id=folder.id, force=True)),
    ]
    for refusal in refusals:
        with pytest.raises(errors.PermissionDenied) as refused:
            await refusal
        assert refused.value.reason == "LABEL_PROTECTED"
    assert list((await keeper.GetVersion(pb.GetVersionRequest(id=made.id))).version.labels) == ["production"]
    await keeper.DeleteVersion(pb.DeleteVersionRequest(id=made.id))
    assert not (await keeper.ListLabels(pb.ListLabelsRequest(prompt_id=prompt_id))).labels


async def test_labels_that_go_with_their_prompt_leave_a_move(keeper: Calls, database: Database) -> None:
    folder = (await keeper.CreateFolder(pb.CreateFolderRequest(name="Poems"))).folder
    for delete in (keeper.DeletePrompt, None):
        prompt_id = await prompt(keeper, folder_id=folder.id)
        made = await version(keeper, prompt_id)
        await keeper.SetLabel(pb.SetLabelRequest(prompt_id=prompt_id, label="production", number=1, protected=True))
        if delete:
            await delete(pb.DeletePromptRequest(id=prompt_id))
        else:
            await keeper.DeleteFolder(pb.DeleteFolderRequest(id=folder.id, force=True))
        query = "SELECT from_version_id, to_version_id FROM label_move WHERE prompt_id = $1 ORDER BY move_id"
        moves = [tuple(row) for row in await database.fetch(query, UUID(prompt_id))]
        assert moves == [(None, UUID(made.id)), (UUID(made.id), None)]


async def test_saves_of_parts_do_not_pass_the_limit(service: Calls) -> None:
    half = "x" * (LIMIT * 6 // 10)
    draft = await session(service, await prompt(service), messages=[values.to_value(half)])
    more = pb.UpdateSessionRequest(id=draft.id, inputs={"name": half}, update_mask={"paths": ["inputs"]})  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgument):
        await service.UpdateSession(more)
    assert not (await service.GetSession(pb.GetSessionRequest(id=draft.id))).session.inputs


async def test_a_version_of_a_document_that_is_too_large_is_told_by_its_place(service: Calls) -> None:
    request = pb.ImportPromptsRequest()
    made = request.document.prompts.add(alias="a", name="A")
    made.versions.add(number=1)
    made.versions.add(number=2, messages=[values.to_value("x" * LIMIT)])
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.ImportPrompts(request)
    assert [one.field for one in refused.value.violations] == ["document.prompts[0].versions[1].messages"]


async def test_labels_are_paged_by_name(service: Calls) -> None:
    prompt_id = await prompt(service)
    await version(service, prompt_id)
    for label in AWKWARD:
        await service.SetLabel(pb.SetLabelRequest(prompt_id=prompt_id, label=label, number=1))
    found, token = [], ""
    while True:
        request = pb.ListLabelsRequest(prompt_id=prompt_id, page_size=2, page_token=token)
        page = await service.ListLabels(request)
        found += [label.name for label in page.labels]
        token = page.next_page_token
        if not token:
            break
    assert found == sorted(AWKWARD)


async def test_fifty_commits_at_a_time_give_fifty_numbers(service: Calls) -> None:
    prompt_id = await prompt(service)
    draft = await session(service, prompt_id, messages=[values.to_value(USER)])
    commits = await asyncio.gather(*(service.CommitSession(pb.CommitSessionRequest(id=draft.id)) for _ in range(50)))
    assert sorted(commit.version.number for commit in commits) == list(range(1, 51))
    listed = (await service.ListVersions(pb.ListVersionsRequest(prompt_id=prompt_id, page_size=100))).versions
    assert [one.number for one in listed if one.is_latest] == [50]


async def fill(keeper: Calls) -> None:
    """Make a project of two prompts in a folder and at the root, with labels, a gap and a content that came back."""
    folder = (await keeper.CreateFolder(pb.CreateFolderRequest(name="Poems", description="verse"))).folder
    first, second = await prompt(keeper, alias="one", folder_id=folder.id), await prompt(keeper)
    for text in ("a {x}", "b", "a {x}", "c"):
        await version(keeper, first, text)
    third = (await keeper.ListVersions(pb.ListVersionsRequest(prompt_id=first))).versions[2]
    await keeper.DeleteVersion(pb.DeleteVersionRequest(id=third.id))
    await keeper.SetLabel(pb.SetLabelRequest(prompt_id=first, label="production", number=1, protected=True))
    await keeper.SetLabel(pb.SetLabelRequest(prompt_id=first, label="staging", number=3))
    await version(keeper, second, "1e300")


async def test_an_export_comes_back_equal(keeper: Calls, servicer: PromptServicer, database: Database) -> None:
    await fill(keeper)
    exported = (await keeper.ExportPrompts(pb.ExportPromptsRequest())).document
    assert [len(one.versions) for one in exported.prompts] == [3, 1]
    other = Calls(servicer, await make_project(database), "labels:protected")
    told = await other.ImportPrompts(pb.ImportPromptsRequest(document=exported))
    assert (told.created_folders, [one.created for one in told.prompts]) == (1, [True, True])
    assert list(told.prompts[0].set_labels) == ["production", "staging"]
    assert (await other.ExportPrompts(pb.ExportPromptsRequest())).document == exported
    again = await other.ImportPrompts(pb.ImportPromptsRequest(document=exported))
    assert (again.created_folders, again.updated_folders) == (0, 0)
    for one in again.prompts:
        assert (one.created, one.updated, len(one.created_versions), len(one.set_labels)) == (False, False, 0, 0)
    assert (await other.ExportPrompts(pb.ExportPromptsRequest())).document == exported


async def test_an_import_moves_no_label_unless_asked(keeper: Calls) -> None:
    await fill(keeper)
    exported = (await keeper.ExportPrompts(pb.ExportPromptsRequest(prompt_ids=["one"]))).document
    await keeper.SetLabel(pb.SetLabelRequest(prompt_id="one", label="staging", number=4))
    told = await keeper.ImportPrompts(pb.ImportPromptsRequest(document=exported))
    assert list(told.prompts[0].kept_labels) == ["staging"]
    told = await keeper.ImportPrompts(pb.ImportPromptsRequest(document=exported, move_labels=True))
    assert list(told.prompts[0].set_labels) == ["staging"]


async def test_a_deleted_prompt_comes_back(keeper: Calls) -> None:
    await fill(keeper)
    exported = (await keeper.ExportPrompts(pb.ExportPromptsRequest())).document
    await keeper.DeletePrompt(pb.DeletePromptRequest(id="one"))
    told = await keeper.ImportPrompts(pb.ImportPromptsRequest(document=exported))
    assert [(one.created, len(one.created_versions)) for one in told.prompts] == [(True, 0), (False, 0)]
    assert (await keeper.ExportPrompts(pb.ExportPromptsRequest())).document == exported


async def test_a_document_is_refused_with_every_fault(service: Calls) -> None:
    request = pb.ImportPromptsRequest()
    request.document.folders.add(id="x")
    made = request.document.prompts.add(name="")
    made.versions.add(number=2)
    made.versions.add(number=2, provider="p" * 101)
    made.labels.add(name="production", version_number=9)
    with pytest.raises(errors.InvalidArgument) as refused:
        await service.ImportPrompts(request)
    assert [violation.field for violation in refused.value.violations] == [
        "document.folders[0].id",
        "document.folders[0].name",
        "document.prompts[0].id",
        "document.prompts[0].name",
        "document.prompts[0].versions[1].number",
        "document.prompts[0].versions[1].provider",
        "document.prompts[0].labels[0].version_number",
    ]
