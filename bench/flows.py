"""`python -m bench.flows`: what a run of a graph takes: wall time beside its longest path, and CPU.

The graphs: 20 nodes in 5 branches of 4, each of which asks a model that takes 200 ms; one node; and, as the measure of
both, a template. Each is run over gRPC and over REST.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import aiohttp
import grpc.aio

from bench import stack
from bench.processes import Unable, cpu_seconds, require_proc
from bench.stack import Stack
from promptwire import values
from promptwire.v1 import prompt_service_pb2, run_pb2, run_service_pb2
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from promptwire.v1.run_service_pb2_grpc import RunServiceStub
from services.db import Database
from services.embedded.postgres import PostgresUnavailable
from services.keys import command
from services.keys.scopes import ADMIN_SCOPES

BRANCHES = 5
LENGTH = 4
NODE_SECONDS = 0.2
GOAL = 1.15
IN_FLIGHT = 8
SECONDS = 60.0
INPUTS = {"topic": "the first swim of the year"}
PROMPT = "Write about {topic}, in one sentence, for the newsletter of a small town."
# What a flow of one prompt took of CPU elsewhere: Langflow, on the same kind of machine.
ELSEWHERE_MS = 434

Run = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """How runs went: the seconds of one alone, those of its longest path, CPU seconds of the servers a run."""

    what: str
    wire: str
    seconds: float
    path: float
    cpu: Mapping[str, float]

    @property
    def ratio(self) -> float:
        """The wall time, as a share of the longest path."""
        return self.seconds / self.path


def main() -> None:
    """Measure and print; the exit code is 1 when it could not be carried out or a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.flows", description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=9, help="runs of each kind, one after another (default: 9)")
    parser.add_argument("--runs", type=int, default=64, help=f"runs of each kind, {IN_FLIGHT} in flight (default: 64)")
    parsed = parser.parse_args()
    try:
        require_proc()
        rows = asyncio.run(measure(parsed.rounds, parsed.runs))
    except (Unable, PostgresUnavailable) as error:
        sys.exit(f"bench: {error}")
    print(table(rows))
    sys.exit(1 if any(row.ratio > GOAL for row in rows) else 0)


async def measure(rounds: int, runs: int, seconds: float = NODE_SECONDS) -> list[Row]:
    """Start everything with a provider that takes so many seconds, and run each kind over each wire."""
    async with stack.running((), provider_seconds=seconds) as running, _wires(running) as wires:
        kinds = {
            "template": (await wires.make(messages=[_message()]), seconds),
            "flow of 1 node": (await wires.make(graph=to_graph(1, 1)), seconds),
            f"flow of {BRANCHES * LENGTH} nodes": (
                await wires.make(graph=to_graph(BRANCHES, LENGTH)),
                seconds * LENGTH,
            ),
        }
        return [
            await _measure(running, what, wire, run, prompt_id, path, rounds, runs)
            for what, (prompt_id, path) in kinds.items()
            for wire, run in (("gRPC", wires.over_grpc), ("REST", wires.over_rest))
        ]


def table(rows: Sequence[Row]) -> str:
    """Print the rows."""
    head = f"{'':<20}{'wire':<6}{'ms':>8}{'path':>8}{'ratio':>8}{'core':>9}{'facade':>9}{'postgres':>10}"
    lines = [
        f"{row.what:<20}{row.wire:<6}{row.seconds * 1e3:>8.0f}{row.path * 1e3:>8.0f}{row.ratio:>8.3f}"
        f"{row.cpu['core'] * 1e3:>9.2f}{row.cpu['facade'] * 1e3:>9.2f}{row.cpu['postgres'] * 1e3:>10.2f}"
        for row in rows
    ]
    notes = (
        f"ms: wall time of one run alone, the median; path: that of the provider on the longest path; goal: "
        f"{GOAL}.\ncore, facade, postgres: CPU in ms a run, {IN_FLIGHT} in flight. A flow of one prompt took "
        f"{ELSEWHERE_MS} ms of CPU in Langflow."
    )
    return "\n".join([head, *lines, "", notes])


