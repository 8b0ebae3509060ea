"""Versions on a real database: numbers under concurrency, the latest, tombstones, JSON that comes back equal."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Option, Variable, Version
from services import errors, paging


async def reason_of(awaitable):
    with pytest.raises(errors.ServiceError) as raised:
        await awaitable
    return raised.value.reason


async def test_gets_what_was_created_by_id_and_by_serial(versions, prompts, project_id, make_prompt):
    prompt_id = await make_prompt("welcome")
    content = Version(
        messages=[values.to_value({"role": "user", "content": "Hello {name}"}), values.to_value(None)],
        variables=[
            Variable(name="name", type=Variable.TYPE_TEXT, required=True, description="Who", allow_empty=True),
            Variable(name="empty", type=Variable.TYPE_TEXT, default_value=""),
            Variable(
                name="tone",
                type=Variable.TYPE_SELECT,
                default_value="f",
                options=[Option(name="Formal", value="f"), Option(name="None", value="")],
            ),
        ],
        images=[ImageVariable(description="A photo"), ImageVariable()],
        provider="openai",
        model="gpt",
        parameters=values.to_struct({"temperature": 0.7, "max_tokens": 64, "stop": ["\n"]}),
        commit_message="First",
    )
    created = await versions.create(project_id, "welcome", content)
    assert (created.prompt_id, created.number, created.serial, created.is_latest) == (prompt_id, 1, 1, True)
    expected = Version()
    expected.CopyFrom(content)
    for name in ("id", "serial", "number", "prompt_id", "is_latest"):
        setattr(expected, name, getattr(created, name))
    expected.create_time.CopyFrom(created.create_time)
    expected.first_message_serial = 1
    assert created == expected
    assert not created.variables[0].HasField("default_value")
    assert created.variables[1].HasField("default_value")

    prompt = await prompts.get(project_id, prompt_id)
    prompt.ClearField("latest_version")
    assert await versions.get(project_id, created.id) == (created, prompt)
    assert await versions.get(project_id, str(created.serial)) == (created, prompt)


async def test_concurrent_versions_are_numbered_without_gaps(versions, prompts, project_id, make_prompt, make_version):
    prompt_id, other_id = await make_prompt(), await make_prompt()
    made = await asyncio.gather(*(make_version(name) for name in [prompt_id] * 20 + [other_id] * 5))
    numbers = sorted(version.number for version in made if version.prompt_id == prompt_id)
    assert numbers == list(range(1, 21))
    assert sorted(version.number for version in made if version.prompt_id == other_id) == list(range(1, 6))
    assert sorted(version.serial for version in made) == list(range(1, 26))
    assert len({version.id for version in made}) == 25
    listed, _ = await versions.list(project_id, await prompts.get_id(project_id, prompt_id), before=None, size=100)
    assert [version.number for version in listed if version.is_latest] == [20]


async def test_serials_count_per_project(versions, prompts, other_project_id, make_prompt, make_version):
    assert (await make_version(await make_prompt())).serial == 1
    other = await prompts.create(other_project_id, name="x", description="", alias="")
    assert (await versions.create(other_project_id, other.id, Version())).serial == 1


async def test_nothing_is_counted_for_a_prompt_that_is_not_there(
    versions, prompts, project_id, make_prompt, make_version
):
    gone = await make_prompt()
    await prompts.delete(project_id, gone)
    for name in (gone, str(uuid4()), "unknown"):
        assert await reason_of(make_version(name)) == "PROMPT_NOT_FOUND"
    assert (await make_version(await make_prompt())).serial == 1


async def test_another_projects_prompt_gets_no_version(versions, other_project_id, make_prompt):
    assert await reason_of(versions.create(other_project_id, await make_prompt(), Version())) == "PROMPT_NOT_FOUND"


async def test_delete_makes_the_newest_that_remains_the_latest(
    versions, prompts, project_id, make_prompt, make_version
):
    prompt_id = await make_prompt()
    first, second, third = [await make_version(prompt_id) for _ in range(3)]
    await versions.delete(project_id, third.id)
    assert (await prompts.get(project_id, prompt_id)).latest_version.id == second.id
    assert (await versions.get(project_id, second.id))[0].is_latest
    await versions.delete(project_id, str(first.serial))
    assert (await make_version(prompt_id)).number == 4
    listed, _ = await versions.list(project_id, await prompts.get_id(project_id, prompt_id), before=None, size=9)
    assert [(version.number, version.is_latest) for version in listed] == [(4, True), (2, False)]


async def test_deleted_versions_are_told_from_unknown_ones(
    versions, prompts, project_id, other_project_id, make_prompt, make_version
):
    prompt_id = await make_prompt()
    deleted, alive = await make_version(prompt_id), await make_version(prompt_id)
    await versions.delete(project_id, deleted.id)
    for act in (versions.get, versions.delete):
        for name in (deleted.id, str(deleted.serial)):
            assert await reason_of(act(project_id, name)) == "VERSION_DELETED"
        for name in (str(uuid4()), "99", "999999999999999999", prompt_id):
            assert await reason_of(act(project_id, name)) == "VERSION_NOT_FOUND"
        for name in (deleted.id, alive.id, str(alive.serial)):
            assert await reason_of(act(other_project_id, name)) == "VERSION_NOT_FOUND"
    await prompts.delete(project_id, prompt_id)
    for act in (versions.get, versions.delete):
        assert await reason_of(act(project_id, alive.id)) == "VERSION_DELETED"


async def test_concurrent_deletes_succeed_once(versions, project_id, make_prompt, make_version):
    version = await make_version(await make_prompt())
    outcomes = await asyncio.gather(
        *(versions.delete(project_id, version.id) for _ in range(5)), return_exceptions=True
    )
    assert sorted(getattr(outcome, "reason", "done") for outcome in outcomes) == ["VERSION_DELETED"] * 4 + ["done"]


async def test_lists_pages_of_one_prompt(versions, prompts, project_id, other_project_id, make_prompt, make_version):
    prompt_id, other_id = await make_prompt(), await make_prompt()
    made = [await make_version(prompt_id) for _ in range(5)]
    await make_version(other_id)
    found = await prompts.get_id(project_id, prompt_id)
    first, more = await versions.list(project_id, found, before=None, size=2)
    assert ([version.id for version in first], more) == ([made[4].id, made[3].id], True)
    last, more = await versions.list(project_id, found, before=made[3].number, size=3)
    assert ([version.id for version in last], more) == ([made[2].id, made[1].id, made[0].id], False)
    assert await versions.list(other_project_id, found, before=None, size=2) == ([], False)


async def test_page_of_large_versions_ends_early(versions, prompts, project_id, make_prompt, make_version, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_BYTES", 15_000)
    prompt_id = await make_prompt()
    for _ in range(4):
        await make_version(prompt_id, "x" * 9_000)
    first, more = await versions.list(project_id, await prompts.get_id(project_id, prompt_id), before=None, size=100)
    assert ([version.number for version in first], more) == ([4, 3], True)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
numbers = st.integers(-values.MAX_INTEGER, values.MAX_INTEGER) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(messages=st.lists(json_values, max_size=10), parameters=st.dictionaries(texts, json_values, max_size=3))
async def test_messages_come_back_equal(versions, project_id, make_prompt, messages, parameters):
    content = Version(
        messages=[values.to_value(message) for message in messages], parameters=values.to_struct(parameters)
    )
    created = await versions.create(project_id, await make_prompt(), content)
    found, _ = await versions.get(project_id, created.id)
    for version in (created, found):
        assert [values.from_value(message) for message in version.messages] == messages
        assert values.from_struct(version.parameters) == parameters


@pytest.mark.parametrize(
    "number", [2.0**53, -(2.0**53), 2.0**53 + 2, 1e16, 1e19, -1e19, 1e22, 1.7e308, 5e-324, -0.0, 0.1]
)
async def test_numbers_come_back_equal(versions, project_id, make_prompt, number):
    created = await versions.create(project_id, await make_prompt(), Version(messages=[values.to_value(number)]))
    found, _ = await versions.get(project_id, created.id)
    assert found.messages[0].number_value == number
