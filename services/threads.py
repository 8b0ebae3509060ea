"""Long work of the processor is done in a thread, so that the event loop goes on with what others asked for."""

import asyncio
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

# Bytes. What is shorter takes less than a thread would.
LONG = 256 * 1024

Given = ParamSpec("Given")
Made = TypeVar("Made")


async def work(size: int, do: Callable[Given, Made], *args: Given.args, **named: Given.kwargs) -> Made:
    """Do something with so many bytes of data, in a thread when they are many."""
    if size <= LONG:
        return do(*args, **named)
    return await asyncio.to_thread(do, *args, **named)


async def read(to: Callable[[Any], Made], row: Any) -> Made:
    """Make something of a row of the database, in a thread when its texts are long."""
    return await work(sum(len(value) for value in row.values() if isinstance(value, (str, bytes))), to, row)
