"""The errors that folders, prompts, versions, sessions and labels are refused with."""

import asyncpg

from services import errors


def prompt_not_found(prompt_id: str) -> errors.NotFound:
    """Make the error for a prompt that is not there, or no more."""
    return errors.NotFound(
        "PROMPT_NOT_FOUND",
        f"no prompt has the id or alias {prompt_id!r}; ListPrompts lists those there are",
        metadata={"prompt_id": prompt_id},
    )


def folder_not_found(folder_id: str) -> errors.NotFound:
    """Make the error for a folder that is not there, or no more."""
    message = f"no folder has the id {folder_id!r}; ListFolders lists those there are"
    return errors.NotFound("FOLDER_NOT_FOUND", message, metadata={"folder_id": folder_id})


def folder_not_empty(folder_id: str, prompts: int) -> errors.FailedPrecondition:
    """Make the error for a folder that is to be deleted while it holds prompts."""
    message = f"the folder holds {prompts} prompts; move or delete them first, or say `force` to delete them with it"
    metadata = {"folder_id": folder_id, "prompts": str(prompts)}
    return errors.FailedPrecondition("FOLDER_NOT_EMPTY", message, metadata=metadata)


def session_not_found(session_id: str) -> errors.NotFound:
    """Make the error for a session that is not there, or no more."""
    message = f"no session has the id or serial {session_id!r}; ListSessions lists those of a prompt"
    return errors.NotFound("SESSION_NOT_FOUND", message, metadata={"session_id": session_id})


def session_empty(session_id: str) -> errors.FailedPrecondition:
    """Make the error for a session without messages that is to become a version."""
    message = "the session has neither messages nor a graph to make a version of; save some first"
    return errors.FailedPrecondition("SESSION_EMPTY", message, metadata={"session_id": session_id})


def message_out_of_range(position: int, index: int, count: int) -> errors.InvalidArgument:
    """Make the error for the message at `position` of those to take, which a session of `count` messages has not."""
    message = f"there is no message {index}; the session has {count}, counted from 0"
    return errors.InvalidArgument(
        "MESSAGE_OUT_OF_RANGE",
        f"message_indices[{position}]: {message}",
        metadata={"index": str(index), "count": str(count)},
        violations=[errors.Violation(f"message_indices[{position}]", message, "MESSAGE_OUT_OF_RANGE")],
    )


def label_not_found(prompt_id: str, label: str) -> errors.NotFound:
    """Make the error for a label that a prompt does not have."""
    message = f"the prompt {prompt_id!r} has no label {label!r}; ListLabels lists those that it has"
    return errors.NotFound("LABEL_NOT_FOUND", message, metadata={"prompt_id": prompt_id, "label": label})


def label_protected(label: str) -> errors.PermissionDenied:
    """Make the error of a caller that may not move or delete a protected label."""
    message = f"the label {label!r} is protected; this needs a key with scope labels:protected"
    return errors.PermissionDenied("LABEL_PROTECTED", message, metadata={"label": label})


def version_of_another_prompt(field: str, version_id: str) -> errors.InvalidArgument:
    """Make the error for a version that is named, in `field`, beside another prompt than its own."""
    message = "is a version of another prompt; ListVersions lists those of this one"
    return errors.InvalidArgument(
        "VERSION_OF_ANOTHER_PROMPT",
        f"{field}: {message}",
        metadata={"version_id": version_id},
        violations=[errors.Violation(field, message, "VERSION_OF_ANOTHER_PROMPT")],
    )


def alias_taken(alias: str) -> errors.AlreadyExists:
    """Make the error for an alias that another prompt has."""
    return errors.AlreadyExists(
        "ALIAS_TAKEN",
        f"another prompt has the alias {alias!r}; choose another, or take it from that prompt first",
        metadata={"alias": alias},
    )


def no_version(prompt_id: str) -> errors.FailedPrecondition:
    """Make the error for a prompt that has no version, or no more."""
    return errors.FailedPrecondition(
        "PROMPT_HAS_NO_VERSION",
        f"the prompt {prompt_id!r} has no version to run; create one",
        metadata={"prompt_id": prompt_id},
    )


def require(row: asyncpg.Record | None, **named: str) -> asyncpg.Record:
    """Give the row of a version, found by what is `named`; raise when there is none, or when it is marked `deleted`."""
    told = " and ".join(f"{name} {value!r}" for name, value in named.items())
    if row is None:
        message = f"no version has the {told}; ListVersions lists those there are"
        raise errors.NotFound("VERSION_NOT_FOUND", message, metadata=named)
    if row["deleted"]:
        message = f"the version with the {told} was deleted, or its prompt was; choose another one"
        raise errors.NotFound("VERSION_DELETED", message, metadata=named)
    return row
