"""The tokens that images are got by: each names an image of a project, and a time, under the servers' signature."""

import base64
import binascii
import hmac
import math
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services import errors

_PURPOSE = b"promptwire image token"
# Project, SHA-256 of the bytes, end in seconds since 1970; and behind them the signature.
_NAME = struct.Struct(">16s32sQ")
_SIGNATURE_BYTES = 32
# The year 9999: what a Timestamp holds.
_LAST = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Named:
    """What a token names; `expire_time` in seconds since 1970."""

    project_id: UUID
    digest: bytes
    expire_time: int


class Tokens:
    """Makes and reads tokens. Of several secrets the first one signs, and all are accepted."""

    def __init__(self, secrets: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self._keys = [hmac.digest(secret.encode(), _PURPOSE, "sha256") for secret in secrets]
        self._clock = clock

    def sign(self, project_id: UUID, digest: bytes, lifetime: float) -> tuple[str, int]:
        """Give a token for an image, for at least so many seconds from now on; and when it ends."""
        end = min(math.ceil(self._clock() + lifetime), _LAST)
        name = _NAME.pack(project_id.bytes, digest, end)
        return _encode(name + _signature(self._keys[0], name)), end

    def read(self, token: str) -> Named:
        """Read a token. Raises NotFound when it is none of ours, FailedPrecondition when its time is over."""
        try:
            data = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise not_found() from None
        if _encode(data) != token:
            # Another spelling of the same bytes: a token has one.
            raise not_found()
        name, signature = data[: _NAME.size], data[_NAME.size :]
        if len(name) < _NAME.size or len(signature) != _SIGNATURE_BYTES or not self._is_ours(name, signature):
            raise not_found()
        project, digest, end = _NAME.unpack(name)
        if end <= self._clock():
            told = datetime.fromtimestamp(end, UTC).isoformat().replace("+00:00", "Z")
            message = f"the image's token ended at {told}; get the run again for a new one"
            raise errors.FailedPrecondition("IMAGE_EXPIRED", message, metadata={"expire_time": told})
        return Named(UUID(bytes=project), digest, end)

    def _is_ours(self, name: bytes, signature: bytes) -> bool:
        return any(hmac.compare_digest(_signature(key, name), signature) for key in self._keys)


def not_found() -> errors.NotFound:
    """Make the error for an image that is not there, or is not to be seen with a token."""
    message = "there is no image for this token, or not any more; get the run again for a new one, or run it again"
    return errors.NotFound("IMAGE_NOT_FOUND", message)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signature(key: bytes, name: bytes) -> bytes:
    return hmac.digest(key, name, "sha256")
