"""Random graphs for hypothesis, and what a run of one must come to, worked out node after node without the engine."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

# A node whose prompt has this word in it fails.
FAIL = "FAIL"
LABELS = ("color", "item", "size")
NAMES = ("joke", "rhyme", "sum", "color")
TEXTS = st.text(alphabet="ab{} \n", max_size=8)


@dataclass(frozen=True)
class Case:
    """A document, the values of its variables, and how often each node yields before it answers."""

    document: Mapping[str, Any]
    values: Mapping[str, str]
    yields: Mapping[str, int]


@dataclass
class Expected:
    """What a run must come to: outputs as (name, text or None, id of the failed node or None), and prompts by node."""

    outputs: list[tuple[str, str, str | None]] = field(default_factory=list)
    prompts: dict[str, str] = field(default_factory=dict)


def variable(number: int, label: str) -> dict[str, Any]:
    """Make a variable node."""
    return {"id": f"n{number}", "type": "variableNode", "data": {"variable": {"label": label, "value": "stored"}}}


def model(number: int, name: str, prompt: str) -> dict[str, Any]:
    """Make an action node."""
    data = {"name": name, "prompt": prompt, "modelParams": {"model": "m", "n": 1}}
    return {"id": f"n{number}", "type": "actionNode", "data": data}


def output(number: int, name: str) -> dict[str, Any]:
    """Make an output node."""
    return {"id": f"n{number}", "type": "outputNode", "data": {"name": name}}


def edge(source: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """Lead one node to another."""
    handle = "input" if target["type"] == "outputNode" else "variables"
    ends = {"source": source["id"], "target": target["id"]}
    return {"id": f"{source['id']}-{target['id']}", **ends, "sourceHandle": "output", "targetHandle": handle}


@st.composite
def cases(draw: st.DrawFn, most: int = 14) -> Case:
    """Draw an acyclic graph of variables, actions and outputs, its nodes and edges in any order."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, most))):
        nodes.append(draw(_nodes(number)))
        sources = [it for it in nodes[:-1] if it["type"] != "outputNode"]
        if nodes[-1]["type"] != "variableNode" and sources:
            chosen = draw(st.lists(st.sampled_from(sources), unique_by=lambda it: it["id"], max_size=4))
            edges += [edge(source, nodes[-1]) for source in chosen]
    nodes.append(output(len(nodes), "last"))
    edges += [edge(source, nodes[-1]) for source in nodes[:-1] if source["type"] == "actionNode"][:2]
    return Case(
        {"nodes": draw(st.permutations(nodes)), "edges": draw(st.permutations(edges))},
        {label: draw(TEXTS) for label in LABELS},
        {node["id"]: draw(st.integers(0, 3)) for node in nodes},
    )


@st.composite
def _nodes(draw: st.DrawFn, number: int) -> dict[str, Any]:
    match draw(st.sampled_from(["variable", "action", "action", "output"])):
        case "variable":
            return variable(number, draw(st.sampled_from(LABELS)))
        case "action":
            return model(number, draw(st.sampled_from(NAMES)), draw(_prompts()))
        case _:
            return output(number, f"out{number}")


@st.composite
def _prompts(draw: st.DrawFn) -> str:
    holes = st.sampled_from([f"{{{name}}}" for name in (*LABELS, *NAMES, "nobody")])
    pieces = draw(st.lists(st.one_of(holes, TEXTS, st.just(FAIL)), max_size=4))
    return " ".join(pieces)


def answer(prompt: str) -> str:
    """Give what the model says: it holds what might be taken for a hole."""
    return f"<{prompt}|{{color}}>"


def expect(case: Case) -> Expected:
    """Work out, one node after another, what a run of a graph comes to."""
    nodes = {node["id"]: node for node in case.document["nodes"]}
    expected = Expected()
    done: dict[str, tuple[str, str | None]] = {}
    order = list(nodes)

    def value(node_id: str) -> tuple[str, str | None]:
        node = nodes[node_id]
        if node["type"] == "variableNode":
            return case.values[node["data"]["variable"]["label"]], None
        if node_id not in done:
            done[node_id] = _value(node, value, case, nodes, order, expected)
        return done[node_id]

    for node in case.document["nodes"]:
        if node["type"] == "outputNode":
            led = [value(it) for it in _sources(case.document["edges"], node["id"])]
            failed = next((it for _, it in led if it is not None), None)
            text = "\n".join(it for it, failure in led if failure is None)
            expected.outputs.append((node["data"]["name"], text, failed))
    return expected


def _value(
    node: Mapping[str, Any], value: Any, case: Case, nodes: Mapping[str, Any], order: Sequence[str], expected: Expected
) -> tuple[str, str | None]:
    failures = [value(source)[1] for source in _sources(case.document["edges"], node["id"])]
    if any(failures):
        return "", next(filter(None, failures))
    prompt = _fill(node, value, case, nodes, order)
    expected.prompts[node["id"]] = prompt
    return ("", node["id"]) if FAIL in node["data"]["prompt"] else (answer(prompt), None)


def _fill(node: Mapping[str, Any], value: Any, case: Case, nodes: Mapping[str, Any], order: Sequence[str]) -> str:
    edges = case.document["edges"]
    near = _sources(edges, node["id"])
    labels = {nodes[it]["data"]["variable"]["label"] for it in near if nodes[it]["type"] == "variableNode"}
    far = [it for it in order if it in _before(edges, node["id"]) and nodes[it]["type"] == "actionNode"]
    actions = [it for it in near if nodes[it]["type"] == "actionNode"] + far

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name in labels:
            return case.values[name]
        named = next((it for it in actions if nodes[it]["data"]["name"] == name), None)
        return match[0] if named is None else value(named)[0]

    return re.sub(r"\{([^{}]+)\}", replace, node["data"]["prompt"])


def _sources(edges: Sequence[Mapping[str, Any]], node_id: str) -> list[str]:
    return [edge["source"] for edge in edges if edge["target"] == node_id]


def _before(edges: Sequence[Mapping[str, Any]], node_id: str) -> set[str]:
    found: set[str] = set()
    waiting = [node_id]
    while waiting:
        sources = set(_sources(edges, waiting.pop())) - found
        found |= sources
        waiting += sources
    return found
