from typing import Any

import pytest

from facade.dialects.betterprompt import options
from facade.problem import Fault, Problem
from promptwire.v1 import prompt_pb2, run_pb2

EFFORT = run_pb2.ParameterChoice(parameter="reasoning_effort", values=["low", "high"])
QUALITY = run_pb2.ParameterChoice(parameter="quality", values=["best"])
FAST = run_pb2.Model(name="fast", provider="a", provider_model="gpt-5", choices=[EFFORT])
PLAIN = run_pb2.Model(name="gpt-5", provider="b", provider_model="gpt-5", is_default=True, choices=[EFFORT, QUALITY])
MODELS = [FAST, PLAIN]


def find(model: str, provider: str = "") -> run_pb2.Model | None:
    return options.of_version(MODELS, prompt_pb2.Version(model=model, provider=provider))


@pytest.mark.parametrize(
    ("model", "provider", "found"),
    [
        ("", "", PLAIN),
        ("fast", "", FAST),
        ("gpt-5", "", PLAIN),
        ("a/gpt-5", "", FAST),
        ("gpt-5", "a", FAST),
        ("gpt-5", "b", PLAIN),
        ("other", "", None),
        ("fast", "b", None),
    ],
)
def test_the_model_of_a_version_is_found(model: str, provider: str, found: run_pb2.Model | None) -> None:
    assert find(model, provider) == found


def test_no_model_is_found_when_none_is_listed() -> None:
    assert options.of_version([], prompt_pb2.Version()) is None


def test_a_model_may_be_named_as_its_provider_does() -> None:
    assert options.named([FAST], "gpt-5").name == "fast"


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(Problem) as raised:
        options.named(MODELS, "gpt-9")
    assert [fault.field for fault in raised.value.faults] == ["runModel"]


def test_options_become_parameters() -> None:
    spec = run_pb2.RunSpec()
    options.add(spec, {"reasoningEffort": "high", "quality": "best"}, PLAIN)
    assert {name: value.string_value for name, value in spec.parameters.fields.items()} == {
        "reasoning_effort": "high",
        "quality": "best",
    }


@pytest.mark.parametrize(
    ("asked", "model", "message"),
    [
        ({"quality": "best"}, FAST, "is not an option of the model, which has only reasoningEffort"),
        ({"reasoning_effort": "low"}, FAST, "is not an option of the model, which has only reasoningEffort"),
        ({"reasoningEffort": "medium"}, FAST, "must be one of low, high"),
        ({"quality": "best"}, None, "is not an option of the model, which has none"),
    ],
)
def test_other_options_are_refused(asked: dict[str, str], model: run_pb2.Model | None, message: str) -> None:
    with pytest.raises(Problem) as raised:
        options.add(run_pb2.RunSpec(), asked, model)
    [fault] = raised.value.faults
    assert (fault.field, fault.message) == (f"runOptions.{next(iter(asked))}", message)


@pytest.mark.parametrize("body", [{}, {"runOptions": None}, {"runOptions": {}}, {"runModel": ""}, {"runModel": None}])
def test_nothing_may_be_asked(body: dict[str, Any]) -> None:
    found: list[Fault] = []
    options.check(body, found)
    assert not found
    assert not options.given(body)


@pytest.mark.parametrize("body", [{"runOptions": []}, {"runOptions": {"quality": None}}, {"runModel": []}])
def test_kinds_are_checked_without_a_model(body: dict[str, Any]) -> None:
    found: list[Fault] = []
    options.check(body, found)
    assert len(found) == 1
