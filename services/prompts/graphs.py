"""Graphs as versions and sessions hold them: checked, with the variables they declare, and what is odd about them."""

from collections.abc import Sequence

from google.protobuf.struct_pb2 import Struct

from promptwire import values
from promptwire.v1.document_pb2 import DocumentVersion
from promptwire.v1.prompt_pb2 import Variable, Version, Warning  # noqa: A004 - the contract's word
from promptwire.v1.prompt_service_pb2 import CreateSessionRequest, CreateVersionRequest, UpdateSessionRequest
from promptwire.v1.session_pb2 import Session
from services.checks import Checks
from services.prompts import flow, formats, graph, graph_warnings
from services.prompts.graph import Graph, GraphInvalid, VariableNode

MAX_BYTES = 10 * 1024 * 1024
# Of objects, lists, texts, numbers, booleans and nulls, however short: each costs what a longer one does.
MAX_VALUES = 300_000
# A value takes more bytes than this.
_LEAST_BYTES = 2
# The reason of all that keeps a graph from being kept.
INVALID = "GRAPH_INVALID"
# What a graph takes the place of.
REPLACED = ("messages", "variables", "images", "provider", "model", "parameters", "output_format")

Content = CreateVersionRequest | CreateSessionRequest | UpdateSessionRequest | DocumentVersion


def check(checks: Checks, content: Content) -> None:
    """Check content that holds a graph: nothing else, and no fault in it."""
    for field in REPLACED:
        if is_given(content, field):
            checks.fail(field, "must be left out with a graph, which takes its place")
    try:
        document = values.from_struct(content.graph)
        if content.graph.ByteSize() > _LEAST_BYTES * MAX_VALUES and (count := _count(document)) > MAX_VALUES:
            checks.fail("graph", f"holds {count} values, at most {MAX_VALUES} are kept", INVALID)
            return
        graph.read(document)
    except values.Unrepresentable as error:
        checks.fail(f"graph{error.path}", error.message, INVALID)
    except GraphInvalid as error:
        for fault in error.faults:
            checks.fail(fault.field, fault.message, INVALID)


def check_alone(session: Session) -> None:
    """Refuse a draft that holds a graph and what goes with messages. Raises InvalidArgument."""
    if not session.HasField("graph"):
        return
    with Checks() as found:
        for field in REPLACED:
            if is_given(session, field):
                found.fail(field, "goes with messages, and the session holds a graph; save messages, or leave it out")


def is_given(holder: Content | Session, field: str) -> bool:
    """Whether a field is not empty; an object without members, and the format of text, are empty, too."""
    given = getattr(holder, field)
    if field == "output_format":
        return formats.normal(holder) is not None
    return bool(given.fields) if isinstance(given, Struct) else bool(given)


def read(document: Struct) -> Graph:
    """Give the graph of a document that was checked before."""
    return graph.read(values.from_struct(document))


def declare(document: Struct) -> list[Variable]:
    """Give the variables of a checked document: one that is used, and has no stored value, is required."""
    found = read(document)
    used = (found.nodes[node_id] for node_id in flow.find_used(found))
    needed = {node.label for node in used if isinstance(node, VariableNode)}
    return [_to_variable(label, value, label in needed) for label, value in found.variables().items()]


def warn(holder: Version | Session) -> Sequence[Warning]:
    """Give what is odd about the graph of a version or a session, if it has one."""
    if not holder.HasField("graph"):
        return ()
    try:
        found = graph_warnings.find(read(holder.graph))
    except GraphInvalid as error:
        # It was a graph by what was asked of one when it was kept.
        found = error.faults[: graph_warnings.MAX_TOLD]
    return [Warning(field=fault.field, message=fault.message) for fault in found]


def _count(json: object) -> int:
    """Count a value and those in it."""
    match json:
        case dict():
            return 1 + sum(map(_count, json.values()))
        case list():
            return 1 + sum(map(_count, json))
        case _:
            return 1


def _to_variable(label: str, value: str, is_used: bool) -> Variable:
    variable = Variable(name=label, type=Variable.TYPE_TEXT, required=is_used and not value, allow_empty=True)
    if value:
        variable.default_value = value
    return variable
