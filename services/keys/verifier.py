"""From a secret to the caller it stands for, with the records of keys kept for half a second at most."""

import asyncio
import functools
import time
from dataclasses import dataclass
from uuid import UUID

import structlog
from async_lru import alru_cache

from services import errors
from services.caller import Caller
from services.keys import secret
from services.keys.record_store import KeyRecord, RecordStore

KEPT_SECONDS = 0.5
MAX_KEPT = 10_000
# A secret that does not match may be newer than what is kept from this age on: then it is read again.
DOUBTED_SECONDS = 0.05

# Compared where there is no hash, so that the time taken does not tell; no text is known that hashes to it.
_NO_HASH = bytes(32)

_log = structlog.get_logger()


@dataclass(slots=True)
class _Reading:
    """What the database said of a key, None when it has none, and how long that may be relied on (monotonic clock)."""

    record: KeyRecord | None
    asked: float
    fresh_until: float
    dropped: bool = False


class Verifier:
    """Verifies secrets: usually with a look-up, one hash and two comparisons."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._kept = alru_cache(maxsize=MAX_KEPT, ttl=KEPT_SECONDS)(self._read)
        self._projects = alru_cache(maxsize=MAX_KEPT, ttl=KEPT_SECONDS)(store.get_project)
        self._touches: dict[str, asyncio.Task[None]] = {}

    async def verify(self, text: str) -> Caller:
        """Give the caller that a secret stands for.

        Raise Unauthenticated when it stands for none, and DatabaseUnavailable when that cannot be found out.
        """
        key_id = secret.parse(text)
        if key_id is None:
            raise _unknown()
        given = secret.hash_of(text)
        record = _admit(await self._record(key_id, given), given)
        if record.use_due:
            self._note_use(record.caller)
        return record.caller

    async def find_project(self, name: str) -> UUID:
        """Give the id of a project that an operator named. Raise NotFound when there is none; that is not kept."""
        return await self._projects(name)

    def forget(self, key_id: str) -> None:
        """Drop what is kept of a key that was changed here, so that this server knows at once."""
        self._kept.cache_invalidate(key_id)

    async def close(self) -> None:
        """Wait for the notes of last uses that are under way."""
        await asyncio.gather(*self._touches.values())

    async def _record(self, key_id: str, given: bytes) -> KeyRecord | None:
        """Give the record as it is kept, or read anew: when it is too old, or the secret may be newer than it."""
        now = time.monotonic()
        reading = await self._kept(key_id)
        doubted = reading.asked + DOUBTED_SECONDS <= now and not any(_match(reading.record, given))
        if doubted or reading.fresh_until <= now:
            # Once, or those who waited for a slow reading would each drop the next one, which the first of them began.
            if not reading.dropped:
                reading.dropped = True
                self.forget(key_id)
            reading = await self._kept(key_id)
        return reading.record

    async def _read(self, key_id: str) -> _Reading:
        """Read a record, to be kept no longer than until the key or its old secret expires: then the database says so.

        Its time counts from before the query: too early by the time that takes, and so never too late.
        """
        asked = time.monotonic()
        record = await self._store.find_by_id(key_id)
        steady = record and record.steady
        return _Reading(record, asked, asked + min(KEPT_SECONDS, steady.total_seconds() if steady else KEPT_SECONDS))

    def _note_use(self, caller: Caller) -> None:
        """Note the use beside the call. A note is remembered until no record read before it is kept any more."""
        if caller.key_id in self._touches:
            return
        touch = self._touches[caller.key_id] = asyncio.create_task(self._touch(caller))
        forget = functools.partial(self._touches.pop, caller.key_id, None)
        touch.add_done_callback(lambda _: asyncio.get_running_loop().call_later(KEPT_SECONDS, forget))

    async def _touch(self, caller: Caller) -> None:
        try:
            await self._store.touch(caller.project_id, caller.key_id)
        except Exception as error:
            _log.warning("last use not noted", key_id=caller.key_id, error=repr(error))


def _admit(record: KeyRecord | None, given: bytes) -> KeyRecord:
    """Let a secret pass, or say why not; why only to those who have the secret."""
    is_current, is_previous = _match(record, given)
    if record is None or not (is_current or is_previous):
        raise _unknown()
    if record.revoked:
        raise errors.Unauthenticated("KEY_REVOKED", "the key was revoked; ask for another one")
    if record.expired:
        raise errors.Unauthenticated("KEY_EXPIRED", "the key has expired; ask for another one, or for a later expiry")
    if not is_current and not record.previous_works:
        raise errors.Unauthenticated("KEY_EXPIRED", "the key was regenerated; use its new secret")
    return record


def _match(record: KeyRecord | None, given: bytes) -> tuple[bool, bool]:
    """Compare a secret with a key's current and previous one, in the same time whether there are any."""
    is_current = secret.matches(given, record.secret_hash if record else _NO_HASH)
    is_previous = secret.matches(given, record.previous_hash or _NO_HASH if record else _NO_HASH)
    return is_current, is_previous


def _unknown() -> errors.Unauthenticated:
    return errors.Unauthenticated("KEY_UNKNOWN", "the secret is no key of this server, or is mistyped; check it")
