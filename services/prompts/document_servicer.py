"""The RPCs of documents: export and import."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.document_pb2 import Document, DocumentPrompt
from services import caller, paging, threads
from services.checks import Checks
from services.prompts import content, formats, requests
from services.prompts.rpcs import Rpcs

MAX_PROMPTS = 1000
# What an import takes at once: it is one transaction, whose length others feel.
MAX_IMPORTED = 10_000
# The years 1 to 9999.
MIN_SECONDS, MAX_SECONDS = -62_135_596_800, 253_402_300_799

# What was found in the schemas of a document, by the indices of prompt and version.
Faults = Mapping[tuple[int, int], str]


class DocumentServicer(Rpcs):
    """Documents of the caller's project."""

    async def ExportPrompts(self, request: pb.ExportPromptsRequest, context: object) -> pb.ExportPromptsResponse:
        """Give a page of folders and prompts."""
        with Checks() as check:
            check.count("prompt_ids", request.prompt_ids, most=MAX_PROMPTS)
            for index, prompt_id in enumerate(request.prompt_ids[:MAX_PROMPTS]):
                requests.check_prompt_id(check, f"prompt_ids[{index}]", prompt_id)
        project_id = caller.current().project_id
        filters = ("export", str(project_id), str(sorted(request.prompt_ids)))
        after = requests.before_id(request.page_token, filters)
        chosen = await self._find(project_id, request.prompt_ids)
        document, more = await self._stores.documents.read(project_id, chosen, after=after)
        token = paging.to_token(filters, (document.prompts[-1].id,)) if more else ""
        return pb.ExportPromptsResponse(document=document, next_page_token=token)

    async def ImportPrompts(self, request: pb.ImportPromptsRequest, context: object) -> pb.ImportPromptsResponse:
        """Bring a document into the project."""
        faults = await self._find_schema_faults(request.document)
        with Checks() as check:
            within = check.within("document")
            await threads.work(request.document.ByteSize(), _check, within, request.document, self._input_limit, faults)
        project_id = caller.current().project_id
        response = await self._stores.documents.bring(project_id, request.document, move_labels=request.move_labels)
        self._resolver.forget()
        return response

    async def _find_schema_faults(self, document: Document) -> Faults:
        return {
            (prompt_index, index): fault
            for prompt_index, prompt in enumerate(document.prompts)
            for index, version in enumerate(prompt.versions)
            if (fault := await formats.find_schema_fault(self._schemas, version.output_format)) is not None
        }

    async def _find(self, project_id: UUID, prompt_ids: Sequence[str]) -> Sequence[UUID] | None:
        if not prompt_ids:
            return None
        return [await self._stores.prompts.get_id(project_id, prompt_id) for prompt_id in dict.fromkeys(prompt_ids)]


def _check(check: Checks, document: Document, limit: int, faults: Faults) -> None:
    check.count("folders", document.folders, most=MAX_IMPORTED)
    check.count("prompts", document.prompts, most=MAX_IMPORTED)
    _check_unique(check, "folders", [folder.id for folder in document.folders])
    _check_unique(check, "prompts", [prompt.id for prompt in document.prompts])
    _check_unique(check, "prompts", [prompt.alias for prompt in document.prompts])
    for index, folder in enumerate(document.folders):
        within = check.within(f"folders[{index}]")
        within.uuid("id", folder.id)
        within.text("name", folder.name, least=1, most=requests.MAX_NAME)
        within.text("description", folder.description, most=requests.MAX_DESCRIPTION)
        _check_time(within, folder.create_time.seconds, folder.create_time.nanos)
    for index, prompt in enumerate(document.prompts):
        found = [faults.get((index, it)) for it in range(len(prompt.versions))]
        _check_prompt(check.within(f"prompts[{index}]"), prompt, limit, found)


def _check_prompt(check: Checks, prompt: DocumentPrompt, limit: int, faults: Sequence[str | None]) -> None:
    if prompt.id:
        check.uuid("id", prompt.id)
    elif not prompt.alias:
        check.fail("id", "or `alias` is required, by which an import finds the prompt again")
    check.text("alias", prompt.alias, most=content.MAX_PROMPT_ID)
    check.text("name", prompt.name, least=1, most=requests.MAX_NAME)
    check.text("description", prompt.description, most=requests.MAX_DESCRIPTION)
    if prompt.folder_id:
        check.uuid("folder_id", prompt.folder_id)
    _check_time(check, prompt.create_time.seconds, prompt.create_time.nanos)
    for index, version in enumerate(prompt.versions):
        within = check.within(f"versions[{index}]")
        if version.id:
            within.uuid("id", version.id)
        least = prompt.versions[index - 1].number + 1 if index else 1
        within.number("number", version.number, least=least, most=requests.MAX_NUMBER // 2)
        _check_time(within, version.create_time.seconds, version.create_time.nanos)
        content.check_version(within, version, limit, faults[index])
    _check_labels(check, prompt)


def _check_labels(check: Checks, prompt: DocumentPrompt) -> None:
    numbers = {version.number for version in prompt.versions}
    _check_unique(check, "labels", [label.name for label in prompt.labels])
    for index, label in enumerate(prompt.labels):
        check.text(f"labels[{index}].name", label.name, least=1, most=requests.MAX_LABEL)
        if label.version_number not in numbers:
            check.fail(f"labels[{index}].version_number", "is the number of none of the prompt's versions here")


def _check_unique(check: Checks, field: str, names: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name and first.setdefault(name, index) != index:
            check.fail(f"{field}[{index}]", f"has the name or id of {field}[{first[name]}]; they are unique")


def _check_time(check: Checks, seconds: int, nanos: int) -> None:
    if not (MIN_SECONDS <= seconds <= MAX_SECONDS and 0 <= nanos < 10**9):
        check.fail("create_time", "must be a time of the years 1 to 9999")
