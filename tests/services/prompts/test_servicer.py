"""PromptService over a real database: what is refused, update masks, pages, other projects."""

import base64
from uuid import uuid4

import orjson
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import OutputFormat
from services import errors, paging
from tests.journeys.graphs import graph


def make_message(text):
    return values.to_value({"role": "user", "content": text})


async def refused(awaitable):
    with pytest.raises(errors.ServiceError) as raised:
        await awaitable
    return raised.value


async def faults_of(awaitable):
    error = await refused(awaitable)
    assert error.reason == "FIELD_INVALID"
    return [fault.field for fault in error.violations]


async def create(service, **fields):
    return (await service.CreatePrompt(pb.CreatePromptRequest(**{"name": "A prompt", **fields}))).prompt


async def test_a_prompt_lives(service):
    prompt = await create(service, name="Welcome", alias="welcome")
    request = pb.CreateVersionRequest(prompt_id="welcome", messages=[make_message("Hello {name}")])
    version = (await service.CreateVersion(request)).version
    assert version.prompt_id == prompt.id
    assert [variable.name for variable in version.variables] == ["name"]

    got = (await service.GetPrompt(pb.GetPromptRequest(id="welcome"))).prompt
    assert got.latest_version == version
    answer = await service.GetVersion(pb.GetVersionRequest(id=version.id))
    assert (answer.version, answer.prompt) == (version, prompt)
    assert await service.GetVersion(pb.GetVersionRequest(id=str(version.serial))) == answer
    listed = await service.ListVersions(pb.ListVersionsRequest(prompt_id=prompt.id))
    assert (list(listed.versions), listed.next_page_token) == ([version], "")

    await service.DeleteVersion(pb.DeleteVersionRequest(id=version.id))
    assert (await refused(service.GetVersion(pb.GetVersionRequest(id=version.id)))).reason == "VERSION_DELETED"
    await service.DeletePrompt(pb.DeletePromptRequest(id="welcome"))
    assert (await refused(service.GetPrompt(pb.GetPromptRequest(id=prompt.id)))).reason == "PROMPT_NOT_FOUND"


KEPT = ("id", "serial", "number", "first_message_serial", "create_time")


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [make_message("Hello {name}")], "model": "m", "commit_message": "First"},
        {"parameters": values.to_struct({"top_p": 0.5}), "output_format": OutputFormat(type=OutputFormat.TYPE_LIST)},
        {"graph": values.to_struct(graph({"color": "Blue"}, {}, {"text": ["color"]}) | {"extra": [1, None]})},
        {"graph": values.to_struct({"nodes": [{"id": "n", "type": "stickyNote", "data": {}}], "edges": []})},
    ],
    ids=["messages", "no messages", "graph", "a graph with a warning"],
)
async def test_a_version_that_is_only_validated_is_as_it_would_be(service, fields):
    await create(service, alias="welcome")
    request = pb.CreateVersionRequest(prompt_id="welcome", validate_only=True, **fields)
    validated = await service.CreateVersion(request)
    assert not (await service.ListVersions(pb.ListVersionsRequest(prompt_id="welcome"))).versions
    request.validate_only = False
    created = await service.CreateVersion(request)
    assert created.version.number == 1
    for name in KEPT:
        created.version.ClearField(name)
    assert validated == created


async def test_a_version_that_is_only_validated_is_refused_as_it_would_be(service, other_service):
    await create(service, alias="welcome")
    bad = pb.CreateVersionRequest(prompt_id="welcome", model="\0", validate_only=True)
    assert await faults_of(service.CreateVersion(bad)) == ["model"]
    good = pb.CreateVersionRequest(prompt_id="welcome", validate_only=True)
    assert (await refused(other_service.CreateVersion(good))).reason == "PROMPT_NOT_FOUND"


