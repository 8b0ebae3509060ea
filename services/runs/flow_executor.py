"""Executes a graph: a task for each node that asks a model, behind those it needs. Knows no wire and no table."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from services.prompts.template import Template, TooLong
from services.prompts.variables import Unfilled, Variable, fill
from services.providers.registry import Target
from services.runs.failure import Failure

Image = TypeVar("Image")


@dataclass(frozen=True, slots=True)
class Node:
    """A node that asks a model, and what fills the holes of its template: `values` by name, and answers of other nodes.

    `answers` gives by name the node whose text goes in. `needs` are the nodes that must have ended before it begins.
    `variables` are those of a stored prompt, which may have defaults; None: whatever the template names is given.
    """

    id: str
    name: str
    kind: Literal["text", "image"]
    target: Target
    parameters: Mapping[str, Any]
    template: Template
    needs: tuple[str, ...]
    values: Mapping[str, str]
    answers: Mapping[str, str]
    variables: tuple[Variable, ...] | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Image]):
    """What a node came to: a text, an image, or a failure, its own or that of the one which kept it from running."""

    text: str = ""
    image: Image | None = None
    failure: Failure | None = None


class Host(Protocol[Image]):
    """Does what has to be done for a node. What these raise ends the run."""

    async def ask(self, node: Node, messages: Sequence[Any]) -> Outcome[Image]:
        """Ask the node's model, and keep what it came to."""
        ...

    async def refuse(self, node: Node, failure: Failure) -> Outcome[Image]:
        """Keep that the node cannot be asked."""
        ...

    async def skip(self, node: Node, cause: Failure) -> Outcome[Image]:
        """Keep that the node is not asked, since one before it failed, or was itself skipped, for `cause`."""
        ...


class FlowExecutor:
    """Executes graphs, asking `most` models at a time for each."""

    def __init__(self, most: int) -> None:
        self._most = most

    async def execute(
        self, nodes: Sequence[Node], done: Mapping[str, Outcome[Image]], host: Host[Image]
    ) -> dict[str, Outcome[Image]]:
        """Give what each node comes to; those that are `done` are not executed again.

        Each node stands behind those that it needs. A node that fails stops only what depends on it.
        """
        outcomes = dict(done)
        slots = asyncio.Semaphore(self._most)
        tasks: dict[str, asyncio.Task[None]] = {}

        async def run(node: Node) -> None:
            if before := [tasks[needed] for needed in node.needs if needed in tasks]:
                await asyncio.wait(before)
            outcomes[node.id] = await _execute(node, outcomes, slots, host)

        try:
            async with asyncio.TaskGroup() as group:
                for node in nodes:
                    if node.id not in done:
                        tasks[node.id] = group.create_task(run(node))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return outcomes


async def _execute(
    node: Node, outcomes: Mapping[str, Outcome[Image]], slots: asyncio.Semaphore, host: Host[Image]
) -> Outcome[Image]:
    for needed in node.needs:
        if cause := outcomes[needed].failure:
            return await host.skip(node, cause)
    texts = {name: outcomes[needed].text for name, needed in node.answers.items()}
    # Rendered only now, so that no more prompts are in memory than are asked at a time.
    async with slots:
        try:
            messages = _render(node, {**node.values, **texts})
        except (Unfilled, TooLong) as error:
            return await host.refuse(node, Failure("FIELD_INVALID", str(error), {}, node.id))
        return await host.ask(node, messages)


def _render(node: Node, texts: Mapping[str, str]) -> Sequence[Any]:
    return node.template.render(texts if node.variables is None else fill(node.variables, texts))
