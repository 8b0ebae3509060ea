"""The RPCs of sessions."""

from collections.abc import Collection
from uuid import UUID

from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_pb2 import Version
from promptwire.v1.session_pb2 import Session
from services import caller, paging, threads
from services.checks import Checks
from services.prompts import content, formats, graphs, refusals, requests
from services.prompts.rpcs import Rpcs

MAX_INDICES = 1000
# What a draft may be without.
OPTIONAL = ("graph", "output_format")


class SessionServicer(Rpcs):
    """Sessions of the caller's project."""

    async def CreateSession(self, request: pb.CreateSessionRequest, context: object) -> pb.CreateSessionResponse:
        """Create a session, from a version or from nothing."""
        schema_fault = await formats.find_schema_fault(self._schemas, request.output_format)
        with Checks() as check:
            requests.check_prompt_id(check, "prompt_id", request.prompt_id)
            if request.base_version_id:
                requests.check_serial_or_id(check, "version", request.base_version_id, "base_version_id")
            size = request.ByteSize()
            await threads.work(size, content.check_draft, check, request, self._input_limit, schema_fault)
        project_id = caller.current().project_id
        session = Session()
        _replace(session, request, content.DRAFT)
        base = None
        if request.base_version_id:
            prompt_id = await self._stores.prompts.get_id(project_id, request.prompt_id)
            version, _ = await self._stores.versions.get(project_id, request.base_version_id)
            if version.prompt_id != str(prompt_id):
                raise refusals.version_of_another_prompt("base_version_id", request.base_version_id)
            _replace(session, version, _list_taken(request, version))
            graphs.check_alone(session)
            content.check_size(session, self._input_limit)
            base = UUID(version.id)
        created = await self._stores.sessions.create(project_id, request.prompt_id, session, base)
        warnings = await threads.work(created.ByteSize(), graphs.warn, created)
        return pb.CreateSessionResponse(session=created, warnings=warnings)

    async def GetSession(self, request: pb.GetSessionRequest, context: object) -> pb.GetSessionResponse:
        """Get a session by its id or serial."""
        with Checks() as check:
            requests.check_serial_or_id(check, "session", request.id)
        session, prompt = await self._stores.sessions.get(caller.current().project_id, request.id)
        return pb.GetSessionResponse(session=session, prompt=prompt)

    async def ListSessions(self, request: pb.ListSessionsRequest, context: object) -> pb.ListSessionsResponse:
        """List a page of a prompt's sessions."""
        with Checks() as check:
            requests.check_prompt_id(check, "prompt_id", request.prompt_id)
            size = check.page_size(request.page_size)
        project_id = caller.current().project_id
        prompt_id = await self._stores.prompts.get_id(project_id, request.prompt_id)
        filters = ("sessions", str(project_id), str(prompt_id))
        before = requests.before_id(request.page_token, filters)
        sessions, more = await self._stores.sessions.list(project_id, prompt_id, before=before, size=size)
        token = paging.to_token(filters, (sessions[-1].id,)) if more else ""
        return pb.ListSessionsResponse(sessions=sessions, next_page_token=token)

    async def UpdateSession(self, request: pb.UpdateSessionRequest, context: object) -> pb.UpdateSessionResponse:
        """Save a session: what the mask names, or all of it."""
        schema_fault = await formats.find_schema_fault(self._schemas, request.output_format)
        with Checks() as check:
            requests.check_serial_or_id(check, "session", request.id)
            named = set(request.update_mask.paths)
            if not named.issubset(content.DRAFT):
                check.fail("update_mask", f"may name {', '.join(content.DRAFT)}, and nothing else")
            size = request.ByteSize()
            await threads.work(size, content.check_draft, check, request, self._input_limit, schema_fault)
        changed = [field for field in content.DRAFT if not named or field in named]

        def change(session: Session) -> bool:
            _replace(session, request, changed)
            _keep_one(session, request, changed)
            content.check_size(session, self._input_limit)
            return "messages" in changed

        session, prompt = await self._stores.sessions.update(caller.current().project_id, request.id, change)
        warnings = await threads.work(session.ByteSize(), graphs.warn, session)
        return pb.UpdateSessionResponse(session=session, prompt=prompt, warnings=warnings)

    async def DeleteSession(self, request: pb.DeleteSessionRequest, context: object) -> pb.DeleteSessionResponse:
        """Delete a session."""
        with Checks() as check:
            requests.check_serial_or_id(check, "session", request.id)
        await self._stores.sessions.delete(caller.current().project_id, request.id)
        return pb.DeleteSessionResponse()

    async def CommitSession(self, request: pb.CommitSessionRequest, context: object) -> pb.CommitSessionResponse:
        """Make the next version of the session's prompt."""
        with Checks() as check:
            requests.check_serial_or_id(check, "session", request.id)
            check.text("commit_message", request.commit_message, most=content.MAX_COMMIT_MESSAGE)
            check.count("message_indices", request.message_indices, most=MAX_INDICES)

        def make(session: Session) -> Version:
            return content.commit(session, request.commit_message, request.message_indices)

        version = await self._stores.sessions.commit(caller.current().project_id, request.id, make)
        self._resolver.forget()
        warnings = await threads.work(version.ByteSize(), graphs.warn, version)
        return pb.CommitSessionResponse(version=version, warnings=warnings)


def _list_taken(request: pb.CreateSessionRequest, base: Version) -> list[str]:
    """List what a session takes from its base version: what the request leaves empty, but not graph and messages."""
    if request.HasField("graph"):
        return []
    if base.HasField("graph"):
        return [] if request.messages else ["graph"]
    return [field for field in graphs.REPLACED if not graphs.is_given(request, field)]


def _keep_one(session: Session, request: pb.UpdateSessionRequest, changed: Collection[str]) -> None:
    """Let what is saved, messages or a graph, take the place of the other."""
    if request.HasField("graph") and "graph" in changed:
        for field in graphs.REPLACED:
            session.ClearField(field)  # pyright: ignore[reportArgumentType]
    elif "messages" in changed and request.messages:
        session.ClearField("graph")
    graphs.check_alone(session)


def _replace(
    session: Session, source: pb.CreateSessionRequest | pb.UpdateSessionRequest | Version, fields: Collection[str]
) -> None:
    """Give a session these fields of another message."""
    for field in fields:
        session.ClearField(field)  # pyright: ignore[reportArgumentType]
    picked = {field: getattr(source, field) for field in fields if field not in OPTIONAL or source.HasField(field)}
    session.MergeFrom(Session(**picked))
