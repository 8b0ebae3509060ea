"""Reading JSON strictly and within bounds, and the key out of its header."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.dialect import MAX_GRAPH_ITEMS, MAX_ITEMS, bearer, parse
from facade.problem import Problem

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    # Half of a surrogate pair has no UTF-8.
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner),
)


def refused(data: bytes) -> Problem:
    """Give the problem with a body."""
    with pytest.raises(Problem) as caught:
        parse(data)
    return caught.value


@given(JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=64))
def test_bytes_are_json_or_malformed(data: bytes) -> None:
    with contextlib.suppress(Problem):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b"[1,]",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"\xef\xbb\xbf",
        b'\xef\xbb\xbf\xef\xbb\xbf{"a": 1}',
        b'{"a": 1}\xef\xbb\xbf',
        b'"\xff"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b"9" * 5000,
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'"\x00"',
    ],
    ids=lambda data: data[:12],
)
def test_what_is_not_strict_json_is_malformed(data: bytes) -> None:
    assert refused(data).reason == "BODY_MALFORMED"


def test_a_byte_order_mark_is_no_part_of_the_json() -> None:
    assert parse(b'\xef\xbb\xbf{"a": "\xef\xbb\xbf"}') == {"a": "\ufeff"}


@pytest.mark.parametrize(
    "data",
    [
        b"{" + b",".join(b'"k%d":1' % number for number in range(MAX_ITEMS)) + b"}",
        b"[" + b",".join([b"[]"] * (MAX_ITEMS + 2)) + b"]",
        b"[" + b'"",' * (MAX_ITEMS + 2) + b'""]',
        b'["' + b'\\"' * MAX_ITEMS + b'"' + b",1" * (MAX_ITEMS + 1) + b"]",
        b'"\\\\",' * (MAX_ITEMS + 1),
    ],
    ids=["names", "lists", "texts", "after a text of quotes", "texts of backslashes"],
)
def test_more_items_than_any_request_has_are_refused_unread(data: bytes) -> None:
    assert f"more than {MAX_ITEMS} names, items, arrays and objects" in refused(data).message


def test_where_graphs_are_taken_more_items_are() -> None:
    data = b"[" + b",".join([b"0"] * (MAX_GRAPH_ITEMS - 1)) + b"]"
    assert len(parse(data, MAX_GRAPH_ITEMS)) == MAX_GRAPH_ITEMS - 1
    with pytest.raises(Problem, match=f"more than {MAX_GRAPH_ITEMS} names"):
        parse(b"[0,0," + data[1:], MAX_GRAPH_ITEMS)


def test_a_text_may_have_any_number_of_commas() -> None:
    text = '",:\\' * MAX_ITEMS
    assert parse(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.parametrize("header", ["Bearer pw_a", "bearer pw_a", "BEARER  pw_a ", " Bearer pw_a"])
def test_the_scheme_is_read_in_any_case(header: str) -> None:
    assert bearer({"Authorization": header}) == "pw_a"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "pw_a", "Basic pw_a", "Token pw_a"])
def test_another_header_is_no_key(header: str) -> None:
    with pytest.raises(Problem) as caught:
        bearer({"Authorization": header})
    assert (caught.value.status, caught.value.reason) == (401, "KEY_MISSING")
