"""The form of a secret, `pw_<12 public id>_<27 secret><6 checksum>` in base 62: made, derived, read and compared."""

import hashlib
import hmac
import re
import secrets
import string
import zlib

import orjson

PREFIX = "pw_"
ID_LENGTH = 12
# 62^27 is over 2^160.
SECRET_LENGTH = 27
CHECKSUM_LENGTH = 6

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID = re.compile(r"[0-9A-Za-z]{12}")
_FORM = re.compile(r"pw_([0-9A-Za-z]{12})_[0-9A-Za-z]{27}([0-9A-Za-z]{6})")


def new_id() -> str:
    """Give a new public id: 12 letters and digits, which no two keys will ever share by chance."""
    return _random(ID_LENGTH)


def is_id(text: str) -> bool:
    """Tell whether a key could have this id."""
    return _ID.fullmatch(text) is not None


def make(key_id: str) -> str:
    """Give a new random secret for a key."""
    return _complete(key_id, _random(SECRET_LENGTH))


def derive(server_secret: str, key_id: str, *purpose: str | int) -> str:
    """Give the secret that a key has for a purpose: the same each time, so that a retry gets it too and none is kept.

    The parts are told apart by the quotes and commas of JSON: no other parts give the same text.
    """
    parts = orjson.dumps(["key secret", key_id, *purpose])
    digest = hmac.digest(server_secret.encode(), parts, "sha256")
    return _complete(key_id, _base62(int.from_bytes(digest, "big"), SECRET_LENGTH))


def parse(text: str) -> str | None:
    """Give the key's id in a secret; None when it is none, or is mistyped: then no database need be asked."""
    found = _FORM.fullmatch(text)
    if found is None or _checksum(text[:-CHECKSUM_LENGTH]) != found[2]:
        return None
    return found[1]


def hash_of(text: str) -> bytes:
    """Give what is kept of a secret. A fast hash is right here: nobody guesses through 160 random bits at any speed."""
    return hashlib.sha256(text.encode()).digest()


def matches(given: bytes, kept: bytes) -> bool:
    """Compare two hashes in a time that does not tell where they differ."""
    return hmac.compare_digest(given, kept)


def _complete(key_id: str, drawn: str) -> str:
    body = f"{PREFIX}{key_id}_{drawn}"
    return body + _checksum(body)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _random(length: int) -> str:
    return "".join(secrets.choice(_DIGITS) for _ in range(length))


def _base62(number: int, length: int) -> str:
    """Write the lowest `length` digits of a number."""
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
