"""Outputs are read strictly: what is JSON comes back equal, and nothing else is taken for it."""

import json
import time
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptwire import values
from services.runs import outputs
from services.runs.outputs import NotRead, to_json, to_list, unfence

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-values.MAX_INTEGER, values.MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
JSON = st.recursive(
    SCALARS,
    lambda held: (
        st.lists(held, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), held, max_size=5)
    ),
    max_leaves=20,
)


def strict(text: str) -> Any:
    """Read JSON as RFC 8259 has it, and raise ValueError for anything else."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    text.encode()
    return json.loads(text, parse_constant=refuse)


PIECES = ["", ",", "}", "]", '"', "\\", "NaN", "Infinity", "0", "-", "\n", "`", "\x00"]


def mutate(text: str, data: st.DataObject) -> str:
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        piece = data.draw(st.sampled_from(PIECES))
        text = text[:at] + piece + text[at + data.draw(st.integers(0, 2)) :]
    return text


@given(JSON, st.sampled_from([None, 2]), st.booleans())
def test_json_comes_back_equal(value: Any, indent: int | None, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    read = to_json(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("info", ["json", "JSON", "", "json5 ", "c++"])
@pytest.mark.parametrize("fence", ["```", "`````"])
@given(JSON)
def test_one_pair_of_fences_is_taken_off(fence: str, info: str, value: Any) -> None:
    text = json.dumps(value)
    assert to_json(f"\n{fence}{info}\n{text}\n{fence}\n") == value
    with pytest.raises(NotRead):
        to_json(f"{fence}\n{fence}\n{text}\n{fence}\n{fence}")


@given(JSON, st.data())
def test_what_is_accepted_is_json(value: Any, data: st.DataObject) -> None:
    text = mutate(json.dumps(value), data)
    try:
        read = to_json(text)
    except NotRead:
        return
    assert read == strict(unfence(text))


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    for read in (to_json, to_list):
        with suppress(NotRead):
            values.to_value(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Here you are: {}",
        '{"a": 1} done',
        "{'a': 1}",
        "[1,]",
        "NaN",
        "[-Infinity]",
        "1e999",
        "01",
        "+1",
        '"\\ud800"',
        '"a\tb"',
        "\ufeff{}",
        "\u00a0{}",
        '{"a": 1',
        "// none\n{}",
        "12345678901234567890",
        '"\\u0000"',
        "[" * 33 + "]" * 33,
        "[" * 100_000 + "]" * 100_000,
        "[" * 5_000_000,
        f"[{','.join('1' for _ in range(outputs.MAX_ITEMS + 2))}]",
        f"[{','.join(10 * '[' + 10 * ']' for _ in range(outputs.MAX_ITEMS // 10))}]",
        f'{{"{10_000 * "x"}": 12345678901234567}}',
    ],
    ids=range(24),
)
def test_what_is_not_json_is_refused_with_words(text: str) -> None:
    with pytest.raises(NotRead, match="the output") as raised:
        to_json(text)
    assert len(str(raised.value)) < 1000


def measure(text: str) -> float:
    """Give the least time of three (s)."""

    def once() -> float:
        began = time.process_time()
        with suppress(NotRead):
            to_json(text)
        return time.process_time() - began

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    "piece",
    ['"{}",', '{{"name":"{}"}},', "{},", "```", "[", '"\\u0041{}",'],
    ids=["texts", "objects", "numbers", "fences", "nested", "escapes"],
)
def test_the_time_grows_as_the_text_does(piece: str) -> None:
    word = "word " * 20 if '"' in piece else "1"

    def make(size: int) -> str:
        part = piece.format(word)
        return f"[{part * (size // len(part))}0]"

    # What takes next to no time is not measured well enough to be compared.
    assert measure(make(5_000_000)) <= 15 * max(measure(make(500_000)), 0.002)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("one", ["one"]),
        ("one\n\n two \r\nthree", ["one", "two", "three"]),
        ("- one\n- two", ["one", "two"]),
        ("* one\n+ two\n• three", ["one", "two", "three"]),
        ("1. one\n2) two\n10. ten", ["one", "two", "ten"]),
        ("Here are some:\n\n- one\n- two\n\nI hope that helps!", ["one", "two"]),
        ("- one\n  goes on\n- two", ["one\ngoes on", "two"]),
        ("- one\n\n  still one\n- two", ["one\nstill one", "two"]),
        ("1. fruit\n   - apple\n   - pear\n2. nuts", ["fruit\n- apple\n- pear", "nuts"]),
        ("```\n- one\n- two\n```", ["one", "two"]),
        ("**bold**\n*also*", ["**bold**", "*also*"]),
        ("-1 degrees\n2.5 litres", ["-1 degrees", "2.5 litres"]),
        ("-no bullet", ["-no bullet"]),
        ("- ", ["-"]),
        ("1984. It was a bright cold day", ["1984. It was a bright cold day"]),
    ],
)
def test_lists(text: str, items: list[str]) -> None:
    assert to_list(text) == items


@given(st.lists(st.text("abc d", min_size=1).map(str.strip).filter(bool)), st.sampled_from(["- ", "* ", "• ", "1. "]))
def test_bulleted_items_come_back(items: list[str], bullet: str) -> None:
    assert to_list("\n".join(bullet + item for item in items)) == items


def test_a_list_has_a_bound() -> None:
    with pytest.raises(NotRead, match="at most 100000"):
        to_list("a\n" * (outputs.MAX_ITEMS + 1))


def test_what_is_read_can_be_written() -> None:
    assert orjson.dumps(to_json('{"a": 1.0, "b": [1e300, -0.0]}'))
