"""What the outputs of a graph come to: within the limit, and failed only when nothing that leads to them is good."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.images.kept import Kept
from services.prompts.flow import FromStep, FromVariable, Output
from services.runs import flow_outputs
from services.runs.failure import Failure
from services.runs.flow_executor import Outcome
from services.runs.flow_outputs import Collected

NO = Failure("PROVIDER_REFUSED", "no", {}, "bad")
# By the node that came to it.
OUTCOMES: Mapping[str, Outcome[Kept]] = {
    "good": Outcome("good"),
    "empty": Outcome(""),
    "image": Outcome(image=Kept("00", "image/png", 67, placeholder=False)),
    "bad": Outcome(failure=NO),
}


def collect(led: Sequence[Sequence[str]]) -> Collected:
    """Give the outputs to which these nodes lead."""
    outputs = [Output(f"out {at}", str(at), tuple(map(FromStep, nodes))) for at, nodes in enumerate(led)]
    return flow_outputs.collect(outputs, {}, OUTCOMES, 1000)


def collect_texts(*texts: str, limit: int) -> Collected:
    """Give the outputs that have these texts, each its own."""
    outputs = [Output(f"out {text}", text, (FromVariable(text),)) for text in texts]
    return flow_outputs.collect(outputs, {text: text for text in texts}, {}, limit)


def reason_of(output: Mapping[str, Any]) -> str | None:
    return output["error"]["reason"] if "error" in output else None


def test_the_output_that_passes_the_limit_has_an_error_and_the_others_stay() -> None:
    collected = collect_texts("12345", "123456", "1234", "12", limit=10)
    assert [(it["text"], reason_of(it)) for it in collected.outputs] == [
        ("12345", None),
        ("", "OUTPUT_TOO_LARGE"),
        ("1234", None),
        ("", "OUTPUT_TOO_LARGE"),
    ]
    assert [it["error"]["node_id"] for it in collected.outputs if "error" in it] == ["out 123456", "out 12"]
    assert collected.failure is None


@pytest.mark.parametrize(("limit", "fits"), [(4, True), (3, False)])
def test_the_limit_is_one_of_bytes(limit: int, fits: bool) -> None:
    [output] = collect_texts("éé", limit=limit).outputs
    assert output["text"] == ("éé" if fits else "")


@pytest.mark.parametrize(("limit", "fits"), [(9, True), (8, False)])
def test_the_limit_holds_for_all_that_leads_to_an_output(limit: int, fits: bool) -> None:
    output = Output("out", "out", (FromStep("good"), FromStep("good")))
    [collected] = flow_outputs.collect([output], {}, OUTCOMES, limit).outputs
    assert collected["text"] == ("good\ngood" if fits else "")


def test_a_run_fails_whose_outputs_are_all_too_large() -> None:
    failure = collect_texts("12345", "123456", limit=4).failure
    assert failure is not None
    assert (failure.reason, failure.node_id) == ("OUTPUT_TOO_LARGE", "out 12345")


@pytest.mark.parametrize("led", [[["bad"]], [["bad", "bad"]], [["bad"], ["bad"]]], ids=str)
def test_a_run_fails_when_nothing_that_leads_to_an_output_is_good(led: Sequence[Sequence[str]]) -> None:
    assert collect(led).failure == NO


@pytest.mark.parametrize(
    "led",
    [
        *([["bad", "good"]], [["good", "bad"]], [["bad", "image"]], [["bad", "empty"]], [["empty", "bad"]]),
        *([["bad"], ["good"]], [["bad"], ["bad", "empty"]], [["bad"], ["empty"]], [["bad"], []], [[]]),
    ],
    ids=str,
)
def test_a_run_succeeds_when_any_output_is_good_in_part_or_needs_nothing(led: Sequence[Sequence[str]]) -> None:
    assert collect(led).failure is None


def test_what_is_good_in_part_tells_what_failed_beside_it() -> None:
    [output] = collect([["bad", "good"]]).outputs
    assert (output["text"], reason_of(output)) == ("good", "PROVIDER_REFUSED")
