"""The one HTTP client for URLs that users and providers give. It looks at each address before it connects to it.

Only there can no spelling, no name that changes its address between look-ups and no form of IPv6 get around the check.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services import addresses
from services.addresses import Address, Network
from services.urls import UrlInvalid, read_url

CONNECTIONS = 192
LOOKUPS = 32
# Of one name; all of them are tried.
MAX_ADDRESSES = 8
# Compressed, a short answer could be long.
HEADERS = {"User-Agent": "promptwire", "Accept-Encoding": "identity"}

# What a server says that is busy, or not well, for a moment.
PASSING = frozenset({408, 429, 500, 502, 503, 504})

AddrInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]

_log = structlog.get_logger()


class Failed(Exception):
    """What a URL names cannot be had; the message says why, in words for whoever gave the URL.

    `retryable`: it may be had a moment later.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class Refused(Failed):
    """The URL leads to an address that URLs may not lead to. Nothing was sent there."""


class _NotAllowed(OSError):
    """An address that is not to be connected to."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a URL named."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiver said: headers by lower-case name, and the first bytes of the body."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Outbound:
    """Fetches what URLs name, and posts to them: at public addresses by https, in the allowed networks by http too.

    It follows no redirect, keeps no cookie and no connection, and uses no proxy. The port is free: what listens on
    another one is as public. To be made in the loop that uses it; a test may give a resolver, and whom to trust.
    """

    def __init__(
        self,
        allow: Sequence[Network],
        *,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = tuple(allow)
        self._resolver = resolver or _Resolver()
        self._sessions = {scheme: self._open(scheme, trust) for scheme in ("https", "http")}

    async def close(self) -> None:
        """Drop what is open."""
        for session in self._sessions.values():
            await session.close()
        await self._resolver.close()

    def check_url(self, url: str) -> str | None:
        """Say what is wrong with a URL that is to be kept, as far as can be told now; None when nothing is."""
        try:
            target = read_url(url)
        except UrlInvalid as error:
            return str(error)
        if target.scheme == "http" and not self._allow:
            return _refusal(target.scheme)
        literal = addresses.read_literal(target.raw_host or "")
        return None if literal is None or self._may_reach(target.scheme, literal) else _refusal(target.scheme)

    async def get(self, url: str, *, limit_bytes: int, seconds: float) -> Fetched:
        """Fetch what a URL names. Raises Refused, or Failed."""
        try:
            target = read_url(url)
        except UrlInvalid as error:
            raise Failed(f"the URL {error}") from None
        try:
            async with asyncio.timeout(seconds):
                return await self._get(target, limit_bytes)
        except TimeoutError:
            raise Failed(f"{target.raw_host} did not answer within {seconds:g} s", retryable=True) from None
        except aiohttp.ClientError as error:
            raise _explain(target, error) from error

    async def post(
        self, url: str, data: bytes, headers: Mapping[str, str], *, limit_bytes: int, seconds: float
    ) -> Answered:
        """Send bytes to a URL, and give the answer, whatever it is, up to a limit. Raises Refused, or Failed."""
        try:
            target = read_url(url)
        except UrlInvalid as error:
            raise Failed(f"the URL {error}") from None
        try:
            async with asyncio.timeout(seconds):
                return await self._post(target, data, headers, limit_bytes)
        except TimeoutError:
            raise Failed(f"{target.raw_host} did not answer within {seconds:g} s") from None
        except aiohttp.ClientError as error:
            raise _explain(target, error) from error

    async def _post(self, url: URL, data: bytes, headers: Mapping[str, str], limit_bytes: int) -> Answered:
        session = self._sessions[url.scheme]
        async with session.post(url, data=data, headers=headers, allow_redirects=False) as response:
            said = bytearray()
            async for chunk in response.content.iter_any():
                said += chunk
                if len(said) >= limit_bytes:
                    break
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answered(response.status, told, bytes(said[:limit_bytes]))

    async def _get(self, url: URL, limit_bytes: int) -> Fetched:
        async with self._sessions[url.scheme].get(url, allow_redirects=False) as response:
            if fault := _find_fault(response):
                raise Failed(f"{url.raw_host} {fault}", retryable=response.status in PASSING)
            data = bytearray()
            async for chunk in response.content.iter_any():
                data += chunk
                if len(data) > limit_bytes:
                    raise Failed(f"{url.raw_host} answers with more than {limit_bytes} bytes")
            return Fetched(response.content_type, bytes(data))

    def _may_reach(self, scheme: str, address: Address) -> bool:
        if addresses.is_within(address, self._allow):
            return True
        return scheme == "https" and addresses.is_public(address)

    def _open(self, scheme: str, trust: ssl.SSLContext | None) -> aiohttp.ClientSession:
        """Make the session of a scheme: the guard of its sockets must know which it is."""
        connector = aiohttp.TCPConnector(
            socket_factory=partial(self._make_socket, scheme),
            resolver=self._resolver,
            use_dns_cache=False,
            ssl=trust or True,
            limit=CONNECTIONS,
            force_close=True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            headers=HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
        )

    def _make_socket(self, scheme: str, info: AddrInfo) -> socket.socket:
        """Make the socket for an address that is about to be connected to, if it may be."""
        family, kind, protocol, _, (host, *_) = info
        if not self._may_reach(scheme, ip_address(host)):
            _log.warning("outbound address refused", scheme=scheme, address=host)
            raise _NotAllowed
        return socket.socket(family, kind, protocol)


class _Resolver(AbstractResolver):
    """Looks names up in threads of its own, so that a name which takes long holds up no other part of the server."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS, "lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Give the first addresses of a name."""
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        infos = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, address in infos[:MAX_ADDRESSES]
        ]

    async def close(self) -> None:
        """Give up what is being looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _find_fault(response: aiohttp.ClientResponse) -> str | None:
    if 300 <= response.status < 400:
        return f"answers {response.status}, and redirects are not followed; give the URL that it leads to"
    if response.status != 200:
        return f"answers {response.status}"
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return "compresses its answer, although it was asked not to"
    return None


def _explain(url: URL, error: aiohttp.ClientError) -> Failed:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Failed(f"the name {url.raw_host} is not known")
        case aiohttp.ClientConnectorError(os_error=_NotAllowed()):
            return Refused(f"the URL of {url.raw_host} {_refusal(url.scheme)}")
        case aiohttp.ClientSSLError():
            return Failed(f"{url.raw_host} shows no certificate that is trusted")
        case aiohttp.ClientConnectorError():
            return Failed(f"{url.raw_host} takes no connection on port {url.port}", retryable=True)
        case _:
            return Failed(f"{url.raw_host} broke its answer off, or does not speak HTTP", retryable=True)


def _refusal(scheme: str) -> str:
    if scheme == "http":
        return "must begin with https://, or lead to a network that PROMPTWIRE_OUTBOUND_ALLOW names"
    return "must lead to a public address, or to a network that PROMPTWIRE_OUTBOUND_ALLOW names"
