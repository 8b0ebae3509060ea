"""Long work goes into a thread, short work does not, and what comes of it is the same."""

import threading
from contextvars import ContextVar

import pytest

from services import threads

NAME: ContextVar[str] = ContextVar("name")


def where(*given: object, **named: object) -> tuple[bool, object, object]:
    return threading.current_thread() is threading.main_thread(), given, named


@pytest.mark.parametrize(("size", "here"), [(0, True), (threads.LONG, True), (threads.LONG + 1, False)])
async def test_only_long_work_leaves_the_loop(size: int, here: bool) -> None:
    assert await threads.work(size, where, 1, a=2) == (here, (1,), {"a": 2})


@pytest.mark.parametrize(("text", "here"), [("x", True), ("x" * (threads.LONG + 1), False)])
async def test_a_row_is_as_long_as_its_texts(text: str, here: bool) -> None:
    row = {"a": text, "b": 5, "c": None}
    assert await threads.read(where, row) == (here, (row,), {})


async def test_what_it_raises_comes_through_and_the_context_goes_along() -> None:
    def fail() -> None:
        raise LookupError(NAME.get())

    NAME.set("me")
    with pytest.raises(LookupError, match="me"):
        await threads.work(threads.LONG + 1, fail)
