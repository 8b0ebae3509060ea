"""What the nodes of a compiled graph see, and what their holes mean."""

import itertools
import tracemalloc
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.prompts import graph
from services.prompts.flow import Flow, FromStep, FromVariable, Source, Step, compile_flow
from tests.services.runs.random_graphs import edge, model, output, variable


def compiled(nodes: Sequence[Mapping[str, Any]], *pairs: tuple[int, int]) -> Flow:
    """Compile nodes, each of which stands at the place of its number, and the edges between some."""
    edges = [edge(nodes[source], nodes[target]) for source, target in pairs]
    return compile_flow(graph.read({"nodes": list(nodes), "edges": edges}))


def step(flow: Flow, node_id: str) -> Step:
    return next(it for it in flow.steps if it.id == node_id)


@pytest.mark.parametrize(
    ("prompt", "rendered"),
    [
        ("A {color} cat", "A green cat"),
        # As everywhere in templates: both pairs of braces belong to the hole.
        ("A {{color}} cat", "A green cat"),
        ("A {{ color }} cat", "A green cat"),
        ("A { color } cat", "A { color } cat"),
        ("A {{{color}}} cat", "A {green} cat"),
        ('{"color": "{color}"}', '{"color": "green"}'),
        ("A {size} cat", "A {size} cat"),
    ],
)
def test_holes_are_the_names_that_a_node_sees(prompt: str, rendered: str) -> None:
    flow = compiled([variable(0, "color"), variable(1, "size"), model(2, "a", prompt), output(3, "o")], (0, 2), (2, 3))
    template = step(flow, "n2").template
    assert template is not None
    assert template.render({"color": "green"})[0]["content"] == rendered


def test_a_stored_prompt_sees_what_comes_before_it() -> None:
    nodes = [variable(0, "color"), model(1, "joke", "x"), model(2, "color", "{joke}"), model(3, "sum", "")]
    nodes[3]["data"]["promptId"] = "stored"
    flow = compiled([*nodes, model(4, "aside", "x"), output(5, "o")], (0, 3), (1, 2), (2, 3), (3, 5), (4, 5))
    expected: dict[str, Source] = {"color": FromVariable("color"), "joke": FromStep("n1")}
    assert flow.find_sources(step(flow, "n3"), ["color", "joke", "aside", "sum", "nobody"]) == expected


def test_a_chain_of_stored_prompts_takes_little() -> None:
    nodes = [model(number, f"a{number}", "") for number in range(999)]
    for node in nodes:
        node["data"]["promptId"] = "stored"
    chain = [*nodes, output(999, "text")]
    edges = [edge(source, target) for source, target in itertools.pairwise(chain)]
    read = graph.read({"nodes": chain, "edges": edges})
    tracemalloc.start()
    flow = compile_flow(read)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All that each could see by name would be half a million names.
    assert taken < 4 * 1024 * 1024
    assert flow.find_sources(flow.steps[-1], ["a0"]) == {"a0": FromStep("n0")}
