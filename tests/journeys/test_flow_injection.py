"""What users write is data: nothing in values, labels, names, prompts and answers is evaluated, or filled again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from promptwire import values
from promptwire.v1 import prompt_service_pb2, run_pb2, run_service_pb2
from tests.conftest import clone
from tests.fakes.provider import Answer
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack

SEVENS = "7777777"
# What engines of templates would make something of: Jinja and its kin, Mako, ERB, format strings, shells, JavaScript.
CORPUS = [
    "{{7*7}}",
    "{{ 7*'7' }}",
    "{% for x in (1).__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "{{config.items()}}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{request|attr('application')}}",
    "{0.__class__}",
    "{0.__class__.__init__.__globals__}",
    "{color.__class__}",
    "{color!r}",
    "{color:>100000000}",
    "{color[0]}",
    "%(color)s",
    "%s%s%s%n",
    "$color ${color} #{color} $(id) `id`",
    "${7*7}",
    "<%= 7*7 %>",
    "<% import os %>${os.popen('id').read()}",
    "#{7*7}",
    "*{7*7}",
    "@(7*7)",
    "[[${7*7}]]",
    "{{constructor.constructor('return 7*7')()}}",
    "{{{color}}}",
    "{{{{color}}}}",
    "{item}{joke}{color}",
    "{{ item }}{{ joke }}",
    "{" * 90 + "color" + "}" * 90,
    '{"$ref": "http://127.0.0.1/"}',
    "\\{color\\} \\u007bcolor\\u007d &#123;color&#125;",
]
# What evaluating one of them would leave.
EVALUATED = ("49", SEVENS, "uid=", "<class", "__subclasses__ of", "SECRET")


@pytest.fixture(scope="module")
async def stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with clone(postgres) as dsn, Stack(dsn, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


async def run(stack: Stack, document: Any, inputs: dict[str, str]) -> run_pb2.Run:
    version = await stack.create_version(graph=values.to_struct(document))
    spec = run_pb2.RunSpec(version_id=version.id, inputs=values.to_struct(inputs))
    answer = await stack.runs.CreateRun(run_service_pb2.CreateRunRequest(spec=spec), metadata=stack.metadata(stack.run))
    return answer.run


def prompts(stack: Stack, since: int) -> list[str]:
    """Give what the provider was asked."""
    return [request.body["messages"][-1]["content"] for request in list(stack.fake.requests)[since:]]


@pytest.mark.parametrize("hostile", CORPUS)
async def test_a_value_goes_in_once_and_as_it_is(stack: Stack, hostile: str) -> None:
    since = len(stack.fake.requests)
    stack.fake.script(Answer(hostile))
    document = graph(
        {"color": "", "item": "stored"},
        {"joke": "A {color} joke", "more": "More: {joke} {color}"},
        {"text": ["more"]},
    )
    done = await run(stack, document, {"color": hostile, "item": "SECRET"})
    # The model's answer is put in as it is, too.
    assert prompts(stack, since) == [f"A {hostile} joke", f"More: {hostile} {hostile}"]
    assert done.outputs[0].text == f"echo: More: {hostile} {hostile}"


@pytest.mark.parametrize("hostile", CORPUS)
async def test_a_prompt_has_no_holes_but_its_variables_and_actions(stack: Stack, hostile: str) -> None:
    since = len(stack.fake.requests)
    document = graph({"size": "big"}, {"act": f"A {{size}} {hostile}"}, {"text": ["act"]})
    done = await run(stack, document, {"color": "SECRET", "item": "SECRET"})
    assert prompts(stack, since) == [f"A big {hostile}"]
    assert done.outputs[0].text == f"echo: A big {hostile}"


@pytest.mark.parametrize("hostile", CORPUS)
async def test_names_and_stored_values_are_words(stack: Stack, hostile: str) -> None:
    since = len(stack.fake.requests)
    document = graph({"size": hostile}, {"act": "A {size} thing"}, {"text": ["act"]})
    for node in document["nodes"]:
        if node["type"] != "variableNode":
            node["data"]["name"] = hostile
    document["nodes"].append({"id": "note", "type": hostile, "data": {"text": hostile}})
    done = await run(stack, document, {})
    assert prompts(stack, since) == [f"A {hostile} thing"]
    assert done.outputs[0].name == hostile
    assert done.node_runs[0].name == hostile
    assert not any(word in done.outputs[0].text for word in EVALUATED if word not in hostile)


@pytest.mark.parametrize("hostile", CORPUS)
async def test_a_label_is_a_name_or_is_refused(stack: Stack, hostile: str) -> None:
    since = len(stack.fake.requests)
    document = graph({"size": "big"}, {"act": "A {size} thing"}, {"text": ["act"]})
    document["nodes"][0]["data"]["variable"]["label"] = hostile
    metadata = stack.metadata(stack.admin)
    prompt = await stack.prompts.CreatePrompt(prompt_service_pb2.CreatePromptRequest(name="hostile"), metadata=metadata)
    request = prompt_service_pb2.CreateVersionRequest(prompt_id=prompt.prompt.id, graph=values.to_struct(document))
    if set(hostile) & set("{}\r\n") or len(hostile) > 64:
        with pytest.raises(Exception, match="label"):
            await stack.prompts.CreateVersion(request, metadata=metadata)
        return
    version = (await stack.prompts.CreateVersion(request, metadata=metadata)).version
    assert [variable.name for variable in version.variables] == [hostile]
    await asyncio.wait_for(stack.create_run(version.id, {hostile: "small"}), 10)
    assert prompts(stack, since) == ["A {size} thing"]
