"""Checks that requests about folders, prompts, versions, labels and sessions have in common; their page tokens."""

import re
from collections.abc import Sequence
from typing import Any, Never
from uuid import UUID

from services import checks, errors, paging
from services.checks import Checks
from services.prompts import content
from services.prompts.version_store import is_serial

MAX_NAME = 255
MAX_DESCRIPTION = 10_000
MAX_LABEL = 255
MAX_NUMBER = 2**63 - 1


def check_prompt_id(check: Checks, field: str, prompt_id: str) -> None:
    """Ask for what may name a prompt: its id or an alias."""
    check.text(field, prompt_id, least=1, most=content.MAX_PROMPT_ID)


def check_serial_or_id(check: Checks, thing: str, text: str, field: str = "id") -> None:
    """Ask for what may name a version or a session: its id or its serial."""
    if checks.parse_uuid(text) is None and not is_serial(text):
        check.fail(field, f"must be a {thing}'s id, a UUID of 36 characters, or its serial, in digits")


def check_paths(check: Checks, request: Any, fields: Sequence[str]) -> list[str]:
    """Give the fields to change; a mask without paths counts as absent, and names those that are set."""
    named = set(request.update_mask.paths)
    if not named.issubset(fields):
        check.fail("update_mask", f"may name {', '.join(fields)}, and nothing else")
    given = {field.name for field, _ in request.ListFields()}
    return [field for field in fields if field in (named or given)]


def before_id(token: str, filters: Sequence[str]) -> UUID | None:
    """Read out of a page token the id before which to go on."""
    after = paging.from_token(token, filters, (str,))
    return None if after is None else checks.parse_uuid(after[0]) or _refuse_token()


def before_number(token: str, filters: Sequence[str]) -> int | None:
    """Read out of a page token the number before which to go on."""
    after = paging.from_token(token, filters, (int,))
    return None if after is None else after[0] if 0 < after[0] <= MAX_NUMBER else _refuse_token()


def after_text(token: str, filters: Sequence[str]) -> str | None:
    """Read out of a page token the text behind which to go on."""
    after = paging.from_token(token, filters, (str,))
    return None if after is None else after[0] if re.fullmatch("[^\0]{1,255}", after[0], re.DOTALL) else _refuse_token()


def _refuse_token() -> Never:
    raise checks.invalid(
        errors.Violation("page_token", "must be the next_page_token of an answer; start again without it")
    )
