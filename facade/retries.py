"""Which calls that failed are made again, and when.

By hand, since gRPC knows only codes where the reason decides. Its own retries are left to calls that reached no server.
"""

import asyncio
import random
from typing import Any

from facade.problem import Problem

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
# How often a call is made in all, by what refused it. The first two say that nothing was begun. What asks for a longer
# pause, such as DATABASE_UNAVAILABLE, is left to the caller.
ATTEMPTS = {"DRAINING": 4, "SERVER_BUSY": 2}
# The same of a call that may be made twice without a difference, when a server or the way to it was cut.
ATTEMPTS_IF_SAFE = {"SERVICE_UNAVAILABLE": 4, **ATTEMPTS}

_SAFE = ("Get", "List", "WhoAmI", "Watch", "Cancel")


class Attempts:
    """The attempts to make a call."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._made = 0

    async def again(self, refused: Problem) -> None:
        """Wait until it is time for another attempt. Raises the problem when it was the last one."""
        self._made += 1
        table = ATTEMPTS_IF_SAFE if _is_safe(self._request) else ATTEMPTS
        if self._made >= table.get(refused.reason, 1):
            raise refused
        pause = min(FIRST_PAUSE * 2 ** (self._made - 1), LONGEST_PAUSE)
        # More or less, so that callers who were refused together do not come again together.
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - no secret


def _is_safe(request: Any) -> bool:
    """Whether it changes nothing, or has a request id, by which it joins what an attempt before it began."""
    holder = getattr(request, "spec", request)
    return request.DESCRIPTOR.name.startswith(_SAFE) or bool(getattr(holder, "request_id", ""))
