"""The key of this dialect: in `x-api-key`, or as a Bearer token."""

from collections.abc import Mapping

from facade.dialect import bearer, unauthenticated


def secret(headers: Mapping[str, str]) -> str:
    """Give the secret. Raises Problem 401 without one, or with two that differ."""
    given = headers.get("x-api-key", "").strip()
    if not given:
        if "Authorization" not in headers:
            raise unauthenticated("KEY_MISSING", "send the header `x-api-key: <secret>`")
        return bearer(headers)
    if "Authorization" in headers and bearer(headers) != given:
        raise unauthenticated("KEY_UNKNOWN", "the request has two different keys; send one")
    return given
