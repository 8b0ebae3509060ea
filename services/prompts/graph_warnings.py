"""Tells what of a graph does not run, or not as it may be meant. Nothing of it keeps a graph from being kept."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.prompts import flow, template
from services.prompts.flow import FromStep, Names
from services.prompts.graph import MAX_TEXT, Fault, Graph, ModelNode, Node, OtherNode, OutputNode, VariableNode

# How many warnings are told one by one.
MAX_TOLD = 100


def find(graph: Graph) -> Sequence[Fault]:
    """Give the warnings about a graph in the order of its nodes: up to a number, and how many more there are."""
    found: list[Fault] = []
    if not any(isinstance(node, OutputNode) for node in graph.nodes.values()):
        found.append(Fault("graph.nodes", "have no output node among them: a run gives nothing, and is refused"))
    looking = _look(graph)
    for index, node in enumerate(graph.nodes.values()):
        found += (Fault(f"graph.nodes[{index}]", message) for message in looking.warn(node))
    if len(found) <= MAX_TOLD:
        return found
    return [*found[:MAX_TOLD], Fault("graph", f"has {len(found) - MAX_TOLD} more warnings")]


def _look(graph: Graph) -> "_Looking":
    used = flow.find_used(graph)
    names = flow.read_names(graph, flow.list_models(graph, used))
    return _Looking(graph, frozenset(used), graph.variables(), names, _find_doubled(graph))


def _find_doubled(graph: Graph) -> frozenset[str]:
    """Give the names that two actions have, or an action and a variable."""
    nodes = graph.nodes.values()
    actions = Counter(node.name for node in nodes if isinstance(node, ModelNode) and node.kind == "text")
    labels = {node.label for node in nodes if isinstance(node, VariableNode)}
    return frozenset(name for name, count in actions.items() if name and (count > 1 or name in labels))


@dataclass(frozen=True, slots=True)
class _Looking:
    """A graph that is looked through: its nodes that run, its stored values, and the names of outputs met so far."""

    graph: Graph
    used: frozenset[str]
    stored: Mapping[str, str]
    names: Names
    doubled: frozenset[str]
    outputs: set[str] = field(default_factory=set[str])

    def warn(self, node: Node) -> Iterator[str]:
        match node:
            case OtherNode():
                yield f"is of the type {node.type[:MAX_TEXT]!r}, which does not run"
            case OutputNode():
                yield from self._warn_of_output(node)
            case ModelNode() if node.id not in self.used:
                yield "leads to no output: it is not run"
            case ModelNode():
                yield from self._warn_of_model(node)
            case VariableNode() if node.id not in self.used:
                yield "leads to no output: its value is not asked for"
            case VariableNode() if node.value and node.value != self.stored[node.label]:
                yield f"stores another value for {node.label!r} than an earlier node, whose value is the default"
            case _:
                pass

    def _warn_of_output(self, node: OutputNode) -> Iterator[str]:
        if node.id not in self.graph.sources:
            yield "is an output that nothing leads to: it gives an empty text"
        if not node.name.strip():
            yield "is an output without a name: clients look outputs up by name"
        elif node.name in self.outputs:
            yield f"is an output named {node.name!r}, as an earlier one is: clients look outputs up by name"
        self.outputs.add(node.name)

    def _warn_of_model(self, node: ModelNode) -> Iterator[str]:
        if not node.prompt_id and not node.prompt.strip():
            yield "has an empty prompt: it asks the model with an empty text"
        for name, source in self._find_doubtful(node).items():
            count = self.names.count_actions(node.id, name)
            if isinstance(source, FromStep) and count > 1:
                yield f"has {count} actions before it that are named {name!r}: it takes the text of node {source.id!r}"
            elif count and not isinstance(source, FromStep):
                yield f"sees a variable and an action that are both named {name!r}: it takes the variable"

    def _find_doubtful(self, node: ModelNode) -> Mapping[str, flow.Source]:
        """Give what the holes of a node mean that are named by more than one; of a stored prompt, what may be holes.

        Those are only looked for where an edge leads from: far ones would be all names for each such node.
        """
        if not self.doubled:
            return {}
        near = flow.find_near(self.graph, node)
        holes = near if node.prompt_id else template.list_candidates(node.prompt)
        return self.names.find(node.id, near, sorted(self.doubled.intersection(holes)))
