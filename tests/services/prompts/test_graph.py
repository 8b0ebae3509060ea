"""Graphs are read, and all of their faults told at once, each with its place."""

import contextlib
import copy
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.prompts import graph
from services.prompts.cycles import find_cycles
from services.prompts.graph import Fault, GraphInvalid, ModelNode, OutputNode, VariableNode
from services.prompts.template import MAX_RENDERED
from tests.services.runs import random_graphs
from tests.services.runs.random_graphs import Case, edge, model, output, variable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = (
    "id",
    "type",
    "data",
    "source",
    "target",
    "sourceHandle",
    "targetHandle",
    "variable",
    "label",
    "value",
    "name",
)


def faults(document: Any) -> list[Fault]:
    with pytest.raises(GraphInvalid) as refused:
        graph.read(document)
    return list(refused.value.faults)


def simple() -> dict[str, Any]:
    """Give a variable that leads to an action that leads to an output."""
    nodes = [variable(0, "color"), model(1, "joke", "A {color} joke"), output(2, "text")]
    return {"nodes": nodes, "edges": [edge(nodes[0], nodes[1]), edge(nodes[1], nodes[2])]}


def test_a_graph_is_read() -> None:
    found = graph.read(simple())
    assert list(found.nodes.values()) == [
        VariableNode("n0", "color", "stored"),
        ModelNode("n1", "text", "joke", "A {color} joke", "", "", "m", {"n": 1}),
        OutputNode("n2", "text"),
    ]
    assert found.sources == {"n1": ("n0",), "n2": ("n1",)}
    assert found.variables() == {"color": "stored"}


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (None, ""), (1, "1"), (True, "true"), ({"a": [1]}, '{"a":[1]}'), ("", "")]
)
def test_stored_values_are_texts(value: object, text: str) -> None:
    document = simple()
    document["nodes"][0]["data"]["variable"]["value"] = value
    assert graph.read(document).variables() == {"color": text}


def test_all_faults_are_told_at_once() -> None:
    nodes: list[Any] = [
        {"id": "a", "type": "variableNode", "data": {"variable": {}}},
        {
            "id": "a",
            "type": "actionNode",
            "data": {"name": 7, "prompt": [], "modelParams": {"model": 3, "stream": True}},
        },
        {"type": "outputNode", "data": {"name": "x" * 256}},
        {"id": "b", "type": "imageNode", "data": {}},
        {"id": "c", "type": "variableNode", "data": {"variable": {"label": "a{b}"}}},
        {"id": "d", "type": 4},
        {"id": "e", "type": "outputNode"},
        "node",
    ]
    edges: list[Any] = [
        {"id": "1", "source": "b", "target": "nobody"},
        {"id": "1", "source": "b", "sourceHandle": "output", "target": "b", "targetHandle": "variables"},
        {"source": "b", "sourceHandle": "input", "target": "c", "targetHandle": "variables"},
        None,
    ]
    told = faults({"nodes": nodes, "edges": edges})
    assert [fault.field for fault in told] == [
        "graph.nodes[0].data.variable.label",
        "graph.nodes[1].id",
        "graph.nodes[1].data.modelParams.stream",
        "graph.nodes[1].data.name",
        "graph.nodes[1].data.prompt",
        "graph.nodes[1].data.modelParams.model",
        "graph.nodes[2].id",
        "graph.nodes[2].data.name",
        "graph.nodes[4].data.variable.label",
        "graph.nodes[5].type",
        "graph.nodes[6].data",
        "graph.nodes[7]",
        "graph.edges[0].target",
        "graph.edges[0].sourceHandle",
        "graph.edges[1].id",
        "graph.edges[2].sourceHandle",
        "graph.edges[2].targetHandle",
        "graph.edges[3]",
        "graph.edges",
    ]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "graph.nodes"),
        ({"nodes": {}, "edges": []}, "graph.nodes"),
        ({"nodes": [], "edges": None}, "graph.edges"),
        ({"nodes": [{}] * 1001, "edges": []}, "graph.nodes"),
        ({"nodes": [], "edges": [{}] * 10_001}, "graph.edges"),
    ],
)
def test_what_is_no_graph_or_too_large_is_told_alone(document: Any, field: str) -> None:
    assert field in [fault.field for fault in faults(document)]
    assert len(faults(document)) <= 2


def test_however_many_faults_there_are_all_are_told() -> None:
    assert len(faults({"nodes": ["x"] * 1000, "edges": ["x"] * 10_000})) == 11_000


def test_a_prompt_that_could_never_be_sent_is_none() -> None:
    action = {"id": "a", "type": "actionNode", "data": {"prompt": "x" * (MAX_RENDERED + 1)}}
    [fault] = faults({"nodes": [action], "edges": []})
    assert fault.field == "graph.nodes[0].data.prompt"


def test_each_cycle_is_told_with_its_nodes() -> None:
    nodes = [model(number, f"a{number}", "") for number in range(7)]
    pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 3), (5, 5), (2, 6)]
    told = faults({"nodes": nodes, "edges": [edge(nodes[a], nodes[b]) for a, b in pairs]})
    assert [fault.message for fault in told] == [
        f"form a cycle of the nodes {names}" for names in ("n0, n1, n2", "n3, n4", "n5")
    ]


