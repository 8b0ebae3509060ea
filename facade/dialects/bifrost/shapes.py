"""What the services answer, as the JSON of this dialect. What is empty is mostly left out, and never null."""

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf import struct_pb2

from promptwire import values
from promptwire.v1 import folder_pb2, prompt_pb2, session_pb2

Json = dict[str, Any]


def from_folder(folder: folder_pb2.Folder, *, counted: bool = False) -> Json:
    """Print a folder, and how many prompts it holds if that is asked for."""
    return {
        "id": folder.id,
        "name": folder.name,
        **({"description": folder.description} if folder.HasField("description") else {}),
        "created_at": folder.create_time.ToJsonString(),
        "updated_at": folder.update_time.ToJsonString(),
        **({"prompts_count": folder.prompt_count} if counted and folder.prompt_count else {}),
    }


def from_prompt(prompt: prompt_pb2.Prompt, folder: Json | None = None) -> Json:
    """Print a prompt, with its folder if that is given, without its versions and sessions."""
    return {
        "id": prompt.id,
        "name": prompt.name,
        **({"folder_id": prompt.folder_id} if prompt.folder_id else {}),
        **({"folder": folder} if folder else {}),
        "created_at": prompt.create_time.ToJsonString(),
        "updated_at": prompt.update_time.ToJsonString(),
    }


def from_whole_prompt(
    prompt: prompt_pb2.Prompt,
    folder: folder_pb2.Folder | None,
    versions: Iterable[prompt_pb2.Version] = (),
    sessions: Iterable[session_pb2.Session] = (),
) -> Json:
    """Print a prompt with all that it holds and what holds it."""
    return {
        **from_prompt(prompt, from_folder(folder, counted=True) if folder else None),
        "versions": [from_version(version) for version in versions],
        "sessions": [from_session(session) for session in sessions],
        **_latest(prompt),
    }


def from_prompts(prompts: Iterable[prompt_pb2.Prompt], folders: Iterable[folder_pb2.Folder]) -> list[Json]:
    """Print prompts, each with its folder and its latest version."""
    printed = {folder.id: from_folder(folder) for folder in folders}
    return [{**from_prompt(prompt, printed.get(prompt.folder_id)), **_latest(prompt)} for prompt in prompts]


def from_version(version: prompt_pb2.Version, prompt: prompt_pb2.Prompt | None = None) -> Json:
    """Print a version, with its prompt if that is given."""
    variables = {variable.name: "" for variable in version.variables}
    return {
        "id": version.serial,
        "prompt_id": version.prompt_id,
        **({"prompt": from_prompt(prompt)} if prompt else {}),
        "version_number": version.number,
        "commit_message": version.commit_message,
        "model_params": values.from_struct(version.parameters),
        "provider": version.provider,
        "model": version.model,
        **({"variables": variables} if variables else {}),
        "is_latest": version.is_latest,
        "created_at": version.create_time.ToJsonString(),
        **_messages(version.messages, version.first_message_serial, version.prompt_id, "version_id", version.serial),
    }


def from_session(
    session: session_pb2.Session, prompt: prompt_pb2.Prompt | None = None, *, with_version: bool = False
) -> Json:
    """Print a session; with its prompt, and the version that it began as, where that is asked for."""
    variables = _variables(session)
    base = session.base_version if session.HasField("base_version") else None
    return {
        "id": session.serial,
        "prompt_id": session.prompt_id,
        **({"prompt": from_prompt(prompt)} if prompt else {}),
        **({"version_id": base.serial} if base else {}),
        **({"version": from_version(base)} if base and with_version else {}),
        "name": session.name,
        "model_params": values.from_struct(session.parameters),
        "provider": session.provider,
        "model": session.model,
        **({"variables": variables} if variables else {}),
        "created_at": session.create_time.ToJsonString(),
        "updated_at": session.update_time.ToJsonString(),
        **_messages(session.messages, session.first_message_serial, session.prompt_id, "session_id", session.serial),
    }


def _latest(prompt: prompt_pb2.Prompt) -> Json:
    return {"latest_version": from_version(prompt.latest_version)} if prompt.HasField("latest_version") else {}


def _variables(session: session_pb2.Session) -> dict[str, str]:
    """Declared ones first; a text may also be kept for a variable that nobody declared."""
    declared = {variable.name: session.inputs.get(variable.name, "") for variable in session.variables}
    return declared | dict(sorted(session.inputs.items()))


def _messages(messages: Sequence[struct_pb2.Value], first: int, prompt_id: str, owner: str, owner_id: int) -> Json:
    rows = [
        {
            "id": first + index,
            "prompt_id": prompt_id,
            owner: owner_id,
            "order_index": index,
            "message": values.from_value(message),
        }
        for index, message in enumerate(messages)
    ]
    return {"messages": rows} if rows else {}
