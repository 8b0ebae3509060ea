"""Figures: what a window proves, and the medians and ratios that the table shows."""

import math
from typing import Any

import pytest

from bench.figures import Block, Window, quantile, rows_of, table


def window(target: str, concurrency: int = 16, **given: object) -> Window:
    """Make a sound window of 100 calls in 2 s, in which every process used 0.1 s."""
    cpu = dict.fromkeys(("core", "facade", "postgres", "provider", "load"), 0.1)
    rows = 0 if target == "sdk" else 100
    usual = {"answers": 100, "failures": 0, "failure": "", "rows": rows, "seconds": 2.0, "p50": 0.01, "p99": 0.05}
    whole: dict[str, Any] = {**usual, "cpu": cpu, "others": 0.0, **given}
    return Window(target=target, concurrency=concurrency, **whole)


def block(core: float, load: float, concurrency: int = 16) -> Block:
    """Make a block in which the core and the reference used so many seconds for 100 calls, the facade none."""
    ours = window("grpc", concurrency, cpu={"core": core, "facade": 0.0, "postgres": 0.05, "load": 9.0})
    naive = window("sdk", cpu={"core": 0.01, "facade": 0.0, "postgres": 0.0, "load": load})
    return Block([naive, ours])


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)], ids=["p50", "p99", "most", "least"]
)
def test_quantile(share: float, expected: int) -> None:
    assert quantile(range(100, 0, -1), share) == expected


def test_quantile_of_few_and_none() -> None:
    assert quantile([7.0], 0.99) == 7.0
    assert quantile([], 0.5) == 0.0


def test_our_call_is_charged_with_core_and_facade_and_the_naive_one_with_its_own_process() -> None:
    cpu = {"core": 0.3, "facade": 0.1, "postgres": 5.0, "provider": 5.0, "load": 0.5}
    assert window("native", cpu=cpu).charged == pytest.approx(0.004)
    assert window("sdk", cpu=cpu).charged == pytest.approx(0.005)
    assert window("verb", cpu=cpu).charged == pytest.approx(0.005)


def test_a_sound_window_has_no_fault() -> None:
    assert window("grpc").fault == ""
    assert window("sdk").fault == ""


def test_a_window_proves_nothing_unless_every_call_was_answered_and_recorded() -> None:
    assert "98 recorded" in window("grpc", rows=98).fault
    assert "102 recorded" in window("grpc", rows=102).fault
    assert "the first with Wrong: no" in window("grpc", failures=2, failure="Wrong: no").fault
    assert "3 recorded" in window("sdk", rows=3).fault
    assert window("grpc", answers=0, rows=0).fault


def test_rows_are_medians_of_the_ratios_inside_the_blocks() -> None:
    blocks = [block(0.2, 0.4), block(0.9, 1.0), block(0.3, 0.4)]
    naive, ours = rows_of(blocks)
    assert (ours.target, ours.concurrency, ours.windows) == ("grpc", 16, 3)
    assert (ours.ratio, ours.low, ours.high) == (pytest.approx(0.75), pytest.approx(0.5), pytest.approx(0.9))
    assert ours.core == pytest.approx(3.0)
    assert ours.calls_per_second == 50
    assert (ours.p50, ours.p99, ours.rows_per_answer) == (10, 50, 1)
    assert (naive.ratio, naive.high) == (pytest.approx(1.0), pytest.approx(2.5))


def test_each_target_has_a_row_at_each_concurrency_and_the_reference_is_in_every_block() -> None:
    rows = rows_of([block(0.2, 0.4, 1), block(0.2, 0.4, 64), block(0.2, 0.4, 1)])
    assert [(row.target, row.concurrency, row.windows) for row in rows] == [
        ("grpc", 1, 2),
        ("sdk", 16, 3),
        ("grpc", 64, 1),
    ]


def test_the_naive_call_at_another_concurrency_is_measured_against_the_reference_too() -> None:
    cpu = {"core": 0.0, "facade": 0.0, "postgres": 0.0, "load": 0.6}
    naive, alone = window("sdk", cpu={**cpu, "load": 0.3}), window("sdk", 1, cpu=cpu)
    first, _ = rows_of([Block([naive, alone])])
    assert (first.concurrency, first.ratio) == (1, pytest.approx(2.0))


def test_added_latency_is_that_beyond_a_naive_call_at_one_in_flight() -> None:
    windows = [window("sdk"), window("sdk", 1, p50=0.001), window("grpc", 1, p50=0.003), window("grpc", p50=0.02)]
    added = {(row.target, row.concurrency): row.added_p50 for row in rows_of([Block(windows)])}
    assert added["grpc", 1] == pytest.approx(2.0)
    assert math.isnan(added["grpc", 16])


def test_the_goals_are_shown_beside_what_they_are_for() -> None:
    goals = {(row.target, row.concurrency): row.goal for row in rows_of([block(0.2, 0.4, 64)])}
    assert goals == {("grpc", 64): 0.65, ("sdk", 16): None}


def test_a_reference_too_short_to_be_measured_gives_no_ratio() -> None:
    [naive, ours] = rows_of([block(0.2, 0.0)])
    assert math.isnan(ours.ratio)
    assert math.isnan(naive.ratio)


def test_table_has_a_line_a_row_in_columns() -> None:
    lines = table(rows_of([block(0.2, 0.4)])).splitlines()
    assert [line.split()[0] for line in lines] == ["target", "sdk", "grpc"]
    assert len({len(line) for line in lines}) == 1
    assert lines[2].split()[-4:] == ["0.50", "0.50", "0.50", "0.75"]
