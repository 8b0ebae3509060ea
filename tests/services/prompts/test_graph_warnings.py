"""What of a graph does not run, or not as it may be meant, is told with its node."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.prompts import flow, graph, graph_warnings
from services.prompts.flow import FromStep
from services.prompts.graph import Fault, ModelNode
from tests.services.runs.random_graphs import edge, model, output, variable


def find(nodes: Sequence[Mapping[str, Any]], *pairs: tuple[int, int]) -> list[Fault]:
    """Give the warnings about nodes, each of which stands at the place of its number, and the edges between some."""
    edges = [edge(nodes[source], nodes[target]) for source, target in pairs]
    return list(graph_warnings.find(graph.read({"nodes": list(nodes), "edges": edges})))


def test_a_graph_may_give_no_warning() -> None:
    nodes = [variable(0, "color"), model(1, "joke", "A {color} joke"), output(2, "text")]
    assert not find(nodes, (0, 1), (1, 2))


def test_what_does_not_run_is_told() -> None:
    other, unused = variable(6, "color"), variable(7, "size")
    other["data"]["variable"]["value"] = "Red"
    nodes = [variable(0, "color"), model(1, "joke", "A {color} joke"), output(2, "text")]
    nodes += [{"id": "code", "type": "codeNode"}, output(4, "empty"), model(5, "idle", ""), other, unused]
    found = find(nodes, (0, 1), (1, 2), (6, 2))
    assert [(it.field, it.message.split(" ")[0]) for it in found] == [
        ("graph.nodes[3]", "is"),
        ("graph.nodes[4]", "is"),
        ("graph.nodes[5]", "leads"),
        ("graph.nodes[6]", "stores"),
        ("graph.nodes[7]", "leads"),
    ]


def test_a_graph_without_an_output_is_told_first() -> None:
    first, second = find([model(0, "a", "x")])
    assert (first.field, "no output node" in first.message) == ("graph.nodes", True)
    assert second == Fault("graph.nodes[0]", "leads to no output: it is not run")


def test_outputs_that_cannot_be_told_apart_by_name_are_told() -> None:
    nodes = [variable(0, "color"), *(output(number, name) for number, name in enumerate(["a", "", "a", " ", "A"], 1))]
    assert find(nodes, *((0, number) for number in range(1, 6))) == [
        Fault("graph.nodes[2]", "is an output without a name: clients look outputs up by name"),
        Fault("graph.nodes[3]", "is an output named 'a', as an earlier one is: clients look outputs up by name"),
        Fault("graph.nodes[4]", "is an output without a name: clients look outputs up by name"),
    ]


def test_an_empty_prompt_is_told_unless_a_stored_one_is_taken() -> None:
    nodes = [model(0, "a", ""), model(1, "b", " \n"), model(2, "c", "x"), model(3, "d", ""), output(4, "text")]
    nodes[1]["type"] = "imageNode"
    nodes[3]["data"]["promptId"] = "stored"
    assert find(nodes, *((number, 4) for number in range(4))) == [
        Fault(f"graph.nodes[{number}]", "has an empty prompt: it asks the model with an empty text")
        for number in (0, 1)
    ]


def test_of_two_actions_of_a_name_the_one_that_is_taken_is_told() -> None:
    # Both come before the third, the one that an edge leads from is taken; the fourth takes the first in the document.
    nodes = [model(0, "joke", "x"), model(1, "joke", "Of {joke}"), model(2, "sum", "{joke}")]
    nodes += [model(3, "last", "{joke} {sum}"), output(4, "text")]
    told = "has 2 actions before it that are named 'joke': it takes the text of node "
    assert find(nodes, (0, 1), (1, 2), (2, 3), (3, 4)) == [
        Fault("graph.nodes[2]", f"{told}'n1'"),
        Fault("graph.nodes[3]", f"{told}'n0'"),
    ]


def test_a_name_that_no_hole_has_is_not_told() -> None:
    nodes = [model(0, "joke", "x"), model(1, "joke", "x"), model(2, "sum", "joke { joke}"), output(3, "text")]
    assert not find(nodes, (0, 2), (1, 2), (2, 3))


def test_a_variable_that_hides_an_action_is_told() -> None:
    nodes = [variable(0, "color"), model(1, "color", "x"), model(2, "joke", "{color}"), model(3, "sum", "{color}")]
    nodes.append(output(4, "text"))
    # No edge leads from the variable to the last, which sees the action alone.
    assert find(nodes, (0, 2), (1, 2), (2, 3), (3, 4)) == [
        Fault("graph.nodes[2]", "sees a variable and an action that are both named 'color': it takes the variable")
    ]


def test_what_leads_to_a_stored_prompt_may_be_any_of_its_holes() -> None:
    nodes = [variable(0, "color"), model(1, "color", "x"), model(2, "joke", "x"), model(3, "joke", "x")]
    nodes += [model(4, "sum", ""), output(5, "text")]
    nodes[4]["data"]["promptId"] = "stored"
    found = find(nodes, *((number, 4) for number in range(4)), (4, 5))
    assert [it.field for it in found] == ["graph.nodes[4]"] * 2
    assert ["'color'" in found[0].message, "'n2'" in found[1].message] == [True, True]


def test_names_of_images_and_empty_ones_are_no_names() -> None:
    nodes = [model(0, "", "x"), model(1, "", "x"), model(2, "a", "x"), model(3, "a", "x"), model(4, "", "{a}")]
    nodes[2]["type"] = nodes[3]["type"] = "imageNode"
    nodes.append(output(5, "text"))
    assert not find(nodes, *((number, 4) for number in range(4)), (4, 5))


def test_many_warnings_are_counted() -> None:
    nodes = [*(model(number, "a", "") for number in range(500)), output(500, "text")]
    found = find(nodes, *((number, 500) for number in range(500)))
    assert len(found) == graph_warnings.MAX_TOLD + 1
    assert found[-1] == Fault("graph", "has 400 more warnings")


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_long_chain_of_one_name_is_looked_through(is_reversed: bool) -> None:
    nodes = [model(number, "a", "{a}") for number in range(999)]
    chain = [*nodes, output(999, "text")]
    edges = [edge(source, target) for source, target in itertools.pairwise(chain)]
    document = {"nodes": [*reversed(nodes), chain[-1]] if is_reversed else chain, "edges": edges}
    read = graph.read(document)
    assert graph_warnings.find(read)[-1].message == "has 897 more warnings"
    names = flow.read_names(read, flow.list_models(read, flow.find_used(read)))
    last = read.nodes["n998"]
    assert isinstance(last, ModelNode)
    assert names.find(last.id, flow.find_near(read, last), "a") == {"a": FromStep("n997")}
    assert names.count_actions(last.id, "a") == 998
