"""Which calls that failed are made again, and when: by gRPC itself where that is always safe, and by us for runs."""

import asyncio
import random
from typing import Any

from facade.problem import Problem
from promptwire.v1 import key_service_pb2, prompt_service_pb2, run_service_pb2

MAX_ATTEMPTS = 4
# How often a run is tried to begin when a server refused it in words that say that nothing was begun.
ATTEMPTS = {"DRAINING": MAX_ATTEMPTS, "SERVER_BUSY": 2}
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0

# What may be done twice without a difference.
_SAFE = ("Get", "List", "WhoAmI", "Watch", "Cancel")
_SERVICES = tuple(
    service
    for file in (key_service_pb2, prompt_service_pb2, run_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
)


def policy() -> dict[str, Any]:
    """Give the part of a gRPC service config that retries what is safe: not on a channel in trouble, so no storms."""
    safe = [
        {"service": service.full_name, "method": method.name}
        for service in _SERVICES
        for method in service.methods
        if method.name.startswith(_SAFE)
    ]
    retry = {
        "maxAttempts": MAX_ATTEMPTS,
        "initialBackoff": f"{FIRST_PAUSE}s",
        "maxBackoff": f"{LONGEST_PAUSE}s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return {
        "methodConfig": [{"name": safe, "retryPolicy": retry}],
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.5},
    }


class Attempts:
    """The attempts to begin a run.

    With a request id an attempt joins the run that one before it began, so that it may follow any that a server or the
    way to it cut. Without one that could make two runs: it may follow only a refusal that says that there is none.
    """

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self._made = 0

    async def again(self, refused: Problem) -> None:
        """Wait until it is time for another attempt. Raises the problem when it was the last one."""
        self._made += 1
        if self._made >= self._most(refused):
            raise refused
        pause = min(FIRST_PAUSE * 2 ** (self._made - 1), LONGEST_PAUSE)
        # More or less, so that callers who were refused together do not come again together.
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - no secret

    def _most(self, refused: Problem) -> int:
        if refused.reason in ATTEMPTS:
            return ATTEMPTS[refused.reason]
        return MAX_ATTEMPTS if self._request_id and refused.status == 503 else 1
