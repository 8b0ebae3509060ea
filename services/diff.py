"""`promptwire prompt diff`: two versions as text that people read, and what differs between them."""

import difflib
import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence

import grpc
import grpc.aio

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import OutputFormat, Variable, Version
from services import client
from services.config import Settings
from services.failures import Failed

_VERSION_ID = re.compile("[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBERED = re.compile("(.+):([0-9]{1,18})", re.DOTALL)
_COLOURS = {"---": "\x1b[1m", "+++": "\x1b[1m", "@": "\x1b[36m", "-": "\x1b[31m", "+": "\x1b[32m"}
_RESET = "\x1b[0m"
_INDENT = "  "


async def diff(old: str, new: str, settings: Settings) -> int:
    """Print how two versions differ, each named as the command's help says. Raises Failed."""
    try:
        async with client.prompts(settings) as prompts:
            versions = [await _find(prompts, name) for name in (old, new)]
    except grpc.aio.AioRpcError as error:
        return client.refused(error)
    lines = list(compare(versions[0], versions[1], old, new))
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        print(_coloured(line) if colours else line)
    if not lines:
        print(f"{old} and {new} are equal")
    return 0


def compare(old: Version, new: Version, old_name: str, new_name: str) -> Iterator[str]:
    """Give a unified diff of two versions; nothing when they are equal."""
    titles = _title(old_name, old), _title(new_name, new)
    return difflib.unified_diff(list(to_lines(old)), list(to_lines(new)), *titles, lineterm="")


def to_lines(version: Version) -> Iterator[str]:
    """Give what a version says as lines: how it is run, what fills it, then message by message."""
    if version.HasField("graph"):
        yield "graph:"
        yield from _json(values.from_struct(version.graph))
        return
    yield f"provider: {version.provider}"
    yield f"model: {version.model}"
    yield "parameters:"
    yield from _json(values.from_struct(version.parameters))
    yield from _format(version.output_format)
    yield "variables:"
    for variable in version.variables:
        yield from _variable(variable)
    for image in version.images:
        yield f"image: {json.dumps(image.description, ensure_ascii=False)}"
    for message in version.messages:
        yield from _message(values.from_value(message))


def _format(given: OutputFormat) -> Iterator[str]:
    if given.type > OutputFormat.TYPE_TEXT:
        yield f"output format: {OutputFormat.Type.Name(given.type).removeprefix('TYPE_').lower()}"
    if given.HasField("schema"):
        yield from _json(values.from_struct(given.schema))


def _variable(variable: Variable) -> Iterator[str]:
    said = [Variable.Type.Name(variable.type).removeprefix("TYPE_").lower()]
    said += ["required"] if variable.required else []
    said += ["may be empty"] if variable.allow_empty else []
    if variable.HasField("default_value"):
        said.append(f"default {json.dumps(variable.default_value, ensure_ascii=False)}")
    yield f"{_INDENT}{variable.name}: {', '.join(said)}"
    if variable.description:
        yield f"{_INDENT * 2}{json.dumps(variable.description, ensure_ascii=False)}"
    for option in variable.options:
        pair = [json.dumps(text, ensure_ascii=False) for text in (option.name, option.value)]
        yield f"{_INDENT * 2}option {' = '.join(pair)}"


def _message(message: object) -> Iterator[str]:
    if isinstance(message, str):
        yield "[text]"
        yield from _indented(message)
        return
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        yield "[json]"
        yield from _json(message)
        return
    rest = {name: value for name, value in message.items() if name != "role"}
    yield f"[{message['role']}]"
    if isinstance(rest.get("content"), str):
        yield from _indented(rest.pop("content"))
    if rest:
        yield from _json(rest)


def _json(value: object) -> list[str]:
    return _indented(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))


def _indented(text: str) -> list[str]:
    # Only at line feeds: a text that differs in other ends of lines does differ.
    return [_INDENT + line for line in text.split("\n")]


def _title(name: str, version: Version) -> str:
    time = version.create_time.ToDatetime().isoformat(" ", "seconds")
    said = version.commit_message.strip().partition("\n")[0]
    return " ".join((f"{name} (version {version.number}, serial {version.serial}, {time})", said)).strip()


def _coloured(line: str) -> str:
    """Colour a line for a terminal, which nothing in a prompt may steer."""
    shown = "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in line)
    colour = next((colour for start, colour in _COLOURS.items() if line.startswith(start)), "")
    return f"{colour}{shown}{_RESET}" if colour else shown


async def _find(prompts: client.Prompts, name: str) -> Version:
    """Find the version of a name: the first of its meanings that there is. Raises Failed."""
    async for version in _meanings(prompts, name):
        if version is not None:
            return version
    raise Failed(
        f"there is no version {name!r}; name one by its id or serial, as PROMPT:NUMBER or PROMPT@LABEL, "
        "or by PROMPT for its latest"
    )


async def _meanings(prompts: client.Prompts, name: str) -> AsyncGenerator[Version | None]:
    """Give what a name may mean: an alias may look like any of the forms, and a label may hold any character."""
    if _VERSION_ID.fullmatch(name):
        yield await _by_id(prompts, name)
    yield await _latest(prompts, name)
    numbered = _NUMBERED.fullmatch(name)
    if numbered:
        yield await _by_number(prompts, numbered[1], int(numbered[2]))
    for at in re.finditer("@", name):
        if at.start():
            yield await _by_label(prompts, name[: at.start()], name[at.end() :])


async def _by_id(prompts: client.Prompts, version_id: str) -> Version | None:
    request = pb.GetVersionRequest(id=version_id)
    try:
        return (await prompts.stub.GetVersion(request, metadata=prompts.metadata)).version
    except grpc.aio.AioRpcError as error:
        return _nothing(error)


async def _latest(prompts: client.Prompts, prompt_id: str) -> Version | None:
    request = pb.GetPromptRequest(id=prompt_id)
    try:
        prompt = (await prompts.stub.GetPrompt(request, metadata=prompts.metadata)).prompt
    except grpc.aio.AioRpcError as error:
        return _nothing(error)
    return prompt.latest_version if prompt.HasField("latest_version") else None


async def _by_number(prompts: client.Prompts, prompt_id: str, number: int) -> Version | None:
    request = pb.ListVersionsRequest(prompt_id=prompt_id)
    while True:
        try:
            page = await prompts.stub.ListVersions(request, metadata=prompts.metadata)
        except grpc.aio.AioRpcError as error:
            return _nothing(error)
        found = next((version for version in page.versions if version.number == number), None)
        # The newest come first.
        if found or not page.next_page_token or page.versions[-1].number < number:
            return found
        request.page_token = page.next_page_token


async def _by_label(prompts: client.Prompts, prompt_id: str, label: str) -> Version | None:
    request = pb.ListLabelsRequest(prompt_id=prompt_id, page_size=1000)
    try:
        page = await prompts.stub.ListLabels(request, metadata=prompts.metadata)
    except grpc.aio.AioRpcError as error:
        return _nothing(error)
    # A prompt has at most as many labels as a page.
    ids: Sequence[str] = [held.version_id for held in page.labels if held.name == label]
    return await _by_id(prompts, ids[0]) if ids else None


def _nothing(error: grpc.aio.AioRpcError) -> None:
    """Take it that there is no such thing, unless the refusal says something else. Raises AioRpcError."""
    if error.code() not in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT):
        raise error
