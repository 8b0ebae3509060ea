"""`promptwire flow import`: the file of a flow's graph becomes a prompt, or the next version of one."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from services import client
from services.config import Settings
from services.failures import Failed

STDIN = "-"


async def bring(file: str, settings: Settings, *, name: str, alias: str, prompt_id: str) -> int:
    """Bring the graph in a file into the project: as a new prompt, or as a version of the one that is named.

    Raises Failed.
    """
    content = pb.CreateVersionRequest(prompt_id=prompt_id)
    content.graph.CopyFrom(_parse(await asyncio.to_thread(_read, file), file))
    wanted = pb.CreatePromptRequest(name=name or _name(file), alias=alias)
    try:
        async with client.prompts(settings) as prompts:
            _print(await _create(prompts, content, wanted))
    except grpc.aio.AioRpcError as error:
        return _refused(error)
    return 0


async def _create(
    prompts: client.Prompts, content: pb.CreateVersionRequest, wanted: pb.CreatePromptRequest
) -> pb.CreateVersionResponse:
    """Make the version, and the prompt before it where none is named: it does not stay if the graph is refused."""
    if content.prompt_id:
        return await prompts.stub.CreateVersion(content, metadata=prompts.metadata)
    made = (await prompts.stub.CreatePrompt(wanted, metadata=prompts.metadata)).prompt
    content.prompt_id = made.id
    try:
        return await prompts.stub.CreateVersion(content, metadata=prompts.metadata)
    except grpc.aio.AioRpcError:
        await prompts.stub.DeletePrompt(pb.DeletePromptRequest(id=made.id), metadata=prompts.metadata)
        raise


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


def _print(answer: pb.CreateVersionResponse) -> None:
    version = answer.version
    print(f"flow {version.prompt_id}, version {version.number}")
    for variable in version.variables:
        stored = (
            f" (default: {json.dumps(variable.default_value, ensure_ascii=False)})" if not variable.required else ""
        )
        print(f"  variable {client.printable(variable.name)}{stored}")
    for output in version.outputs:
        print(f"  output {client.printable(output)}")
    for warning in answer.warnings:
        print(f"warning: {warning.field} {client.printable(warning.message)}", file=sys.stderr)


def _name(file: str) -> str:
    return "Flow" if file == STDIN else Path(file).stem


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None


def _parse(text: bytes, file: str) -> Any:
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Failed(f"{file} is not JSON: {error}") from None
    if not isinstance(graph, dict):
        raise Failed(f"{file} is no graph: it must be a JSON object with `nodes` and `edges`")
    try:
        return values.to_struct(graph)
    except values.Unrepresentable as error:
        raise Failed(f"{file}{error.path} {error.message}") from None
