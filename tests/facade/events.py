"""Server-Sent Events as a browser reads them."""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import aiohttp


class Event(NamedTuple):
    """An event, its data read as JSON. A comment has the name `:` and its text for data."""

    id: str
    name: str
    data: Any


async def read(response: aiohttp.ClientResponse) -> AsyncIterator[Event]:
    """Give the events of an answer as they come."""
    fields: dict[str, str] = {}
    async for line in response.content:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "":
            if value:
                yield Event("", ":", value)
            elif "data" in fields:
                yield Event(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}
        else:
            fields[name] = value
