"""Does what the nodes of a run need: asks their models, keeps what they come to, tells what happens."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from services import errors
from services.images.keeper import ImageKeeper, ImageNotKept
from services.images.kept import Kept
from services.providers.adjustments import adjust
from services.providers.answers import to_prompt
from services.providers.base import ChatAnswer, ChatRequest, ImageAnswer, ImageRequest, ProviderError
from services.runs import node_records, records
from services.runs.event_store import Told
from services.runs.events import FlowNodeEnded
from services.runs.executor import Event, Executor, NodeStarted, TextDelta, nobody
from services.runs.failure import BROKEN, Failure
from services.runs.feed import Feed, Fenced
from services.runs.fenced_writer import FencedWriter
from services.runs.flow_executor import Node, Outcome
from services.runs.node_records import NodeRow
from services.runs.node_store import NodeStore
from services.runs.planner import FlowPlan, dump_adjustments
from services.telemetry import Metrics

PAUSE_SECONDS = 0.25
# What the nodes of a run may be asked and answer in all, in characters: each alone has its limits, but they are many.
MAX_CHARACTERS = 64 * 1024 * 1024
TOO_MUCH = f"the prompts and answers of the run pass {MAX_CHARACTERS} characters"

_log = structlog.get_logger()
Reply = ChatAnswer | ImageAnswer | ProviderError


class FlowHost:
    """The nodes of one run.

    `rows` are those that ended, by id, without messages and texts; `known` is what those came to that ended earlier.
    """

    def __init__(
        self,
        plan: FlowPlan,
        feed: Feed | None,
        executor: Executor,
        images: ImageKeeper,
        writer: FencedWriter[NodeRow],
        metrics: Metrics,
    ) -> None:
        self._plan = plan
        self._start = plan.start
        self._deadline = time.monotonic() + plan.seconds
        self._feed = feed
        self._executor = executor
        self._images = images
        self._writer = writer
        self._metrics = metrics
        self._left = MAX_CHARACTERS
        self._attempts: dict[str, int] = {}
        self.rows: dict[str, NodeRow] = {}
        self.known: dict[str, Outcome[Kept]] = {}

    async def recall(self, nodes: NodeStore) -> None:
        """Take up what former drivers of the run left. In an outage of the database this waits for its end."""
        rows = await _persist(lambda: nodes.list_known(self._start.project_id, self._start.run_id))
        told = Told() if self._feed is None else await self._feed.resume()
        ended = {row.node_id: row for row in rows if row.position is not None}
        self.known = {node_id: _recall(row, ended) for node_id, row in ended.items()}
        self.rows = {node_id: _without_texts(row) for node_id, row in ended.items()}
        self._left -= sum(len(outcome.text) for outcome in self.known.values())
        self._attempts = {row.node_id: max(row.attempts, told.attempts.get(row.node_id, 0)) for row in rows}
        if self._feed is not None:
            for row in ended.values():
                if row.node_id not in told.ended:
                    _tell_again(self._feed, row, told)

    async def ask(self, node: Node, messages: Sequence[Any]) -> Outcome[Kept]:
        """Ask the node's model, and keep what it came to. Raises Fenced."""
        if time.monotonic() >= self._deadline:
            return await self.refuse(node, self._too_late(node))
        if not self._spend(_count(messages)):
            return await self.refuse(node, Failure("FIELD_INVALID", TOO_MUCH, {}, node.id))
        parameters, changes = adjust(node.target.rules, node.parameters, messages)
        opened = self._open(node)
        row = opened._replace(
            attempts=opened.attempts + 1,
            messages=records.dump(messages) if self._start.keep_payloads else None,
            adjustments=dump_adjustments(node.target, changes),
        )
        # Not waited for: it only shows that the node is under way.
        self._writer.put(row).add_done_callback(_let_be)
        began, limit = time.perf_counter(), asyncio.timeout(max(0.0, self._deadline - time.monotonic()))
        attempts, answer, image = row.attempts, None, None
        outcome: Outcome[Kept]
        try:
            async with limit:
                attempts, answer = await self._call(node, messages, parameters, row.attempts)
                image = await self._keep(answer)
                outcome = self._to_outcome(node, attempts, answer, image)
        except Fenced:
            raise
        except ImageNotKept as error:
            outcome = Outcome(failure=Failure("IMAGE_NOT_FETCHED", str(error), {}, node.id))
        except Exception as error:
            outcome = Outcome(failure=self._to_failure(node, error, is_late=limit.expired()))
        self._metrics.provider_seconds.labels(row.provider).observe(time.perf_counter() - began)
        return await self._end(_with_answer(row._replace(attempts=attempts), answer), outcome)

    async def refuse(self, node: Node, failure: Failure) -> Outcome[Kept]:
        """Keep that the node cannot be asked. Raises Fenced."""
        return await self._end(self._open(node), Outcome(failure=failure))

    async def skip(self, node: Node, cause: Failure) -> Outcome[Kept]:
        """Keep that the node is not asked. What depends on it fails for the same cause. Raises Fenced."""
        message = f"node {cause.node_id} failed, and leads to this one"
        failure = Failure("NODE_SKIPPED", message, {"failed_node_id": cause.node_id}, node.id)
        await self._end(self._open(node), Outcome(failure=failure))
        return Outcome(failure=cause)

    def _spend(self, characters: int) -> bool:
        """Take so much of what the run may ask and answer, if there is as much left."""
        if characters > self._left:
            return False
        self._left -= characters
        return True

    def _open(self, node: Node) -> NodeRow:
        return NodeRow(
            project_id=self._start.project_id,
            run_id=self._start.run_id,
            node_id=node.id,
            name=node.name,
            attempt=self._start.attempt,
            position=None,
            state="RUNNING",
            attempts=self._attempts.get(node.id, 0),
            provider=node.target.provider.name,
            model=node.target.model,
            messages=None,
            output=None,
            image=None,
            finish_reason="",
            input_tokens=0,
            output_tokens=0,
            images=0,
            error=None,
            adjustments=None,
            is_passing=False,
            start_time=datetime.now(UTC),
            end_time=None,
        )

    async def _call(
        self, node: Node, messages: Sequence[Any], parameters: Any, first_attempt: int
    ) -> tuple[int, Reply]:
        target = node.target
        call: Callable[[], Awaitable[ChatAnswer | ImageAnswer]]
        if node.kind == "image":
            image_request = ImageRequest(to_prompt(messages), target.model, parameters)
            call = lambda: target.provider.image(image_request)  # noqa: E731
        else:
            request = ChatRequest(messages, target.model, parameters, target.completion)
            call = self._to_chat(node, request)
        return await self._executor.ask(node.id, target.retries, call, self._deadline, self._sink, first_attempt)

    def _to_chat(self, node: Node, request: ChatRequest) -> Callable[[], Awaitable[ChatAnswer]]:
        if self._feed is None:
            return lambda: node.target.provider.chat(request)
        return lambda: node.target.provider.stream(request, lambda text: self._sink(TextDelta(node.id, text)))

    @property
    def _sink(self) -> Callable[[Event], None]:
        return nobody if self._feed is None else self._feed.tell

    async def _keep(self, answer: Reply) -> Kept | None:
        if not isinstance(answer, ImageAnswer):
            return None
        # It was paid for: an outage of the database does not lose it before the run's time is over.
        return await _persist(lambda: self._images.keep(self._start.project_id, answer))

    def _to_failure(self, node: Node, error: Exception, *, is_late: bool) -> Failure:
        if is_late:
            return self._too_late(node)
        _log.error("node broken", run_id=str(self._start.run_id), node_id=node.id, exc_info=error)
        return Failure(BROKEN.reason, BROKEN.message, {}, node.id)

    def _too_late(self, node: Node) -> Failure:
        return Failure("RUN_TIMED_OUT", f"the run passed its timeout of {self._plan.seconds:g} s", {}, node.id)

    async def _end(self, row: NodeRow, outcome: Outcome[Kept]) -> Outcome[Kept]:
        """Record the end of a node; only then those behind it begin, so that nobody asks for it again."""
        failure = outcome.failure
        keeps_text = self._start.keep_payloads or self._start.spec is not None
        row = row._replace(
            position=len(self.rows) + 1,
            # They were given when the node began.
            messages=None,
            state="SUCCEEDED" if failure is None else "FAILED",
            output=records.dump(outcome.text) if keeps_text and failure is None and outcome.image is None else None,
            image=node_records.dump_image(outcome.image),
            images=1 if outcome.image is not None else 0,
            error=records.dump_failure(self._start, failure) if failure is not None else None,
            is_passing=not self._start.keep_payloads,
            end_time=datetime.now(UTC),
        )
        # Counted before it is written: others end meanwhile.
        self.rows[row.node_id] = _without_texts(row)
        if not await self._writer.add(row):
            raise Fenced
        if self._feed is not None:
            self._feed.tell(FlowNodeEnded(row.node_id, row))
        return outcome

    def _to_outcome(self, node: Node, attempts: int, answer: Reply, image: Kept | None) -> Outcome[Kept]:
        if isinstance(answer, ProviderError):
            metadata = {**answer.metadata, "attempts": str(attempts)}
            return Outcome(failure=Failure(answer.reason, answer.message, metadata, node.id))
        if isinstance(answer, ImageAnswer):
            return Outcome("", image)
        if not self._spend(len(answer.text)):
            return Outcome(failure=Failure("OUTPUT_TOO_LARGE", TOO_MUCH, {}, node.id))
        return Outcome(answer.text)


