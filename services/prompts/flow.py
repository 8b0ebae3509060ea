"""Compiles a graph once into what a run of it does: the steps that its outputs need, each behind those it needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    exactly its own, of a stored prompt all that the node can see. `index` is the node's place in the document.
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


def compile_flow(graph: Graph) -> Flow:
    """Compile a graph. What leads to no output is left out."""
    outputs = [node for node in graph.nodes.values() if isinstance(node, OutputNode)]
    used = _find_used(graph, [node.id for node in outputs])
    faults = [_tell_unknown(graph.nodes[node_id]) for node_id in used if isinstance(graph.nodes[node_id], OtherNode)]
    if not outputs:
        faults.append("the graph has no output node")
    compiled = tuple(Output(node.id, node.name, _list_sources(graph, node.id)) for node in outputs)
    return Flow(() if faults else _compile_steps(graph, used), compiled, tuple(faults))


def _find_used(graph: Graph, outputs: Sequence[str]) -> list[str]:
    """Give the nodes that lead to an output, in the order of the document."""
    used = set(outputs)
    waiting = list(outputs)
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


def _compile_steps(graph: Graph, used: Sequence[str]) -> tuple[Step, ...]:
    names = _Names(graph, _list_actions(graph))
    indices = {node_id: index for index, node_id in enumerate(graph.nodes)}
    order = TopologicalSorter({node_id: graph.sources.get(node_id, ()) for node_id in used}).static_order()
    steps: list[Step] = []
    for node_id in order:
        node = graph.nodes[node_id]
        if isinstance(node, ModelNode):
            names.add(node)
            steps.append(_compile_step(graph, node, indices[node_id], names))
    return tuple(steps)


def _compile_step(graph: Graph, node: ModelNode, index: int, names: "_Names") -> Step:
    if node.prompt_id:
        compiled, sources = None, names.all_of(node)
    else:
        sources = names.find(node, sorted(template.list_candidates(node.prompt)))
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


def _list_actions(graph: Graph) -> dict[str, list[str]]:
    """Give the actions of each name, in the order of the document."""
    actions: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        if isinstance(node, ModelNode) and node.kind == "text" and node.name:
            actions.setdefault(node.name, []).append(node.id)
    return actions


@dataclass(slots=True)
class _Names:
    """What a node can see by name: the variables that an edge leads from, and the actions that come before it.

    A variable goes before an action, an action that an edge leads from before one farther off, and then the one that
    stands first in the document. Which nodes come before one is kept as bits: a chain of a thousand would else be a
    million names.
    """

    graph: Graph
    actions: Mapping[str, Sequence[str]]
    before: dict[str, int] = field(default_factory=dict[str, int])
    bits: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, node: ModelNode) -> None:
        """Learn what comes before a node; all of that was added earlier."""
        sources = [source for source in self.graph.sources.get(node.id, ()) if source in self.bits]
        before = 0
        for source in sources:
            before |= self.before[source] | self.bits[source]
        self.before[node.id] = before
        self.bits[node.id] = 1 << len(self.bits)

    def find(self, node: ModelNode, names: Iterable[str]) -> dict[str, Source]:
        """Give what these names mean for a node; others mean nothing."""
        near = self._list_near(node)
        found = {name: near.get(name) or self._find_far(node, name) for name in names}
        return {name: source for name, source in found.items() if source is not None}

    def all_of(self, node: ModelNode) -> dict[str, Source]:
        """Give all that a node can see."""
        return self.find(node, [*self._list_near(node), *self.actions])

    def _list_near(self, node: ModelNode) -> dict[str, Source]:
        near: dict[str, Source] = {}
        actions: dict[str, Source] = {}
        for source in self.graph.sources.get(node.id, ()):
            match self.graph.nodes[source]:
                case VariableNode(label=label):
                    near.setdefault(label, FromVariable(label))
                case ModelNode(kind="text", name=name) if name:
                    actions.setdefault(name, FromStep(source))
                case _:
                    pass
        return {**actions, **near}

    def _find_far(self, node: ModelNode, name: str) -> Source | None:
        before = self.before[node.id]
        earlier = (it for it in self.actions.get(name, ()) if before & self.bits.get(it, 0))
        return next((FromStep(it) for it in earlier), None)
