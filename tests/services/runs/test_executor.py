"""A node is asked again where that may help, without waiting for real."""

from collections.abc import Sequence

import pytest

from services.providers.base import ChatAnswer, ChatRequest, ProviderError, Tell
from services.providers.registry import Target
from services.runs.executor import Event, Executor, Node, NodeEnded, NodeStarted, TextDelta

BUSY = ProviderError("PROVIDER_FAILED", "busy", retryable=True)
REFUSED = ProviderError("PROVIDER_REFUSED", "no", retryable=False)
DONE = ChatAnswer("done")


class Sequel:
    """A provider that does one thing after another."""

    name = "fake"

    def __init__(self, *outcomes: ChatAnswer | ProviderError) -> None:
        self.requests: list[ChatRequest] = []
        self._outcomes = iter(outcomes)

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        self.requests.append(request)
        outcome = next(self._outcomes)
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome

    async def stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        for text in ("a", "b"):
            tell(text)
        return await self.chat(request)

    async def models(self) -> Sequence[str]:
        return []

    async def close(self) -> None:
        """Do nothing."""


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


async def execute(
    provider: Sequel, *, retries: int = 3, seconds: float = 300, draw: float = 1.0
) -> tuple[NodeEnded, Time]:
    time = Time()
    executor = Executor(sleep=time.sleep, clock=lambda: time.now, draw=lambda: draw)
    return await executor.execute(to_node(provider, retries), time.now + seconds), time


async def stream(provider: Sequel, *, retries: int = 3, first_attempt: int = 1) -> tuple[list[Event], Time]:
    time, events = Time(), list[Event]()
    executor = Executor(sleep=time.sleep, clock=lambda: time.now, draw=lambda: 1.0)
    ended = await executor.stream(to_node(provider, retries), time.now + 300, events.append, first_attempt)
    assert events[-1] is ended
    return events, time


def to_node(provider: Sequel, retries: int) -> Node:
    return Node("template", Target(provider, "small", retries), [{"role": "user"}], {"seed": 1})


async def test_a_node_is_asked_once_and_gives_its_answer() -> None:
    provider = Sequel(DONE)
    ended, time = await execute(provider)
    assert ended == NodeEnded("template", 1, DONE)
    assert provider.requests == [ChatRequest([{"role": "user"}], "small", {"seed": 1})]
    assert time.pauses == []


async def test_pauses_double_up_to_a_bound() -> None:
    ended, time = await execute(Sequel(*[BUSY] * 6, DONE), retries=6)
    assert ended == NodeEnded("template", 7, DONE)
    assert time.pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


async def test_pauses_are_drawn_from_nothing_to_the_bound() -> None:
    _, time = await execute(Sequel(BUSY, BUSY, DONE), draw=0.1)
    assert time.pauses == pytest.approx([0.05, 0.1])


async def test_a_provider_says_when_to_come_back() -> None:
    later = ProviderError("PROVIDER_RATE_LIMITED", "later", retryable=True, retry_after=20)
    _, time = await execute(Sequel(later, DONE), draw=0.0)
    assert time.pauses == [20]


async def test_those_who_were_told_to_come_back_do_so_apart_and_never_before() -> None:
    later = ProviderError("PROVIDER_RATE_LIMITED", "later", retryable=True, retry_after=20)
    _, time = await execute(Sequel(later, later, DONE), draw=0.5)
    assert time.pauses == [20.25, 20.5]


async def test_after_its_retries_the_last_error_stands() -> None:
    ended, _ = await execute(Sequel(BUSY, BUSY, BUSY), retries=2)
    assert ended == NodeEnded("template", 3, error=BUSY)


async def test_a_streamed_node_tells_its_text_which_the_next_attempt_voids() -> None:
    provider = Sequel(BUSY, DONE)
    events, _ = await stream(provider)
    told = [TextDelta("template", "a"), TextDelta("template", "b")]
    started = [NodeStarted("template", attempt) for attempt in (1, 2)]
    assert events == [started[0], *told, started[1], *told, NodeEnded("template", 2, DONE)]
    assert provider.requests == [ChatRequest([{"role": "user"}], "small", {"seed": 1})] * 2


async def test_a_node_that_another_driver_started_goes_on_counting_and_has_all_its_retries() -> None:
    events, time = await stream(Sequel(BUSY, BUSY, BUSY), retries=2, first_attempt=5)
    assert [event.attempt for event in events if isinstance(event, NodeStarted)] == [5, 6, 7]
    assert events[-1] == NodeEnded("template", 7, error=BUSY)
    assert time.pauses == [0.5, 1.0]


async def test_what_the_sink_raises_goes_through() -> None:
    def refuse(event: Event) -> None:
        if isinstance(event, TextDelta):
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        await Executor().stream(to_node(Sequel(DONE), 3), 10**9, refuse, 1)


async def test_without_retries_it_is_asked_once() -> None:
    ended, _ = await execute(Sequel(BUSY), retries=0)
    assert ended == NodeEnded("template", 1, error=BUSY)


async def test_what_cannot_succeed_is_not_asked_again() -> None:
    ended, time = await execute(Sequel(REFUSED))
    assert ended == NodeEnded("template", 1, error=REFUSED)
    assert time.pauses == []


async def test_a_pause_that_would_pass_the_deadline_is_not_begun() -> None:
    later = ProviderError("PROVIDER_RATE_LIMITED", "later", retryable=True, retry_after=20)
    ended, time = await execute(Sequel(BUSY, later), seconds=10)
    assert ended == NodeEnded("template", 2, error=later)
    assert time.pauses == [0.5]


async def test_another_exception_goes_through() -> None:
    provider = Sequel()
    provider.chat = raise_broken  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="broken"):
        await execute(provider)


async def raise_broken(_: ChatRequest) -> ChatAnswer:
    raise RuntimeError("broken")