async def test_a_run_after_a_change_is_of_what_was_just_made(service, resolver, project_id):
    async def latest(prompt_id):
        return str((await resolver.resolve(project_id, version_id=None, prompt_id=prompt_id, number=0)).version_id)

    async def create_version():
        return (await service.CreateVersion(pb.CreateVersionRequest(prompt_id="welcome"))).version.id

    prompt = await create(service, alias="welcome")
    made = []
    for _ in range(5):
        made.append(await create_version())
        assert await latest("welcome") == made[-1]
    await service.DeleteVersion(pb.DeleteVersionRequest(id=made[-1]))
    assert await latest("welcome") == made[-2]

    await service.UpdatePrompt(pb.UpdatePromptRequest(id=prompt.id, alias="hello"))
    assert (await refused(latest("welcome"))).reason == "PROMPT_NOT_FOUND"
    assert await latest("hello") == made[-2]
    await service.DeletePrompt(pb.DeletePromptRequest(id=prompt.id))
    await create(service, alias="hello")
    assert (await refused(latest("hello"))).reason == "PROMPT_HAS_NO_VERSION"
    version = (await service.CreateVersion(pb.CreateVersionRequest(prompt_id="hello"))).version
    assert await latest("hello") == version.id


async def test_another_project_finds_nothing(service, other_service):
    prompt = await create(service, alias="welcome")
    version = (await service.CreateVersion(pb.CreateVersionRequest(prompt_id=prompt.id))).version
    for name in (prompt.id, "welcome"):
        for call in (
            other_service.GetPrompt(pb.GetPromptRequest(id=name)),
            other_service.UpdatePrompt(pb.UpdatePromptRequest(id=name, name="mine")),
            other_service.DeletePrompt(pb.DeletePromptRequest(id=name)),
            other_service.CreateVersion(pb.CreateVersionRequest(prompt_id=name)),
            other_service.ListVersions(pb.ListVersionsRequest(prompt_id=name)),
        ):
            assert (await refused(call)).reason == "PROMPT_NOT_FOUND"
    for name in (version.id, str(version.serial)):
        for call in (
            other_service.GetVersion(pb.GetVersionRequest(id=name)),
            other_service.DeleteVersion(pb.DeleteVersionRequest(id=name)),
        ):
            assert (await refused(call)).reason == "VERSION_NOT_FOUND"
    assert list((await other_service.ListPrompts(pb.ListPromptsRequest())).prompts) == []


@pytest.mark.parametrize(
    ("rpc", "request_", "faults"),
    [
        ("CreatePrompt", pb.CreatePromptRequest(), ["name"]),
        ("CreatePrompt", pb.CreatePromptRequest(name="\0"), ["name"]),
        (
            "CreatePrompt",
            pb.CreatePromptRequest(name="x" * 256, description="x" * 10_001, alias="x" * 65),
            ["name", "description", "alias"],
        ),
        ("GetPrompt", pb.GetPromptRequest(), ["id"]),
        ("GetPrompt", pb.GetPromptRequest(id="x" * 65), ["id"]),
        ("GetPrompt", pb.GetPromptRequest(id="\0"), ["id"]),
        ("DeletePrompt", pb.DeletePromptRequest(), ["id"]),
        ("UpdatePrompt", pb.UpdatePromptRequest(name="x" * 256, alias="\0"), ["id", "name", "alias"]),
        (
            "UpdatePrompt",
            pb.UpdatePromptRequest(id="x", update_mask=FieldMask(paths=["name", "messages"])),
            ["update_mask", "name"],
        ),
        ("ListPrompts", pb.ListPromptsRequest(page_size=1001), ["page_size"]),
        ("ListPrompts", pb.ListPromptsRequest(page_size=-1), ["page_size"]),
        ("ListVersions", pb.ListVersionsRequest(page_size=-1), ["prompt_id", "page_size"]),
        ("CreateVersion", pb.CreateVersionRequest(model="\0"), ["prompt_id", "model"]),
        ("CreateVersion", pb.CreateVersionRequest(prompt_id="x", messages=[make_message("x" * 2**20)]), ["messages"]),
        ("GetVersion", pb.GetVersionRequest(), ["id"]),
        ("GetVersion", pb.GetVersionRequest(id="welcome"), ["id"]),
        ("GetVersion", pb.GetVersionRequest(id="-1"), ["id"]),
        ("GetVersion", pb.GetVersionRequest(id="9" * 19), ["id"]),
        ("DeleteVersion", pb.DeleteVersionRequest(id="\0"), ["id"]),
        ("DeleteVersion", pb.DeleteVersionRequest(id=uuid4().hex), ["id"]),
    ],
)
async def test_refuses(service, rpc, request_, faults):
    assert await faults_of(getattr(service, rpc)(request_)) == faults


