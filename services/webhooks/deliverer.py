"""Tries the deliveries that are due: many at a time, few to each host, so that no receiver holds up another's."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from async_lru import alru_cache

from services import errors
from services.outbound import Failed, Outbound
from services.webhooks import schedule
from services.webhooks.delivery_store import DeliveryStore, State, Taken, Try
from services.webhooks.schedule import read_retry_after
from services.webhooks.secret_store import SecretStore
from services.webhooks.signing import Signer

MOST = 128
MOST_A_HOST = 8
# How long there may be nothing to try until it looks again.
PAUSE_SECONDS = 0.2
# After an outage of the database.
AGAIN_SECONDS = 1.0
# How long a project's secrets are remembered: a rotated one signs elsewhere as late as this.
SECRET_SECONDS = 5.0
TRY_SECONDS = 15.0
# How long a delivery is not tried by others: a try, and the statements before and behind it.
HELD_SECONDS = 40.0
ANSWER_BYTES = 64 * 1024
GONE = 410

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Message:
    """What to send: the body, and the headers beside those of every delivery."""

    body: str
    headers: Mapping[str, str]


# Makes the message of a delivery out of its run; the body is made once. None: its run is gone.
MakeMessage = Callable[[Taken], Awaitable[Message | None]]


class Deliverer:
    """Delivers. Several, in any processes, share what there is to do."""

    def __init__(
        self,
        store: DeliveryStore,
        secrets: SecretStore,
        signer: Signer,
        outbound: Outbound,
        make_message: MakeMessage,
        gaps: Sequence[float],
    ) -> None:
        self._store = store
        self._find_generation = alru_cache(maxsize=1000, ttl=SECRET_SECONDS)(secrets.get)
        self._signer = signer
        self._outbound = outbound
        self._make_message = make_message
        self._gaps = gaps
        self._hosts = Counter[str]()
        self._tries: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. The database may still be down."""
        self._task = asyncio.create_task(self._keep_delivering())

    async def close(self) -> None:
        """Stop. What is being tried is tried again by another one, with the same id."""
        tasks = [*self._tries, *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _keep_delivering(self) -> None:
        while True:
            try:
                is_idle = not await self._begin_due()
            except errors.DatabaseUnavailable:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            except Exception as error:
                # Whatever it is, it may pass; nobody else would deliver again.
                _log.error("deliveries broken", exc_info=error)
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if is_idle:
                await self._rest()

    async def _rest(self) -> None:
        """Wait a while, or until a try has ended: a host may have been busy with it."""
        self._ended.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await self._ended.wait()

    async def _begin_due(self) -> int:
        """Begin to try what is due and may be tried now; give how many there were."""
        room = MOST - len(self._tries)
        taken = await self._store.take(self._hosts, room, MOST_A_HOST, HELD_SECONDS) if room else []
        for one in taken:
            self._hosts[one.host] += 1
            task = asyncio.create_task(self._try(one))
            self._tries.add(task)
            task.add_done_callback(self._tries.discard)
        return len(taken)

    async def _try(self, taken: Taken) -> None:
        try:
            await self._deliver(taken)
        except errors.DatabaseUnavailable:
            # Nobody noted it: whoever takes it later tries it again, with the same id.
            _log.warning("delivery not noted", delivery_id=str(taken.delivery_id))
        except Exception as error:
            _log.error("delivery broken", delivery_id=str(taken.delivery_id), exc_info=error)
        finally:
            self._hosts[taken.host] -= 1
            if not self._hosts[taken.host]:
                del self._hosts[taken.host]
            self._ended.set()

    async def _deliver(self, taken: Taken) -> None:
        message = await self._make_message(taken)
        moment = datetime.now(UTC)
        if message is None:
            gone = Try(moment, 0.0, None, "the run is gone, and with it what was to be told", None)
            await self._store.note(taken, gone, "FAILED", None)
            return
        if taken.body is None:
            await self._store.keep_body(taken, message.body)
        tried, retry_after = await self._post(taken, message, moment)
        state, gap = self._judge(taken, tried, retry_after)
        await self._store.note(taken, tried, state, gap)
        _log.info(
            "delivery tried",
            delivery_id=str(taken.delivery_id),
            run_id=str(taken.run_id),
            status=tried.status,
            error=tried.error,
            state=state,
            seconds=round(tried.seconds, 3),
        )

    async def _post(self, taken: Taken, message: Message, moment: datetime) -> tuple[Try, float | None]:
        data, generation = message.body.encode(), await self._find_generation(taken.project_id)
        delivery_id = str(taken.delivery_id)
        headers = {
            **message.headers,
            "content-type": "application/json",
            "user-agent": "promptwire",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._signer.sign(taken.project_id, generation, delivery_id, moment, data),
        }
        began = time.monotonic()
        try:
            answer = await self._outbound.post(taken.url, data, headers, limit_bytes=ANSWER_BYTES, seconds=TRY_SECONDS)
        except Failed as error:
            return Try(moment, time.monotonic() - began, None, str(error), None), None
        text = answer.data.decode(errors="replace").replace("\0", "\ufffd")
        tried = Try(moment, time.monotonic() - began, answer.status, None, text)
        return tried, read_retry_after(answer.headers)

    def _judge(self, taken: Taken, tried: Try, retry_after: float | None) -> tuple[State, float | None]:
        """Tell what becomes of a delivery after a try, and in how many seconds it is tried again, if it is."""
        if tried.status is not None and 200 <= tried.status < 300:
            return "SUCCEEDED", None
        if tried.status == GONE:
            return "FAILED", None
        gap = schedule.next_gap(self._gaps, taken.failures + 1, retry_after, random.random)
        return ("PENDING", gap) if gap is not None else ("FAILED", None)
