"""Pages of lists: how much goes into one, and the opaque token that asks for the next."""

import base64
import binascii
import hashlib
from collections.abc import AsyncIterable, Callable, Sequence
from typing import Any, TypeVar

import orjson
from google.protobuf.message import Message

from services import checks, errors, threads

# A page ends early rather than pass this many bytes by more than its last item: a page of large items would not fit
# into a gRPC message, nor many of them into memory.
PAGE_BYTES = 8 * 1024 * 1024

Item = TypeVar("Item", bound=Message)


async def take_page(rows: AsyncIterable[Any], to_item: Callable[[Any], Item], size: int) -> tuple[list[Item], bool]:
    """Give up to `size` items, fewer when they are large, and whether there are more."""
    items: list[Item] = []
    taken = 0
    async for row in rows:
        if len(items) == size or taken > PAGE_BYTES:
            return items, True
        items.append(await threads.read(to_item, row))
        taken += items[-1].ByteSize()
    return items, False


def to_token(filters: Sequence[object], after: Sequence[str | int]) -> str:
    """Make the token of the page that follows the item with sort key `after`, in the list with these filters."""
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
