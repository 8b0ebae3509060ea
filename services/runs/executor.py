"""Executes what a version holds: one node, its provider asked again where that may help. Knows no wire and no table."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

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
    """The node's provider is about to be asked. What it told in earlier attempts is void."""

    node_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The node's provider gave more text."""

    node_id: str
    text: str


@dataclass(frozen=True, slots=True)
class NodeEnded:
    """The node's answer, or the error of the last of its attempts."""

    node_id: str
    attempts: int
    answer: ChatAnswer | None = None
    error: ProviderError | None = None


Event = NodeStarted | TextDelta | NodeEnded
Sink = Callable[[Event], None]
Answer = TypeVar("Answer")
Ask = Callable[[ChatRequest], Awaitable[ChatAnswer]]


class Executor:
    """Executes nodes; time and chance come from outside, for tests."""

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

    async def execute(self, node: Node, deadline: float) -> NodeEnded:
        """Execute a node. `deadline`, on the clock, is when the run ends: a pause that would pass it is not begun."""
        return await self._execute(node, node.target.provider.chat, deadline, nobody, 1)

    async def stream(self, node: Node, deadline: float, sink: Sink, first_attempt: int) -> NodeEnded:
        """Execute a node as `execute` does, and tell a sink what happens, its text as it comes.

        What another driver started before goes on with a higher `first_attempt`. What the sink raises goes through.
        """

        def tell(text: str) -> None:
            sink(TextDelta(node.id, text))

        def ask(request: ChatRequest) -> Awaitable[ChatAnswer]:
            return node.target.provider.stream(request, tell)

        ended = await self._execute(node, ask, deadline, sink, first_attempt)
        sink(ended)
        return ended

    async def _execute(self, node: Node, ask: Ask, deadline: float, sink: Sink, first_attempt: int) -> NodeEnded:
        target = node.target
        request = ChatRequest(node.messages, target.model, node.parameters, target.completion)

        def call() -> Awaitable[ChatAnswer]:
            return ask(request)

        attempts, answer = await self.ask(node.id, target.retries, call, deadline, sink, first_attempt)
        if isinstance(answer, ProviderError):
            return NodeEnded(node.id, attempts, error=answer)
        return NodeEnded(node.id, attempts, answer)

    async def ask(
        self,
        node_id: str,
        retries: int,
        call: Callable[[], Awaitable[Answer]],
        deadline: float,
        sink: Sink,
        first_attempt: int,
    ) -> tuple[int, Answer | ProviderError]:
        """Call a provider, again where that may help; tell a sink of each start.

        Give the number of the last attempt, and its answer or its error.
        """
        asked = 0
        while True:
            attempt = first_attempt + asked
            sink(NodeStarted(node_id, attempt))
            asked += 1
            try:
                return attempt, await call()
            except ProviderError as error:
                pause = self._pause(error, asked)
                last = not error.retryable or asked > retries
                if last or self._clock() + pause >= deadline:
                    return attempt, error
            await self._sleep(pause)

    def _pause(self, error: ProviderError, asked: int) -> float:
        """Choose any time up to a bound that doubles, so that calls that failed together do not come back together.

        It is counted from when the provider said to come back, if it did.
        """
        pause = self._draw() * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (asked - 1))
        return pause + (error.retry_after or 0.0)


def nobody(_: Event) -> None:
    """Hear nothing."""
