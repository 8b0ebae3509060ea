"""A caller over REST, by the native API and by BetterPrompt's: begins and gets runs and reads their events by SSE."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
from google.protobuf import json_format

from promptwire.v1 import run_pb2
from tests.chaos.answers import BROKEN, OK, SILENT, Answer, Sight, sight_of
from tests.chaos.provider import Order
from tests.chaos.site import Tenant

CALL_SECONDS = 30.0
EPOCH = datetime.fromtimestamp(0, UTC)
BETTERPROMPT_STATES = {"queued": "QUEUED", "running": "RUNNING", "succeeded": "SUCCEEDED", "failed": "FAILED"}


class StreamError(Exception):
    """A stream was refused, or ended by an event that says why, with this HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Rest:
    """Calls of a facade with a key, for runs of the tenant's version."""

    def __init__(self, session: aiohttp.ClientSession, address: str, tenant: Tenant, secret: str | None = None) -> None:
        self._session = session
        self._base_url = f"http://{address}"
        self._version_id = tenant.version_id
        self._headers = {"Authorization": f"Bearer {secret or tenant.run}"}

    async def create(
        self, order: Order, *, request_id: str = "", detached: bool = False, wait: float | None = None
    ) -> Answer:
        """Begin a run by the native API: detached, with a wait (s), or to its end."""
        preference = "respond-async" if detached else f"wait={wait:g}" if wait is not None else ""
        return await self._run("POST", "/api/runs", _native, self._wishes(request_id, preference), self._spec(order))

    async def create_betterprompt(self, order: Order, *, request_id: str = "") -> Answer:
        """Begin a run by BetterPrompt's API, which waits."""
        body = {"promptVersionId": self._version_id, "inputs": {"textInputs": {"order": str(order)}}}
        return await self._run("POST", "/v1/runs", _betterprompt, self._wishes(request_id), body)

    async def get(self, run_id: str) -> Answer:
        """Get a run by the native API."""
        return await self._run("GET", f"/api/runs/{run_id}", _native, {}, None)

    async def stream(
        self, order: Order, *, request_id: str = "", wait: float | None = None
    ) -> AsyncGenerator[run_pb2.RunEvent]:
        """Begin a run and give its events. Raises aiohttp.ClientError and StreamError."""
        headers = self._wishes(request_id, f"wait={wait:g}" if wait is not None else "")
        async for event in self._events("POST", "/api/runs", headers, json=self._spec(order)):
            yield event

    async def watch(self, run_id: str, after: int = 0) -> AsyncGenerator[run_pb2.RunEvent]:
        """Give the events of a run behind this one. Raises aiohttp.ClientError and StreamError."""
        headers = {"Last-Event-ID": str(after)} if after else {}
        async for event in self._events("GET", f"/api/runs/{run_id}/events", headers):
            yield event

    def _spec(self, order: Order) -> dict[str, Any]:
        return {"versionId": self._version_id, "inputs": {"order": str(order)}}

    @staticmethod
    def _wishes(request_id: str, preference: str = "") -> dict[str, str]:
        wishes = {"Idempotency-Key": request_id, "Prefer": preference}
        return {name: text for name, text in wishes.items() if text}

    async def _run(self, method: str, path: str, read: Any, headers: Mapping[str, str], body: Any) -> Answer:
        limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with self._session.request(
                method, self._base_url + path, headers={**self._headers, **headers}, json=body, timeout=limit
            ) as response:
                return _answer(response.status, response.headers, await response.read(), read)
        except TimeoutError:
            return Answer(SILENT)
        except aiohttp.ClientError:
            return Answer(BROKEN)

    async def _events(
        self, method: str, path: str, headers: Mapping[str, str], **more: Any
    ) -> AsyncGenerator[run_pb2.RunEvent]:
        everything = {**self._headers, "Accept": "text/event-stream", **headers}
        limit = aiohttp.ClientTimeout(total=None, sock_connect=CALL_SECONDS)
        async with self._session.request(
            method, self._base_url + path, headers=everything, timeout=limit, **more
        ) as response:
            if response.status != 200:
                raise StreamError(response.status)
            async for name, data in _read(response.content):
                if name == "error":
                    raise StreamError(orjson.loads(data)["status"])
                yield json_format.Parse(data, run_pb2.RunEvent())


async def _read(lines: AsyncIterable[bytes]) -> AsyncGenerator[tuple[str, bytes]]:
    """Give the name and data of each event that came whole."""
    fields: dict[bytes, bytes] = {}
    async for line in lines:
        name, _, value = line.rstrip(b"\n").partition(b": ")
        if name:
            fields[name] = value
        elif b"data" in fields:
            yield fields[b"event"].decode(), fields[b"data"]
            fields = {}


def _answer(status: int, headers: Mapping[str, str], body: bytes, read: Any) -> Answer:
    after = float(headers["Retry-After"]) if "Retry-After" in headers else None
    found: Any = orjson.loads(body) if headers.get("Content-Type", "").partition(";")[0].endswith("json") else {}
    if status in (200, 202):
        return Answer(OK, read(found))
    return Answer(f"{status} {found.get('reason') or found.get('status') or ''}".strip(), retry_after=after)


def _native(body: Any) -> Sight:
    return sight_of(json_format.ParseDict(body["run"], run_pb2.Run()))


def _betterprompt(body: Any) -> Sight:
    ended = datetime.fromisoformat(body["completedAt"]) - EPOCH if body["completedAt"] else None
    return Sight(
        id=body["runId"],
        state=BETTERPROMPT_STATES[body["runStatus"]],
        text="".join(output["data"] for output in body["outputs"] if output["type"] == "text"),
        end_ms=ended // timedelta(milliseconds=1) if ended else None,
    )
