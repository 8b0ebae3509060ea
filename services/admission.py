"""The bound on what a server does at a time: who finds it busy waits a moment in a queue of limited length."""

import asyncio
import contextlib
from collections import deque

from services import errors

WAIT_SECONDS = 1.0
RETRY_SECONDS = 1.0


class Admission:
    """Holds `limit` slots, given out in the order asked for. A run may keep its slot for longer than the call lasts.

    While none is free, up to `waiting` callers wait for one, each for a second at most; more are refused at once. So a
    server with more to do than it can answers soon, and does not grow.
    """

    def __init__(self, limit: int, waiting: int) -> None:
        self._free = limit
        self._most_waiting = waiting
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Take a slot, which `leave` gives back. Raises Unavailable when there is none in time."""
        if self._free:
            self._free -= 1
        elif len(self._waiting) < self._most_waiting:
            await self._wait()
        else:
            raise _busy()

    def leave(self) -> None:
        """Give a slot to the first who still waits for one, or keep it free: none is free while somebody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def _wait(self) -> None:
        """Wait until somebody who leaves gives a slot."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except TimeoutError:
            self._withdraw(turn)
            raise _busy() from None
        except asyncio.CancelledError:
            self._withdraw(turn)
            raise

    def _withdraw(self, turn: asyncio.Future[None]) -> None:
        """Stop waiting. A slot that came in the same moment goes to the next one."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(turn)
        if turn.done() and not turn.cancelled():
            self.leave()


def _busy() -> errors.Unavailable:
    message = "the server has as much to do as it takes, and began nothing; retry in a second, or with another server"
    return errors.Unavailable("SERVER_BUSY", message, retry_after=RETRY_SECONDS)
