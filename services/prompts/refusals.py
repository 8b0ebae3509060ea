"""The errors that prompts and versions are refused with."""

import asyncpg

from services import errors


def prompt_not_found(prompt_id: str) -> errors.NotFound:
    """Make the error for a prompt that is not there, or no more."""
    return errors.NotFound(
        "PROMPT_NOT_FOUND",
        f"no prompt has the id or alias {prompt_id!r}; ListPrompts lists those there are",
        metadata={"prompt_id": prompt_id},
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
