"""Graphs are executed as their edges say: to the same outputs as one node after another, side by side, never stuck."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from services.prompts import flow, graph
from services.prompts.flow import FromStep, FromVariable
from services.prompts.template import compile_prompt
from services.prompts.variables import Variable
from services.providers.registry import Target
from services.runs.failure import Failure
from services.runs.flow_executor import FlowExecutor, Node, Outcome
from tests.services.runs import random_graphs
from tests.services.runs.random_graphs import FAIL, Case

SECONDS = 5.0


class Host:
    """Answers at once, or after some turns of the loop; notes what was asked, and how many at a time."""

    def __init__(self, nodes: Sequence[Node], yields: Any = None) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.yields = yields or {}
        self.prompts: dict[str, str] = {}
        self.calls: Counter[str] = Counter()
        self.ended: set[str] = set()
        self.skipped: dict[str, Failure] = {}
        self.refused: dict[str, Failure] = {}
        self.running = self.most = 0

    async def ask(self, node: Node, messages: Sequence[Any]) -> Outcome[None]:
        assert self.ended.issuperset(node.needs), "a node began before one that leads to it had ended"
        [message] = messages
        self.calls[node.id] += 1
        self.prompts[node.id] = message["content"]
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(self.yields.get(node.id, 1)):
            await asyncio.sleep(0)
        self.running -= 1
        self.ended.add(node.id)
        if FAIL in message["content"] and FAIL in node.template.messages[0].json["content"]:
            return Outcome(failure=Failure("PROVIDER_FAILED", "no", {}, node.id))
        return Outcome(random_graphs.answer(message["content"]))

    async def refuse(self, node: Node, failure: Failure) -> Outcome[None]:
        self.refused[node.id] = failure
        self.ended.add(node.id)
        return Outcome(failure=failure)

    async def skip(self, node: Node, cause: Failure) -> Outcome[None]:
        self.skipped[node.id] = cause
        self.ended.add(node.id)
        return Outcome(failure=cause)


def to_nodes(compiled: flow.Flow, values: dict[str, str]) -> list[Node]:
    """Give the nodes of a flow without stored prompts."""
    nodes: list[Node] = []
    for step in compiled.steps:
        assert step.template is not None
        given = {name: values[it.label] for name, it in step.sources.items() if isinstance(it, FromVariable)}
        answers = {name: it.id for name, it in step.sources.items() if isinstance(it, FromStep)}
        nodes.append(node(step.id, template=step.template, needs=step.needs, values=given, answers=answers))
    return nodes


def node(node_id: str, prompt: str = "", **fields: Any) -> Node:
    """Make a node without a model."""
    template = fields.pop("template", None) or compile_prompt(prompt, fields.get("names", ()))
    fields.pop("names", None)
    defaults: dict[str, Any] = {"needs": (), "values": {}, "answers": {}, "name": "", "kind": "text", "parameters": {}}
    target = Target(None, "m", 0)  # type: ignore[arg-type]
    return Node(**{**defaults, "id": node_id, "target": target, "template": template, **fields})


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_graphs.cases())
async def test_a_graph_gives_what_one_node_after_another_would(case: Case) -> None:
    compiled = flow.compile_flow(graph.read(case.document))
    nodes = to_nodes(compiled, dict(case.values))
    host = Host(nodes, case.yields)
    async with asyncio.timeout(SECONDS):
        outcomes = await FlowExecutor(3).execute(nodes, {}, host)
    expected = random_graphs.expect(case)
    assert host.prompts == expected.prompts
    assert all(count == 1 for count in host.calls.values())
    assert host.most <= 3
    outputs = []
    for output in compiled.outputs:
        led = [
            Outcome(case.values[it.label]) if isinstance(it, FromVariable) else outcomes[it.id] for it in output.sources
        ]
        failed = next((it.failure.node_id for it in led if it.failure is not None), None)
        outputs.append((output.name, "\n".join(it.text for it in led if it.failure is None), failed))
    assert outputs == expected.outputs


async def test_branches_run_side_by_side_up_to_the_bound() -> None:
    nodes = [node(f"n{number}") for number in range(20)]
    host = Host(nodes, {it.id: 5 for it in nodes})
    await FlowExecutor(8).execute(nodes, {}, host)
    assert host.most == 8


async def test_what_is_done_is_not_executed_again() -> None:
    nodes = [node("a"), node("b", "{a}", names={"a"}, needs=("a",), answers={"a": "a"})]
    host = Host(nodes)
    host.ended.add("a")
    outcomes = await FlowExecutor(8).execute(nodes, {"a": Outcome("known")}, host)
    assert host.calls == {"b": 1}
    assert host.prompts == {"b": "known"}
    assert outcomes["a"] == Outcome("known")


async def test_a_failure_stops_only_what_depends_on_it() -> None:
    nodes = [node("a", FAIL), node("b", needs=("a",)), node("c", needs=("b",)), node("d")]
    host = Host(nodes)
    outcomes = await FlowExecutor(8).execute(nodes, {}, host)
    assert set(host.calls) == {"a", "d"}
    assert {it: cause.node_id for it, cause in host.skipped.items()} == {"b": "a", "c": "a"}
    assert outcomes["d"].failure is None


async def test_values_that_do_not_fit_fail_their_node() -> None:
    select = Variable("tone", "text", required=True)
    nodes = [
        node("long", "{a}" * 5, names={"a"}, values={"a": "x" * 1_000_000}),
        node("unfilled", "{tone}", names={"tone"}, values={"tone": ""}, variables=(select,)),
    ]
    host = Host(nodes)
    await FlowExecutor(8).execute(nodes, {}, host)
    assert not host.calls
    assert set(host.refused) == {"long", "unfilled"}
    assert {it.reason for it in host.refused.values()} == {"FIELD_INVALID"}


async def test_what_a_host_raises_ends_all_of_it() -> None:
    class Breaking(Host):
        async def ask(self, node: Node, messages: Sequence[Any]) -> Outcome[None]:
            if node.id == "a":
                raise LookupError("gone")
            await asyncio.Event().wait()
            raise AssertionError

    nodes = [node("b"), node("a"), node("c", needs=("a",))]
    with pytest.raises(LookupError):
        async with asyncio.timeout(SECONDS):
            await FlowExecutor(8).execute(nodes, {}, Breaking(nodes))


async def test_a_chain_of_a_thousand_ends() -> None:
    chain = [node(str(number), needs=(str(number - 1),) if number else ()) for number in range(1000)]
    host = Host(chain)
    async with asyncio.timeout(SECONDS):
        outcomes = await FlowExecutor(8).execute(chain, {}, host)
    assert len(outcomes) == 1000
    assert host.most == 1
