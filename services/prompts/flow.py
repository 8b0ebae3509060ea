"""Compiles a graph once into what a run of it does: the steps that its outputs need, each behind those it needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Literal

from services.prompts import template
from services.prompts.graph import Graph, ModelNode, Node, OtherNode, OutputNode, VariableNode
from services.prompts.template import Template


@dataclass(frozen=True, slots=True)
class FromVariable:
    """The value of the variable of a label."""

    label: str


@dataclass(frozen=True, slots=True)
class FromStep:
    """What a step came to."""

    id: str


Source = FromVariable | FromStep


@dataclass(frozen=True, slots=True)
class Step:
    """A node that asks a model: with its `template`, or, when that is None, with the stored prompt of `prompt_id`.

    `needs` are the steps that must have ended before. `sources` tells what may fill the holes, by name: of a template
    exactly its own, of a stored prompt what edges lead from (`Flow.find_sources` knows what else the node can see).
    `index` is the node's place in the document.
    """

    id: str
    index: int
    name: str
    kind: Literal["text", "image"]
    model: str
    parameters: Mapping[str, Any]
    needs: tuple[str, ...]
    template: Template | None
    sources: Mapping[str, Source]
    prompt_id: str = ""
    prompt_label: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """An output node, and what leads to it in the order of its edges."""

    id: str
    name: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A compiled graph: each step stands behind those it needs. `faults` says why it cannot be run; empty: it can."""

    steps: tuple[Step, ...]
    outputs: tuple[Output, ...]
    faults: tuple[str, ...]
    names: "Names"

    def find_sources(self, step: Step, names: Iterable[str]) -> dict[str, Source]:
        """Give what these names mean for a step with a stored prompt; others mean nothing."""
        return self.names.find(step.id, step.sources, names)


def compile_flow(graph: Graph) -> Flow:
    """Compile a graph. What leads to no output is left out."""
    outputs = [node for node in graph.nodes.values() if isinstance(node, OutputNode)]
    used = find_used(graph)
    faults = [_tell_unknown(graph.nodes[node_id]) for node_id in used if isinstance(graph.nodes[node_id], OtherNode)]
    if not outputs:
        faults.append("the graph has no output node")
    compiled = tuple(Output(node.id, node.name, _list_sources(graph, node.id)) for node in outputs)
    models = [] if faults else list_models(graph, used)
    names = read_names(graph, models)
    return Flow(_compile_steps(graph, models, names), compiled, tuple(faults), names)


def broken_flow(faults: Sequence[str]) -> Flow:
    """Give what a graph with faults is compiled to, which keep it from being run."""
    return Flow((), (), tuple(faults), Names((), {}, {}))


def find_used(graph: Graph) -> list[str]:
    """Give the outputs and the nodes that lead to them, in the order of the document."""
    waiting = [node.id for node in graph.nodes.values() if isinstance(node, OutputNode)]
    used = set(waiting)
    while waiting:
        found = [source for source in graph.sources.get(waiting.pop(), ()) if source not in used]
        used.update(found)
        waiting += found
    return [node_id for node_id in graph.nodes if node_id in used]


def _tell_unknown(node: Node) -> str:
    assert isinstance(node, OtherNode)
    return f"node {node.id!r} is of the type {node.type!r}, which does not run, and an output needs it"


def _list_sources(graph: Graph, node_id: str) -> tuple[Source, ...]:
    return tuple(_to_source(graph.nodes[source]) for source in graph.sources.get(node_id, ()))


def _to_source(node: Node) -> Source:
    return FromVariable(node.label) if isinstance(node, VariableNode) else FromStep(node.id)


def _compile_steps(graph: Graph, models: Sequence[ModelNode], names: "Names") -> tuple[Step, ...]:
    indices = {node_id: index for index, node_id in enumerate(graph.nodes)}
    return tuple(_compile_step(graph, node, indices[node.id], names) for node in models)


def list_models(graph: Graph, used: Iterable[str]) -> list[ModelNode]:
    """Give the models among some nodes, each behind those that lead to it."""
    order = TopologicalSorter({node_id: graph.sources.get(node_id, ()) for node_id in used}).static_order()
    return [node for node_id in order if isinstance(node := graph.nodes[node_id], ModelNode)]


def _compile_step(graph: Graph, node: ModelNode, index: int, names: "Names") -> Step:
    compiled, sources = None, find_near(graph, node)
    if not node.prompt_id:
        sources = names.find(node.id, sources, sorted(template.list_candidates(node.prompt)))
        compiled = template.compile_prompt(node.prompt, sources.keys())
    return Step(
        id=node.id,
        index=index,
        name=node.name,
        kind=node.kind,
        model=node.model,
        parameters=node.parameters,
        needs=tuple(it for it in graph.sources.get(node.id, ()) if isinstance(graph.nodes[it], ModelNode)),
        template=compiled,
        sources=sources,
        prompt_id=node.prompt_id,
        prompt_label=node.prompt_label,
    )


def read_names(graph: Graph, models: Iterable[ModelNode]) -> "Names":
    """Learn what some models can see, each of which stands behind those that lead to it."""
    bits = {node_id: 1 << index for index, node_id in enumerate(graph.nodes)}
    actions: dict[str, int] = {}
    before: dict[str, int] = {}
    for node in models:
        before[node.id] = 0
        for source in graph.sources.get(node.id, ()):
            if source in before:
                before[node.id] |= before[source] | bits[source]
        if node.kind == "text" and node.name:
            actions[node.name] = actions.get(node.name, 0) | bits[node.id]
    return Names(tuple(graph.nodes), actions, before)


def find_near(graph: Graph, node: ModelNode) -> dict[str, Source]:
    """Give what a node can see by the edges that lead to it, by name: a variable goes before an action."""
    near: dict[str, Source] = {}
    actions: dict[str, Source] = {}
    for source in graph.sources.get(node.id, ()):
        match graph.nodes[source]:
            case VariableNode(label=label):
                near.setdefault(label, FromVariable(label))
            case ModelNode(kind="text", name=name) if name:
                actions.setdefault(name, FromStep(source))
            case _:
                pass
    return {**actions, **near}


@dataclass(frozen=True, slots=True)
class Names:
    """What a node can see by name: what edges lead from, and then the actions that come before it.

    Of those the one goes first that stands first in the document. Which nodes have a name, and which come before one,
    is kept as bits, the first node's the lowest: a chain of a thousand would else be a million names.
    """

    ids: Sequence[str]
    actions: Mapping[str, int]
    before: Mapping[str, int]

    def find(self, node_id: str, near: Mapping[str, Source], names: Iterable[str]) -> dict[str, Source]:
        """Give what these names mean for a node, which sees `near` by edges; others mean nothing."""
        found = {name: near.get(name) or self._find_far(node_id, name) for name in names}
        return {name: source for name, source in found.items() if source is not None}

    def count_actions(self, node_id: str, name: str) -> int:
        """Count the actions of a name that come before a node."""
        return (self.before[node_id] & self.actions.get(name, 0)).bit_count()

    def _find_far(self, node_id: str, name: str) -> Source | None:
        seen = self.before[node_id] & self.actions.get(name, 0)
        return FromStep(self.ids[(seen & -seen).bit_length() - 1]) if seen else None
