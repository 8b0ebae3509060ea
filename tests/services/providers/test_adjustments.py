"""What becomes of the settings that a model does not take as they are."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.providers.adjustments import TOKENS_AN_IMAGE, TOKENS_BESIDE, Adjustment, Rules, adjust
from services.providers.names import SAMPLING

CHAT = Rules(drop=frozenset({"best_of", "n"}), context=2048)
REASONING = Rules(
    drop=frozenset({"best_of", "n"}), drop_reasoning=SAMPLING, rename={"max_tokens": "max_completion_tokens"}
)
SEED = {
    "temperature": 0.7,
    "max_tokens": 2500,
    "top_p": 1,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "n": 1,
    "best_of": 1,
}

NAMES = st.sampled_from(
    ["temperature", "max_tokens", "max_completion_tokens", "best_of", "n", "size", "reasoning_effort"]
)
VALUES = st.none() | st.booleans() | st.integers(0, 10**6) | st.sampled_from(["none", "hd"]) | st.lists(st.integers())
PARAMETERS = st.dictionaries(NAMES, VALUES)
ROOM = 2048 - TOKENS_BESIDE


def say(*contents: object) -> list[dict[str, object]]:
    """Make messages of contents."""
    return [{"role": "user", "content": content} for content in contents]


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Rules as the model table lets them be: nothing is renamed to what is dropped or renamed itself."""
    drop = draw(st.frozensets(NAMES))
    free = draw(st.dictionaries(NAMES, NAMES))
    return Rules(
        drop=drop,
        drop_reasoning=draw(st.frozensets(NAMES)),
        rename={name: to for name, to in free.items() if name not in drop and to not in drop and to not in free},
        refuse=draw(st.dictionaries(NAMES, st.just(frozenset({"hd"})))),
        context=draw(st.none() | st.integers(1, 5000)),
        effort=draw(st.sampled_from(["", "none"])),
    )


def test_the_settings_of_old_flows_fit_a_small_model() -> None:
    sent, changes = adjust(CHAT, SEED, say("A joke about a green and big cat"))
    assert sent == {
        "temperature": 0.7,
        "max_tokens": ROOM - 8,
        "top_p": 1,
        "frequency_penalty": 0,
        "presence_penalty": 0,
    }
    assert changes == (Adjustment("best_of", 1), Adjustment("max_tokens", 2500, ROOM - 8))


def test_a_model_that_reasons_gets_neither_sampling_nor_an_old_name() -> None:
    sent, changes = adjust(REASONING, SEED, [])
    assert sent == {"max_completion_tokens": 2500}
    assert [change for change in changes if change.sent is not None] == [
        Adjustment("max_tokens", 2500, 2500, "max_completion_tokens")
    ]
    assert {change.parameter for change in changes} == {*(SAMPLING & SEED.keys()), "best_of", "max_tokens"}


def test_sampling_goes_along_when_reasoning_is_off() -> None:
    parameters = {"temperature": 0.7, "reasoning_effort": "none"}
    assert adjust(REASONING, parameters, []) == (parameters, ())


@pytest.mark.parametrize(("n", "changes"), [(1, ()), (3, (Adjustment("n", 3),))])
def test_another_number_of_answers_is_left_out_and_on_record_if_it_is_not_one(
    n: int, changes: tuple[Adjustment, ...]
) -> None:
    assert adjust(CHAT, {"n": n}, []) == ({}, changes)


def test_of_two_names_for_the_same_the_models_own_goes() -> None:
    given = {"max_tokens": 5, "max_completion_tokens": 7}
    assert adjust(REASONING, given, []) == ({"max_completion_tokens": 7}, (Adjustment("max_tokens", 5),))
    both = Rules(rename={"max_tokens": "most", "max_completion_tokens": "most"})
    assert adjust(both, given, []) == (
        {"most": 7},
        (Adjustment("max_completion_tokens", 7, 7, "most"), Adjustment("max_tokens", 5)),
    )


