"""The request id in the header `Idempotency-Key`."""

import pytest

from facade import idempotency
from facade.problem import Fault


@pytest.mark.parametrize(
    ("header", "request_id"),
    [
        (None, ""),
        ("a-1", "a-1"),
        ('"a-1"', "a-1"),
        (' "a 1" ', "a 1"),
        (r'"a\"b\\c"', r"a\"b\c".replace("\\", "", 1)),
        ("a" * 255, "a" * 255),
    ],
)
def test_a_key_is_read_quoted_or_not(header: str | None, request_id: str) -> None:
    found: list[Fault] = []
    assert (idempotency.read(header, found), found) == (request_id, [])


@pytest.mark.parametrize("header", ["", " ", '""', "a" * 256, "ä", "a\tb"])
def test_a_key_has_its_form(header: str) -> None:
    found: list[Fault] = []
    assert idempotency.read(header, found) == ""
    assert [(fault.field, fault.where) for fault in found] == [("Idempotency-Key", "header")]
