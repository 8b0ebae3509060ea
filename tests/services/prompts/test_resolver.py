"""Targets of runs: what each means, what is asked of the database for it, and how soon a change is seen."""

import asyncio
import time
from uuid import UUID, uuid4

import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Option, Variable, Version
from promptwire.v1.session_pb2 import Session
from services import caller, errors
from services.prompts import resolver as resolver_module
from services.prompts.resolver import Resolver, from_draft
from services.prompts.session_store import SessionStore
from services.prompts.target_store import TargetStore
from services.prompts.variables import Option as EngineOption
from services.prompts.variables import Variable as EngineVariable
from tests.journeys.graphs import graph


@pytest.fixture
def sessions(database):
    return SessionStore(database)


@pytest.fixture
def engine(database, versions, sessions):
    return Resolver(TargetStore(database), versions, sessions)


@pytest.fixture
def resolve(engine, project_id):
    async def resolve(prompt_id="", number=0, *, version_id=None, label="", project=project_id):
        version_id = UUID(version_id) if version_id else None
        return await engine.resolve(project, version_id=version_id, prompt_id=prompt_id, number=number, label=label)

    return resolve


@pytest.fixture
def put_label(database, project_id):
    """Set a label as another server does."""

    async def put(label, version):
        await database.execute(
            """
            INSERT INTO label (project_id, prompt_id, label, version_id, protected)
            VALUES ($1, $2, $3, $4, false)
            ON CONFLICT (project_id, prompt_id, label) DO UPDATE SET version_id = EXCLUDED.version_id
            """,
            project_id,
            UUID(version.prompt_id),
            label,
            UUID(version.id),
        )

    return put


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
    caller.enter(caller.Caller("key", project_id, "project", frozenset()))
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


AWKWARD = [
    "1",
    "2",
    "3",
    "latest",
    "v1",
    "prod",
    "Prod",
    "0",
    " ",
    "-1",
    "größe 主题 🚀",
    "e\u0301",
    "\u00e9",
    "x" * 255,
]


async def test_a_label_is_a_name_and_nothing_else(make_prompt, make_version, put_label, resolve):
    prompt_id = await make_prompt("labelled")
    versions = [await make_version(prompt_id) for _ in AWKWARD]
    # Each stands on another version than the one that it might be taken for.
    for label, version in zip(AWKWARD, versions[1:] + versions[:1], strict=True):
        await put_label(label, version)
    for label, version in zip(AWKWARD, versions[1:] + versions[:1], strict=True):
        for name in (prompt_id, "labelled"):
            assert str((await resolve(name, label=label)).version_id) == version.id
    assert (await resolve(prompt_id, 1)).version_number == 1
    assert (await resolve(prompt_id)).version_number == len(AWKWARD)


async def test_a_label_that_a_prompt_does_not_have(
    other_project_id, prompts, project_id, make_prompt, make_version, put_label, resolve
):
    prompt_id, other, gone = [await make_prompt() for _ in range(3)]
    version, _, deleted = [await make_version(made) for made in (prompt_id, other, gone)]
    await put_label("prod", version)
    await put_label("prod", deleted)
    for label in ("Prod", "1", "latest", "prod "):
        assert await refused(resolve(prompt_id, label=label)) == (errors.NotFound, "LABEL_NOT_FOUND")
    with pytest.raises(errors.NotFound) as caught:
        await resolve(other, label="prod")
    assert (caught.value.reason, caught.value.metadata) == ("LABEL_NOT_FOUND", {"prompt_id": other, "label": "prod"})
    caller.enter(caller.Caller("key", project_id, "project", frozenset()))
    await prompts.delete(project_id, gone)
    assert await refused(resolve(gone, label="prod")) == (errors.NotFound, "PROMPT_NOT_FOUND")
    assert await refused(resolve("unknown", label="prod")) == (errors.NotFound, "PROMPT_NOT_FOUND")
    assert await refused(resolve(prompt_id, label="prod", project=other_project_id)) == (
        errors.NotFound,
        "PROMPT_NOT_FOUND",
    )


async def test_a_label_that_is_moved_is_seen_within_a_second(make_prompt, make_version, put_label, resolve, queries):
    prompt_id = await make_prompt()
    first, second = await make_version(prompt_id), await make_version(prompt_id)
    await put_label("prod", first)
    found = await resolve(prompt_id, label="prod")
    queries.clear()
    assert await resolve(prompt_id, label="prod") is found
    assert not queries
    await put_label("prod", second)

    async def moved():
        return str((await resolve(prompt_id, label="prod")).version_id) == second.id

    assert await within_a_second(moved)


async def test_a_label_that_is_moved_here_is_seen_at_once(make_prompt, make_version, put_label, resolve, engine):
    prompt_id = await make_prompt()
    first, second = await make_version(prompt_id), await make_version(prompt_id)
    await put_label("prod", first)
    await resolve(prompt_id, label="prod")
    await put_label("prod", second)
    engine.forget()
    assert str((await resolve(prompt_id, label="prod")).version_id) == second.id


