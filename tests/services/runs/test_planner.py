"""What a run is made of before it begins, or why it cannot begin; and how another server goes on with it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import ImageVariable, Variable, Version
from promptwire.v1.run_pb2 import ImageInput, RunSpec
from promptwire.v1.session_pb2 import Session
from services import errors
from services.caller import Caller
from services.db import Database
from services.providers.base import ProviderError
from services.providers.registry import Registry
from services.runs.planner import Plan, Planner
from services.runs.specs import Spec, to_spec
from services.schemas import SchemaChecker
from tests.services.runs.conftest import Draft, Make
from tests.services.runs.process import LIMITS, Scripted, ask, to_resolver

PNG = b"\x89PNG\r\n\x1a\n" + b"secret pixels"
URL = "https://example.com/a.png"


@pytest.fixture
def planner(database: Database, models: Registry) -> Planner:
    return Planner(to_resolver(database), models, SchemaChecker())


def spec(version: Version | Session, inputs: dict[str, Any] | None = None, **fields: Any) -> Spec:
    return to_spec(ask(version, inputs, **fields), LIMITS)


def asked(plan: Plan) -> tuple[str, str]:
    """Give the provider and the model that a plan asks."""
    return plan.node.target.provider.name, plan.node.target.model


@pytest.mark.parametrize(
    ("inputs", "fields", "reason", "faults"),
    [
        ({}, {}, "VARIABLE_MISSING", ["spec.inputs.name"]),
        ({"name": []}, {}, "FIELD_INVALID", ["spec.inputs.name"]),
        ({}, {"images": [ImageInput(data=PNG)]}, "FIELD_INVALID", ["spec.images", "spec.inputs.name"]),
        ({"name": "x"}, {"model": "gpt-9"}, "MODEL_UNKNOWN", ["spec.model"]),
    ],
)
async def test_every_fault_is_told_of_what_cannot_begin(
    planner: Planner,
    me: Caller,
    make_version: Make,
    inputs: dict[str, Any],
    fields: dict[str, Any],
    reason: str,
    faults: list[str],
) -> None:
    version = await make_version("Hello {name}", variables=[Variable(name="name", required=True)])
    with pytest.raises(errors.InvalidArgument) as caught:
        await planner.plan(me, spec(version, inputs, **fields))
    assert caught.value.reason == reason
    assert [fault.field for fault in caught.value.violations] == faults


async def test_a_version_without_chat_messages_cannot_be_run(
    planner: Planner, database: Database, me: Caller, make_version: Make
) -> None:
    version = await make_version()
    await database.execute("UPDATE version SET messages = '[1]'")
    with pytest.raises(errors.FailedPrecondition) as caught:
        await planner.plan(me, spec(version))
    assert (caught.value.reason, caught.value.metadata) == ("VERSION_NOT_RUNNABLE", {"version_id": version.id})


async def test_a_prompt_that_is_rendered_too_long_is_refused(planner: Planner, me: Caller, make_version: Make) -> None:
    version = await make_version("{a}" * 1000)
    with pytest.raises(errors.InvalidArgument, match="characters"):
        await planner.plan(me, spec(version, {"a": "x" * 9000}))


@pytest.mark.parametrize(
    ("own", "named", "model"),
    [
        (("", ""), "", "small"),
        (("", "large"), "", "large"),
        (("fake", "any"), "", "any"),
        (("fake", "any"), "large", "large"),
        (("gone", "any"), "fake/other", "other"),
    ],
)
async def test_the_requests_model_goes_before_the_versions_provider_and_model(
    planner: Planner, me: Caller, make_version: Make, own: tuple[str, str], named: str, model: str
) -> None:
    version = await make_version(provider=own[0], model=own[1])
    plan = await planner.plan(me, spec(version, model=named))
    assert asked(plan) == (plan.start.provider, plan.start.model) == ("fake", model)


async def test_a_versions_provider_that_is_not_configured_is_an_unknown_model(
    planner: Planner, me: Caller, make_version: Make
) -> None:
    with pytest.raises(errors.InvalidArgument, match="'gone'") as caught:
        await planner.plan(me, spec(await make_version(provider="gone", model="any")))
    assert caught.value.reason == "MODEL_UNKNOWN"


async def test_a_model_list_that_fails_for_a_moment_is_no_unknown_model(
    planner: Planner, me: Caller, make_version: Make, provider: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> Any:
        raise ProviderError("PROVIDER_UNREACHABLE", "fake: refused")

    version = await make_version()
    monkeypatch.setattr(provider, "models", fail)
    assert asked(await planner.plan(me, spec(version, model="other"))) == ("fake", "other")
    monkeypatch.undo()
    with pytest.raises(errors.InvalidArgument) as caught:
        await planner.plan(me, spec(version, model="other"))
    assert caught.value.reason == "MODEL_UNKNOWN"


async def test_images_by_url_are_left_for_when_the_run_has_begun(
    planner: Planner, me: Caller, make_version: Make
) -> None:
    version = await make_version("Look", images=[ImageVariable(), ImageVariable()])
    given = [ImageInput(url=URL), ImageInput(data=PNG)]
    plan = await planner.plan(me, spec(version, images=given))
    assert list(plan.images) == given
    [message] = plan.render(["data:a", "data:b"])
    assert [part["image_url"]["url"] for part in message["content"][1:]] == ["data:a", "data:b"]
    assert not (await planner.plan(me, spec(version, images=[given[1]] * 2))).images


async def test_another_server_goes_on_with_the_version_and_the_model_of_then(
    planner: Planner, me: Caller, make_version: Make
) -> None:
    first = await make_version("Hello {name}", alias="hello", model="large")
    wanted = ask(first, {"name": "Ann"}, seconds=7)
    wanted.prompt_id = "hello"
    asking = to_spec(wanted, LIMITS)
    plan = await planner.plan(me, asking)
    await make_version("Good bye {name}", prompt_id=first.prompt_id)
    start = plan.start._replace(attempt=2, inputs=None)
    resumed = await planner.resume(start, asking)
    assert (resumed.start, asked(resumed), resumed.seconds) == (start, ("fake", "large"), 7)
    assert resumed.node == plan.node
    assert resumed.node.messages == [{"role": "user", "content": "Hello Ann"}]


async def test_another_server_says_why_it_cannot_go_on(
    planner: Planner, database: Database, me: Caller, make_version: Make
) -> None:
    asking = spec(await make_version())
    start = (await planner.plan(me, asking)).start
    with pytest.raises(errors.InvalidArgument) as caught:
        await planner.resume(start._replace(provider="gone"), asking)
    assert caught.value.reason == "MODEL_UNKNOWN"
    await database.execute("DELETE FROM version")
    with pytest.raises(errors.ServiceError) as gone:
        await Planner(to_resolver(database), planner._registry, planner._schemas).resume(start, asking)
    assert gone.value.reason == "VERSION_NOT_FOUND"


async def test_a_prompt_is_run_by_the_version_that_its_label_is_on(
    planner: Planner, database: Database, me: Caller, make_version: Make
) -> None:
    first = await make_version("Hello")
    await make_version("Good bye", prompt_id=first.prompt_id)
    query = "INSERT INTO label (project_id, prompt_id, label, version_id, protected) VALUES ($1, $2, '2', $3, false)"
    await database.execute(query, me.project_id, UUID(first.prompt_id), UUID(first.id))
    plan = await planner.plan(me, to_spec(RunSpec(prompt_id=first.prompt_id, label="2"), LIMITS))
    assert (str(plan.start.version_id), plan.start.version_number) == (first.id, 1)
    assert (plan.start.session_id, plan.start.draft) == (None, None)
    assert plan.node.messages == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("inputs", "text", "kept"),
    [
        ({"topic": "tea"}, "Hello Ann, tea!", {"name": "Ann", "topic": "tea"}),
        ({"topic": "tea", "name": None}, "Hello Ann, tea!", {"name": "Ann", "topic": "tea"}),
        ({"topic": 1, "name": ""}, "Hello , 1!", {"name": "", "topic": 1}),
        ({"topic": "tea", "name": "Bob", "x": "y"}, "Hello Bob, tea!", {"name": "Bob", "topic": "tea", "x": "y"}),
    ],
)
async def test_a_session_gives_the_values_that_a_run_does_not(
    planner: Planner, me: Caller, make_session: Draft, inputs: dict[str, Any], text: str, kept: dict[str, Any]
) -> None:
    session = await make_session(
        "Hello {name}, {topic}!", variables=[Variable(name="name")], inputs={"name": "Ann", "other": "unused"}
    )
    plan = await planner.plan(me, spec(session, inputs))
    assert plan.node.messages == [{"role": "user", "content": text}]
    assert plan.start.inputs is not None
    assert orjson.loads(plan.start.inputs) == kept
    assert (plan.start.version_id, plan.start.version_number) == (None, 0)
    assert (str(plan.start.session_id), str(plan.start.prompt_id)) == (session.id, session.prompt_id)


async def test_a_hole_of_a_session_that_nothing_fills_is_told(
    planner: Planner, me: Caller, make_session: Draft
) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        await planner.plan(me, spec(await make_session("Hello {name}")))
    assert caught.value.reason == "VARIABLE_MISSING"
    assert [fault.field for fault in caught.value.violations] == ["spec.inputs.name"]


@pytest.mark.parametrize("messages", [[], [{"any": "JSON"}]])
async def test_a_session_without_chat_messages_cannot_be_run(
    planner: Planner, me: Caller, make_session: Draft, messages: list[Any]
) -> None:
    session = await make_session(messages=[values.to_value(message) for message in messages])
    with pytest.raises(errors.FailedPrecondition) as caught:
        await planner.plan(me, spec(session))
    assert (caught.value.reason, caught.value.metadata) == ("VERSION_NOT_RUNNABLE", {"session_id": session.id})


async def test_a_session_of_enveloped_messages_sends_what_they_hold(
    planner: Planner, me: Caller, make_session: Draft
) -> None:
    said = {"role": "assistant", "content": "Tea."}
    messages = [
        {"id": 1, "payload": {"role": "user", "content": "Name a {thing}"}},
        {"id": 2, "payload": {"id": "answer", "choices": [{"index": 0, "message": said}]}},
    ]
    session = await make_session(messages=[values.to_value(message) for message in messages])
    plan = await planner.plan(me, spec(session, {"thing": "drink"}))
    assert plan.node.messages == [{"role": "user", "content": "Name a drink"}, said]


async def test_a_caller_who_omits_payloads_leaves_no_inputs_of_a_session(
    planner: Planner, me: Caller, make_session: Draft
) -> None:
    session = await make_session("Hello {name}", inputs={"name": "Ann"})
    start = (await planner.plan(replace(me, omit_payloads=True), spec(session))).start
    assert (start.inputs, start.messages) == (None, None)


async def test_another_server_goes_on_with_the_draft_of_then(
    planner: Planner, me: Caller, make_session: Draft, save: Callable[[Session, str], Awaitable[None]]
) -> None:
    session = await make_session("Hello {name}", inputs={"name": "Ann"})
    asking = spec(session)
    plan = await planner.plan(me, asking)
    await save(session, "Good bye")
    resumed = await planner.resume(plan.start, asking)
    assert (resumed.start, resumed.node) == (plan.start, plan.node)
    assert resumed.node.messages == [{"role": "user", "content": "Hello Ann"}]
    assert (await planner.plan(me, asking)).node.messages == [{"role": "user", "content": "Good bye"}]
