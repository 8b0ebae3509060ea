"""A1F: workers are killed under detached flows. All end, and no node is asked again whose end was on record."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID

import grpc.aio

from promptwire import values
from promptwire.v1 import prompt_service_pb2, run_pb2, run_service_pb2
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from promptwire.v1.run_service_pb2_grpc import RunServiceStub
from services.db import Database
from tests.chaos.outcome import Outcome, at_least, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rpc import open_channel
from tests.chaos.site import Tenant
from tests.chaos.stage import Scenario, Stage

KILLS = 20
FLOWS = 100
NODE_SECONDS = 0.5
# How long a batch of flows may take; a dead driver's lease lapses in 15 s at most.
SETTLE_SECONDS = 180.0
# Which node of a flow is waited for, and how long (s) it goes on then until the kill: a flow is under way for three
# nodes, one after another. When `c` is asked for, `a` is on record.
MOMENTS = (("c", (0.0, 0.7)), ("a", (0.0, 1.2)))
# Two that begin at once, one behind each, and one behind these.
NODES = {"a": (), "b": (), "c": ("a",), "d": ("b",), "e": ("c", "d")}
ENDED = (run_pb2.Run.STATE_SUCCEEDED, run_pb2.Run.STATE_FAILED, run_pb2.Run.STATE_CANCELLED)


@dataclass(frozen=True, slots=True)
class Caller:
    """Begins and gets flows."""

    runs: Any
    version_id: str
    metadata: tuple[tuple[str, str], ...]

    async def begin(self, tag: str) -> str:
        """Begin a detached run; give its id."""
        inputs = {node: str(Order(f"{tag}-{node}", NODE_SECONDS)) for node in NODES}
        spec = run_pb2.RunSpec(version_id=self.version_id, inputs=values.to_struct(inputs), request_id=tag)
        request = run_service_pb2.CreateRunRequest(spec=spec, detached=True)
        return (await self.runs.CreateRun(request, metadata=self.metadata, timeout=30)).run.id

    async def settle(self, run_id: str) -> run_pb2.Run:
        """Give a run at its end, or as it is after a time."""
        request = run_service_pb2.GetRunRequest(id=run_id)
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                run = (await self.runs.GetRun(request, metadata=self.metadata, timeout=30, wait_for_ready=True)).run
                if run.state in ENDED:
                    return run
                await asyncio.sleep(0.5)


async def play(stage: Stage) -> Outcome:
    """Kill the drivers in the middle of each batch of flows."""
    tenant = await stage.site.tenant("a1f")
    kills, flows = stage.count(KILLS, 1), stage.count(FLOWS, 6)
    runs: dict[str, run_pb2.Run] = {}
    kept: dict[str, int] = {}
    moments = cycle(MOMENTS)
    async with open_channel(stage.site.target, retrying=True) as channel:
        version_id = await _create_flow(channel, tenant)
        caller = Caller(RunServiceStub(channel), version_id, _metadata(tenant.run))
        for batch in range(kills):
            tags = [f"a1f-{batch}-{number}" for number in range(flows)]
            ids = await asyncio.gather(*map(caller.begin, tags))
            node, pause = next(moments)
            await stage.site.provider.until(f"{tags[0]}-{node}", bool)
            await stage.pause(*pause)
            kept |= await _crash(stage, dict(zip(ids, tags, strict=True)))
            runs.update(zip(tags, await asyncio.gather(*map(caller.settle, ids)), strict=True))
    done = f"kill -9 of both workers amid {flows} detached flows of 5 nodes, {kills} times"
    return judge(stage, done, runs, kept)


async def _crash(stage: Stage, tags: Mapping[str, str]) -> dict[str, int]:
    """Kill the workers and start them again; give what is on record between, while nobody drives the runs."""
    await asyncio.gather(*(worker.kill() for worker in stage.site.workers))
    kept = await _find_kept(stage, tags)
    await asyncio.gather(*(worker.start() for worker in stage.site.workers))
    return kept


async def _find_kept(stage: Stage, tags: Mapping[str, str]) -> dict[str, int]:
    """Give the nodes whose ends are on record, and how often the provider was asked for each."""
    database = await Database.open(stage.site.postgres.dsn, size=1)
    try:
        rows = await database.fetch(
            "SELECT run_id, node_id FROM node_run WHERE run_id = ANY($1::uuid[]) AND position IS NOT NULL",
            [UUID(run_id) for run_id in tags],
        )
    finally:
        await database.close()
    orders = [f"{tags[str(row['run_id'])]}-{row['node_id']}" for row in rows]
    return {order: len(stage.site.provider.asked[order]) for order in orders}


def judge(stage: Stage, done: str, runs: Mapping[str, run_pb2.Run], kept: Mapping[str, int]) -> Outcome:
    """Hold the nodes of the runs against what the provider was asked.

    `kept` are those whose ends were on record when their drivers were dead, with how often they had been asked.
    """
    asked = {tag: {node: len(stage.site.provider.asked[f"{tag}-{node}"]) for node in NODES} for tag in runs}
    repeated = [
        f"{order}: asked {count} times before its driver died, {now} times in all"
        for order, count in kept.items()
        if (now := len(stage.site.provider.asked[order])) != count
    ]
    went_on = {tag for tag, run in runs.items() if run.attempt > 1}
    taken_up = sum(order.rpartition("-")[0] in went_on for order in kept)
    again = sum(count > 1 for counts in asked.values() for count in counts.values())
    wrong = [it for tag, run in runs.items() for it in _find_wrong(tag, run, asked[tag])]
    return Outcome(
        done,
        [
            told("flows", len(runs)),
            exactly("flows that did not succeed", sum(run.state != ENDED[0] for run in runs.values()), 0),
            exactly("nodes asked again although they were on record", len(repeated), 0),
            exactly("nodes whose text is not that of the last request for them", len(wrong), 0),
            at_least("flows that went on with another driver", len(went_on), 1),
            at_least("nodes of these that were on record", taken_up, 1),
            told("nodes that had to be asked again", again),
        ],
        evidence=[*repeated[:10], *wrong[:10]],
    )


def _find_wrong(tag: str, run: run_pb2.Run, asked: dict[str, int]) -> Sequence[str]:
    """Name the nodes that were asked once more after the answer that was kept."""
    kept = {node.node_id: node.text for node in run.node_runs}
    return [
        f"{tag}-{node}: asked {asked[node]} times, kept {kept.get(node, '')[:40]!r}"
        for node in NODES
        if kept.get(node) != Order(f"{tag}-{node}", NODE_SECONDS).text(asked[node])
    ]


async def _create_flow(channel: grpc.aio.Channel, tenant: Tenant) -> str:
    prompts: Any = PromptServiceStub(channel)
    metadata = _metadata(tenant.admin)
    wish = prompt_service_pb2.CreatePromptRequest(name="chaos")
    prompt = (await prompts.CreatePrompt(wish, metadata=metadata)).prompt
    content = prompt_service_pb2.CreateVersionRequest(prompt_id=prompt.id, graph=values.to_struct(_graph()))
    return (await prompts.CreateVersion(content, metadata=metadata)).version.id


def _graph() -> dict[str, Any]:
    """Give a graph in which each node has a variable of its own for all of its prompt."""
    nodes: list[dict[str, Any]] = [{"id": "out", "type": "outputNode", "data": {"name": "out"}}]
    edges = [_edge("e", "out", "input")]
    for node, before in NODES.items():
        nodes.append({"id": f"v{node}", "type": "variableNode", "data": {"variable": {"label": node, "value": ""}}})
        nodes.append({"id": node, "type": "actionNode", "data": {"name": "", "prompt": f"{{{node}}}"}})
        edges += [_edge(source, node, "variables") for source in (f"v{node}", *before)]
    return {"nodes": nodes, "edges": edges}


def _edge(source: str, target: str, handle: str) -> dict[str, Any]:
    ends = {"source": source, "sourceHandle": "output", "target": target, "targetHandle": handle}
    return {"id": f"{source}-{target}", **ends}


def _metadata(secret: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {secret}"),)


SCENARIO = Scenario("A1F", "Workers killed under detached flows", play)
