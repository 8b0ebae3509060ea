"""Checks what a version or a session is to hold, and completes versions with the variables that only holes name."""

from collections.abc import Collection, Sequence
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from promptwire import values
from promptwire.v1.document_pb2 import DocumentVersion
from promptwire.v1.prompt_pb2 import ImageVariable, Variable, Version
from promptwire.v1.prompt_service_pb2 import CreateSessionRequest, CreateVersionRequest, UpdateSessionRequest
from promptwire.v1.session_pb2 import Session
from services import checks, errors
from services.prompts import formats, graph, graphs, refusals
from services.prompts.template import MAX_NAME, compile_messages
from services.providers.base import RESERVED_FAULT, RESERVED_PARAMETERS

# A prompt is named by its id, or by an alias that is no longer.
MAX_PROMPT_ID = 64
MAX_MESSAGES = 1000
MAX_VARIABLES = 1000
MAX_IMAGES = 16
MAX_PROVIDER = 100
MAX_MODEL = 255
MAX_COMMIT_MESSAGE = 10_000
MAX_NAME_OF_SESSION = 255
# What of a session is kept of what callers give.
DRAFT = ("name", *graphs.REPLACED, "inputs", "graph")

Content = CreateVersionRequest | CreateSessionRequest | UpdateSessionRequest | DocumentVersion


def to_version(request: CreateVersionRequest, limit: int, schema_fault: str | None = None) -> Version:
    """Give the version that a request asks for, without what the store adds.

    `limit` is the bytes that it may take, `schema_fault` what was found in its schema. Raises InvalidArgument.
    """
    _check_bounds(request, limit)
    with checks.Checks() as check:
        check.text("prompt_id", request.prompt_id, least=1, most=MAX_PROMPT_ID)
        _check_content(check, request, limit, schema_fault)
        check.text("commit_message", request.commit_message, most=MAX_COMMIT_MESSAGE)
    return _to_version(request, request.commit_message, request.messages)


def check_draft(
    check: checks.Checks,
    request: CreateSessionRequest | UpdateSessionRequest,
    limit: int,
    schema_fault: str | None = None,
) -> None:
    """Check what a session is to hold; `limit` is the bytes that it may take. What is too large is refused at once."""
    _check_bounds(request, limit)
    check.text("name", request.name, most=MAX_NAME_OF_SESSION)
    _check_content(check, request, limit, schema_fault)
    check.count("inputs", request.inputs, most=MAX_VARIABLES)
    for name, value in sorted(request.inputs.items())[:MAX_VARIABLES]:
        _check_name(check, f"inputs.{name[:MAX_NAME]}", name, set())
        check.text(f"inputs.{name[:MAX_NAME]}", value, most=limit)


def check_version(check: checks.Checks, version: DocumentVersion, limit: int, schema_fault: str | None = None) -> None:
    """Check a version of a document; `limit` is the bytes that it may take. What is too large is refused at once."""
    _check_bounds(version, limit, check.path)
    _check_content(check, version, limit, schema_fault)
    check.text("commit_message", version.commit_message, most=MAX_COMMIT_MESSAGE)


def from_document(version: DocumentVersion) -> Version:
    """Give the version that a document holds, without what the store adds."""
    return _to_version(version, version.commit_message, version.messages)


def commit(session: Session, commit_message: str, indices: Sequence[int]) -> Version:
    """Give the version that a session becomes, with those of its messages, or with all when none are named.

    Raises FailedPrecondition, InvalidArgument.
    """
    if not session.messages and not session.HasField("graph"):
        raise refusals.session_empty(session.id)
    count = len(session.messages)
    for position, index in enumerate(indices):
        if not 0 <= index < count:
            raise refusals.message_out_of_range(position, index, count)
    messages = [session.messages[index] for index in dict.fromkeys(indices)] or list(session.messages)
    return _to_version(session, commit_message, messages)


def as_it_would_be(draft: Version, prompt_id: str) -> Version:
    """Complete what `to_version` gave as the store would, but for what only a version that is kept has."""
    version = Version(prompt_id=prompt_id, is_latest=True)
    version.MergeFrom(draft)
    version.parameters.SetInParent()
    if draft.HasField("graph"):
        version.outputs.extend(graph.list_outputs(values.from_struct(draft.graph)))
    return version


def _to_version(source: Content | Session, commit_message: str, messages: Sequence[Value]) -> Version:
    if source.HasField("graph"):
        return Version(graph=source.graph, variables=_declare(source.graph), commit_message=commit_message)
    return Version(
        messages=messages,
        variables=complete(source.variables, messages),
        images=source.images,
        provider=source.provider,
        model=source.model,
        parameters=source.parameters,
        output_format=formats.normal(source),
        commit_message=commit_message,
    )


def _declare(document: Struct) -> Sequence[Variable]:
    """Give the variables of a graph. One that is none, by what is asked of graphs since it was kept, is refused."""
    try:
        return graphs.declare(document)
    except graph.GraphInvalid as error:
        faults = (errors.Violation(fault.field, fault.message, graphs.INVALID) for fault in error.faults)
        raise checks.invalid(*faults) from None


def complete(variables: Sequence[Variable], messages: Sequence[Value]) -> list[Variable]:
    """Give the variables that are declared, and one for each hole of the messages that names none of them."""
    read = [values.from_value(message) for message in messages]
    holes = _undeclared(read, {variable.name for variable in variables})
    if len(variables) + len(holes) > MAX_VARIABLES:
        fault = f"have {len(holes)} holes without a variable; a version has {MAX_VARIABLES} in all"
        raise checks.invalid(errors.Violation("messages", fault))
    return [*map(_with_type, variables), *map(_of_hole, holes)]


