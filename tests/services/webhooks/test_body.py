"""Bodies of webhooks are data: facts go in once, and nothing else happens."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks import body
from services.webhooks.body import Facts

FACTS = Facts(
    id="run-1",
    prompt_id="p",
    version_id=None,
    state="SUCCEEDED",
    output="$run.id",
    outputs=[{"name": "output", "text": "$run.id"}],
    error=None,
    reason=None,
    inputs={"topic": "$run.state", "$state": {"SUCCEEDED": "x"}},
    metadata={"plan": "$run.id"},
    end_user_id=None,
    model="small",
    create_time="2026-11-29T07:00:00.000Z",
    end_time=None,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda held: st.lists(held, max_size=4) | st.dictionaries(st.text(), held, max_size=4),
    max_leaves=10,
)


def test_facts_go_in_and_are_not_read_again() -> None:
    template = {
        "id": "$run.id",
        "out": ["$run.output", "$run.inputs"],
        "plain": "run.id",
        "escaped": "$$run.id",
        "n": 1,
    }
    assert list(body.find_faults(template)) == []
    assert body.fill(template, FACTS) == {
        "id": "run-1",
        "out": ["$run.id", FACTS.inputs],
        "plain": "run.id",
        "escaped": "$run.id",
        "n": 1,
    }


def test_a_choice_by_state() -> None:
    template = {"status": {"$state": {"SUCCEEDED": "success", "FAILED": {"why": "$run.error"}}}}
    assert list(body.find_faults(template)) == []
    assert body.fill(template, FACTS) == {"status": "success"}


@pytest.mark.parametrize(
    ("template", "paths"),
    [
        ({"a": "$run.secret"}, [".a"]),
        ({"a": ["$", "$run", "$run.__class__"]}, [".a[0]", ".a[1]", ".a[2]"]),
        ({"a": {"$state": {}}}, [".a"]),
        ({"a": {"$state": {"DONE": 1}}}, [".a"]),
        ({"a": {"$state": {"FAILED": 1}, "b": 2}}, [".a"]),
        ({"a": {"$state": {"FAILED": "$nothing"}}}, [".a.$state[0]"]),
        ({"a": 16 * ["$run.output"], "b": 100 * ["$run.id"]}, []),
        ({"a": 8 * ["$run.output"], "b": {"$state": {"FAILED": 9 * ["$run.inputs"]}}}, [""]),
    ],
)
def test_what_stands_for_nothing_is_told(template: Any, paths: list[str]) -> None:
    assert [path for path, _ in body.find_faults(template)] == paths


@given(JSON)
def test_any_template_without_faults_can_be_filled(template: Any) -> None:
    if not list(body.find_faults(template)):
        assert body.to_bytes(body.fill(template, FACTS)) or True
    assert body.fill(["$run.inputs"], FACTS) == [FACTS.inputs]


@given(st.text())
def test_any_text_can_be_said(text: str) -> None:
    said = f"${text}" if text.startswith("$") else text
    assert body.find_text_fault(said) is None
    assert body.fill(said, FACTS) == text


def test_the_standard_body() -> None:
    moment = datetime(2026, 11, 29, 7, 0, 1, 234_567, UTC)
    told = body.standard("end", FACTS, None, moment)
    assert (told["type"], told["timestamp"]) == ("run.succeeded", "2026-11-29T07:00:01.234Z")
    assert told["data"]["outputs"] == FACTS.outputs
    assert body.standard("node", FACTS, {"node_id": "a"}, moment)["data"]["node"] == {"node_id": "a"}
    long = Facts(**{name: getattr(FACTS, name) for name in Facts.__slots__} | {"outputs": [{"text": "x" * 20_000}]})
    assert body.standard("end", long, None, moment)["data"]["outputs"] is None