def _recall(row: NodeRow, ended: Mapping[str, NodeRow]) -> Outcome[Kept]:
    """Give what a node came to that ended earlier."""
    failure = row.failure
    if failure is not None and failure.reason == "NODE_SKIPPED":
        failure = ended[failure.metadata["failed_node_id"]].failure
    return Outcome(row.text, row.kept, failure)


def _count(messages: Sequence[Any]) -> int:
    """Count the characters of messages' texts."""
    contents = [message.get("content") for message in messages]
    parts = [part for content in contents if isinstance(content, list) for part in content if isinstance(part, dict)]
    texts = [*contents, *(part.get("text") for part in parts)]
    return sum(len(text) for text in texts if isinstance(text, str))


def _without_texts(row: NodeRow) -> NodeRow:
    return row._replace(messages=None, output=None)


def _with_answer(row: NodeRow, answer: Reply | None) -> NodeRow:
    """Give the row with what an answer says beside its text."""
    if answer is None or isinstance(answer, ProviderError):
        return row
    counted = row._replace(
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        adjustments=records.add_adjustments(row.adjustments, answer.adjustments) or row.adjustments,
    )
    return counted._replace(finish_reason=answer.finish_reason) if isinstance(answer, ChatAnswer) else counted


def _tell_again(feed: Feed, row: NodeRow, told: Told) -> None:
    """Tell of a node whose end was recorded, but not told: its text comes from the record, whole."""
    if row.attempts:
        feed.tell(NodeStarted(row.node_id, told.attempts.get(row.node_id, 0) + 1))
        if row.text:
            feed.tell(TextDelta(row.node_id, row.text))
    feed.tell(FlowNodeEnded(row.node_id, row))


def _let_be(written: asyncio.Future[bool]) -> None:
    """Let what became of a row be that nobody waits for: the one of the node's end tells the same."""
    if not written.cancelled():
        written.exception()


async def _persist(work: Callable[[], Awaitable[Any]]) -> Any:
    """Do something with the database, again until an outage is over."""
    while True:
        try:
            return await work()
        except errors.DatabaseUnavailable:
            await asyncio.sleep(PAUSE_SECONDS)
