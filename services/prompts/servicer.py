"""PromptService: checks what is asked, and hands it to the stores."""

from collections.abc import Sequence
from typing import Never
from uuid import UUID

from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceServicer
from services import caller, checks, errors, paging
from services.checks import Checks
from services.prompts import content
from services.prompts.resolver import Resolver
from services.prompts.store import PromptStore
from services.prompts.version_store import VersionStore, is_serial

MAX_NAME = 255
MAX_DESCRIPTION = 10_000
FIELDS = ("name", "description", "alias")
MAX_NUMBER = 2**63 - 1


class PromptServicer(PromptServiceServicer):
    """Prompts and versions of the caller's project. `input_limit` is the bytes that a version may take.

    After each change the resolver forgets what it knows, so that the next run here is of what was just made.
    """

    def __init__(self, prompts: PromptStore, versions: VersionStore, resolver: Resolver, input_limit: int) -> None:
        self._prompts = prompts
        self._versions = versions
        self._resolver = resolver
        self._input_limit = input_limit

    async def CreatePrompt(self, request: pb.CreatePromptRequest, context: object) -> pb.CreatePromptResponse:
        """Create a prompt without a version."""
        with Checks() as check:
            _check_fields(check, request, FIELDS)
        prompt = await self._prompts.create(
            caller.current().project_id, name=request.name, description=request.description, alias=request.alias
        )
        self._resolver.forget()
        return pb.CreatePromptResponse(prompt=prompt)

    async def GetPrompt(self, request: pb.GetPromptRequest, context: object) -> pb.GetPromptResponse:
        """Get a prompt with its latest version."""
        with Checks() as check:
            _check_prompt_id(check, "id", request.id)
        return pb.GetPromptResponse(prompt=await self._prompts.get(caller.current().project_id, request.id))

    async def ListPrompts(self, request: pb.ListPromptsRequest, context: object) -> pb.ListPromptsResponse:
        """List a page of the project's prompts."""
        with Checks() as check:
            size = check.page_size(request.page_size)
        project_id = caller.current().project_id
        filters = ("prompts", str(project_id))
        before = _before_prompt(request.page_token, filters)
        prompts, more = await self._prompts.list(project_id, before=before, size=size)
        token = paging.to_token(filters, (prompts[-1].id,)) if more else ""
        return pb.ListPromptsResponse(prompts=prompts, next_page_token=token)

    async def UpdatePrompt(self, request: pb.UpdatePromptRequest, context: object) -> pb.UpdatePromptResponse:
        """Change what the mask names, or what is set."""
        with Checks() as check:
            _check_prompt_id(check, "id", request.id)
            changed = _check_paths(check, request)
            _check_fields(check, request, changed)
        if not changed:
            return pb.UpdatePromptResponse(prompt=await self._prompts.get(caller.current().project_id, request.id))
        prompt = await self._prompts.update(
            caller.current().project_id,
            request.id,
            name=request.name if "name" in changed else None,
            description=request.description if "description" in changed else None,
            alias=request.alias if "alias" in changed else None,
        )
        self._resolver.forget()
        return pb.UpdatePromptResponse(prompt=prompt)

    async def DeletePrompt(self, request: pb.DeletePromptRequest, context: object) -> pb.DeletePromptResponse:
        """Delete a prompt with its versions."""
        with Checks() as check:
            _check_prompt_id(check, "id", request.id)
        await self._prompts.delete(caller.current().project_id, request.id)
        self._resolver.forget()
        return pb.DeletePromptResponse()

    async def CreateVersion(self, request: pb.CreateVersionRequest, context: object) -> pb.CreateVersionResponse:
        """Create the next version of a prompt."""
        draft = content.to_version(request, self._input_limit)
        version = await self._versions.create(caller.current().project_id, request.prompt_id, draft)
        self._resolver.forget()
        return pb.CreateVersionResponse(version=version)

    async def GetVersion(self, request: pb.GetVersionRequest, context: object) -> pb.GetVersionResponse:
        """Get a version by its id or serial."""
        with Checks() as check:
            _check_version_id(check, request.id)
        version, prompt = await self._versions.get(caller.current().project_id, request.id)
        return pb.GetVersionResponse(version=version, prompt=prompt)

    async def ListVersions(self, request: pb.ListVersionsRequest, context: object) -> pb.ListVersionsResponse:
        """List a page of a prompt's versions."""
        with Checks() as check:
            _check_prompt_id(check, "prompt_id", request.prompt_id)
            size = check.page_size(request.page_size)
        project_id = caller.current().project_id
        prompt_id = await self._prompts.get_id(project_id, request.prompt_id)
        filters = ("versions", str(project_id), str(prompt_id))
        before = _before_number(request.page_token, filters)
        versions, more = await self._versions.list(project_id, prompt_id, before=before, size=size)
        token = paging.to_token(filters, (versions[-1].number,)) if more else ""
        return pb.ListVersionsResponse(versions=versions, next_page_token=token)

    async def DeleteVersion(self, request: pb.DeleteVersionRequest, context: object) -> pb.DeleteVersionResponse:
        """Delete a version."""
        with Checks() as check:
            _check_version_id(check, request.id)
        await self._versions.delete(caller.current().project_id, request.id)
        self._resolver.forget()
        return pb.DeleteVersionResponse()


def _check_fields(
    check: Checks, request: pb.CreatePromptRequest | pb.UpdatePromptRequest, fields: Sequence[str]
) -> None:
    if "name" in fields:
        check.text("name", request.name, least=1, most=MAX_NAME)
    if "description" in fields:
        check.text("description", request.description, most=MAX_DESCRIPTION)
    if "alias" in fields:
        check.text("alias", request.alias, most=content.MAX_PROMPT_ID)


def _check_paths(check: Checks, request: pb.UpdatePromptRequest) -> list[str]:
    """Give the fields to change; a mask without paths counts as absent, and names those that are set."""
    named = set(request.update_mask.paths)
    if not named.issubset(FIELDS):
        check.fail("update_mask", f"may name {', '.join(FIELDS)}, and nothing else")
    return [field for field in FIELDS if (field in named if named else getattr(request, field))]


def _check_prompt_id(check: Checks, field: str, prompt_id: str) -> None:
    check.text(field, prompt_id, least=1, most=content.MAX_PROMPT_ID)


def _check_version_id(check: Checks, version_id: str) -> None:
    if checks.parse_uuid(version_id) is None and not is_serial(version_id):
        check.fail("id", "must be a version's id, a UUID of 36 characters, or its serial, in digits")


def _before_prompt(token: str, filters: Sequence[str]) -> UUID | None:
    after = paging.from_token(token, filters, (str,))
    return None if after is None else checks.parse_uuid(after[0]) or _refuse_token()


def _before_number(token: str, filters: Sequence[str]) -> int | None:
    after = paging.from_token(token, filters, (int,))
    return None if after is None else after[0] if 0 < after[0] <= MAX_NUMBER else _refuse_token()


def _refuse_token() -> Never:
    raise checks.invalid(
        errors.Violation("page_token", "must be the next_page_token of an answer; start again without it")
    )
