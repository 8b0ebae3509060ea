"""One way to begin a run on every wire, for scenarios that treat all callers alike."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.chaos.answers import Answer
from tests.chaos.provider import Order
from tests.chaos.rest import Rest
from tests.chaos.rpc import Rpc, open_channel
from tests.chaos.site import Site, Tenant

WAIT_SECONDS = 25.0

# Begins a run under a request id and waits for its end.
Begin = Callable[[Order, str], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Callers:
    """Callers with one key: of both servers over gRPC by the published policy, of each server, of each facade."""

    rpc: Rpc
    rpcs: list[Rpc]
    rests: list[Rest]

    @property
    def waiting(self) -> dict[str, Begin]:
        """Each way to begin a run that goes on whatever happens, and to wait for its end."""
        ways: dict[str, Begin] = {}
        for number, rpc in enumerate(self.rpcs, start=1):
            ways[f"gRPC {number}"] = _waiting_rpc(rpc)
        for number, rest in enumerate(self.rests, start=1):
            ways[f"native {number}"] = _waiting_rest(rest)
            ways[f"BetterPrompt {number}"] = _betterprompt(rest)
        return ways


@asynccontextmanager
async def calling(site: Site, tenant: Tenant, secret: str | None = None) -> AsyncGenerator[Callers]:
    """Open the ways to the site."""
    async with AsyncExitStack() as stack:
        both = await stack.enter_async_context(open_channel(site.target, retrying=True))
        each = [await stack.enter_async_context(open_channel(address)) for address in site.grpc]
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        yield Callers(
            Rpc(both, tenant, secret),
            [Rpc(channel, tenant, secret) for channel in each],
            [Rest(session, address, tenant, secret) for address in site.http],
        )


def _waiting_rpc(rpc: Rpc) -> Begin:
    return lambda order, request_id: rpc.create(order, request_id=request_id, wait=WAIT_SECONDS)


def _waiting_rest(rest: Rest) -> Begin:
    return lambda order, request_id: rest.create(order, request_id=request_id, wait=WAIT_SECONDS)


def _betterprompt(rest: Rest) -> Begin:
    return lambda order, request_id: rest.create_betterprompt(order, request_id=request_id)
