"""PromptService: checks what is asked, and hands it to the stores. Its RPCs stand in a class for each kind of thing."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceServicer
from services import caller, checks, paging, threads
from services.checks import Checks
from services.prompts import content, formats, graphs, requests
from services.prompts.document_servicer import DocumentServicer
from services.prompts.folder_servicer import FolderServicer
from services.prompts.label_servicer import LabelServicer
from services.prompts.session_servicer import SessionServicer
from services.prompts.store import FolderFilter

FIELDS = ("name", "description", "alias", "folder_id", "strict_variables")
# How much of a stream of prompts goes into a message.
STREAM_BYTES = 256 * 1024


class PromptServicer(FolderServicer, LabelServicer, SessionServicer, DocumentServicer, PromptServiceServicer):
    """Folders, prompts, versions, labels, sessions and documents of the caller's project."""

    async def CreatePrompt(self, request: pb.CreatePromptRequest, context: object) -> pb.CreatePromptResponse:
        """Create a prompt without a version."""
        with Checks() as check:
            _check_fields(check, request, FIELDS)
        prompt = await self._stores.prompts.create(
            caller.current().project_id,
            name=request.name,
            description=request.description,
            alias=request.alias,
            folder_id=checks.parse_uuid(request.folder_id),
            strict_variables=request.strict_variables,
        )
        self._resolver.forget()
        return pb.CreatePromptResponse(prompt=prompt)

    async def GetPrompt(self, request: pb.GetPromptRequest, context: object) -> pb.GetPromptResponse:
        """Get a prompt with its latest version."""
        with Checks() as check:
            requests.check_prompt_id(check, "id", request.id)
        project_id = caller.current().project_id
        answer = pb.GetPromptResponse(prompt=await self._stores.prompts.get(project_id, request.id))
        if answer.prompt.folder_id:
            answer.folder.CopyFrom(await self._stores.folders.get(project_id, UUID(answer.prompt.folder_id)))
        return answer

    async def ListPrompts(self, request: pb.ListPromptsRequest, context: object) -> pb.ListPromptsResponse:
        """List a page of the project's prompts."""
        with Checks() as check:
            size = check.page_size(request.page_size)
            folder = _read_folder(check, request)
        project_id = caller.current().project_id
        is_flow = request.flow if request.HasField("flow") else None
        filters = ("prompts", str(project_id), str(folder), str(is_flow))
        before = requests.before_id(request.page_token, filters)
        prompts, more = await self._stores.prompts.list(
            project_id, folder=folder, is_flow=is_flow, before=before, size=size
        )
        token = paging.to_token(filters, (prompts[-1].id,)) if more else ""
        return pb.ListPromptsResponse(prompts=prompts, next_page_token=token)

    async def StreamPrompts(
        self, request: pb.StreamPromptsRequest, context: object
    ) -> AsyncGenerator[pb.StreamPromptsResponse]:
        """Give all prompts with their latest versions."""
        with Checks() as check:
            folder = _read_folder(check, request)
        answer, size = pb.StreamPromptsResponse(), 0
        async with aclosing(self._stores.prompts.walk(caller.current().project_id, folder=folder)) as prompts:
            async for prompt in prompts:
                answer.prompts.append(prompt)
                size += prompt.ByteSize()
                if size > STREAM_BYTES:
                    yield answer
                    answer, size = pb.StreamPromptsResponse(), 0
        yield answer

    async def UpdatePrompt(self, request: pb.UpdatePromptRequest, context: object) -> pb.UpdatePromptResponse:
        """Change what the mask names, or what is set."""
        with Checks() as check:
            requests.check_prompt_id(check, "id", request.id)
            changed = requests.check_paths(check, request, FIELDS)
            _check_fields(check, request, changed)
        if not changed:
            return pb.UpdatePromptResponse(
                prompt=await self._stores.prompts.get(caller.current().project_id, request.id)
            )
        prompt = await self._stores.prompts.update(
            caller.current().project_id,
            request.id,
            name=request.name if "name" in changed else None,
            description=request.description if "description" in changed else None,
            alias=request.alias if "alias" in changed else None,
            folder=(checks.parse_uuid(request.folder_id) or "") if "folder_id" in changed else None,
            strict_variables=request.strict_variables if "strict_variables" in changed else None,
        )
        self._resolver.forget()
        return pb.UpdatePromptResponse(prompt=prompt)

    async def DeletePrompt(self, request: pb.DeletePromptRequest, context: object) -> pb.DeletePromptResponse:
        """Delete a prompt with its versions."""
        with Checks() as check:
            requests.check_prompt_id(check, "id", request.id)
        await self._stores.prompts.delete(caller.current().project_id, request.id)
        self._resolver.forget()
        return pb.DeletePromptResponse()

    async def CreateVersion(self, request: pb.CreateVersionRequest, context: object) -> pb.CreateVersionResponse:
        """Create the next version of a prompt, or only check it."""
        schema_fault = await formats.find_schema_fault(self._schemas, request.output_format)
        size = request.ByteSize()
        draft = await threads.work(size, content.to_version, request, self._input_limit, schema_fault)
        project_id = caller.current().project_id
        if request.validate_only:
            prompt_id = await self._stores.prompts.get_id(project_id, request.prompt_id)
            version = await threads.work(size, content.as_it_would_be, draft, str(prompt_id))
            return pb.CreateVersionResponse(version=version, warnings=await threads.work(size, graphs.warn, version))
        version = await self._stores.versions.create(project_id, request.prompt_id, draft)
        self._resolver.forget()
        return pb.CreateVersionResponse(version=version, warnings=await threads.work(size, graphs.warn, version))

    async def GetVersion(self, request: pb.GetVersionRequest, context: object) -> pb.GetVersionResponse:
        """Get a version by its id or serial."""
        with Checks() as check:
            requests.check_serial_or_id(check, "version", request.id)
        version, prompt = await self._stores.versions.get(caller.current().project_id, request.id)
        return pb.GetVersionResponse(version=version, prompt=prompt)

    async def ListVersions(self, request: pb.ListVersionsRequest, context: object) -> pb.ListVersionsResponse:
        """List a page of a prompt's versions."""
        with Checks() as check:
            requests.check_prompt_id(check, "prompt_id", request.prompt_id)
            size = check.page_size(request.page_size)
        project_id = caller.current().project_id
        prompt_id = await self._stores.prompts.get_id(project_id, request.prompt_id)
        filters = ("versions", str(project_id), str(prompt_id))
        before = requests.before_number(request.page_token, filters)
        versions, more = await self._stores.versions.list(project_id, prompt_id, before=before, size=size)
        token = paging.to_token(filters, (versions[-1].number,)) if more else ""
        return pb.ListVersionsResponse(versions=versions, next_page_token=token)

    async def DeleteVersion(self, request: pb.DeleteVersionRequest, context: object) -> pb.DeleteVersionResponse:
        """Delete a version."""
        with Checks() as check:
            requests.check_serial_or_id(check, "version", request.id)
        await self._stores.versions.delete(caller.current().project_id, request.id)
        self._resolver.forget()
        return pb.DeleteVersionResponse()


def _check_fields(
    check: Checks, request: pb.CreatePromptRequest | pb.UpdatePromptRequest, fields: Sequence[str]
) -> None:
    if "name" in fields:
        check.text("name", request.name, least=1, most=requests.MAX_NAME)
    if "description" in fields:
        check.text("description", request.description, most=requests.MAX_DESCRIPTION)
    if "alias" in fields:
        check.text("alias", request.alias, most=content.MAX_PROMPT_ID)
    if "folder_id" in fields and request.folder_id:
        check.uuid("folder_id", request.folder_id)


def _read_folder(check: Checks, request: pb.ListPromptsRequest | pb.StreamPromptsRequest) -> FolderFilter:
    if not request.HasField("folder_id"):
        return None
    return check.uuid("folder_id", request.folder_id) if request.folder_id else ""
