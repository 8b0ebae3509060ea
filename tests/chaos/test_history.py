"""The checks, held against histories that are wrong: each fault is seen, and nothing else is taken for one."""

import dataclasses

from tests.chaos.answers import Sight
from tests.chaos.history import Gaps, Ledger, Pause, bursts, differing, doubles, gaps, pauses, resumptions
from tests.chaos.provider import Asked, Order

RUN = Sight("run-1", "RUNNING", tag="a")
END = Sight("run-1", "SUCCEEDED", "text", attempt=1, end_ms=5000, tag="a")


def ledger(*sights: Sight) -> Ledger:
    """Give the ledger of one accepted run that was then seen so."""
    made = Ledger()
    made.accept(RUN, 1.0)
    for sight in sights:
        made.see(sight)
    return made


def asked(began: float, ended: float | None, *, answered: bool) -> Asked:
    return Asked(Order("a"), "worker-1", 1, began, ended, answered)


def test_a_run_without_an_end_is_lost() -> None:
    assert ledger(RUN).lost == ["run-1"]
    assert ledger(END).lost == []


def test_an_end_that_was_not_accepted_is_nobodys_loss() -> None:
    assert ledger(END, dataclasses.replace(RUN, id="run-2")).lost == []


def test_an_end_that_changes_is_seen() -> None:
    assert ledger(END, END).changed == []
    for after in (
        dataclasses.replace(END, text="another"),
        dataclasses.replace(END, state="FAILED"),
        dataclasses.replace(END, end_ms=5001),
        RUN,
    ):
        assert ledger(END, after).changed == [(END, after)]


def test_an_end_that_is_no_success_is_told() -> None:
    failed = dataclasses.replace(END, state="FAILED", reason="INTERRUPTED")
    assert (ledger(failed).failed, ledger(END).failed) == ([failed], [])


def test_pauses_of_a_run_whose_driver_died() -> None:
    found = pauses(1.0, [asked(1.5, 2.0, answered=False), asked(12.0, 12.5, answered=True)], 12.75)
    assert found == [Pause(0.5, False, False), Pause(10.0, True, True), Pause(0.25, False, False)]
    assert resumptions(found) == [10.0]


def test_a_run_that_ended_behind_a_death_counts_as_gone_on() -> None:
    assert resumptions(pauses(1.0, [asked(1.5, 2.0, answered=False)], 9.0)) == [7.0]


def test_a_run_that_was_answered_and_asked_for_again_counts_too() -> None:
    found = pauses(1.0, [asked(1.0, 2.0, answered=True), asked(7.0, 8.0, answered=True)], 8.0)
    assert resumptions(found) == [5.0]


def test_requests_at_the_same_time_are_no_pause() -> None:
    found = pauses(1.0, [asked(1.0, 9.0, answered=True), asked(5.0, 6.0, answered=True)], 9.5)
    assert max(pause.seconds for pause in found) == 3.5


def test_two_runs_of_a_tag_are_doubles() -> None:
    assert doubles([END, dataclasses.replace(END, id="run-2"), dataclasses.replace(END, id="run-3", tag="b")]) == {
        "a": 2
    }


def test_answers_that_name_two_runs_or_two_ends_differ() -> None:
    other_run = dataclasses.replace(END, id="run-2")
    other_end = dataclasses.replace(END, text="another")
    assert differing([("1", RUN), ("1", END), ("1", END), ("2", other_run)]) == []
    assert differing([("1", RUN), ("1", dataclasses.replace(RUN, id="run-2"))]) == ["1"]
    assert differing([("1", END), ("1", other_run)]) == ["1"]
    assert differing([("1", END), ("1", other_end)]) == ["1"]


def test_gaps_of_a_joined_stream() -> None:
    assert gaps([1, 2, 3], 3) == Gaps(0, 0, 0)
    assert gaps([1, 3], 3) == Gaps(missing=1, repeated=0, disordered=0)
    assert gaps([1, 2], 3) == Gaps(missing=1, repeated=0, disordered=0)
    assert gaps([1, 2, 2, 3], 3) == Gaps(missing=0, repeated=1, disordered=0)
    assert gaps([1, 3, 2], 3) == Gaps(missing=0, repeated=0, disordered=1)


def test_bursts_begin_after_a_rest() -> None:
    assert bursts([61, 0, 5, 60.5, 9], 10) == [[0, 5, 9], [60.5, 61]]
    assert bursts([], 10) == []
