"""Requests to one server over one aiohttp session, at a quarter of what the SDK's cheapest verb costs."""

import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace
from yarl import URL

from services.providers.answers import AnswerInvalid, AnswerTooLarge

HEADERS = {
    "Accept": "application/json",
    # The limit counts the bytes that come in, and a small compressed body could hold any amount.
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "promptwire",
}
CHAT, COMPLETIONS, IMAGES = "/chat/completions", "/completions", "/images/generations"
PATHS = (CHAT, COMPLETIONS, IMAGES)
COMPRESSED = "the answer is compressed, which was not asked for"

# Whether a connection was made for the request under way, rather than one taken that was kept.
_made: ContextVar[bool] = ContextVar("made")


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire:
    """Posts requests over connections that it keeps; no cookies, no redirects, nothing of the environment.

    `timeout` bounds a request up to the last byte of its answer, `connect_timeout` the making of a connection, both in
    seconds. An answer has at most `limit` bytes, unless another limit is asked for.
    """

    def __init__(
        self, base_url: str, key: str, *, timeout: float, connect_timeout: float, limit: int, tls: ssl.SSLContext
    ) -> None:
        self._urls = {path: URL(f"{base_url.rstrip('/')}{path}") for path in PATHS}
        self._headers = {**HEADERS, "Authorization": f"Bearer {key}"} if key else HEADERS
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=connect_timeout)
        self._limit = limit
        # As many connections as there are requests: how many those may be is bounded where runs are admitted.
        self._kept = self._session(_Connector(limit=0, ssl=tls))
        self._fresh = self._session(aiohttp.TCPConnector(limit=0, ssl=tls, force_close=True))

    async def post(self, path: str, body: bytes, limit: int | None = None) -> Response:
        """Send a body of JSON and read the answer. Raises AnswerTooLarge, AnswerInvalid, and what `begin` raises."""
        async with await self.begin(path, body) as response:
            return await self.read(response, limit)

    async def begin(self, path: str, body: bytes) -> aiohttp.ClientResponse:
        """Send a body of JSON to one of PATHS; give the response, to be read and closed, once it begins.

        Raises TimeoutError, aiohttp.ConnectionTimeoutError, aiohttp.ClientError and OSError.
        """
        _made.set(False)
        url = self._urls[path]
        try:
            return await self._kept.post(url, data=body, allow_redirects=False)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if _made.get():
                raise
        # A server may close an idle connection just as it is used again. It answered nothing there: ask on a new one.
        return await self._fresh.post(url, data=body, allow_redirects=False)

    async def read(self, response: aiohttp.ClientResponse, limit: int | None = None) -> Response:
        """Read the answer of a response that began. Raises AnswerTooLarge, AnswerInvalid, and what `begin` raises."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise AnswerInvalid(COMPRESSED)
        limit = self._limit if limit is None else limit
        chunks: list[bytes] = []
        size = 0
        while chunk := await response.content.readany():
            size += len(chunk)
            if size > limit:
                raise AnswerTooLarge
            chunks.append(chunk)
        return Response(response.status, response.headers, b"".join(chunks))

    async def close(self) -> None:
        """Close the connections."""
        await self._kept.close()
        await self._fresh.close()

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )


class _Connector(aiohttp.TCPConnector):
    """Tells when it makes a connection. So do aiohttp's traces, but they cost a sixth of a request."""

    async def _create_connection(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        _made.set(True)
        return await super()._create_connection(req, traces, timeout)