def test_what_is_missing_is_asked_for() -> None:
    nodes = [{"id": "a"}, {"id": "b", "type": "outputNode"}, {"id": "c", "type": 7}]
    edges = [{"source": "nobody"}, {"source": [], "target": None}]
    assert [fault.message for fault in faults({"nodes": nodes, "edges": edges})] == [
        "is required",
        "is required",
        "must be a text",
        "'nobody' is no node of the graph",
        "is required",
        "must be a node's id",
        "is required",
    ]


def test_a_long_chain_and_a_dense_graph_are_read() -> None:
    chain = [model(number, f"a{number}", "") for number in range(1000)]
    edges = [edge(a, b) for a, b in itertools.pairwise(chain)]
    edges += [edge(chain[a], chain[b]) for a in range(0, 900, 9) for b in range(a + 2, a + 90)]
    assert len(graph.read({"nodes": chain, "edges": edges[:10_000]}).nodes) == 1000
    ring = [*edges[:999], edge(chain[-1], chain[0])]
    assert faults({"nodes": chain, "edges": ring})[0].message.endswith("and 990 more")


@settings(max_examples=200, deadline=None)
@given(random_graphs.cases(), st.data())
def test_planted_faults_are_told_where_they_are(case: Case, data: st.DataObject) -> None:
    document = copy.deepcopy(dict(case.document))
    graph.read(document)
    planted = set()
    for index in data.draw(st.sets(st.integers(0, len(document["nodes"]) - 1), min_size=1, max_size=3)):
        document["nodes"][index]["type"] = 7
        planted.add(f"graph.nodes[{index}].type")
    document["edges"] = [*document["edges"], {"source": "nobody", "target": "nobody"}]
    planted |= {f"graph.edges[{len(document['edges']) - 1}].{end}" for end in ("source", "target")}
    assert planted <= {fault.field for fault in faults(document)}


# What makes a fault of a node of any type, and where in it that is told.
SPOILT: dict[str, tuple[str, dict[str, Any]]] = {
    "no object": ("", {}),
    "no id": (".id", {"id": None}),
    "an empty id": (".id", {"id": ""}),
    "a long id": (".id", {"id": "x" * 256}),
    "an id that is no text": (".id", {"id": 1}),
    "no type": (".type", {"type": None}),
    "no data": (".data", {"data": None}),
}
# The same of an edge.
BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "no object": ("", {}),
    "an id that is no text": (".id", {"id": []}),
    "no source": (".source", {"source": None}),
    "no target": (".target", {"target": {}}),
    "no source handle": (".sourceHandle", {"sourceHandle": None}),
    "another target handle": (".targetHandle", {"targetHandle": "output"}),
}


@settings(max_examples=200, deadline=None)
@given(random_graphs.cases(), st.data())
def test_every_kind_of_fault_is_told_and_no_other_place(case: Case, data: st.DataObject) -> None:
    document = copy.deepcopy(dict(case.document))
    planted: set[str] = set()
    if document["edges"]:
        for index in data.draw(st.sets(st.integers(0, len(document["edges"]) - 1), max_size=4)):
            place, change = BROKEN[data.draw(st.sampled_from(sorted(BROKEN)))]
            document["edges"][index] = {**document["edges"][index], **change} if change else 7
            planted.add(f"graph.edges[{index}]{place}")
    for at in range(data.draw(st.integers(0, 4))):
        place, change = SPOILT[data.draw(st.sampled_from(sorted(SPOILT)))]
        index = len(document["nodes"])
        document["nodes"].append({**output(1000 + at, "spoilt"), **change} if change else None)
        planted.add(f"graph.nodes[{index}]{place}")
    if planted:
        assert {fault.field for fault in faults(document)} == planted
    else:
        graph.read(document)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["nodes", "edges"]),
        st.lists(
            st.dictionaries(st.sampled_from(MEMBERS), JSON | st.sampled_from(["actionNode", "outputNode"])) | JSON
        ),
    )
)
def test_no_document_raises_anything_else(document: dict[str, Any]) -> None:
    with contextlib.suppress(GraphInvalid):
        graph.read(document)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_cycles_are_those_nodes_that_lead_to_themselves(pairs: list[tuple[int, int]]) -> None:
    sources: dict[str, list[str]] = {}
    for source, target in pairs:
        sources.setdefault(str(target), []).append(str(source))

    def before(node: str) -> set[str]:
        found: set[str] = set()
        waiting = list(sources.get(node, ()))
        while waiting:
            if (it := waiting.pop()) not in found:
                found.add(it)
                waiting += sources.get(it, ())
        return found

    nodes = [str(number) for number in range(9)]
    cycles = find_cycles(nodes, sources)
    assert {node for cycle in cycles for node in cycle} == {node for node in nodes if node in before(node)}
    for cycle in cycles:
        assert all(other in before(node) for node in cycle for other in cycle)
