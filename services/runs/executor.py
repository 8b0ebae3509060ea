"""Executes what a version holds: one node, its provider asked again where that may help. Knows no wire and no table."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.providers.base import ChatAnswer, ChatRequest, ProviderError
from services.providers.registry import Target

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0


@dataclass(frozen=True, slots=True)
class Node:
    """Messages to send to a model, with its parameters."""

    id: str
    target: Target
    messages: Sequence[Any]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NodeStarted:
    """The node's provider is about to be asked."""

    node_id: str


@dataclass(frozen=True, slots=True)
class NodeEnded:
    """The node's answer, or the error of the last of its attempts."""

    node_id: str
    attempts: int
    answer: ChatAnswer | None = None
    error: ProviderError | None = None


Event = NodeStarted | NodeEnded
Sink = Callable[[Event], None]


class Executor:
    """Executes nodes, and tells a sink what happens; time and chance come from outside, for tests."""

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._draw = draw

    async def execute(self, node: Node, deadline: float, sink: Sink) -> None:
        """Execute a node. `deadline`, on the clock, is when the run ends: a pause that would pass it is not begun."""
        sink(NodeStarted(node.id))
        request = ChatRequest(node.messages, node.target.model, node.parameters)
        attempts = 0
        while True:
            attempts += 1
            try:
                answer = await node.target.provider.chat(request)
            except ProviderError as error:
                pause = self._pause(error, attempts)
                last = not error.retryable or attempts > node.target.retries
                if last or self._clock() + pause >= deadline:
                    return sink(NodeEnded(node.id, attempts, error=error))
            else:
                return sink(NodeEnded(node.id, attempts, answer))
            await self._sleep(pause)

    def _pause(self, error: ProviderError, attempts: int) -> float:
        """Choose any time up to a bound that doubles, so that calls that failed together do not come back together.

        It is counted from when the provider said to come back, if it did.
        """
        pause = self._draw() * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1))
        return pause + (error.retry_after or 0.0)
