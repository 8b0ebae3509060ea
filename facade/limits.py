"""What an answer says of the limit of the caller's key: the RateLimit fields, from gRPC metadata to HTTP headers."""

import re
from collections.abc import Iterable, Mapping

POLICY, LEFT, RETRY_AFTER = "RateLimit-Policy", "RateLimit", "Retry-After"
HEADERS = {"ratelimit-policy": POLICY, "ratelimit": LEFT}

_LEFT = re.compile(r'("default";r=([0-9]+));t=([0-9]+)')


def from_metadata(metadata: Iterable[tuple[str, str | bytes]]) -> dict[str, str]:
    """Give the headers that metadata stands for; none for a key without a limit."""
    return {HEADERS[name]: str(value) for name, value in metadata if name in HEADERS}


def beside(headers: Mapping[str, str], limits: Mapping[str, str]) -> Mapping[str, str]:
    """Give the limits as they stand beside the other headers of an answer: Retry-After is never earlier than their `t`.

    When nothing is left, it is put off until then. Otherwise `t` is left out: it is not what to wait for.
    """
    found = _LEFT.fullmatch(limits.get(LEFT, ""))
    if RETRY_AFTER not in headers or found is None:
        return limits
    retry_after = max(int(headers[RETRY_AFTER]), int(found[3]))
    if found[2] == "0":
        return {**limits, RETRY_AFTER: str(retry_after)}
    return limits if retry_after == int(headers[RETRY_AFTER]) else {**limits, LEFT: found[1]}
