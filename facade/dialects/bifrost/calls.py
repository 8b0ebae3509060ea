"""How the handlers ask the services: for keys that may write, all pages at once, refusals in the dialect's terms."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from facade.core import Rpc
from facade.dialect import Answered, Call, Handler
from facade.dialects.bifrost import faults
from facade.dialects.bifrost.reader import Body
from facade.problem import Problem

MAX_PATH_ID = 2**32 - 1

_DIGITS = re.compile("[0-9]{1,64}")


class Page(Protocol):
    """The answer of an RPC that lists."""

    @property
    def next_page_token(self) -> str:
        """Asks for the next page; empty in the last one."""
        ...


Response = TypeVar("Response")
Other = TypeVar("Other")
PageOf = TypeVar("PageOf", bound=Page)


def admitted(handler: Handler) -> Handler:
    """Ask whose key it is before anything else, and refuse one that may not write."""

    async def handle(call: Call) -> Answered:
        caller = await call.core.who_am_i(call.caller)
        if faults.SCOPE not in caller.key.scopes:
            raise faults.unauthorized()
        return await handler(call)

    return handle


async def ask(call: Call, rpc: Rpc[Response], request: object, missing: str) -> Response:
    """Make an RPC about the thing of the path. `missing` is the reason for a path without one. Raises Problem."""
    try:
        return await call.rpc(rpc, request)
    except Problem as raised:
        raise faults.of_path(raised, missing) from None


async def pages(call: Call, rpc: Rpc[PageOf], request: Any, missing: str) -> list[PageOf]:
    """Make an RPC that lists, again and again until the last page. Raises Problem."""
    answers: list[PageOf] = []
    while not answers or request.page_token:
        answers.append(await ask(call, rpc, request, missing))
        request.page_token = answers[-1].next_page_token
    return answers


async def both(first: Coroutine[Any, Any, Response], second: Coroutine[Any, Any, Other]) -> tuple[Response, Other]:
    """Wait for two at a time; when one fails the other is given up."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = group.create_task(first), group.create_task(second)
    except ExceptionGroup as raised:
        raise raised.exceptions[0] from None
    return tasks[0].result(), tasks[1].result()


async def body(call: Call) -> Body:
    """Read the body. Raises Problem 400, 413."""
    try:
        json = await call.json()
    except Problem:
        raise faults.malformed() from None
    return Body.of(json)


def serial(call: Call, thing: str) -> str:
    """Give the id of the path, an unsigned number of 32 bits, in its shortest form. Raises Problem 400."""
    text = call.path["id"]
    if _DIGITS.fullmatch(text) and int(text) <= MAX_PATH_ID:
        return str(int(text))
    raise faults.refused(f"invalid {thing} ID")
