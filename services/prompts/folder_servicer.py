"""The RPCs of folders."""

from promptwire.v1 import prompt_service_pb2 as pb
from services import caller, paging
from services.checks import Checks
from services.prompts import requests
from services.prompts.rpcs import Rpcs

FIELDS = ("name", "description")


class FolderServicer(Rpcs):
    """Folders of the caller's project."""

    async def CreateFolder(self, request: pb.CreateFolderRequest, context: object) -> pb.CreateFolderResponse:
        """Create a folder."""
        with Checks() as check:
            _check_fields(check, request, ("name", "description"))
        folder = await self._stores.folders.create(
            caller.current().project_id, name=request.name, description=_description(request)
        )
        return pb.CreateFolderResponse(folder=folder)

    async def GetFolder(self, request: pb.GetFolderRequest, context: object) -> pb.GetFolderResponse:
        """Get a folder."""
        with Checks() as check:
            folder_id = check.uuid("id", request.id)
        return pb.GetFolderResponse(folder=await self._stores.folders.get(caller.current().project_id, folder_id))

    async def ListFolders(self, request: pb.ListFoldersRequest, context: object) -> pb.ListFoldersResponse:
        """List a page of the project's folders."""
        with Checks() as check:
            size = check.page_size(request.page_size)
        project_id = caller.current().project_id
        filters = ("folders", str(project_id))
        before = requests.before_id(request.page_token, filters)
        folders, more = await self._stores.folders.list(project_id, before=before, size=size)
        token = paging.to_token(filters, (folders[-1].id,)) if more else ""
        return pb.ListFoldersResponse(folders=folders, next_page_token=token)

    async def UpdateFolder(self, request: pb.UpdateFolderRequest, context: object) -> pb.UpdateFolderResponse:
        """Change what the mask names, or what is set."""
        with Checks() as check:
            folder_id = check.uuid("id", request.id)
            changed = requests.check_paths(check, request, FIELDS)
            _check_fields(check, request, changed)
        project_id = caller.current().project_id
        if not changed:
            return pb.UpdateFolderResponse(folder=await self._stores.folders.get(project_id, folder_id))
        folder = await self._stores.folders.update(
            project_id,
            folder_id,
            name=request.name if "name" in changed else None,
            describes="description" in changed,
            description=_description(request),
        )
        return pb.UpdateFolderResponse(folder=folder)

    async def DeleteFolder(self, request: pb.DeleteFolderRequest, context: object) -> pb.DeleteFolderResponse:
        """Delete a folder, with its prompts if that is said."""
        with Checks() as check:
            folder_id = check.uuid("id", request.id)
        await self._stores.folders.delete(caller.current().project_id, folder_id, force=request.force)
        self._resolver.forget()
        return pb.DeleteFolderResponse()


def _check_fields(
    check: Checks, request: pb.CreateFolderRequest | pb.UpdateFolderRequest, fields: list[str] | tuple[str, ...]
) -> None:
    if "name" in fields:
        check.text("name", request.name, least=1, most=requests.MAX_NAME)
    if "description" in fields:
        check.text("description", request.description, most=requests.MAX_DESCRIPTION)


def _description(request: pb.CreateFolderRequest | pb.UpdateFolderRequest) -> str | None:
    return request.description if request.HasField("description") else None