def test_a_model_that_reasons_when_it_is_asked_takes_sampling_until_then() -> None:
    rules = Rules(drop_reasoning=SAMPLING, effort="none")
    assert adjust(rules, {"temperature": 0.7}, []) == ({"temperature": 0.7}, ())
    sent, changes = adjust(rules, {"temperature": 0.7, "reasoning_effort": "low"}, [])
    assert (sent, changes) == ({"reasoning_effort": "low"}, (Adjustment("temperature", 0.7),))


@pytest.mark.parametrize(
    ("contents", "sent"),
    [
        ([], ROOM),
        ([""], ROOM),
        (["a"], ROOM - 1),
        (["abcd", "abcde"], ROOM - 3),
        # Two tokens a letter, where a small model knows no words.
        (["漢字"], ROOM - 4),
        ([[{"type": "text", "text": "abcd"}, {"type": "text", "text": "漢"}]], ROOM - 3),
        ([[{"type": "text", "text": ""}]], ROOM),
        ([[{"type": "image_url", "image_url": {"url": "x" * 100_000}}]], ROOM - TOKENS_AN_IMAGE),
        ([None, 1, {}], ROOM),
        # However long the prompt seems, some of the answer is asked for: it may be shorter than it seems.
        (["word " * 1200], 512),
        (["x" * 1_000_000], 512),
    ],
)
def test_an_answer_has_the_room_that_the_prompt_leaves(contents: list[object], sent: int) -> None:
    assert adjust(CHAT, {"max_tokens": 9999}, say(*contents))[0] == {"max_tokens": sent}


def test_less_than_the_least_share_stays_as_it_is() -> None:
    assert adjust(CHAT, {"max_tokens": 60}, say("x" * 1_000_000)) == ({"max_tokens": 60}, ())


def test_values_that_the_model_refuses_are_left_out() -> None:
    images = Rules(refuse={"quality": frozenset({"hd"})})
    assert adjust(images, {"quality": "hd", "size": "auto"}, []) == ({"size": "auto"}, (Adjustment("quality", "hd"),))
    assert adjust(images, {"quality": "high"}, []) == ({"quality": "high"}, ())


@pytest.mark.parametrize("parameters", [{}, {"temperature": 0.7}, {"max_tokens": 100}])
def test_settings_that_fit_are_the_very_same(parameters: Mapping[str, Any]) -> None:
    sent, changes = adjust(CHAT, parameters, [])
    assert sent is parameters
    assert changes == ()


@given(rules=rules(), parameters=PARAMETERS, length=st.integers(0, 20_000))
def test_what_was_adjusted_fits(rules: Rules, parameters: dict[str, Any], length: int) -> None:
    before, messages = dict(parameters), say("x" * length)
    sent, changes = adjust(rules, parameters, messages)
    assert parameters == before
    assert not sent.keys() & (rules.drop | rules.rename.keys() - set(rules.rename.values()))
    if parameters.get("reasoning_effort", rules.effort) != "none":
        assert not sent.keys() & rules.drop_reasoning
    assert not any(value == "hd" and name in rules.refuse for name, value in sent.items())
    # The effort may have been left out itself, which may put more out.
    if sent.get("reasoning_effort") == parameters.get("reasoning_effort"):
        assert adjust(rules, sent, messages) == (sent, ())
    if sent == parameters:
        assert sent is parameters
        assert changes == ()


@given(rules=rules(), parameters=PARAMETERS)
def test_every_change_is_on_record(rules: Rules, parameters: dict[str, Any]) -> None:
    sent, changes = adjust(rules, parameters, [])
    changed = {change.parameter: change for change in changes}
    for name, given_value in parameters.items():
        change = changed.get(name)
        if change is None:
            assert (sent.get(name), name in sent) == (given_value, True) or (name, given_value) == ("n", 1)
        else:
            assert change.given == given_value
            assert sent.get(change.renamed or name) == change.sent or change.sent is None
    assert len(sent) <= len(parameters)
