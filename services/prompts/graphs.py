"""Graphs as versions and sessions hold them: checked, with the variables they declare, and what is odd about them."""

from collections.abc import Sequence

from google.protobuf.struct_pb2 import Struct

from promptwire import values
from promptwire.v1.document_pb2 import DocumentVersion
from promptwire.v1.prompt_pb2 import Variable, Version, Warning  # noqa: A004 - the contract's word
from promptwire.v1.prompt_service_pb2 import CreateSessionRequest, CreateVersionRequest, UpdateSessionRequest
from promptwire.v1.session_pb2 import Session
from services.checks import Checks
from services.prompts import formats, graph
from services.prompts.graph import Graph, GraphInvalid

MAX_BYTES = 10 * 1024 * 1024
# What a graph takes the place of.
REPLACED = ("messages", "variables", "images", "provider", "model", "parameters", "output_format")

Content = CreateVersionRequest | CreateSessionRequest | UpdateSessionRequest | DocumentVersion


def check(checks: Checks, content: Content) -> None:
    """Check content that holds a graph: nothing else, and no fault in it."""
    for field in REPLACED:
        if is_given(content, field):
            checks.fail(field, "must be left out with a graph, which takes its place")
    try:
        graph.read(values.from_struct(content.graph))
    except values.Unrepresentable as error:
        checks.fail(f"graph{error.path}", error.message)
    except GraphInvalid as error:
        for fault in error.faults:
            checks.fail(fault.field, fault.message, "GRAPH_INVALID")


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
    """Give the variables of a document that was checked before: one without a stored value is required."""
    return [_to_variable(label, value) for label, value in read(document).variables().items()]


def warn(holder: Version | Session) -> Sequence[Warning]:
    """Give what is odd about the graph of a version or a session, if it has one."""
    if not holder.HasField("graph"):
        return ()
    return [Warning(field=fault.field, message=fault.message) for fault in read(holder.graph).warnings]


def _to_variable(label: str, value: str) -> Variable:
    variable = Variable(name=label, type=Variable.TYPE_TEXT, required=not value, allow_empty=True)
    if value:
        variable.default_value = value
    return variable