def to_graph(branches: int, length: int) -> dict[str, Any]:
    """Give a graph of branches, in each of which every node but the first takes the answer of the one before it."""
    variable = {"id": "topic", "type": "variableNode", "data": {"variable": {"label": "topic", "value": ""}}}
    nodes: list[dict[str, Any]] = [variable]
    edges: list[dict[str, Any]] = []
    for branch in range(branches):
        before = "topic"
        for step in range(length):
            name = f"b{branch}s{step}"
            prompt = PROMPT if step == 0 else f"Say it in other words: {{{before}}}"
            data = {"name": name, "prompt": prompt, "modelParams": {"temperature": 0.7}}
            nodes.append({"id": name, "type": "actionNode", "data": data})
            edges.append(_edge(before, name, "variables"))
            before = name
        nodes.append({"id": f"o{branch}", "type": "outputNode", "data": {"name": f"output {branch}"}})
        edges.append(_edge(before, f"o{branch}", "input"))
    return {"nodes": nodes, "edges": edges}


def _edge(source: str, target: str, handle: str) -> dict[str, Any]:
    ends = {"source": source, "sourceHandle": "output", "target": target, "targetHandle": handle}
    return {"id": f"{source}-{target}", **ends}


def _message() -> Any:
    return values.to_value({"role": "user", "content": PROMPT})


class _Wires:
    """Ways to run a prompt."""

    def __init__(self, channel: grpc.aio.Channel, session: aiohttp.ClientSession, secret: str) -> None:
        self._prompts: Any = PromptServiceStub(channel)
        self._runs: Any = RunServiceStub(channel)
        self._session = session
        self._metadata = (("authorization", f"Bearer {secret}"),)

    async def make(self, *, messages: Sequence[Any] = (), graph: Mapping[str, Any] | None = None) -> str:
        """Make a prompt with a version; give its id."""
        wish = prompt_service_pb2.CreatePromptRequest(name="Benchmark")
        made = await self._prompts.CreatePrompt(wish, metadata=self._metadata)
        content = prompt_service_pb2.CreateVersionRequest(prompt_id=made.prompt.id, messages=messages)
        if graph is not None:
            content.graph.CopyFrom(values.to_struct(graph))
        await self._prompts.CreateVersion(content, metadata=self._metadata)
        return made.prompt.id

    async def over_grpc(self, prompt_id: str) -> None:
        """Run a prompt by CreateRun. Raises Unable when it does not succeed."""
        request = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(prompt_id=prompt_id))
        request.spec.inputs.update(INPUTS)
        answer = await self._runs.CreateRun(request, metadata=self._metadata, timeout=SECONDS)
        if answer.run.state != run_pb2.Run.STATE_SUCCEEDED or any(
            output.HasField("error") for output in answer.run.outputs
        ):
            raise Unable(f"a run did not succeed: {answer.run}"[:500])

    async def over_rest(self, prompt_id: str) -> None:
        """Run a prompt as apps run flows. Raises Unable when it does not succeed."""
        async with self._session.post(f"/api/flows/run/{prompt_id}", json={"variables": INPUTS}) as response:
            answer = await response.text()
            if response.status != 200 or '"error"' in answer:
                raise Unable(f"a run did not succeed: {response.status} {answer[:300]}")


@asynccontextmanager
async def _wires(running: Stack) -> AsyncGenerator[_Wires]:
    database = await Database.open(running.dsn, size=1)
    _, secret = await command.create(database, project="flows", name="bench", scopes=ADMIN_SCOPES)
    await database.close()
    headers = {"x-api-key": secret}
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with (
        grpc.aio.insecure_channel(running.site.grpc) as channel,
        aiohttp.ClientSession(running.site.http, headers=headers, timeout=timeout) as session,
    ):
        yield _Wires(channel, session, secret)


async def _measure(
    running: Stack, what: str, wire: str, run: Run, prompt_id: str, path: float, rounds: int, runs: int
) -> Row:
    await run(prompt_id)
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        await run(prompt_id)
        times.append(time.perf_counter() - began)
    before = _cpu(running)
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def run_in_turn() -> None:
        async with slots:
            await run(prompt_id)

    await asyncio.gather(*(run_in_turn() for _ in range(runs)))
    after = _cpu(running)
    cpu = {name: (after[name] - before[name]) / runs for name in after}
    return Row(what, wire, median(times), path, cpu)


def _cpu(running: Stack) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in running.servers.items()}


if __name__ == "__main__":
    main()