async def test_a_session_is_read_each_time(sessions, project_id, other_project_id, make_prompt, engine, queries):
    prompt_id = await make_prompt()
    session = Session(
        messages=[values.to_value({"role": "user", "content": "{full name}: {tone}"})],
        variables=[Variable(name="full name")],
        images=[ImageVariable()],
        provider="openai",
        model="gpt",
        parameters=values.to_struct({"max_tokens": 64}),
        inputs={"full name": "Ann", "gone": "x"},
    )
    made = await sessions.create(project_id, prompt_id, session, None)
    queries.clear()
    found = await engine.read_session(project_id, made.id)
    assert len(queries) == 1
    assert (found.prompt_id, found.session_id) == (UUID(prompt_id), UUID(made.id))
    assert (found.version_id, found.version_number) == (None, 0)
    assert (found.provider, found.model, found.parameters, found.images) == ("openai", "gpt", {"max_tokens": 64}, 1)
    assert found.variables == (EngineVariable("full name"), EngineVariable("tone", required=True))
    assert found.samples == {"full name": "Ann"}
    assert await from_draft(found.draft) == found

    def change(session):
        session.model = "other"
        return False

    await sessions.update(project_id, made.id, change)
    assert (await engine.read_session(project_id, str(made.serial))).model == "other"
    assert await refused(engine.read_session(other_project_id, made.id)) == (errors.NotFound, "SESSION_NOT_FOUND")
    assert await refused(engine.read_session(project_id, str(uuid4()))) == (errors.NotFound, "SESSION_NOT_FOUND")


GRAPH = values.to_struct(graph({"tone": "kind"}, {"joke": "A {tone} joke"}, {"text": ["joke"]}))
TEMPLATE = values.to_value({"role": "user", "content": "{tone}"})


@pytest.mark.parametrize("is_flow", [False, True])
async def test_a_strict_prompt_gives_no_defaults_but_to_a_resume(
    is_flow, database, project_id, make_prompt, versions, sessions, engine
):
    prompt_id = await make_prompt()
    variables = [Variable(name="tone", default_value="kind", allow_empty=True)]
    content = {"graph": GRAPH} if is_flow else {"messages": [TEMPLATE]}
    version = await versions.create(project_id, prompt_id, Version(variables=variables, **content))
    drafted = {"graph": GRAPH} if is_flow else {"messages": [TEMPLATE], "variables": variables}
    session = await sessions.create(project_id, prompt_id, Session(**drafted), None)
    await database.execute("UPDATE prompt SET strict_variables = true WHERE prompt_id = $1", UUID(prompt_id))

    found = await engine.resolve(project_id, version_id=UUID(version.id))
    draft = await engine.read_session(project_id, session.id)
    strict = (EngineVariable("tone", required=True, allow_empty=True),)
    assert (found.variables, draft.variables) == (strict, strict)
    assert (found.flow is not None, draft.flow is not None) == (is_flow, is_flow)
    resumed = await engine.resolve(project_id, version_id=UUID(version.id), heed_strict=False)
    kept = (EngineVariable("tone", default="kind", allow_empty=True),)
    assert (resumed.variables, (await from_draft(draft.draft)).variables) == (kept, kept)


async def test_strictness_that_is_changed_is_seen_within_a_second(database, make_prompt, make_version, resolve):
    prompt_id = await make_prompt()
    await make_version(prompt_id)
    first = await resolve(prompt_id)
    await database.execute("UPDATE prompt SET strict_variables = true WHERE prompt_id = $1", UUID(prompt_id))

    async def changed():
        return await resolve(prompt_id) is not first

    assert await within_a_second(changed)
    assert (await resolve(prompt_id)).template is first.template


async def test_of_large_versions_a_few_are_remembered(project_id, make_prompt, versions, engine, queries, monkeypatch):
    prompt_id = await make_prompt()
    made = [
        await versions.create(project_id, prompt_id, Version(messages=[values.to_value("x" * size)]))
        for size in (100, 2000, 2001, 2002)
    ]
    monkeypatch.setattr(resolver_module, "LARGE", 1000)
    monkeypatch.setattr(resolver_module, "MAX_LARGE", 2)
    asked = []
    for index in (0, 1, 2, 1, 3, 1, 2, 0):
        engine.forget()
        queries.clear()
        await engine.resolve(project_id, version_id=UUID(made[index].id))
        asked.append(len(queries))
    # What the target means, and the content of one that is not remembered, as the third is not after the fourth.
    assert asked == [2, 2, 2, 1, 2, 1, 2, 1]


async def test_a_graph_that_is_none_any_more_is_told(project_id, make_prompt, versions, engine):
    output = {"id": "a", "type": "outputNode", "data": {}}
    graph = values.to_struct({"nodes": [output], "edges": [{"source": "b", "target": "a", "targetHandle": "input"}]})
    version = await versions.create(project_id, await make_prompt(), Version(graph=graph))
    found = await engine.resolve(project_id, version_id=UUID(version.id))
    assert found.flow.faults == ("graph.edges[0].source 'b' is no node of the graph",)
