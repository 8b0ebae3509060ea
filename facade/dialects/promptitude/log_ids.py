"""Log ids: the id of a run in 20 letters and digits, and back. They sort as the runs do, by time.

A UUIDv7 has 48 bits of time, of which the first three are 0 until the year 3084, its version and variant, and 74 random
bits. Without what is the same in all of them 119 bits are left, which 20 digits of base 62 hold.
"""

import re
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 20
BITS = 119

_FORM = re.compile(f"[0-9A-Za-z]{{{LENGTH}}}")
_DIGITS = {character: digit for digit, character in enumerate(ALPHABET)}
# The random bits behind the version, and those behind the variant.
_MIDDLE, _LOW = 12, 62
_VERSION, _VARIANT = 7 << 76, 0b10 << 62


def encode(run_id: str) -> str:
    """Give the log id of a run, whose id is a UUIDv7 of the years before 3084."""
    whole = UUID(run_id).int
    time, middle, low = whole >> 80, whole >> 64 & _ones(_MIDDLE), whole & _ones(_LOW)
    number = (time << _MIDDLE + _LOW | middle << _LOW | low) & _ones(BITS)
    characters: list[str] = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))


def decode(log_id: str) -> str | None:
    """Give the id of the run; None when the text can be the log id of none."""
    if not _FORM.fullmatch(log_id):
        return None
    number = 0
    for character in log_id:
        number = number * len(ALPHABET) + _DIGITS[character]
    if number >> BITS:
        return None
    time, middle, low = number >> _MIDDLE + _LOW, number >> _LOW & _ones(_MIDDLE), number & _ones(_LOW)
    return str(UUID(int=time << 80 | _VERSION | middle << 64 | _VARIANT | low))


def _ones(bits: int) -> int:
    return (1 << bits) - 1
