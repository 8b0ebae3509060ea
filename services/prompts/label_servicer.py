"""The RPCs of labels."""

from uuid import UUID

from promptwire.v1 import prompt_service_pb2 as pb
from services import caller, checks, paging
from services.checks import Checks
from services.prompts import requests
from services.prompts.rpcs import Rpcs


class LabelServicer(Rpcs):
    """Labels on the versions of the caller's project."""

    async def ListLabels(self, request: pb.ListLabelsRequest, context: object) -> pb.ListLabelsResponse:
        """List a page of a prompt's labels."""
        with Checks() as check:
            requests.check_prompt_id(check, "prompt_id", request.prompt_id)
            size = check.page_size(request.page_size)
        project_id = caller.current().project_id
        prompt_id = await self._stores.prompts.get_id(project_id, request.prompt_id)
        filters = ("labels", str(project_id), str(prompt_id))
        after = requests.after_text(request.page_token, filters)
        labels, more = await self._stores.labels.list(project_id, prompt_id, after=after, size=size)
        token = paging.to_token(filters, (labels[-1].name,)) if more else ""
        return pb.ListLabelsResponse(labels=labels, next_page_token=token)

    async def SetLabel(self, request: pb.SetLabelRequest, context: object) -> pb.SetLabelResponse:
        """Set a label on a version."""
        with Checks() as check:
            _check_label(check, request)
            version = _read_version(check, request)
        protected = request.protected if request.HasField("protected") else None
        label = await self._stores.labels.set(
            caller.current().project_id, request.prompt_id, request.label, version, protected
        )
        self._resolver.forget()
        return pb.SetLabelResponse(label=label)

    async def DeleteLabel(self, request: pb.DeleteLabelRequest, context: object) -> pb.DeleteLabelResponse:
        """Delete a label."""
        with Checks() as check:
            _check_label(check, request)
        await self._stores.labels.delete(caller.current().project_id, request.prompt_id, request.label)
        self._resolver.forget()
        return pb.DeleteLabelResponse()

    async def ListLabelMoves(self, request: pb.ListLabelMovesRequest, context: object) -> pb.ListLabelMovesResponse:
        """List a page of what was done with a label."""
        with Checks() as check:
            _check_label(check, request)
            size = check.page_size(request.page_size)
        project_id = caller.current().project_id
        prompt_id = await self._stores.prompts.get_id(project_id, request.prompt_id)
        filters = ("moves", str(project_id), str(prompt_id), request.label)
        before = requests.before_id(request.page_token, filters)
        moves, more = await self._stores.labels.list_moves(
            project_id, prompt_id, request.label, before=before, size=size
        )
        token = paging.to_token(filters, (moves[-1].id,)) if more else ""
        return pb.ListLabelMovesResponse(moves=moves, next_page_token=token)


def _check_label(check: Checks, request: pb.SetLabelRequest | pb.DeleteLabelRequest | pb.ListLabelMovesRequest) -> None:
    requests.check_prompt_id(check, "prompt_id", request.prompt_id)
    check.text("label", request.label, least=1, most=requests.MAX_LABEL)


def _read_version(check: Checks, request: pb.SetLabelRequest) -> UUID | int | str:
    """Give the version's id, its number, or its serial, which is a text."""
    if request.WhichOneof("version") == "number":
        check.number("number", request.number, least=1, most=requests.MAX_NUMBER)
        return request.number
    requests.check_serial_or_id(check, "version", request.version_id, "version_id")
    return checks.parse_uuid(request.version_id) or request.version_id
