"""Page tokens: the sort key of the last item of a page, tied to the filters of the list, opaque to callers."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from services import checks, errors


def to_token(filters: Sequence[object], after: Sequence[str | int]) -> str:
    """Make the token of the page that follows the item with sort key `after` in the list with these filters."""
    return base64.urlsafe_b64encode(orjson.dumps([_mark(filters), *after])).rstrip(b"=").decode()


def from_token(token: str, filters: Sequence[object], kinds: Sequence[type]) -> list[Any] | None:
    """Read back `after`; None for the first page. A token of another list, or a forged one, is InvalidArgument."""
    if not token:
        return None
    try:
        mark, *after = orjson.loads(base64.urlsafe_b64decode(token.encode() + b"=="))
    except (binascii.Error, ValueError, TypeError):
        raise _refused() from None
    if mark != _mark(filters) or [type(item) for item in after] != list(kinds):
        raise _refused()
    return after


def _mark(filters: Sequence[object]) -> str:
    return hashlib.sha256(repr(tuple(filters)).encode()).hexdigest()[:12]


def _refused() -> errors.InvalidArgument:
    fault = "must be the next_page_token of an answer to the same filters; start again without it"
    return checks.invalid(errors.Violation("page_token", fault))
