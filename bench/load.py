"""Load from a process of its own, `python -m bench.load TARGET`, so that its CPU time is not taken for a server's.

The first line of its standard input is the Site, each one after it an Order, which it carries out and answers with a
Tally. It ends with its input.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import aiohttp
import grpc
import grpc.aio
import orjson
import uvloop

from bench.figures import DIRECT, quantile
from promptwire.v1 import run_pb2, run_service_pb2
from promptwire.v1.run_service_pb2_grpc import RunServiceStub

CALL_SECONDS = 30.0
MODEL = "fake-small"
# With the message's JSON around it a request of about 450 bytes; the answer repeats the text and has about 750.
TEMPLATE = "You write for the newsletter of a small town. " * 6 + "Write about {topic}, in the manner of {manner}."
INPUTS = {"topic": "the first swim of the year", "manner": "a harbour master who has seen it all"}
TEXT = TEMPLATE.format(**INPUTS)

Call = Callable[[], Awaitable[object]]


class Wrong(Exception):
    """An answer that is not that of a run that succeeded."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the targets are, and what to run there with which key."""

    grpc: str
    http: str
    provider: str
    secret: str
    version_id: str


@dataclass(frozen=True, slots=True)
class Order:
    """Make `runs` calls, `concurrency` at a time, and begin none after `seconds`."""

    concurrency: int
    runs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of an order; times in seconds, those of a call at the middle and at the 99th of 100."""

    answers: int
    seconds: float
    p50: float
    p99: float
    failures: int
    failure: str


@asynccontextmanager
async def create_run(site: Site) -> AsyncGenerator[Call]:
    """Call CreateRun over gRPC."""
    request = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(version_id=site.version_id))
    request.spec.inputs.update(INPUTS)
    metadata = (("authorization", f"Bearer {site.secret}"),)
    async with grpc.aio.insecure_channel(site.grpc) as channel:
        rpc: Any = RunServiceStub(channel).CreateRun

        async def call() -> None:
            answer = await rpc(request, metadata=metadata, timeout=CALL_SECONDS)
            _expect(answer.run.state == run_pb2.Run.STATE_SUCCEEDED, answer.run.error)

        yield call


def betterprompt(site: Site) -> AbstractAsyncContextManager[Call]:
    """Call `POST /v1/runs` of the BetterPrompt dialect."""
    body = {"promptVersionId": site.version_id, "inputs": {"textInputs": INPUTS}}
    return _post(site, "/v1/runs", body, lambda answer: answer["runStatus"] == "succeeded")


def native(site: Site) -> AbstractAsyncContextManager[Call]:
    """Call `POST /api/runs`."""
    body = {"versionId": site.version_id, "inputs": INPUTS}
    return _post(site, "/api/runs", body, lambda answer: answer["run"]["state"] == "STATE_SUCCEEDED")


@asynccontextmanager
async def sdk(site: Site) -> AsyncGenerator[Call]:
    """Call the provider itself as a naive program does; this process is what is measured then."""
    import openai  # noqa: PLC0415 - the other targets start sooner without

    async with openai.AsyncOpenAI(base_url=site.provider, api_key="none") as client:

        async def call() -> None:
            answer = await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": TEXT}])
            _expect(TEXT in (answer.choices[0].message.content or ""), answer)

        yield call


@asynccontextmanager
async def verb(site: Site) -> AsyncGenerator[Call]:
    """Call the provider itself by the SDK's low-level verb, which makes no models of its request and answer."""
    import openai  # noqa: PLC0415 - the other targets start sooner without

    body = {"model": MODEL, "messages": [{"role": "user", "content": TEXT}]}
    async with openai.AsyncOpenAI(base_url=site.provider, api_key="none") as client:

        async def call() -> None:
            answer: Any = await client.post("/chat/completions", body=body, cast_to=object)
            _expect(TEXT in answer["choices"][0]["message"]["content"], answer)

        yield call


TARGETS: dict[str, Callable[[Site], AbstractAsyncContextManager[Call]]] = {
    "sdk": sdk,
    "verb": verb,
    "grpc": create_run,
    "betterprompt": betterprompt,
    "native": native,
}


async def carry_out(order: Order, call: Call) -> Tally:
    """Make the calls and wait for the end of each, so that none is left under way."""
    numbers = iter(range(order.runs))
    latencies: list[float] = []
    failures: list[str] = []
    start = perf_counter()

    async def work() -> None:
        for _ in numbers:
            begin = perf_counter()
            if begin > start + order.seconds:
                return
            try:
                await call()
            except Exception as error:  # whatever went wrong is counted and shown
                failures.append(f"{type(error).__name__}: {error}"[:500])
            else:
                latencies.append(perf_counter() - begin)

    async with asyncio.TaskGroup() as group:
        for _ in range(order.concurrency):
            group.create_task(work())
    seconds = perf_counter() - start
    p50, p99 = quantile(latencies, 0.5), quantile(latencies, 0.99)
    return Tally(len(latencies), seconds, p50, p99, len(failures), failures[0] if failures else "")


async def main() -> None:
    """Carry out the orders until the input ends."""
    site = Site(**orjson.loads(sys.stdin.buffer.readline()))
    async with TARGETS[sys.argv[1]](site) as call:
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            tally = await carry_out(Order(**orjson.loads(line)), call)
            print(orjson.dumps(asdict(tally)).decode(), flush=True)


@asynccontextmanager
async def _post(site: Site, path: str, body: object, succeeded: Callable[[Any], bool]) -> AsyncGenerator[Call]:
    data, url = orjson.dumps(body), f"{site.http}{path}"
    headers = {"Authorization": f"Bearer {site.secret}", "Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:

        async def call() -> None:
            async with session.post(url, data=data) as response:
                text = await response.read()
            _expect(response.status == 200 and succeeded(orjson.loads(text)), text.decode())

        yield call


def _expect(condition: bool, answer: object) -> None:
    if not condition:
        raise Wrong(str(answer))


if __name__ == "__main__":
    # The naive program runs on the loop that it gets by default; other load is to take as little CPU as it can.
    run = asyncio.run if sys.argv[1] in DIRECT else uvloop.run
    run(main())
