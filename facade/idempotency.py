"""The header `Idempotency-Key`, in any dialect: the request id that makes a retry safe."""

import re

from facade.problem import Fault

HEADER = "Idempotency-Key"
MAX_LENGTH = 255

_ESCAPED = re.compile(r"\\(.)")


def read(header: str | None, found: list[Fault]) -> str:
    """Give the request id that the header stands for, empty without one; notes a fault in `found`."""
    if header is None:
        return ""
    given = _unquoted(header.strip())
    if 0 < len(given) <= MAX_LENGTH and given.isascii() and given.isprintable():
        return given
    words = f"must have 1 to {MAX_LENGTH} printable ASCII characters, quoted or not"
    found.append(Fault(HEADER, "FIELD_INVALID", words, "header"))
    return ""


def _unquoted(text: str) -> str:
    """Give a structured field's string without its quotes, and any other text as it is."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return _ESCAPED.sub(r"\1", text[1:-1]) if quoted else text
