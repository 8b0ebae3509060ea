"""Cross-origin calls: which web origins a browser may let call, and what it is told about it."""

from collections.abc import Mapping
from dataclasses import dataclass

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer, Promptwire-Project, X-Api-Key, X-Request-Id, "
    "traceparent"
)
RESPONSE_HEADERS = "X-Request-Id, Retry-After, Location, Link, Preference-Applied, RateLimit-Policy, RateLimit"
PREFLIGHT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins that may call; `*` is any. Keys travel in a header, so cookies are never let through."""

    origins: frozenset[str]

    @classmethod
    def read(cls, setting: str) -> "Cors":
        """Read origins separated by commas."""
        return cls(frozenset(origin.strip().rstrip("/") for origin in setting.split(",") if origin.strip()))

    def headers(self, request_headers: Mapping[str, str]) -> dict[str, str]:
        """Give the headers that let the page that asked read the answer; none when its origin may not."""
        if not self.origins:
            return {}
        if "*" in self.origins:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": RESPONSE_HEADERS}
        origin = request_headers.get("Origin", "")
        if origin not in self.origins:
            return {"Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": RESPONSE_HEADERS,
            "Vary": "Origin",
        }

    def preflight(self, method: str, request_headers: Mapping[str, str]) -> dict[str, str] | None:
        """Give the headers that answer a browser's question before a call; None when this is no such question."""
        asked = method == "OPTIONS" and "Origin" in request_headers
        if not asked or "Access-Control-Request-Method" not in request_headers:
            return None
        if "Access-Control-Allow-Origin" not in self.headers(request_headers):
            return None
        return {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
