"""The results in a file: those of a scenario replace its former ones, and the page shows what was missed."""

from pathlib import Path

import orjson
import pytest

from tests.chaos import report
from tests.chaos.outcome import Outcome, at_most, exactly, told
from tests.chaos.report import Result
from tests.chaos.stage import Scenario, Stage


async def play(_: Stage) -> Outcome:
    raise AssertionError


ONE, OTHER = Scenario("A1", "Kills", play), Scenario("B1", "Stops", play)


def result(scenario: Scenario, lost: int) -> Result:
    figures = [told("runs", 12345), exactly("lost", lost, 0), at_most("longest", 1.25, 20.0, "s")]
    return Result.of(scenario, Outcome("kill -9", figures, evidence=["run-1"]), 0.5, 7.0)


def test_words_show_each_figure_and_the_evidence_of_what_was_missed() -> None:
    assert report.words(result(ONE, 0)).splitlines() == [
        "A1  Kills: holds (7 s)",
        "    kill -9",
        "    runs: 12,345",
        "    lost: 0  [0]",
        "    longest: 1.25 s  [at most 20 s]",
    ]
    missed = report.words(result(ONE, 2)).splitlines()
    assert (missed[0], missed[3], missed[-1]) == ("A1  Kills: MISSED (7 s)", "  ! lost: 2  [0]", "  > run-1")


def test_a_scenario_that_breaks_is_missed_and_says_where() -> None:
    broken = Result.broken(ONE, RuntimeError("no such server"), 1.0, 1.0)
    assert not broken.holds
    assert broken.evidence[-1] == "RuntimeError: no such server"


def test_results_replace_those_of_the_same_scenario(tmp_path: Path) -> None:
    file = tmp_path / "new" / "results.json"
    for each in (result(ONE, 1), result(OTHER, 0), result(ONE, 0)):
        report.write(file, each)
    stored = orjson.loads(file.read_bytes())["scenarios"]
    assert {name: one["holds"] for name, one in stored.items()} == {"A1": True, "B1": True}


def test_the_page_shows_figures_bars_and_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, page = tmp_path / "results.json", tmp_path / "page.md"
    monkeypatch.setattr(report, "PAGE", page)
    report.write(file, result(OTHER, 2))
    report.write(file, result(ONE, 0))
    report.publish(file, ["A1", "B1", "B3"])
    text = page.read_text()
    assert text.index("## A1: Kills") < text.index("## B1: Stops")
    assert "| lost | 0 | 0 |" in text
    assert "| lost | 2 | 0 (**missed**) |" in text
    assert '`make chaos SCALE=0.5 ARGS="--only A1"`' in text
    assert '"retryPolicy"' in text
