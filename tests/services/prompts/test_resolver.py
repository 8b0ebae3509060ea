"""Targets of runs: what each means, what is asked of the database for it, and how soon a change is seen."""

import asyncio
import time
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Option, Variable, Version
from services import errors
from services.prompts.resolver import Resolver
from services.prompts.target_store import TargetStore
from services.prompts.variables import Option as EngineOption
from services.prompts.variables import Variable as EngineVariable


@pytest.fixture
def resolve(database, versions, project_id):
    resolver = Resolver(TargetStore(database), versions)

    async def resolve(prompt_id="", number=0, *, version_id=None, project=project_id):
        version_id = UUID(version_id) if version_id else None
        return await resolver.resolve(project, version_id=version_id, prompt_id=prompt_id, number=number)

    return resolve


async def refused(awaitable):
    with pytest.raises(errors.ServiceError) as raised:
        await awaitable
    return type(raised.value), raised.value.reason


async def within_a_second(check):
    began = time.monotonic()
    while not await check():
        await asyncio.sleep(0.01)
    return time.monotonic() - began < 1.0


async def test_gives_all_that_a_run_needs(versions, project_id, make_prompt, resolve):
    prompt_id = await make_prompt("welcome")
    content = Version(
        messages=[values.to_value({"role": "user", "content": "{full name}: {tone}"})],
        variables=[
            Variable(name="full name", type=Variable.TYPE_TEXT, required=True, allow_empty=True),
            Variable(
                name="tone", type=Variable.TYPE_SELECT, default_value="f", options=[Option(name="Formal", value="f")]
            ),
        ],
        images=[ImageVariable(), ImageVariable()],
        provider="openai",
        model="gpt",
        parameters=values.to_struct({"max_tokens": 64}),
    )
    version = await versions.create(project_id, prompt_id, content)
    found = await resolve("welcome")
    assert (found.prompt_id, found.version_id, found.version_number) == (UUID(prompt_id), UUID(version.id), 1)
    assert (found.provider, found.model, found.parameters, found.images) == ("openai", "gpt", {"max_tokens": 64}, 2)
    assert found.variables == (
        EngineVariable("full name", required=True, allow_empty=True),
        EngineVariable("tone", "select", default="f", options=(EngineOption("Formal", "f"),)),
    )
    assert found.template.faults == ()
    assert found.template.render({"full name": "Ann", "tone": "f"}) == [{"role": "user", "content": "Ann: f"}]


async def test_each_target_finds_its_version(make_prompt, make_version, resolve):
    prompt_id = await make_prompt("welcome")
    first, second = await make_version(prompt_id), await make_version(prompt_id)
    for name in (prompt_id, "welcome"):
        assert str((await resolve(name)).version_id) == second.id
        assert str((await resolve(name, 1)).version_id) == first.id
        assert str((await resolve(name, 2)).version_id) == second.id
    assert str((await resolve(version_id=first.id)).version_id) == first.id


async def test_targets_that_cannot_run(
    versions, prompts, project_id, other_project_id, make_prompt, make_version, resolve
):
    empty, emptied, gone, alive = [await make_prompt() for _ in range(4)]
    deleted, orphan, version = [await make_version(prompt_id) for prompt_id in (emptied, gone, alive)]
    await versions.delete(project_id, deleted.id)
    await prompts.delete(project_id, gone)

    assert await refused(resolve(str(uuid4()))) == (errors.NotFound, "PROMPT_NOT_FOUND")
    assert await refused(resolve("unknown", 1)) == (errors.NotFound, "PROMPT_NOT_FOUND")
    assert await refused(resolve(gone)) == (errors.NotFound, "PROMPT_NOT_FOUND")
    assert await refused(resolve(alive, project=other_project_id)) == (errors.NotFound, "PROMPT_NOT_FOUND")
    assert await refused(resolve(empty)) == (errors.FailedPrecondition, "PROMPT_HAS_NO_VERSION")
    assert await refused(resolve(emptied)) == (errors.FailedPrecondition, "PROMPT_HAS_NO_VERSION")
    assert await refused(resolve(empty, 1)) == (errors.NotFound, "VERSION_NOT_FOUND")
    assert await refused(resolve(alive, 2)) == (errors.NotFound, "VERSION_NOT_FOUND")
    assert await refused(resolve(version_id=str(uuid4()))) == (errors.NotFound, "VERSION_NOT_FOUND")
    assert await refused(resolve(version_id=version.id, project=other_project_id)) == (
        errors.NotFound,
        "VERSION_NOT_FOUND",
    )
    assert await refused(resolve(emptied, 1)) == (errors.NotFound, "VERSION_DELETED")
    assert await refused(resolve(version_id=deleted.id)) == (errors.NotFound, "VERSION_DELETED")
    assert await refused(resolve(version_id=orphan.id)) == (errors.NotFound, "VERSION_DELETED")


async def test_what_cannot_be_sent_is_resolved_with_its_faults(versions, project_id, make_prompt, resolve):
    prompt_id = await make_prompt()
    await versions.create(project_id, prompt_id, Version(messages=[values.to_value({"any": "JSON"})]))
    assert len((await resolve(prompt_id)).template.faults) == 1


async def test_one_flight_serves_all_and_memory_serves_the_rest(make_prompt, make_version, resolve, queries):
    prompt_id = await make_prompt()
    await make_version(prompt_id)
    queries.clear()
    first, *rest = await asyncio.gather(*(resolve(prompt_id) for _ in range(50)))
    assert len(queries) == 2
    assert all(found is first for found in rest)
    assert await resolve(prompt_id) is first
    assert len(queries) == 2


async def test_a_refresh_is_one_query(make_prompt, make_version, resolve, queries):
    prompt_id = await make_prompt()
    await make_version(prompt_id)
    found = await resolve(prompt_id)
    queries.clear()

    async def refreshed():
        assert await resolve(prompt_id) is found
        return bool(queries)

    assert await within_a_second(refreshed)
    assert len(queries) == 1


async def test_changes_are_seen_within_a_second(versions, project_id, make_prompt, make_version, resolve):
    prompt_id = await make_prompt()
    first = await make_version(prompt_id)
    assert str((await resolve(prompt_id)).version_id) == first.id
    second = await make_version(prompt_id)

    async def latest():
        return str((await resolve(prompt_id)).version_id) == second.id

    assert await within_a_second(latest)
    await resolve(version_id=second.id)
    await versions.delete(project_id, second.id)

    async def gone():
        try:
            await resolve(version_id=second.id)
        except errors.NotFound:
            return True
        return False

    assert await within_a_second(gone)


async def test_errors_are_not_remembered(prompts, project_id, make_prompt, make_version, resolve):
    assert await refused(resolve("later")) == (errors.NotFound, "PROMPT_NOT_FOUND")
    prompt_id = await make_prompt("later")
    assert await refused(resolve("later")) == (errors.FailedPrecondition, "PROMPT_HAS_NO_VERSION")
    version = await make_version(prompt_id)
    assert str((await resolve("later")).version_id) == version.id


async def test_a_caller_that_leaves_does_not_take_the_answer_from_others(make_prompt, make_version, resolve):
    prompt_id = await make_prompt()
    await make_version(prompt_id)
    leaving, staying = (asyncio.create_task(resolve(prompt_id)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).version_number == 1
