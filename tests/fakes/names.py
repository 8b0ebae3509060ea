"""Resolvers that know what a test tells them."""

import asyncio
import itertools
import socket
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult


class Names(AbstractResolver):
    """Knows the addresses of names: each look-up gives the next of those that it was made with."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers: Iterator[Sequence[str]] = itertools.cycle(answers)
        self.lookups = 0

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.lookups += 1
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6,
                proto=0,
                flags=0,
            )
            for address in next(self._answers)
        ]

    async def close(self) -> None:
        """Do nothing."""


class Nameless(AbstractResolver):
    """Knows no name, and says so, or never does."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        if self._silent:
            await asyncio.Event().wait()
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    async def close(self) -> None:
        """Do nothing."""
