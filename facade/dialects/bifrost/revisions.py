"""What the paths of versions and sessions do."""

from collections.abc import Awaitable
from typing import TypeVar

from facade.dialect import Call, Reply
from facade.dialects.bifrost import bodies, calls, faults, shapes
from facade.problem import Problem
from promptwire.v1 import prompt_pb2, session_pb2
from promptwire.v1 import prompt_service_pb2 as pb

PAGE_SIZE = 1000

Found = TypeVar("Found")


async def list_versions(call: Call) -> Reply:
    """Give all versions of a prompt, the newest first; of a prompt that is not there, none."""
    found = await _known(versions(call, call.path["id"]))
    return Reply(200, {"versions": [shapes.from_version(version) for version in found]})


async def create_version(call: Call) -> Reply:
    """Create the next version of a prompt."""
    request = bodies.to_create_version(await calls.body(call), call.path["id"])
    answer = await calls.ask(call, call.core.prompts.CreateVersion, request, faults.PROMPT)
    return Reply(200, {"version": shapes.from_version(answer.version)})


async def get_version(call: Call) -> Reply:
    """Give a version with its prompt."""
    request = pb.GetVersionRequest(id=calls.serial(call, "version"))
    answer = await calls.ask(call, call.core.prompts.GetVersion, request, faults.VERSION)
    return Reply(200, {"version": shapes.from_version(answer.version, answer.prompt)})


async def delete_version(call: Call) -> Reply:
    """Delete a version."""
    request = pb.DeleteVersionRequest(id=calls.serial(call, "version"))
    await calls.ask(call, call.core.prompts.DeleteVersion, request, faults.VERSION)
    return Reply(200, {"message": "version deleted successfully"})


async def list_sessions(call: Call) -> Reply:
    """Give all sessions of a prompt, the newest first; of a prompt that is not there, none."""
    found = await _known(sessions(call, call.path["id"]))
    return Reply(200, {"sessions": [shapes.from_session(session, with_version=True) for session in found]})


async def create_session(call: Call) -> Reply:
    """Create a session of a prompt, from one of its versions or from nothing."""
    request = bodies.to_create_session(await calls.body(call), call.path["id"])
    try:
        answer = await calls.ask(call, call.core.prompts.CreateSession, request, faults.PROMPT)
    except Problem as raised:
        raise faults.of_body(raised, "base_version_id", faults.VERSION, "VERSION_DELETED") from None
    return Reply(200, {"session": shapes.from_session(answer.session)})


async def get_session(call: Call) -> Reply:
    """Give a session with its prompt and the version that it began as."""
    return _session_reply(await _session(call, calls.serial(call, "session")))


async def update_session(call: Call) -> Reply:
    """Save a session: what is not given is emptied, but for the name and the variables."""
    session_id = calls.serial(call, "session")
    body = await calls.body(call)
    request, variables = bodies.to_update_session(body, session_id), body.texts("variables")
    if variables is not None:
        known = (await _session(call, session_id)).session.variables
        request.variables.extend(bodies.declared(variables, known))
        request.inputs.update(variables)
        request.update_mask.paths.extend(("variables", "inputs"))
    return _session_reply(await calls.ask(call, call.core.prompts.UpdateSession, request, faults.SESSION))


async def rename_session(call: Call) -> Reply:
    """Name a session."""
    session_id = calls.serial(call, "session")
    request = bodies.to_rename_session(await calls.body(call), session_id)
    return _session_reply(await calls.ask(call, call.core.prompts.UpdateSession, request, faults.SESSION))


async def delete_session(call: Call) -> Reply:
    """Delete a session."""
    request = pb.DeleteSessionRequest(id=calls.serial(call, "session"))
    await calls.ask(call, call.core.prompts.DeleteSession, request, faults.SESSION)
    return Reply(200, {"message": "session deleted successfully"})


async def commit_session(call: Call) -> Reply:
    """Make a version of a session, of all of its messages or of those that are named."""
    session_id = calls.serial(call, "session")
    body = await calls.body(call)
    request = bodies.to_commit_session(body, session_id)
    if body.indices("message_indices") == []:
        # To the services this is to name none, which means all.
        await _session(call, session_id)
        raise faults.refused(faults.NO_MESSAGE)
    try:
        answer = await calls.ask(call, call.core.prompts.CommitSession, request, faults.SESSION)
    except Problem as raised:
        raise faults.of_commit(raised, request.message_indices) from None
    return Reply(200, {"version": shapes.from_version(answer.version)})


async def versions(call: Call, prompt_id: str) -> list[prompt_pb2.Version]:
    """Get all versions of a prompt. Raises Problem."""
    request = pb.ListVersionsRequest(prompt_id=prompt_id, page_size=PAGE_SIZE)
    answers = await calls.pages(call, call.core.prompts.ListVersions, request, faults.PROMPT)
    return [version for answer in answers for version in answer.versions]


async def sessions(call: Call, prompt_id: str) -> list[session_pb2.Session]:
    """Get all sessions of a prompt. Raises Problem."""
    request = pb.ListSessionsRequest(prompt_id=prompt_id, page_size=PAGE_SIZE)
    answers = await calls.pages(call, call.core.prompts.ListSessions, request, faults.PROMPT)
    return [session for answer in answers for session in answer.sessions]


async def _session(call: Call, session_id: str) -> pb.GetSessionResponse:
    request = pb.GetSessionRequest(id=session_id)
    return await calls.ask(call, call.core.prompts.GetSession, request, faults.SESSION)


def _session_reply(answer: pb.GetSessionResponse | pb.UpdateSessionResponse) -> Reply:
    return Reply(200, {"session": shapes.from_session(answer.session, answer.prompt, with_version=True)})


async def _known(found: Awaitable[list[Found]]) -> list[Found]:
    try:
        return await found
    except Problem as raised:
        if raised.reason != faults.PROMPT:
            raise
        return []
