"""`promptwire flow import`: the file of a flow's graph becomes a prompt, or the next version of one."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Never

import grpc.aio
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import Prompt
from services import client
from services.config import Settings
from services.failures import Failed

STDIN = "-"
# What stands beside the graph in what was saved of a flow, and is no part of it.
BESIDE = (
    *("id", "name", "description", "alias", "version", "variables", "outputs", "warnings"),
    *("strictVariables", "createdAt", "updatedAt"),
)
# What of that a flow is told, by the field of its prompt.
_SAID = {"name": "name", "description": "description", "alias": "alias", "strictVariables": "strict_variables"}

Said = Mapping[str, Any]


async def bring(file: str, settings: Settings, *, name: str | None, alias: str | None, prompt_id: str) -> int:
    """Bring the graph in a file into the project: as a new prompt, or as a version of the one that is named.

    `name` and `alias` go before those that the file has beside its graph; None says nothing. Raises Failed.
    """
    document = _parse(await asyncio.to_thread(_read, file), file)
    said = _read_said(document, file) | {
        field: value for field, value in (("name", name), ("alias", alias)) if value is not None
    }
    content = pb.CreateVersionRequest(prompt_id=prompt_id, graph=_read_graph(document, file))
    try:
        async with client.prompts(settings) as prompts:
            if prompt_id:
                _print(*await _replace(prompts, content, said))
            else:
                _print(*await _create(prompts, content, {"name": _name(file), **said}))
    except grpc.aio.AioRpcError as error:
        return _refused(error)
    return 0


async def _create(
    prompts: client.Prompts, content: pb.CreateVersionRequest, said: Said
) -> tuple[Prompt, pb.CreateVersionResponse]:
    """Make a prompt and its version; the prompt does not stay if the graph is refused."""
    prompt = (await prompts.stub.CreatePrompt(pb.CreatePromptRequest(**said), metadata=prompts.metadata)).prompt
    content.prompt_id = prompt.id
    try:
        return prompt, await prompts.stub.CreateVersion(content, metadata=prompts.metadata)
    except grpc.aio.AioRpcError:
        await prompts.stub.DeletePrompt(pb.DeletePromptRequest(id=prompt.id), metadata=prompts.metadata)
        raise


async def _replace(
    prompts: client.Prompts, content: pb.CreateVersionRequest, said: Said
) -> tuple[Prompt, pb.CreateVersionResponse]:
    """Tell a prompt what is said of it, if anything, and make its version; a graph that is refused changes nothing."""
    if said:
        only_check = pb.CreateVersionRequest(prompt_id=content.prompt_id, graph=content.graph, validate_only=True)
        await prompts.stub.CreateVersion(only_check, metadata=prompts.metadata)
    update = pb.UpdatePromptRequest(id=content.prompt_id, update_mask=FieldMask(paths=said), **said)
    prompt = (await prompts.stub.UpdatePrompt(update, metadata=prompts.metadata)).prompt
    # It may have been named by the alias that it had until now.
    content.prompt_id = prompt.id
    return prompt, await prompts.stub.CreateVersion(content, metadata=prompts.metadata)


def _refused(error: grpc.aio.AioRpcError) -> int:
    """Tell why the server refused a call, each fault on a line of its own; give the exit code of the command."""
    faults = _list_faults(error)
    if not faults:
        return client.refused(error)
    print(f"promptwire: {error.code().name}:", file=sys.stderr)
    for fault in faults:
        place = f"{fault.field}: " if fault.field else ""
        print(f"  {client.printable(place + fault.description)}", file=sys.stderr)
    return 1


def _list_faults(error: grpc.aio.AioRpcError) -> Sequence[error_details_pb2.BadRequest.FieldViolation]:
    rich = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    request = error_details_pb2.BadRequest()
    for detail in rich.details if rich else ():
        detail.Unpack(request)
    return request.field_violations


def _print(prompt: Prompt, answer: pb.CreateVersionResponse) -> None:
    version = answer.version
    print(f"flow {version.prompt_id}, version {version.number}")
    for variable in version.variables:
        is_required = variable.required or prompt.strict_variables
        stored = "" if is_required else f" (default: {json.dumps(variable.default_value, ensure_ascii=False)})"
        print(f"  variable {client.printable(variable.name + stored)}")
    for output in version.outputs:
        print(f"  output {client.printable(output)}")
    for warning in answer.warnings:
        print(f"warning: {client.printable(f'{warning.field} {warning.message}')}", file=sys.stderr)


def _name(file: str) -> str:
    return "Flow" if file == STDIN else Path(file).stem


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None


def _parse(text: bytes, file: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Failed(f"{file} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Failed(f"{file} is no graph: it must be a JSON object with `nodes` and `edges`")
    return document


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"it holds {name}, which JSON does not know; write a number, a text or null")


def _read_said(document: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Give what a file says of its flow beside the graph; an empty text says nothing. Raises Failed."""
    given = {member: document[member] for member in _SAID if document.get(member) not in (None, "")}
    faults = [fault for member, value in given.items() if (fault := _find_fault(member, value))]
    if faults:
        raise Failed("; ".join(f"{file}.{fault}" for fault in faults))
    return {_SAID[member]: value for member, value in given.items()}


def _find_fault(member: str, value: Any) -> str | None:
    if member == "strictVariables":
        return None if isinstance(value, bool) else f"{member} must be true or false"
    return None if isinstance(value, str) else f"{member} must be a text"


def _read_graph(document: Mapping[str, Any], file: str) -> Struct:
    try:
        return values.to_struct({name: value for name, value in document.items() if name not in BESIDE})
    except values.Unrepresentable as error:
        raise Failed(f"{file}{client.printable(error.path)} {error.message}") from None
