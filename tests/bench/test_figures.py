"""Figures: what a window proves, and the medians and ratios that the table shows."""

import math

import pytest

from bench.figures import Block, Window, quantile, rows_of, table


def window(target: str, concurrency: int = 16, **given: object) -> Window:
    """Make a sound window of 100 calls in 2 s, in which every process used 0.1 s."""
    cpu = dict.fromkeys(("core", "facade", "postgres", "provider", "load"), 0.1)
    rows = 0 if target == "sdk" else 100
    usual = {"answers": 100, "failures": 0, "failure": "", "rows": rows, "seconds": 2.0, "p50": 0.01, "p99": 0.05}
    return Window(target=target, concurrency=concurrency, **{**usual, "cpu": cpu, **given})  # type: ignore[arg-type]


def block(core: float, load: float, concurrency: int = 16) -> Block:
    """Make a block in which the core and the reference used so many seconds for 100 calls, the facade none."""
    ours = window("grpc", concurrency, cpu={"core": core, "facade": 0.0, "postgres": 0.05, "load": 9.0})
    naive = window("sdk", cpu={"core": 0.01, "facade": 0.0, "postgres": 0.0, "load": load})
    return Block({"grpc": ours, "sdk": naive})


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
    assert ours.runs_per_second == 50
    assert (ours.p50, ours.p99, ours.rows_per_answer) == (10, 50, 1)
    assert (naive.ratio, naive.high) == (pytest.approx(1.0), pytest.approx(2.5))


def test_the_reference_has_one_row_for_all_concurrencies_and_others_one_each() -> None:
    rows = rows_of([block(0.2, 0.4, 1), block(0.2, 0.4, 64), block(0.2, 0.4, 1)])
    assert [(row.target, row.concurrency, row.windows) for row in rows] == [
        ("sdk", 16, 3),
        ("grpc", 1, 2),
        ("grpc", 64, 1),
    ]


def test_a_reference_too_short_to_be_measured_gives_no_ratio() -> None:
    assert math.isnan(block(0.2, 0.0).ratio("grpc"))


def test_table_has_a_line_a_row_in_columns() -> None:
    lines = table(rows_of([block(0.2, 0.4)])).splitlines()
    assert [line.split()[0] for line in lines] == ["target", "sdk", "grpc"]
    assert len({len(line) for line in lines}) == 1
    assert lines[2].split()[-3:] == ["0.50", "0.50", "0.50"]
