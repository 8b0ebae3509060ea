"""Graphs, written short: `graph({"color": "Blue"}, {"joke": "A joke about {color}"}, {"text": ["joke"]})`."""

from collections.abc import Mapping, Sequence
from typing import Any


def graph(
    variables: Mapping[str, str],
    actions: Mapping[str, str | Mapping[str, Any]],
    outputs: Mapping[str, Sequence[str]],
    images: Mapping[str, str] | None = None,
    edges: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Give a graph of variables with stored values, actions and images with prompts (or all `data`), and outputs.

    A node's name is its id. Each variable, and each action that stands earlier, leads to whatever names it in a hole;
    further edges are given as pairs.
    """
    nodes = [
        *(
            {"id": it, "type": "variableNode", "data": {"variable": {"label": it, "value": variables[it]}}}
            for it in variables
        ),
        *(_model(it, "imageNode", prompt) for it, prompt in (images or {}).items()),
        *(_model(it, "actionNode", prompt) for it, prompt in actions.items()),
        *({"id": f"out {it}", "type": "outputNode", "data": {"name": it}} for it in outputs),
    ]
    pairs = [*edges, *((source, f"out {it}") for it in outputs for source in outputs[it])]
    names = [*variables, *actions]
    for node in nodes:
        prompt = node["data"].get("prompt", "") if node["type"] in ("actionNode", "imageNode") else ""
        pairs += [(name, str(node["id"])) for name in names if f"{{{name}}}" in prompt and name != node["id"]]
    return {"nodes": nodes, "edges": [_edge(*pair) for pair in dict.fromkeys(pairs)]}


def _model(node_id: str, kind: str, given: str | Mapping[str, Any]) -> dict[str, Any]:
    data = {"prompt": given} if isinstance(given, str) else dict(given)
    return {"id": node_id, "type": kind, "data": {"name": node_id, "modelParams": {}, **data}}


def _edge(source: str, target: str) -> dict[str, Any]:
    handle = "input" if target.startswith("out ") else "variables"
    ends = {"source": source, "sourceHandle": "output", "target": target, "targetHandle": handle}
    return {"id": f"{source}>{target}", **ends}