def check_size(session: Session, limit: int) -> None:
    """Refuse a session that is too large as a whole, though no save of a part was. Raises InvalidArgument."""
    kept = Session(**{field: getattr(session, field) for field in DRAFT})
    with checks.Checks() as check:
        _check_bytes(check, kept.ByteSize(), limit, is_flow=session.HasField("graph"))


def _check_bytes(check: checks.Checks, size: int, limit: int, *, is_flow: bool) -> None:
    if is_flow:
        if size > graphs.MAX_BYTES:
            check.fail("graph", f"takes {size} bytes, at most {graphs.MAX_BYTES} are kept", graphs.INVALID)
    elif size > limit:
        check.fail("messages", f"make it too large as a whole: it takes {size} bytes, at most {limit} are kept")


def _check_bounds(request: Content, limit: int, path: str = "") -> None:
    """Refuse what is too large before anything else is looked at, since the look itself would be dear."""
    with checks.Checks(path) as check:
        _check_bytes(check, request.ByteSize(), limit, is_flow=request.HasField("graph"))
        check.count("messages", request.messages, most=MAX_MESSAGES)
        check.count("variables", request.variables, most=MAX_VARIABLES)
        check.count("images", request.images, most=MAX_IMAGES)


def _check_content(check: checks.Checks, request: Content, limit: int, schema_fault: str | None) -> None:
    if request.HasField("graph"):
        graphs.check(check, request)
        return
    messages = _read_messages(check, request)
    holes = _undeclared(messages, {variable.name for variable in request.variables})
    if len(request.variables) + len(holes) > MAX_VARIABLES:
        check.fail("messages", f"have {len(holes)} holes without a variable; a version has {MAX_VARIABLES} in all")
    _check_variables(check, request.variables, limit)
    _check_images(check, request.images, limit)
    check.text("provider", request.provider, most=MAX_PROVIDER)
    check.text("model", request.model, most=MAX_MODEL)
    _check_parameters(check, request)
    formats.check(check, request, schema_fault)


def _read_messages(check: checks.Checks, request: Content) -> list[Any]:
    messages: list[Any] = []
    for index, message in enumerate(request.messages):
        try:
            messages.append(values.from_value(message))
        except values.Unrepresentable as error:
            check.fail(f"messages[{index}]{error.path}", error.message)
    return messages


def _undeclared(messages: Sequence[Any], declared: Collection[str]) -> list[str]:
    return [name for name in compile_messages(messages, declared).names if name not in declared]


def _check_variables(check: checks.Checks, variables: Sequence[Variable], limit: int) -> None:
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        field = f"variables[{index}]"
        _check_name(check, f"{field}.name", variable.name, seen)
        _check_choice(check, field, variable, limit)
        check.text(f"{field}.default_value", variable.default_value, most=limit)
        check.text(f"{field}.description", variable.description, most=limit)


def _check_name(check: checks.Checks, field: str, name: str, seen: set[str]) -> None:
    check.text(field, name, least=1, most=MAX_NAME)
    if any(character in "{}\r\n" for character in name):
        check.fail(field, "must not contain braces or line breaks")
    if name in seen:
        check.fail(field, f"{name[:MAX_NAME]!r} is the name of an earlier variable; names are unique")
    seen.add(name)


def _check_choice(check: checks.Checks, field: str, variable: Variable, limit: int) -> None:
    if variable.type == Variable.TYPE_SELECT:
        _check_options(check, field, variable, limit)
    elif variable.type not in (Variable.TYPE_UNSPECIFIED, Variable.TYPE_TEXT):
        check.fail(f"{field}.type", "must be TYPE_TEXT or TYPE_SELECT")
    elif variable.options:
        check.fail(f"{field}.options", "are only for variables of TYPE_SELECT")


def _check_options(check: checks.Checks, field: str, variable: Variable, limit: int) -> None:
    if not variable.options:
        check.fail(f"{field}.options", "a select needs at least one option")
        return
    seen: set[str] = set()
    for index, option in enumerate(variable.options):
        check.text(f"{field}.options[{index}].name", option.name, least=1, most=limit)
        check.text(f"{field}.options[{index}].value", option.value, most=limit)
        if option.name in seen:
            check.fail(f"{field}.options[{index}].name", "is the name of an earlier option; names are unique")
        seen.add(option.name)
    if variable.HasField("default_value") and all(
        variable.default_value != option.value for option in variable.options
    ):
        check.fail(f"{field}.default_value", "must be the value of one of the options")


def _check_images(check: checks.Checks, images: Sequence[ImageVariable], limit: int) -> None:
    for index, image in enumerate(images):
        check.text(f"images[{index}].description", image.description, most=limit)


def _check_parameters(check: checks.Checks, request: Content) -> None:
    try:
        parameters = values.from_struct(request.parameters)
    except values.Unrepresentable as error:
        check.fail(f"parameters{error.path}", error.message)
        return
    for name in sorted(RESERVED_PARAMETERS & parameters.keys()):
        check.fail(f"parameters.{name}", RESERVED_FAULT)


def _with_type(variable: Variable) -> Variable:
    typed = Variable()
    typed.CopyFrom(variable)
    typed.type = variable.type or Variable.TYPE_TEXT
    return typed


def _of_hole(name: str) -> Variable:
    return Variable(name=name, type=Variable.TYPE_TEXT, required=True)
