"""Slots: as many as there are, in the order asked for, and none ever lost or made, whoever leaves whenever."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services import errors
from services.admission import WAIT_SECONDS, Admission

LIMIT, WAITING = 2, 3
# To leave, to let time pass, or to cancel the one who waits at a place.
ACTS = st.one_of(st.just("leave"), st.just("wait"), st.integers(0, WAITING - 1))


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time passes only when told to."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def settle(self) -> None:
        """Run all that is ready now."""
        for _ in range(5):
            self.run_until_complete(asyncio.sleep(0))


class Slots(RuleBasedStateMachine):
    """Callers come, leave, give up and lose patience in any order, several of it in the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = Clock()
        self.admission = Admission(LIMIT, WAITING)
        self.waiting: list[tuple[float, asyncio.Task[None]]] = []
        self.inside = 0

    @rule()
    def come(self) -> None:
        task = come(self.loop, self.admission)
        if self.inside < LIMIT:
            assert is_inside(task)
            self.inside += 1
        elif len(self.waiting) < WAITING:
            assert not task.done()
            self.waiting.append((self.loop.now, task))
        else:
            assert is_busy(task)

    @rule(acts=st.lists(ACTS, min_size=1, max_size=4))
    def act(self, acts: list[str | int]) -> None:
        """Let one leave, another give up, and the time of all pass, before anybody gets to know of the others."""
        for act in acts:
            if act == "wait":
                self.loop.now += 0.5
            elif act == "leave" and self.inside:
                self.admission.leave()
                self.inside -= 1
            elif isinstance(act, int) and act < len(self.waiting):
                self.waiting[act][1].cancel()
        self._settle()

    @invariant()
    def no_slot_is_lost_or_made(self) -> None:
        assert self.inside <= LIMIT
        assert self.inside == LIMIT or not self.waiting
        free = LIMIT - self.inside
        entered = [come(self.loop, self.admission) for _ in range(free)]
        assert all(is_inside(task) for task in entered)
        for _ in range(free):
            self.admission.leave()

    def teardown(self) -> None:
        for _, task in self.waiting:
            task.cancel()
        self.loop.settle()
        self.loop.close()

    def _settle(self) -> None:
        """Run what is ready, and take note of who got a slot: those who came first."""
        self.loop.settle()
        still: list[tuple[float, asyncio.Task[None]]] = []
        for came, task in self.waiting:
            if not task.done():
                assert self.loop.now < came + WAIT_SECONDS
                still.append((came, task))
            elif not task.cancelled() and not is_busy(task):
                assert not still, "somebody who came later got the slot"
                self.inside += 1
            elif not task.cancelled():
                assert self.loop.now >= came + WAIT_SECONDS
        self.waiting = still


def is_busy(task: asyncio.Task[None]) -> bool:
    """Whether the caller was refused because the server is busy."""
    error = task.exception() if task.done() else None
    if error is None:
        return False
    assert isinstance(error, errors.Unavailable)
    assert (error.reason, error.retry_after) == ("SERVER_BUSY", 1.0)
    return True


Slots.TestCase.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
TestSlots = Slots.TestCase


@pytest.fixture
def loop() -> Iterator[Clock]:
    loop = Clock()
    yield loop
    loop.close()


def come(loop: Clock, admission: Admission) -> asyncio.Task[None]:
    task = loop.create_task(admission.enter())
    loop.settle()
    return task


def is_inside(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def test_a_slot_given_to_one_who_gives_up_in_the_same_moment_goes_to_the_next(loop: Clock) -> None:
    admission = Admission(1, 2)
    inside, first, second = (come(loop, admission) for _ in range(3))
    admission.leave()
    first.cancel()
    loop.settle()

    assert is_inside(inside)
    assert first.cancelled()
    assert is_inside(second)


def test_a_slot_that_comes_with_the_end_of_the_wait_is_not_lost(loop: Clock) -> None:
    admission = Admission(1, 1)
    come(loop, admission)
    waiting = come(loop, admission)
    loop.call_at(WAIT_SECONDS, admission.leave)
    loop.now += WAIT_SECONDS
    loop.settle()

    assert is_busy(waiting)
    assert is_inside(come(loop, admission))


def test_without_a_queue_the_refusal_comes_at_once(loop: Clock) -> None:
    admission = Admission(1, 0)
    come(loop, admission)

    assert is_busy(come(loop, admission))
