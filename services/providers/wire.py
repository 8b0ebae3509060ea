"""Chat completions of one server over one aiohttp session, at a quarter of what the SDK's cheapest verb costs."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from services.providers.answers import AnswerInvalid

HEADERS = {
    "Accept": "application/json",
    # The limit counts the bytes that come in, and a small compressed body could hold any amount.
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "promptwire",
}
COMPRESSED = "the answer is compressed, which was not asked for"


class TooLarge(Exception):
    """An answer that passes the limit."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(slots=True)
class _Attempt:
    """How a request was sent: `reused` over a connection that was there already."""

    reused: bool = False


class Wire:
    """Posts requests over connections that it keeps; no cookies, no redirects, nothing of the environment.

    `timeout` bounds a request up to the last byte of its answer, `connect_timeout` the making of a connection, both in
    seconds. An answer has at most `limit` bytes.
    """

    def __init__(
        self, base_url: str, key: str, *, timeout: float, connect_timeout: float, limit: int, tls: ssl.SSLContext
    ) -> None:
        self._url = URL(f"{base_url.rstrip('/')}/chat/completions")
        self._headers = {**HEADERS, "Authorization": f"Bearer {key}"} if key else HEADERS
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=connect_timeout)
        self._limit = limit
        # As many connections as there are requests: how many those may be is bounded where runs are admitted.
        self._kept = self._session(aiohttp.TCPConnector(limit=0, ssl=tls))
        self._fresh = self._session(aiohttp.TCPConnector(limit=0, ssl=tls, force_close=True))

    async def post(self, body: bytes) -> Response:
        """Send a body of JSON and read the answer. Raises TooLarge, AnswerInvalid, and what `begin` raises."""
        async with await self.begin(body) as response:
            return await self.read(response)

    async def begin(self, body: bytes) -> aiohttp.ClientResponse:
        """Send a body of JSON; give the response, to be read and closed, once it begins.

        Raises TimeoutError, aiohttp.ConnectionTimeoutError, aiohttp.ClientError and OSError.
        """
        attempt = _Attempt()
        try:
            return await self._send(self._kept, body, attempt)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not attempt.reused:
                raise
        # A server may close an idle connection just as it is used again. It answered nothing there: ask on a new one.
        return await self._send(self._fresh, body, attempt)

    async def read(self, response: aiohttp.ClientResponse) -> Response:
        """Read the answer of a response that began. Raises TooLarge, AnswerInvalid, and what `begin` raises."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise AnswerInvalid(COMPRESSED)
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._limit:
                raise TooLarge
            chunks.append(chunk)
        return Response(response.status, response.headers, b"".join(chunks))

    async def close(self) -> None:
        """Close the connections."""
        await self._kept.close()
        await self._fresh.close()

    async def _send(self, session: aiohttp.ClientSession, body: bytes, attempt: _Attempt) -> aiohttp.ClientResponse:
        return await session.post(self._url, data=body, allow_redirects=False, trace_request_ctx=attempt)

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_connection_reuseconn.append(_note_reuse)
        return aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            trace_configs=[trace],
        )


async def _note_reuse(_: aiohttp.ClientSession, context: object, __: object) -> None:
    attempt = getattr(context, "trace_request_ctx", None)
    assert isinstance(attempt, _Attempt)
    attempt.reused = True
