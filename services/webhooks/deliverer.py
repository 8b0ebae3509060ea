"""Tries the deliveries that are due: many at a time, few to each host, so that no receiver holds up another's."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog

from services import errors
from services.outbound import Failed, Outbound
from services.webhooks import schedule
from services.webhooks.due_store import DueStore, Kept, Limits, State, Taken, Try
from services.webhooks.schedule import read_retry_after
from services.webhooks.signing import Signer

MOST = 128
MOST_A_PROJECT = 64
MOST_A_HOST = 8
# Of a host that took long, until it does not any more.
MOST_A_SLOW_HOST = 2
SLOW_SECONDS = 5.0
MAX_SLOW_HOSTS = 10_000
# How long there may be nothing to try until it looks again.
PAUSE_SECONDS = 0.2
# After an outage of the database.
AGAIN_SECONDS = 1.0
TRY_SECONDS = 15.0
# How long a delivery is not tried by others: a try, and the statements before and behind it.
HELD_SECONDS = 75.0
ANSWER_BYTES = 64 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024
GONE = 410

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Message:
    """What to send: the body, None for the one that is kept, and the headers beside those of every delivery."""

    body: str | None
    headers: Mapping[str, str]


# Makes the message of a delivery out of its run; the body is made once. None: its run is gone.
MakeMessage = Callable[[Taken], Awaitable[Message | None]]


class Deliverer:
    """Delivers. Several, in any processes, share what there is to do."""

    def __init__(
        self,
        store: DueStore,
        signer: Signer,
        outbound: Outbound,
        make_message: MakeMessage,
        gaps: Sequence[float],
    ) -> None:
        self._store = store
        self._signer = signer
        self._outbound = outbound
        self._make_message = make_message
        self._gaps = gaps
        self._hosts = Counter[str]()
        self._projects = Counter[UUID]()
        self._slow_hosts: dict[str, None] = {}
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
        taken = await self._store.take(self._limits(room), HELD_SECONDS) if room else []
        for one in taken:
            self._hosts[one.host] += 1
            self._projects[one.project_id] += 1
            task = asyncio.create_task(self._try(one))
            self._tries.add(task)
            task.add_done_callback(self._tries.discard)
        return len(taken)

    def _limits(self, room: int) -> Limits:
        """Tell how many may be taken, in all and of those that have some flying or are slow."""
        hosts = {host: MOST_A_HOST - count for host, count in self._hosts.items()}
        slow = {host: MOST_A_SLOW_HOST - self._hosts[host] for host in self._slow_hosts}
        projects = {project_id: MOST_A_PROJECT - count for project_id, count in self._projects.items()}
        return Limits(room, MOST_A_HOST, hosts | slow, MOST_A_PROJECT, projects)

    async def _try(self, taken: Taken) -> None:
        try:
            await self._deliver(taken)
        except errors.DatabaseUnavailable:
            # Nobody noted it: whoever takes it later tries it again, with the same id.
            _log.warning("delivery not noted", delivery_id=str(taken.delivery_id))
        except Exception as error:
            _log.error("delivery broken", delivery_id=str(taken.delivery_id), exc_info=error)
        finally:
            # A Counter keeps names with a count of 0; adding nothing drops them.
            self._hosts[taken.host] -= 1
            self._projects[taken.project_id] -= 1
            self._hosts += Counter[str]()
            self._projects += Counter[UUID]()
            self._ended.set()

    async def _deliver(self, taken: Taken) -> None:
        moment = datetime.now(UTC)
        try:
            message = await self._make_message(taken)
            if message is None:
                await self._give_up(taken, "the run is gone, and with it what was to be told")
                return
            if message.body is None:
                kept = await self._store.get_kept(taken)
            elif len(message.body.encode()) <= MAX_BODY_BYTES:
                kept = await self._store.keep(taken, message.body)
            else:
                await self._give_up(taken, f"the body takes more than {MAX_BODY_BYTES} bytes")
                return
            moment = datetime.now(UTC)
            tried, retry_after = await self._post(taken, kept, message.headers, moment)
        except errors.ServiceError:
            raise
        except Exception as error:
            # Whatever it is, it counts as a try: what is never noted would be tried for ever.
            _log.error("delivery broken", delivery_id=str(taken.delivery_id), exc_info=error)
            tried, retry_after = Try(moment, 0.0, None, "it could not be sent: an error of the server", None), None
        self._learn(taken.host, tried.seconds)
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

    async def _give_up(self, taken: Taken, reason: str) -> None:
        await self._store.note(taken, Try(datetime.now(UTC), 0.0, None, reason, None), "FAILED", None)

    def _learn(self, host: str, seconds: float) -> None:
        """Remember of a host whether it takes long."""
        self._slow_hosts.pop(host, None)
        if seconds >= SLOW_SECONDS:
            self._slow_hosts[host] = None
            if len(self._slow_hosts) > MAX_SLOW_HOSTS:
                del self._slow_hosts[next(iter(self._slow_hosts))]

    async def _post(
        self, taken: Taken, kept: Kept, own_headers: Mapping[str, str], moment: datetime
    ) -> tuple[Try, float | None]:
        delivery_id = str(taken.delivery_id)
        headers = {
            **own_headers,
            "content-type": "application/json",
            "user-agent": "promptwire",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._signer.sign(taken.project_id, kept.generation, delivery_id, moment, kept.body),
        }
        began = time.monotonic()
        try:
            answer = await self._outbound.post(
                taken.url, kept.body.encode(), headers, limit_bytes=ANSWER_BYTES, seconds=TRY_SECONDS
            )
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
