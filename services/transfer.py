"""`promptwire export` and `promptwire import`: folders and prompts to a JSON document, and from one into a project."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import grpc.aio
from google.protobuf import json_format

from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.document_pb2 import Document, DocumentFolder, DocumentPrompt, ImportedPrompt
from services import client
from services.config import Settings
from services.failures import Failed

STDIN = "-"
# What one call brings at most: a single transaction of the server, within the limit of its messages.
MAX_BYTES = 8_000_000
MAX_ITEMS = 1000
# A level of JSON takes up to three messages, and the server takes 32 levels.
MAX_NESTING = 200


async def export(file: str | None, prompt_ids: Sequence[str], settings: Settings) -> int:
    """Write a document of all prompts, or of those that are named, to a file or to standard output."""
    try:
        async with client.prompts(settings) as prompts:
            document = await _read_all(prompts, prompt_ids)
    except grpc.aio.AioRpcError as error:
        return client.refused(error)
    # Objects of free JSON come in no order, so that a document would else differ from time to time.
    text = json_format.MessageToJson(document, ensure_ascii=False, sort_keys=True)
    if file is None:
        print(text)
    else:
        await asyncio.to_thread(Path(file).write_text, f"{text}\n", encoding="utf-8")
    return 0


async def bring(files: Sequence[str], source: str | None, settings: Settings, *, move_labels: bool) -> int:
    """Bring a document into the project, or what was saved of the API that `source` names. Raises Failed."""
    if source:
        document = parse(await _convert(source, files), "what was converted")
    else:
        document = parse(await asyncio.to_thread(_read, files[0]), files[0])
    total = pb.ImportPromptsResponse()
    try:
        async with client.prompts(settings) as prompts:
            for part in split(document):
                request = pb.ImportPromptsRequest(document=part, move_labels=move_labels)
                response = await prompts.stub.ImportPrompts(request, metadata=prompts.metadata)
                print("".join(f"{line}\n" for line in tell(response)), end="")
                _add(total, response)
    except grpc.aio.AioRpcError as error:
        print(f"imported until then: {summarize(total)}", file=sys.stderr)
        return client.refused(error)
    print(summarize(total))
    return 0


def parse(text: bytes, name: str) -> Document:
    """Read a document; `name` is what to call it in complaints. Raises Failed."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Failed(f"{name} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise Failed(f"{name} is no document: it must be a JSON object")
    try:
        return json_format.ParseDict(content, Document(), max_recursion_depth=MAX_NESTING)
    except (json_format.ParseError, ValueError, RecursionError) as error:
        raise Failed(f"{name} is no document: {error}") from None


def split(document: Document, most: int = MAX_BYTES) -> Iterator[Document]:
    """Give the document in parts of at most `most` bytes, the folders first. What is larger by itself is a part."""
    part, size, count = Document(), 0, 0
    items: list[DocumentFolder | DocumentPrompt] = [*document.folders, *document.prompts]
    for item in items:
        # With its tag and its length.
        more = item.ByteSize() + 6
        if count and (size + more > most or count == MAX_ITEMS):
            yield part
            part, size, count = Document(), 0, 0
        if isinstance(item, DocumentFolder):
            part.folders.append(item)
        else:
            part.prompts.append(item)
        size, count = size + more, count + 1
    if count:
        yield part


def tell(response: pb.ImportPromptsResponse) -> Iterator[str]:
    """Tell what an import did, a line for each prompt that it changed or whose labels it left."""
    for prompt in response.prompts:
        changes = _changes(prompt)
        if changes:
            yield f"{client.printable(prompt.name)} ({prompt.id}): {'; '.join(changes)}"


def summarize(response: pb.ImportPromptsResponse) -> str:
    """Tell what an import did in all."""
    created = sum(prompt.created for prompt in response.prompts)
    changed = sum(bool(_changes(prompt, kept=False)) for prompt in response.prompts) - created
    versions = sum(len(prompt.created_versions) for prompt in response.prompts)
    found = sum(prompt.found_versions for prompt in response.prompts)
    unchanged = len(response.prompts) - created - changed
    return (
        f"folders: {response.created_folders} created, {response.updated_folders} changed; "
        f"prompts: {created} created, {changed} changed, {unchanged} unchanged; "
        f"versions: {versions} created, {found} found"
    )


def _changes(prompt: ImportedPrompt, *, kept: bool = True) -> list[str]:
    changes = ["created"] if prompt.created else ["changed"] if prompt.updated else []
    if prompt.created_versions:
        changes.append(f"versions created: {', '.join(map(str, prompt.created_versions))}")
    if prompt.set_labels:
        changes.append(f"labels set: {', '.join(map(client.printable, prompt.set_labels))}")
    if prompt.kept_labels and kept:
        labels = ", ".join(map(client.printable, prompt.kept_labels))
        changes.append(f"labels left on other versions: {labels} (--move-labels moves them)")
    return changes


def _add(total: pb.ImportPromptsResponse, response: pb.ImportPromptsResponse) -> None:
    total.created_folders += response.created_folders
    total.updated_folders += response.updated_folders
    total.prompts.extend(response.prompts)


async def _read_all(prompts: client.Prompts, prompt_ids: Sequence[str]) -> Document:
    document = Document()
    request = pb.ExportPromptsRequest(prompt_ids=prompt_ids)
    while True:
        page = await prompts.stub.ExportPrompts(request, metadata=prompts.metadata)
        document.MergeFrom(page.document)
        if not page.next_page_token:
            return document
        request.page_token = page.next_page_token


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()


async def _convert(source: str, files: Sequence[str]) -> bytes:
    """Let the facade, which alone knows other APIs, make a document of their answers. Raises Failed."""
    # Without -P a package `facade` in the current directory would be run in place of ours.
    command = (sys.executable, "-P", "-m", "facade.documents", source, "--", *files)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise Failed("nothing was imported, for the reason above")
    return output
