"""The key of this dialect: in `Authorization` as it is, or as a Bearer token."""

from collections.abc import Mapping

from facade.dialect import unauthenticated


def secret(headers: Mapping[str, str]) -> str:
    """Give the secret. Raises Problem 401 without one."""
    given = headers.get("Authorization", "").strip()
    scheme, _, rest = given.partition(" ")
    found = rest.strip() if scheme.lower() == "bearer" else given
    if not found:
        raise unauthenticated("KEY_MISSING", "send the header `Authorization: <secret>`")
    return found