async def test_taken_alias_is_told(service):
    await create(service, alias="welcome")
    error = await refused(create(service, alias="welcome"))
    assert (type(error), error.reason, error.metadata) == (errors.AlreadyExists, "ALIAS_TAKEN", {"alias": "welcome"})


@pytest.mark.parametrize(
    ("paths", "fields", "expected"),
    [
        ([], {"name": "new"}, ("new", "about", "welcome")),
        ([], {"alias": "new", "description": "new"}, ("old", "new", "new")),
        ([], {}, ("old", "about", "welcome")),
        (["description"], {"name": "new"}, ("old", "", "welcome")),
        (["alias"], {}, ("old", "about", "")),
        (["name", "alias"], {"name": "new", "alias": "other", "description": "new"}, ("new", "about", "other")),
    ],
)
async def test_update_changes_what_the_mask_names(service, paths, fields, expected):
    prompt = await create(service, name="old", description="about", alias="welcome")
    version = (await service.CreateVersion(pb.CreateVersionRequest(prompt_id=prompt.id))).version
    request = pb.UpdatePromptRequest(id=prompt.id, update_mask=FieldMask(paths=paths), **fields)
    changed = (await service.UpdatePrompt(request)).prompt
    assert (changed.name, changed.description, changed.alias) == expected
    assert changed.latest_version == version
    assert (changed.update_time == prompt.update_time) == (not paths and not fields)


async def test_pages_of_prompts_follow_each_other(service):
    made = [await create(service, name=str(number)) for number in range(5)]
    names, token = [], ""
    for expected in (2, 2, 1):
        answer = await service.ListPrompts(pb.ListPromptsRequest(page_size=2, page_token=token))
        assert len(answer.prompts) == expected
        names += [prompt.name for prompt in answer.prompts]
        token = answer.next_page_token
    assert names == [prompt.name for prompt in reversed(made)]
    assert token == ""


async def test_pages_of_versions_follow_each_other(service):
    await create(service, alias="a")
    for _ in range(5):
        await service.CreateVersion(pb.CreateVersionRequest(prompt_id="a"))
    numbers, token = [], ""
    for _ in range(3):
        answer = await service.ListVersions(pb.ListVersionsRequest(prompt_id="a", page_size=2, page_token=token))
        numbers += [version.number for version in answer.versions]
        token = answer.next_page_token
    assert (numbers, token) == ([5, 4, 3, 2, 1], "")


async def test_tokens_of_other_lists_are_refused(service, other_service, project_id):
    for alias in ("a", "b"):
        prompt = await create(service, alias=alias)
        for _ in range(2):
            await service.CreateVersion(pb.CreateVersionRequest(prompt_id=alias))
    of_prompts = (await service.ListPrompts(pb.ListPromptsRequest(page_size=1))).next_page_token
    of_b = (await service.ListVersions(pb.ListVersionsRequest(prompt_id="b", page_size=1))).next_page_token
    forged_prompt = paging.to_token(("prompts", str(project_id)), ("x",))
    filters = ("versions", str(project_id), prompt.id)
    forged_numbers = [paging.to_token(filters, (number,)) for number in (0, -1, 2**63, "1")]
    for call in (
        other_service.ListPrompts(pb.ListPromptsRequest(page_token=of_prompts)),
        service.ListPrompts(pb.ListPromptsRequest(page_token=of_b)),
        service.ListPrompts(pb.ListPromptsRequest(page_token=forged_prompt)),
        service.ListPrompts(pb.ListPromptsRequest(page_token="x")),
        service.ListPrompts(pb.ListPromptsRequest(page_token=base64.urlsafe_b64encode(orjson.dumps(1)).decode())),
        service.ListVersions(pb.ListVersionsRequest(prompt_id="a", page_token=of_b)),
        *(service.ListVersions(pb.ListVersionsRequest(prompt_id="b", page_token=token)) for token in forged_numbers),
    ):
        assert await faults_of(call) == ["page_token"]
