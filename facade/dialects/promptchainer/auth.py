"""The key of this dialect: in `x-api-key`, or as a Bearer token."""

from collections.abc import Mapping

from facade.dialect import bearer, unauthenticated
from facade.problem import Problem

HEADER = "x-api-key"


def secret(headers: Mapping[str, str]) -> str:
    """Give the secret. Raises Problem 401 without one, or with two that differ."""
    given = headers.get(HEADER, "").strip()
    if given and "Authorization" not in headers:
        return given
    try:
        as_bearer = bearer(headers)
    except Problem:
        words = f"send the header `{HEADER}: <secret>`, or else `Authorization: Bearer <secret>`"
        raise unauthenticated("KEY_MISSING", words) from None
    if given not in ("", as_bearer):
        raise unauthenticated("KEY_UNKNOWN", "the request has two different keys; send one")
    return as_bearer
