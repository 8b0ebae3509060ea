"""Reads the graph of a flow, a React Flow document, and tells all faults at once. What it does not know is let be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from services.prompts import cycles
from services.prompts.template import MAX_NAME, MAX_RENDERED
from services.providers.base import RESERVED_FAULT, RESERVED_PARAMETERS

MAX_NODES = 1000
MAX_EDGES = 10_000
MAX_TEXT = 255
MAX_PROMPT_ID = 64
# How many faults the exception's words name, and how many nodes of a cycle are named.
MAX_TOLD = 10
# How many answers are wanted: graphs say it, and only the first one is taken.
_FREE = RESERVED_PARAMETERS - {"n"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a graph, or odd about it: where (`graph.nodes[3].id`), and what."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class VariableNode:
    """A variable; `value` is the stored one as text, empty when there is none."""

    id: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ModelNode:
    """An action or an image: what is asked of which model. `prompt_id`, if not empty, names a stored prompt to take."""

    id: str
    kind: Literal["text", "image"]
    name: str
    prompt: str
    prompt_id: str
    prompt_label: str
    model: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutputNode:
    """An output."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class OtherNode:
    """A node of a type that does not run."""

    id: str
    type: str


Node = VariableNode | ModelNode | OutputNode | OtherNode


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id, in the document's order; for each those that lead to it, in the order of the edges, each once."""

    nodes: Mapping[str, Node]
    sources: Mapping[str, tuple[str, ...]]

    def variables(self) -> dict[str, str]:
        """Give the labels in the order of their nodes, each once, with the first stored value that is not empty."""
        found: dict[str, str] = {}
        for node in self.nodes.values():
            if isinstance(node, VariableNode):
                found[node.label] = found.get(node.label) or node.value
        return found


