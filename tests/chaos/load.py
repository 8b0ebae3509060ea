"""Load: calls at a rate, at random times, whatever becomes of them; and callers who do not give up."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.chaos.answers import Answer

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


class Pour:
    """Makes calls at a rate (a second) at random times while the block runs; at its end, waits for those under way.

    What a call raises is raised there.
    """

    def __init__(self, call: Callable[[int], Awaitable[object]], rate: float, random: random.Random) -> None:
        self._call = call
        self._rate = rate
        self._random = random
        self._calls: set[asyncio.Task[Any]] = set()
        self._errors: list[BaseException] = []
        self.count = 0

    async def __aenter__(self) -> Self:
        self._pouring = asyncio.create_task(self._pour())
        return self

    async def __aexit__(
        self, raised: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._pouring.cancel()
        await asyncio.wait((self._pouring,))
        if raised:
            for call in self._calls:
                call.cancel()
        while self._calls:
            await asyncio.wait(self._calls)
        if self._errors and not raised:
            raise self._errors[0]

    async def _pour(self) -> None:
        due = time.monotonic()
        while True:
            due += self._random.expovariate(self._rate)
            await asyncio.sleep(due - time.monotonic())
            call = asyncio.ensure_future(self._call(self.count))
            self.count += 1
            self._calls.add(call)
            call.add_done_callback(self._note)

    def _note(self, call: asyncio.Future[Any]) -> None:
        self._calls.discard(call)  # pyright: ignore[reportArgumentType]
        if not call.cancelled() and (error := call.exception()):
            self._errors.append(error)


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller was told in the end, what before, and how long all of it took (s)."""

    answer: Answer
    before: tuple[str, ...]
    seconds: float


async def persist(call: Callable[[], Awaitable[Answer]], *, seconds: float = 60.0) -> Told:
    """Call until it is carried out or refused for good, with the pauses that the server asks for; no longer than so."""
    began, before, pause = time.monotonic(), list[str](), FIRST_PAUSE
    while True:
        answer = await call()
        spent = time.monotonic() - began
        if not answer.passing or spent > seconds:
            return Told(answer, tuple(before), spent)
        before.append(answer.told)
        await asyncio.sleep(answer.retry_after or pause)
        pause = min(2 * pause, LONGEST_PAUSE)
