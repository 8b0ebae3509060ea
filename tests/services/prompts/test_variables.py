"""Filling variables: what fills each kind, and that every fault is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.prompts.variables import Fault, Option, Unfilled, Variable, fill

TONES = (Option("Formal", "formal"), Option("Casual", "casual"), Option("casual", "shadowed"), Option("None", ""))


def faults_of(variables, inputs):
    with pytest.raises(Unfilled) as raised:
        fill(variables, inputs)
    return [(fault.name, fault.code) for fault in raised.value.faults]


@pytest.mark.parametrize(
    ("variable", "inputs", "value"),
    [
        (Variable("a"), {"a": "x"}, "x"),
        (Variable("a"), {"a": ""}, ""),
        (Variable("a"), {}, ""),
        (Variable("a"), {"a": None}, ""),
        (Variable("a", default="d"), {}, "d"),
        (Variable("a", default="d"), {"a": None}, "d"),
        (Variable("a", default="d"), {"a": ""}, ""),
        (Variable("a", required=True), {"a": "x"}, "x"),
        (Variable("a", required=True), {"a": " "}, " "),
        (Variable("a", required=True, default="d"), {}, "d"),
        (Variable("a", required=True, allow_empty=True), {"a": ""}, ""),
        (Variable("a"), {"a": 3}, "3"),
        (Variable("a"), {"a": -0.5}, "-0.5"),
        (Variable("a"), {"a": 2.5}, "2.5"),
        (Variable("a"), {"a": True}, "true"),
        (Variable("a", required=True), {"a": False}, "false"),
        (Variable("a", required=True), {"a": 0}, "0"),
        (Variable("t", "select", options=TONES), {"t": "formal"}, "formal"),
        (Variable("t", "select", options=TONES), {"t": "Formal"}, "formal"),
        (Variable("t", "select", options=TONES), {"t": "casual"}, "casual"),
        (Variable("t", "select", options=TONES), {"t": "None"}, ""),
        (Variable("t", "select", required=True, options=TONES), {"t": ""}, ""),
        (Variable("t", "select", options=TONES), {}, ""),
        (Variable("t", "select", default="casual", options=TONES), {}, "casual"),
        (Variable("n", "select", options=(Option("Two", "2"),)), {"n": 2}, "2"),
    ],
)
def test_fills(variable, inputs, value):
    assert fill([variable], inputs) == {variable.name: value}


@pytest.mark.parametrize(
    ("variable", "inputs", "code"),
    [
        (Variable("a", required=True), {}, "required"),
        (Variable("a", required=True), {"a": None}, "required"),
        (Variable("a", required=True, allow_empty=True), {}, "required"),
        (Variable("a", required=True), {"a": ""}, "empty"),
        (Variable("a", required=True, default="d"), {"a": ""}, "empty"),
        (Variable("a"), {"a": []}, "type"),
        (Variable("a"), {"a": {"b": 1}}, "type"),
        (Variable("t", "select", options=TONES), {"t": ["formal"]}, "type"),
        (Variable("t", "select", options=TONES), {"t": "FORMAL"}, "choice"),
        (Variable("t", "select", options=(Option("A", "a"),)), {"t": ""}, "choice"),
        (Variable("t", "select", required=True, options=TONES), {}, "required"),
    ],
)
def test_refuses(variable, inputs, code):
    assert faults_of([variable], inputs) == [(variable.name, code)]


def test_tells_every_fault_and_ignores_other_names():
    variables = [Variable("a", required=True), Variable("b"), Variable("c", required=True), Variable("d")]
    assert faults_of(variables, {"b": {}, "c": "", "d": "fine", "z": []}) == [
        ("a", "required"),
        ("b", "type"),
        ("c", "empty"),
    ]
    assert fill([Variable("d")], {"z": [], "d": "fine"}) == {"d": "fine"}


def test_tells_the_choices_briefly():
    few = Variable("t", "select", options=(Option("A", "a"), Option("B", "b")))
    many = Variable("t", "select", options=tuple(Option(f"o{i}", "") for i in range(11)))
    long = Variable("t", "select", options=(Option("x" * 1000, ""),))
    told = []
    for variable in (few, many, long):
        with pytest.raises(Unfilled) as raised:
            fill([variable], {"t": "?"})
        told.append(raised.value.faults)
    assert told[0] == (Fault("t", "choice", "must be one of: A, B"),)
    assert told[1][0].message.endswith("o9, ...")
    assert len(told[2][0].message) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
)
variables = st.builds(
    Variable,
    name=st.sampled_from("abcdef"),
    type=st.sampled_from(["text", "select"]),
    required=st.booleans(),
    default=st.none() | st.text(),
    allow_empty=st.booleans(),
    options=st.lists(st.builds(Option, st.text(), st.text()), max_size=3).map(tuple),
)


@given(
    st.lists(variables, unique_by=lambda variable: variable.name),
    st.dictionaries(st.sampled_from("abcdefg"), json_values),
)
def test_gives_a_text_for_each_variable_or_a_fault(declared, inputs):
    names = [variable.name for variable in declared]
    try:
        values = fill(declared, inputs)
    except Unfilled as error:
        values = {fault.name: fault.message for fault in error.faults}
        names = [name for name in names if name in values]
    assert list(values) == names
    assert all(isinstance(value, str) for value in values.values())