class GraphInvalid(ValueError):
    """A document that is no graph that can be kept; `faults` lists all that is wrong."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults[:MAX_TOLD]))
        self.faults = tuple(faults)


def read(document: Mapping[str, Any]) -> Graph:
    """Read a document. Raises GraphInvalid."""
    reading = _Reading()
    nodes = reading.list_objects(document, "nodes", MAX_NODES)
    edges = reading.list_objects(document, "edges", MAX_EDGES)
    reading.refuse()
    for index, node in enumerate(nodes):
        reading.read_node(f"graph.nodes[{index}]", node)
    for index, edge in enumerate(edges):
        reading.read_edge(f"graph.edges[{index}]", edge)
    reading.check_cycles()
    reading.refuse()
    return Graph(reading.nodes, {node_id: tuple(found) for node_id, found in reading.sources.items()})


def list_outputs(document: Mapping[str, Any]) -> list[str]:
    """Give the names of the output nodes of a document that was read before."""
    found = (node["data"].get("name") for node in document["nodes"] if node["type"] == "outputNode")
    return [name or "" for name in found]


@dataclass(slots=True)
class _Reading:
    """A document as far as it was read. Nodes that have a fault are kept by their ids, so that edges find them."""

    faults: list[Fault] = field(default_factory=list[Fault])
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    edge_ids: set[str] = field(default_factory=set[str])
    sources: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])

    def fail(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))

    def refuse(self) -> None:
        if self.faults:
            raise GraphInvalid(self.faults)

    def list_objects(self, document: Mapping[str, Any], name: str, most: int) -> Sequence[Any]:
        items = document.get(name)
        if not isinstance(items, list):
            self.fail(f"graph.{name}", "must be a list")
            return ()
        if len(items) > most:
            self.fail(f"graph.{name}", f"must have at most {most} items; it has {len(items)}")
        return items

    def read_node(self, place: str, node: Any) -> None:
        if not isinstance(node, dict):
            self.fail(place, "must be an object")
            return
        node_id = self._id(f"{place}.id", node.get("id"), self.nodes)
        kind = node.get("type")
        data: Any = node.get("data")
        read = _READERS.get(kind) if isinstance(kind, str) else None
        if not isinstance(kind, str):
            self.fail(f"{place}.type", _ask(kind, "must be a text"))
        elif read is not None and not isinstance(data, dict):
            self.fail(f"{place}.data", _ask(data, "must be an object"))
            read = None
        made = read(self, f"{place}.data", node_id, data) if read else OtherNode(node_id, str(kind))
        self.nodes.setdefault(node_id, made)

    def read_variable(self, place: str, node_id: str, data: Mapping[str, Any]) -> Node:
        variable: Any = data.get("variable")
        given: Mapping[str, Any] = variable if isinstance(variable, dict) else {}
        label = self._text(f"{place}.variable.label", given.get("label"), most=MAX_NAME)
        if not label:
            self.fail(f"{place}.variable.label", "is required: runs name the variable by it")
        if any(character in "{}\r\n" for character in label):
            self.fail(f"{place}.variable.label", "must not contain braces or line breaks")
        return VariableNode(node_id, label, _to_text(given.get("value")))

    def read_action(self, place: str, node_id: str, data: Mapping[str, Any]) -> Node:
        return self._read_model(place, node_id, data, "text")

    def read_image(self, place: str, node_id: str, data: Mapping[str, Any]) -> Node:
        return self._read_model(place, node_id, data, "image")

    def read_output(self, place: str, node_id: str, data: Mapping[str, Any]) -> Node:
        return OutputNode(node_id, self._text(f"{place}.name", data.get("name")))

    def read_edge(self, place: str, edge: Any) -> None:
        if not isinstance(edge, dict):
            self.fail(place, "must be an object")
            return
        if edge.get("id") is not None:
            self.edge_ids.add(self._id(f"{place}.id", edge["id"], self.edge_ids))
        source, target = (self._end(f"{place}.{end}", edge.get(end)) for end in ("source", "target"))
        if source is not None:
            self._check_handle(f"{place}.sourceHandle", edge.get("sourceHandle"), source, _OUT, "lead from it")
        if target is not None:
            self._check_handle(f"{place}.targetHandle", edge.get("targetHandle"), target, _IN, "lead to it")
        if source is not None and target is not None:
            self.sources.setdefault(edge["target"], {})[edge["source"]] = None

    def check_cycles(self) -> None:
        for cycle in cycles.find_cycles(list(self.nodes), self.sources):
            told = ", ".join(cycle[:MAX_TOLD])
            more = f", and {len(cycle) - MAX_TOLD} more" if len(cycle) > MAX_TOLD else ""
            self.fail("graph.edges", f"form a cycle of the nodes {told}{more}")

    def _read_model(self, place: str, node_id: str, data: Mapping[str, Any], kind: Literal["text", "image"]) -> Node:
        settings: Any = data.get("modelParams")
        if settings is not None and not isinstance(settings, dict):
            self.fail(f"{place}.modelParams", "must be an object")
            settings = None
        parameters: dict[str, Any] = {name: value for name, value in (settings or {}).items() if name != "model"}
        for name in sorted(_FREE & parameters.keys()):
            self.fail(f"{place}.modelParams.{name}", RESERVED_FAULT)
        return ModelNode(
            id=node_id,
            kind=kind,
            name=self._text(f"{place}.name", data.get("name")),
            prompt=self._text(f"{place}.prompt", data.get("prompt"), most=MAX_RENDERED),
            prompt_id=self._text(f"{place}.promptId", data.get("promptId"), most=MAX_PROMPT_ID),
            prompt_label=self._text(f"{place}.promptLabel", data.get("promptLabel")),
            model=self._text(f"{place}.modelParams.model", (settings or {}).get("model")),
            parameters=parameters,
        )

    def _id(self, place: str, value: Any, taken: Mapping[str, Any] | set[str]) -> str:
        node_id = self._text(place, value)
        if isinstance(value, str) and not value:
            self.fail(place, "must not be empty")
        if value is None:
            self.fail(place, "is required")
        if node_id and node_id in taken:
            self.fail(place, f"{node_id!r} stands earlier, too; ids are unique")
        return node_id

    def _text(self, place: str, value: Any, *, most: int = MAX_TEXT) -> str:
        """Give a text; an empty one for none, or after a fault."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fail(place, "must be a text")
            return ""
        if len(value) > most:
            self.fail(place, f"must have at most {most} characters; it has {len(value)}")
            return value[:most]
        return value

    def _end(self, place: str, node_id: Any) -> Node | None:
        node = self.nodes.get(node_id) if isinstance(node_id, str) and node_id else None
        if node is None and isinstance(node_id, str):
            self.fail(place, f"{node_id[:MAX_TEXT]!r} is no node of the graph")
        elif node is None:
            self.fail(place, _ask(node_id, "must be a node's id"))
        return node

    def _check_handle(self, place: str, handle: Any, node: Node, wanted: Mapping[type, str], what: str) -> None:
        if isinstance(node, OtherNode):
            return
        if type(node) not in wanted:
            self.fail(place, f"node {node.id!r} has no handle for an edge to {what}")
        elif handle != wanted[type(node)]:
            self.fail(place, f"must be {wanted[type(node)]!r}")


_OUT: Mapping[type, str] = {VariableNode: "output", ModelNode: "output"}
_IN: Mapping[type, str] = {ModelNode: "variables", OutputNode: "input"}
_READERS: Mapping[str, Callable[[_Reading, str, str, Mapping[str, Any]], Node]] = {
    "variableNode": _Reading.read_variable,
    "actionNode": _Reading.read_action,
    "imageNode": _Reading.read_image,
    "outputNode": _Reading.read_output,
}


def _to_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _ask(value: Any, wanted: str) -> str:
    return "is required" if value is None else wanted
