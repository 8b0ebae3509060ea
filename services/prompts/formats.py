"""Output formats as versions and sessions hold them: checked, and as their JSON column. A text has none."""

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from promptwire import values
from promptwire.v1.document_pb2 import DocumentVersion
from promptwire.v1.prompt_pb2 import OutputFormat, Version
from promptwire.v1.prompt_service_pb2 import CreateSessionRequest, CreateVersionRequest, UpdateSessionRequest
from promptwire.v1.session_pb2 import Session
from services.checks import Checks
from services.schemas import SchemaChecker

MAX_SCHEMA_BYTES = 64 * 1024

Kind = Literal["text", "list", "json", "image"]

_KINDS: Mapping[OutputFormat.Type, Kind] = {
    OutputFormat.TYPE_LIST: "list",
    OutputFormat.TYPE_JSON: "json",
    OutputFormat.TYPE_IMAGE: "image",
}
TYPES: Mapping[str, OutputFormat.Type] = {kind: type_ for type_, kind in _KINDS.items()}

Content = CreateVersionRequest | CreateSessionRequest | UpdateSessionRequest | DocumentVersion
Holder = Content | Session | Version


async def find_schema_fault(schemas: SchemaChecker, given: OutputFormat) -> str | None:
    """Tell what is wrong with the schema of an output format; None: it can be used, or there is none."""
    if not given.HasField("schema"):
        return None
    schema = given.schema
    # As JSON it may be longer or shorter, but not by much: reading a far larger one would be dear.
    size = schema.ByteSize()
    if size <= 2 * MAX_SCHEMA_BYTES:
        try:
            json = values.from_struct(schema)
        except values.Unrepresentable as error:
            return f"{error.path}: {error.message}"
        size = len(orjson.dumps(json))
        if size <= MAX_SCHEMA_BYTES:
            return await schemas.find_schema_fault(json)
    return f"must take at most {MAX_SCHEMA_BYTES} bytes as JSON; it takes {size}"


def check(checks: Checks, content: Content, schema_fault: str | None) -> None:
    """Check the output format that content holds; `schema_fault` is what was found in its schema."""
    given = content.output_format
    check_type(checks, "output_format", given)
    if schema_fault is not None and given.type == OutputFormat.TYPE_JSON:
        checks.fail("output_format.schema", schema_fault)
    if given.type == OutputFormat.TYPE_IMAGE and content.images:
        checks.fail("images", "must be left out with TYPE_IMAGE: an image is made of text alone")


def check_type(checks: Checks, field: str, given: OutputFormat) -> None:
    """Check the type of an output format, and that a schema goes with it."""
    if given.type not in OutputFormat.Type.values():
        checks.fail(f"{field}.type", f"must be of {', '.join(OutputFormat.Type.keys()[1:])}")
    if given.HasField("schema") and given.type != OutputFormat.TYPE_JSON:
        checks.fail(f"{field}.schema", "is only for TYPE_JSON")


def normal(holder: Holder) -> OutputFormat | None:
    """Give the output format that content holds; None: text."""
    return holder.output_format if holder.output_format.type in _KINDS else None


def to_column(holder: Holder) -> str | None:
    """Give the column of the output format."""
    given = normal(holder)
    if given is None:
        return None
    schema = {"schema": values.from_struct(given.schema)} if given.HasField("schema") else {}
    return orjson.dumps({"type": _KINDS[given.type], **schema}).decode()


def from_column(column: Mapping[str, Any]) -> OutputFormat:
    """Give the output format of a column."""
    found = OutputFormat(type=TYPES[column["type"]])
    if "schema" in column:
        found.schema.CopyFrom(values.to_struct(column["schema"]))
    return found


def kind_of(given: OutputFormat) -> Kind:
    """Give the type of an output format as the engine names it."""
    return _KINDS.get(given.type, "text")
