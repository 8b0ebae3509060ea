"""Reads what a model gave as its version's format has it: the items of a list, or a JSON value."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from promptwire import values

# Names, items, arrays and objects in all. It bounds what any later reader has to do for a hostile output to a tenth of
# a second.
MAX_ITEMS = 100_000

# Of what an error tells (characters).
MAX_PATH = 500
MAX_MESSAGE = 300

# What JSON calls blank.
_BLANK = " \t\r\n"
_INFO = re.compile(r"[A-Za-z0-9_+.-]*[ \t\r]*")
_BULLET = re.compile(r"([ \t]*)(?:[-*+•‣◦▪·]|[0-9]{1,3}[.)])[ \t]+(?=\S)")


class NotRead(ValueError):
    """A text that is not what it must be; the message says why."""


def to_json(text: str) -> Any:
    """Read strict JSON (RFC 8259), with one pair of code fences around it or without. Raises NotRead.

    What the contract cannot carry is refused, too, as are more than MAX_ITEMS names, items, arrays and objects.
    """
    bare = unfence(text)
    if _count(bare) > MAX_ITEMS:
        raise NotRead(f"the output has more than {MAX_ITEMS} names, items, arrays and objects")
    try:
        json = orjson.loads(bare)
    except orjson.JSONDecodeError as error:
        raise NotRead(f"the output is not JSON: {error}") from None
    _check_carriage(json)
    return json


def to_list(text: str) -> list[str]:
    """Give the items of the text's bullets or numbers, or, without any, its lines. Raises NotRead.

    What stands before the first bullet, or behind a blank line after one, is no item. What is set in further than the
    first bullet belongs to the item before it.
    """
    lines = unfence(text).splitlines()
    items = list(_bulleted(lines)) or [stripped for line in lines if (stripped := line.strip())]
    if len(items) > MAX_ITEMS:
        raise NotRead(f"the output is a list of {len(items)} items; at most {MAX_ITEMS} are read")
    _check_carriage(items)
    return items


def unfence(text: str) -> str:
    """Take off one pair of code fences that stands around the whole text."""
    bare = text.strip(_BLANK)
    ticks = len(bare) - len(bare.lstrip("`"))
    fence = "`" * ticks
    if ticks < 3 or len(bare) < 2 * ticks or not bare.endswith(fence):
        return bare
    inner = bare[ticks : len(bare) - ticks]
    first, line_feed, rest = inner.partition("\n")
    if line_feed and _INFO.fullmatch(first):
        return rest.strip(_BLANK)
    return inner.removeprefix("json").strip(_BLANK)


def _bulleted(lines: list[str]) -> Iterator[str]:
    item: list[str] = []
    indent, is_behind = 0, False
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet and (not item or _width(bullet[1]) <= indent):
            if item:
                yield "\n".join(item)
            else:
                indent = _width(bullet[1])
            item, is_behind = [line[bullet.end() :].strip()], False
        elif not line.strip():
            is_behind = True
        elif item and (not is_behind or _width(line) > indent):
            item.append(line.strip())
    if item:
        yield "\n".join(item)


def _width(line: str) -> int:
    """Count the blanks at the begin of a line."""
    wide = line.expandtabs(4)
    return len(wide) - len(wide.lstrip())


def _count(text: str) -> int:
    """Count the commas and colons outside of texts, each of which stands between two names or items, and brackets."""
    if _marks(text) <= MAX_ITEMS:
        return 0
    bare = text.replace("\\\\", "").replace('\\"', "")
    if bare.count('"') > 2 * MAX_ITEMS:
        return MAX_ITEMS + 1
    return sum(_marks(part) for part in bare.split('"')[::2])


def _marks(text: str) -> int:
    return sum(text.count(mark) for mark in ",:[{")


def _check_carriage(json: Any) -> None:
    try:
        values.to_value(json)
    except values.Unrepresentable as error:
        raise NotRead(f"the output{error.path[:MAX_PATH]} {error.message[:MAX_MESSAGE]}") from None
