"""A caller over gRPC: begins, gets, lists, cancels and watches runs, and says what it was told."""

import json
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any

import grpc
import grpc.aio

from promptwire import values
from promptwire.v1 import run_pb2, run_service_pb2
from promptwire.v1.run_service_pb2_grpc import RunServiceStub
from tests.chaos.answers import OK, Answer, Sight, refusal, sight_of
from tests.chaos.provider import Order
from tests.chaos.site import Tenant

CALL_SECONDS = 30.0
PAGE = 1000
# The published policy, which docs/guarantees.md shows: what a caller of several servers sets, and nothing more.
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "healthCheckConfig": {"serviceName": "promptwire.v1"},
    "methodConfig": [
        {
            "name": [{"service": "promptwire.v1.RunService"}],
            "waitForReady": True,
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.2s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
RECONNECT = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 500),
    # Each caller has connections of its own, as on machines of their own.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
]


def open_channel(target: str, *, retrying: bool = False) -> grpc.aio.Channel:
    """Make a channel to a server, or by the published policy to several."""
    policy = [("grpc.service_config", json.dumps(SERVICE_CONFIG))] if retrying else [("grpc.enable_retries", 0)]
    return grpc.aio.insecure_channel(target, [*RECONNECT, *policy])


class Rpc:
    """Calls of RunService over a channel with a key, for runs of the tenant's version."""

    def __init__(self, channel: grpc.aio.Channel, tenant: Tenant, secret: str | None = None) -> None:
        self._runs: Any = RunServiceStub(channel)
        self._version_id = tenant.version_id
        self._metadata = (("authorization", f"Bearer {secret or tenant.run}"),)

    async def create(
        self,
        order: Order,
        *,
        request_id: str = "",
        detached: bool = False,
        wait: float | None = None,
        timeout: float = CALL_SECONDS,
    ) -> Answer:
        """Begin a run: detached, with a wait (s), or to its end."""
        spec = self._spec(order, request_id)
        request = run_service_pb2.CreateRunRequest(spec=spec, detached=detached, wait=_duration(wait))
        return await self._told(self._runs.CreateRun, request, timeout)

    async def get(self, run_id: str, timeout: float = CALL_SECONDS) -> Answer:
        """Get a run."""
        return await self._told(self._runs.GetRun, run_service_pb2.GetRunRequest(id=run_id), timeout)

    async def cancel(self, run_id: str, timeout: float = CALL_SECONDS) -> Answer:
        """Cancel a run."""
        return await self._told(self._runs.CancelRun, run_service_pb2.CancelRunRequest(id=run_id), timeout)

    async def list(self, *states: str, most: int | None = None) -> list[Sight]:
        """List the runs in these states, or all, the newest first. Raises AioRpcError."""
        found: list[Sight] = []
        request = run_service_pb2.ListRunsRequest(page_size=min(PAGE, most or PAGE))
        request.states.extend(getattr(run_pb2.Run, f"STATE_{state}") for state in states)
        while True:
            page = await self._runs.ListRuns(request, metadata=self._metadata, timeout=CALL_SECONDS)
            found.extend(map(sight_of, page.runs))
            request.page_token = page.next_page_token
            if not page.next_page_token or (most and len(found) >= most):
                return found

    async def stream(
        self, order: Order, *, request_id: str = "", wait: float | None = None
    ) -> AsyncGenerator[run_pb2.RunEvent]:
        """Begin a run and give its events. Raises AioRpcError."""
        request = run_service_pb2.StreamRunRequest(spec=self._spec(order, request_id), wait=_duration(wait))
        call = self._runs.StreamRun(request, metadata=self._metadata)
        try:
            async for response in call:
                yield response.event
        finally:
            # A reader that is cancelled just when the first message comes leaves the call of grpc.aio open.
            call.cancel()

    async def watch(self, run_id: str, after: int = 0) -> AsyncGenerator[run_pb2.RunEvent]:
        """Give the events of a run behind this one. Raises AioRpcError."""
        request = run_service_pb2.WatchRunRequest(id=run_id, after_sequence=after)
        async for response in self._runs.WatchRun(request, metadata=self._metadata):
            yield response.event

    def _spec(self, order: Order, request_id: str) -> run_pb2.RunSpec:
        inputs = values.to_struct({"order": str(order)})
        return run_pb2.RunSpec(version_id=self._version_id, inputs=inputs, request_id=request_id)

    async def _told(self, method: Any, request: Any, timeout: float) -> Answer:
        try:
            response = await method(request, metadata=self._metadata, timeout=timeout)
        except grpc.aio.AioRpcError as error:
            return refusal(error)
        return Answer(OK, sight_of(response.run))


def text_of(events: Sequence[run_pb2.RunEvent]) -> str:
    """Join the text of a run's events: what came since its node was started last."""
    text = ""
    for event in events:
        if event.HasField("node_started"):
            text = ""
        text += event.text_delta.text
    return text


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
