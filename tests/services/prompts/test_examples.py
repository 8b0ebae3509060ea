"""The first prompts of an empty database can be run as they are."""

from promptwire.v1.prompt_pb2 import Variable
from services.prompts.examples import SAMPLE_INPUTS, create_examples
from services.prompts.resolver import Resolver
from services.prompts.session_store import SessionStore
from services.prompts.target_store import TargetStore
from services.prompts.variables import fill


async def test_examples_can_be_run_as_they_are(database, prompts, versions, project_id):
    await create_examples(database, project_id)
    made, _ = await prompts.list(project_id, before=None, size=10)
    resolver = Resolver(TargetStore(database), versions, SessionStore(database))
    assert len(made) == 6
    for prompt in made:
        if prompt.alias == "draw-and-joke":
            continue
        found = await resolver.resolve(project_id, version_id=None, prompt_id=prompt.alias, number=0)
        assert found.template.faults == ()
        assert (found.provider, found.model) == ("", "")
        # Every variable stands in the text, and every hole was declared with a description.
        assert set(found.template.names) == {variable.name for variable in found.variables}
        assert all(
            variable.description for variable in (await prompts.get(project_id, prompt.id)).latest_version.variables
        )


async def test_the_example_that_is_named_takes_the_sample_inputs(database, versions, project_id):
    named = await create_examples(database, project_id)
    version, prompt = await versions.get(project_id, named["version_id"])
    assert (named["prompt_id"], named["version_id"]) == (prompt.id, version.id)
    assert {variable.type for variable in version.variables} == {Variable.TYPE_TEXT}
    assert any(variable.required and not variable.HasField("default_value") for variable in version.variables)
    resolver = Resolver(TargetStore(database), versions, SessionStore(database))
    found = await resolver.resolve(project_id, version_id=None, prompt_id=prompt.id, number=0)
    assert found.template.render(fill(found.variables, SAMPLE_INPUTS))


async def test_the_flow_gives_an_image_and_a_text_as_it_is(database, versions, project_id):
    named = await create_examples(database, project_id)
    resolver = Resolver(TargetStore(database), versions, SessionStore(database))
    found = await resolver.resolve(project_id, version_id=None, prompt_id=named["flow_id"])
    assert found.flow.faults == ()
    assert [(step.kind, step.model) for step in found.flow.steps] == [
        ("image", "dall-e"),
        ("text", "text-davinci-003"),
    ]
    assert [output.name for output in found.flow.outputs] == ["image", "text"]
    assert fill(found.variables, {}) == {"color": "blue", "item": "ball"}
