"""Load: an order is carried out to its last call, within its bounds, and what went wrong is counted."""

import asyncio

import pytest

from bench.figures import DIRECT
from bench.load import TARGETS, TEXT, Order, Site, carry_out
from tests.fakes.provider import Answer, FakeProvider


class Calls:
    """A target that counts the calls and how many were under way at once."""

    def __init__(self) -> None:
        self.made = 0
        self.most = 0
        self._under_way = 0

    async def __call__(self) -> None:
        self.made += 1
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        await asyncio.sleep(0)
        self._under_way -= 1


async def test_order_makes_so_many_calls_and_so_many_at_a_time() -> None:
    calls = Calls()
    tally = await carry_out(Order(concurrency=4, runs=50, seconds=30), calls)
    assert (tally.answers, tally.failures, calls.made, calls.most) == (50, 0, 50, 4)
    assert 0 < tally.p50 <= tally.p99 < tally.seconds


async def test_no_call_begins_after_the_time() -> None:
    calls = Calls()
    tally = await carry_out(Order(concurrency=4, runs=1_000_000, seconds=0.02), calls)
    assert 0 < tally.answers == calls.made < 1_000_000


async def test_failures_are_counted_and_the_first_is_told() -> None:
    numbers = iter(range(10))

    async def call() -> None:
        if (number := next(numbers)) % 2:
            raise ValueError(f"call {number}")

    tally = await carry_out(Order(concurrency=1, runs=10, seconds=30), call)
    assert (tally.answers, tally.failures, tally.failure) == (5, 5, "ValueError: call 1")


@pytest.mark.parametrize("target", DIRECT)
async def test_direct_call_asks_the_provider_for_what_a_run_asks(target: str) -> None:
    async with FakeProvider() as fake:
        site = Site(grpc="", http="", provider=fake.base_url, secret="", version_id="")
        async with TARGETS[target](site) as call:
            tally = await carry_out(Order(concurrency=2, runs=3, seconds=30), call)
            fake.script(Answer("something else"))
            wrong = await carry_out(Order(concurrency=1, runs=1, seconds=30), call)
    assert (tally.answers, tally.failures) == (3, 0)
    assert fake.requests[0].body["messages"] == [{"role": "user", "content": TEXT}]
    assert wrong.failure.startswith("Wrong: ")


@pytest.mark.parametrize("target", ["grpc", "betterprompt", "native"])
async def test_a_target_that_is_not_there_fails_and_does_not_hang(target: str) -> None:
    site = Site("127.0.0.1:1", "http://127.0.0.1:1", "", "secret", "id")
    async with TARGETS[target](site) as call:
        tally = await carry_out(Order(concurrency=1, runs=1, seconds=30), call)
    assert (tally.answers, tally.failures) == (0, 1)
