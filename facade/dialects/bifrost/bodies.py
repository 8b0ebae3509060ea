"""Bodies as the requests of RPCs. All of a body is read before anything in it is asked for."""

from collections.abc import Iterable

from facade.dialects.bifrost import faults
from facade.dialects.bifrost.reader import Body
from promptwire.v1 import prompt_pb2
from promptwire.v1 import prompt_service_pb2 as pb


def to_create_folder(body: Body) -> pb.CreateFolderRequest:
    """Read CreateFolder. Raises Problem."""
    request = pb.CreateFolderRequest(name=body.text("name"))
    description = body.text("description")
    if body.fields.get("description") is not None:
        request.description = description
    _require("name", request.name)
    return request


def to_update_folder(body: Body, folder_id: str) -> pb.UpdateFolderRequest:
    """Read UpdateFolder; the mask names what is to change. Raises Problem."""
    request = pb.UpdateFolderRequest(id=folder_id, name=body.text("name"))
    description = body.text("description")
    if request.name:
        request.update_mask.paths.append("name")
    if "description" in body.fields:
        request.update_mask.paths.append("description")
    if body.fields.get("description") is not None:
        request.description = description
    return request


def to_create_prompt(body: Body) -> pb.CreatePromptRequest:
    """Read CreatePrompt. Raises Problem."""
    request = pb.CreatePromptRequest(name=body.text("name"), folder_id=body.text("folder_id"))
    _require("name", request.name)
    return request


def to_update_prompt(body: Body, prompt_id: str) -> pb.UpdatePromptRequest:
    """Read UpdatePrompt; the mask names what is to change. Raises Problem."""
    request = pb.UpdatePromptRequest(id=prompt_id, name=body.text("name"), folder_id=body.text("folder_id"))
    if request.name:
        request.update_mask.paths.append("name")
    if "folder_id" in body.fields:
        request.update_mask.paths.append("folder_id")
    return request


def to_create_version(body: Body, prompt_id: str) -> pb.CreateVersionRequest:
    """Read CreateVersion; of its variables only the names count. Raises Problem."""
    return pb.CreateVersionRequest(
        prompt_id=prompt_id,
        commit_message=body.text("commit_message"),
        messages=body.values("messages"),
        parameters=body.struct("model_params"),
        provider=body.text("provider"),
        model=body.text("model"),
        variables=declared(body.texts("variables") or ()),
    )


def to_create_session(body: Body, prompt_id: str) -> pb.CreateSessionRequest:
    """Read CreateSession; the messages of a version that it begins with stand in for its own. Raises Problem."""
    variables, version = body.texts("variables") or {}, body.number("version_id")
    request = pb.CreateSessionRequest(
        prompt_id=prompt_id,
        name=body.text("name"),
        base_version_id="" if version is None else str(version),
        messages=body.values("messages"),
        parameters=body.struct("model_params"),
        provider=body.text("provider"),
        model=body.text("model"),
        variables=declared(variables),
        inputs=variables,
    )
    if version is not None:
        request.ClearField("messages")
        # Also an empty object leaves these to the version.
        if not request.parameters.fields:
            request.ClearField("parameters")
    return request


def to_update_session(body: Body, session_id: str) -> pb.UpdateSessionRequest:
    """Read UpdateSession without its variables, which depend on those that are there. Raises Problem."""
    request = pb.UpdateSessionRequest(
        id=session_id,
        name=body.text("name"),
        messages=body.values("messages"),
        parameters=body.struct("model_params"),
        provider=body.text("provider"),
        model=body.text("model"),
    )
    request.update_mask.paths.extend(("messages", "parameters", "provider", "model"))
    if request.name:
        request.update_mask.paths.append("name")
    return request


def to_rename_session(body: Body, session_id: str) -> pb.UpdateSessionRequest:
    """Read RenameSession. Raises Problem."""
    request = pb.UpdateSessionRequest(id=session_id, name=body.text("name"))
    request.update_mask.paths.append("name")
    return request


def to_commit_session(body: Body, session_id: str) -> pb.CommitSessionRequest:
    """Read CommitSession. Raises Problem."""
    indices = body.indices("message_indices")
    request = pb.CommitSessionRequest(id=session_id, commit_message=body.text("commit_message"))
    request.message_indices.extend(indices or ())
    _require("commit_message", request.commit_message)
    return request


def declared(names: Iterable[str], known: Iterable[prompt_pb2.Variable] = ()) -> list[prompt_pb2.Variable]:
    """Declare variables: those that are known stay as they are, in their order, and new ones follow."""
    kept = {variable.name: variable for variable in known}
    wanted = dict.fromkeys(names)
    new = [_text(name) for name in wanted if name not in kept]
    return [variable for name, variable in kept.items() if name in wanted] + new


def _text(name: str) -> prompt_pb2.Variable:
    return prompt_pb2.Variable(name=name, type=prompt_pb2.Variable.TYPE_TEXT, required=True)


def _require(name: str, value: str) -> None:
    if not value:
        raise faults.refused(f"{name} is required")
