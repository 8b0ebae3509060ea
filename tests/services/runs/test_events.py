"""Events as the contract has them: gathered, numbered, derived."""

import itertools
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from promptwire.v1.run_pb2 import Run
from services.providers.base import ProviderError
from services.runs import events, executor, records
from services.runs.executor import NodeEnded, NodeStarted, TextDelta
from services.runs.records import Failure, Start
from tests.services.runs.telling import DONE, ENDED, NODE, STARTED, kinds, start, text, to_output

BUSY = ProviderError("PROVIDER_FAILED", "busy with pw_words", metadata={"status": "503"}, retryable=True)
TEXTS = st.builds(TextDelta, st.sampled_from(["a", "b"]), st.text(min_size=1)) | st.builds(
    TextDelta, st.just("a"), st.integers(1, 3 * events.PIECE).map("x".__mul__)
)
TOLD = st.lists(TEXTS | st.builds(NodeStarted, st.sampled_from(["a", "b"]), st.just(1)))


def texts(told: list[Any]) -> dict[str, str]:
    """Give the text of each node that is not void."""
    found: dict[str, str] = {}
    for event in told:
        found[event.node_id] = found.get(event.node_id, "") + event.text if isinstance(event, TextDelta) else ""
    return found


@given(TOLD)
def test_gathering_keeps_every_text_that_is_not_void(told: list[executor.Event]) -> None:
    pending = list[executor.Event]()
    for event in told:
        events.gather(pending, event)
    assert texts(pending) == texts(told)
    assert [event for event in pending if not isinstance(event, TextDelta)] == [
        event for event in told if not isinstance(event, TextDelta)
    ]


@given(st.lists(TEXTS))
def test_gathered_texts_are_few_and_not_long(told: list[executor.Event]) -> None:
    pending = list[Any]()
    for event in told:
        events.gather(pending, event)
    assert all(0 < len(event.text) <= events.PIECE for event in pending)
    for before, after in itertools.pairwise(pending):
        assert before.node_id != after.node_id or len(before.text) == events.PIECE


def test_what_is_void_does_not_wait() -> None:
    pending: list[executor.Event] = [STARTED, text("a" * 10)]
    events.gather(pending, NodeStarted(NODE, 2))
    assert pending == [STARTED, NodeStarted(NODE, 2)]


def test_the_engines_events_are_told_in_the_contracts_words() -> None:
    run = start()
    told = [events.to_event(run, event, index) for index, event in enumerate((STARTED, text("a"), ENDED), 2)]
    assert [event.sequence for event in told] == [2, 3, 4]
    assert told[0].node_started.attempt == 1
    assert (told[1].text_delta.node_id, told[1].text_delta.text) == (NODE, "a")
    node = told[2].node_ended.node_run
    assert (node.node_id, node.provider, node.model, node.finish_reason) == (NODE, "fake", "small", "stop")
    assert (node.state, node.usage.input_tokens, node.usage.output_tokens) == (Run.STATE_SUCCEEDED, 1, 2)


def test_a_node_that_failed_says_why_and_after_how_many_attempts() -> None:
    run = start()
    node = events.to_event(run, NodeEnded(NODE, 3, error=BUSY), 2).node_ended.node_run
    assert (node.state, node.error.message, node.error.node_id) == (Run.STATE_FAILED, "busy with pw_words", NODE)
    assert node.error.metadata == {"status": "503", "attempts": "3"}


def test_nothing_is_kept_of_the_words_when_payloads_are_omitted() -> None:
    run = start(inputs=None, messages=None)
    for event in (STARTED, text("pw_words"), NodeEnded(NODE, 1, error=BUSY)):
        made = events.to_event(run, event, 7)
        kept = events.to_keep(run, made)
        assert (kept.sequence, kept.WhichOneof("event")) == (made.sequence, made.WhichOneof("event"))
        assert b"pw_words" not in kept.SerializeToString()
    whole = events.to_event(run, text("a"), 7)
    assert events.to_keep(start(), whole) is whole


def ended(run: Start, end: records.End) -> Run:
    row = {**run._asdict(), **end._asdict()}
    return records.to_whole_run({**row, "messages": None, "stars": None})


def succeeded(run: Start, words: str = "done") -> Run:
    return ended(run, records.succeeded(run, answer := type(DONE)(words, 1, 2, "stop"), to_output(answer)))


def history(run: Start, attempts: int, end: str) -> list[Run]:
    """Give a run as it is at one time after another, from the queue to its end."""
    queued = run._replace(attempt=0, start_time=None, server_id=None)
    states = [records.unfinished(queued, "QUEUED")]
    began = run.create_time + timedelta(microseconds=1)
    for attempt in range(1, attempts + 1):
        driven = run._replace(attempt=attempt, start_time=began)
        states += [records.unfinished(driven), records.unfinished(driven, "QUEUED")]
    last = run._replace(attempt=attempts, start_time=began if attempts else None)
    failure = Failure("PROVIDER_FAILED", "busy", node_id=NODE)
    states.append(succeeded(last) if end == "SUCCEEDED" else ended(last, records.failed(last, failure, end)))
    return states


@given(st.integers(0, 5), st.sampled_from(["SUCCEEDED", "FAILED", "CANCELLED"]))
def test_derived_events_stay_as_they_are_while_more_come(attempts: int, end: str) -> None:
    told = [events.derive(run) for run in history(start(streamed=False), attempts, end)]
    for before, after in itertools.pairwise(told):
        assert after[: len(before)] == before
    assert [event.sequence for event in told[-1]] == list(range(1, len(told[-1]) + 1))
    text_kinds = ["text_delta"] if end == "SUCCEEDED" else []
    node_kinds = ["node_ended"] if attempts else []
    assert kinds(told[-1]) == ["started", *["node_started"] * attempts, *text_kinds, *node_kinds, "ended"]


def test_derived_events_hold_the_whole_text_and_the_run() -> None:
    run = succeeded(start(streamed=False), "all of it")
    told = events.derive(run)
    assert [event.text_delta.text for event in told if event.HasField("text_delta")] == ["all of it"]
    assert told[-1].ended.run == run
    assert told[-2].node_ended.node_run == run.node_runs[0]


def test_a_run_without_a_text_that_was_kept_has_none_in_its_events() -> None:
    run = start(streamed=False, inputs=None, messages=None)
    assert kinds(events.derive(succeeded(run))) == ["started", "node_started", "node_ended", "ended"]


def test_the_first_event_is_the_run_as_it_was_accepted() -> None:
    run = start()
    told = events.started(records.unfinished(run))
    assert told == events.started(succeeded(run))
    first = told.started.run
    assert (told.sequence, first.state, first.attempt, first.id) == (1, Run.STATE_RUNNING, 1, str(run.run_id))
    assert not first.HasField("inputs")
    assert not first.node_runs
    queued = events.started(records.unfinished(run._replace(start_time=None, attempt=0), "QUEUED")).started.run
    assert (queued.state, queued.attempt, queued.HasField("start_time")) == (Run.STATE_QUEUED, 0, False)
