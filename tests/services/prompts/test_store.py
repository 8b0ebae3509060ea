"""Prompts on a real database: ids and aliases, tombstones, pages."""

from uuid import uuid4

import pytest

from services import errors, paging


@pytest.fixture
def create(prompts, project_id):
    async def create(name="A prompt", description="", alias=""):
        return await prompts.create(project_id, name=name, description=description, alias=alias)

    return create


async def reason_of(awaitable):
    with pytest.raises(errors.ServiceError) as raised:
        await awaitable
    return raised.value.reason


async def test_gets_what_was_created_by_id_and_by_alias(prompts, project_id, create):
    created = await create("Größe {x}", "what it is for", "welcome")
    assert (created.name, created.description, created.alias) == ("Größe {x}", "what it is for", "welcome")
    assert created.create_time == created.update_time
    assert await prompts.get(project_id, created.id) == created
    assert await prompts.get(project_id, created.id.upper()) == created
    assert await prompts.get(project_id, "welcome") == created
    assert not created.HasField("latest_version")


async def test_get_holds_the_latest_version(prompts, project_id, make_prompt, make_version):
    prompt_id = await make_prompt()
    await make_version(prompt_id)
    latest = await make_version(prompt_id)
    assert (await prompts.get(project_id, prompt_id)).latest_version == latest


async def test_get_is_one_query(prompts, project_id, make_prompt, make_version, queries):
    prompt_id = await make_prompt("alias")
    await make_version(prompt_id)
    queries.clear()
    await prompts.get(project_id, "alias")
    assert len(queries) == 1


async def test_unknown_prompts_are_not_found(prompts, project_id, other_project_id, create):
    created = await create(alias="welcome")
    for name in (str(uuid4()), "unknown", "A prompt"):
        assert await reason_of(prompts.get(project_id, name)) == "PROMPT_NOT_FOUND"
    for name in (created.id, "welcome"):
        assert await reason_of(prompts.get(other_project_id, name)) == "PROMPT_NOT_FOUND"
        assert await reason_of(prompts.delete(other_project_id, name)) == "PROMPT_NOT_FOUND"
        update = prompts.update(other_project_id, name, name="mine", description=None, alias=None)
        assert await reason_of(update) == "PROMPT_NOT_FOUND"
    assert await prompts.get(project_id, created.id) == created


async def test_alias_is_unique_in_its_project(prompts, project_id, other_project_id, create):
    await create(alias="welcome")
    other = await create()
    assert await reason_of(create(alias="welcome")) == "ALIAS_TAKEN"
    update = prompts.update(project_id, other.id, name=None, description=None, alias="welcome")
    assert await reason_of(update) == "ALIAS_TAKEN"
    await prompts.create(other_project_id, name="x", description="", alias="welcome")
    await create()


async def test_id_goes_before_an_alias_that_looks_like_it(prompts, project_id, create):
    first = await create()
    second = await create(alias=first.id)
    assert (await prompts.get(project_id, first.id)).id == first.id
    await prompts.delete(project_id, first.id)
    assert (await prompts.get(project_id, first.id)).id == second.id
    foreign = await create(alias=str(uuid4()))
    assert (await prompts.get(project_id, foreign.alias)).id == foreign.id


async def test_update_changes_what_is_given(prompts, project_id, create):
    created = await create("old", "old", "old")
    changed = await prompts.update(project_id, "old", name="new", description=None, alias=None)
    assert (changed.name, changed.description, changed.alias) == ("new", "old", "old")
    assert changed.update_time.ToNanoseconds() > created.update_time.ToNanoseconds()
    changed = await prompts.update(project_id, created.id, name=None, description="", alias="")
    assert (changed.name, changed.description, changed.alias) == ("new", "", "")
    assert changed.create_time == created.create_time
    assert await reason_of(prompts.get(project_id, "old")) == "PROMPT_NOT_FOUND"


async def test_delete_frees_the_alias(prompts, project_id, create):
    created = await create(alias="welcome")
    await prompts.delete(project_id, "welcome")
    for name in (created.id, "welcome"):
        assert await reason_of(prompts.get(project_id, name)) == "PROMPT_NOT_FOUND"
        assert await reason_of(prompts.delete(project_id, name)) == "PROMPT_NOT_FOUND"
    again = await create(alias="welcome")
    assert (await prompts.get(project_id, "welcome")).id == again.id


async def test_list_gives_the_newest_first_without_versions(
    prompts, project_id, other_project_id, create, make_version
):
    created = [await create(str(number)) for number in range(5)]
    await make_version(created[4].id)
    await prompts.create(other_project_id, name="x", description="", alias="")
    await prompts.delete(project_id, created[2].id)
    expected = [created[4], created[3], created[1], created[0]]
    assert await prompts.list(project_id, before=None, size=4) == (expected, False)
    first, more = await prompts.list(project_id, before=None, size=3)
    assert (first, more) == (expected[:3], True)
    last = await prompts.get_id(project_id, first[-1].id)
    assert await prompts.list(project_id, before=last, size=3) == (expected[3:], False)


async def test_page_ends_early_when_it_gets_large(prompts, project_id, create, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_BYTES", 15_000)
    for number in range(5):
        await create(str(number), "x" * 9_000)
    first, more = await prompts.list(project_id, before=None, size=100)
    assert [prompt.name for prompt in first] == ["4", "3"]
    assert more
