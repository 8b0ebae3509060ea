"""Log ids and ids of runs are one to one, and no other text is a log id."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.dialects.promptitude import log_ids

RUN = "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"
FIRST, LAST = "00000000-0000-7000-8000-000000000000", "1fffffff-ffff-7fff-bfff-ffffffffffff"


def to_run_id(time: int, middle: int, low: int) -> str:
    return str(UUID(int=time << 80 | 7 << 76 | middle << 64 | 2 << 62 | low))


RUN_IDS = st.builds(
    to_run_id, st.integers(0, 2**45 - 1), st.integers(0, 2**12 - 1), st.integers(0, 2**62 - 1)
) | st.sampled_from([FIRST, LAST])
LOG_IDS = st.text(log_ids.ALPHABET, min_size=log_ids.LENGTH, max_size=log_ids.LENGTH)


@given(RUN_IDS)
def test_the_way_there_and_back(run_id: str) -> None:
    log_id = log_ids.encode(run_id)
    assert len(log_id) == 20
    assert log_id.isascii()
    assert log_id.isalnum()
    assert log_ids.decode(log_id) == run_id


@given(LOG_IDS)
def test_the_way_back_and_there(log_id: str) -> None:
    run_id = log_ids.decode(log_id)
    if run_id is None:
        assert log_id > log_ids.encode(LAST)
    else:
        assert UUID(run_id).version == 7
        assert log_ids.encode(run_id) == log_id


@given(st.lists(RUN_IDS, min_size=2, max_size=2))
def test_log_ids_sort_as_runs_do(run_ids: list[str]) -> None:
    assert [log_ids.encode(run_id) for run_id in sorted(run_ids)] == sorted(map(log_ids.encode, run_ids))


@given(st.text())
def test_no_other_text_is_a_log_id(text: str) -> None:
    assert log_ids.decode(text) is None or log_ids.encode(log_ids.decode(text) or "") == text


@pytest.mark.parametrize(
    ("run_id", "log_id"),
    [(FIRST, "0" * 20), (RUN, "2vnHop3lFZInJrgn1Ac1"), (LAST, "wUlFeUHcE1B9u5BFOMyF")],
)
def test_known_ids(run_id: str, log_id: str) -> None:
    assert log_ids.encode(run_id) == log_id
    assert log_ids.decode(log_id) == run_id


@pytest.mark.parametrize(
    "text", ["", "0" * 19, "0" * 21, "z" * 20, "0" * 19 + "-", "0" * 19 + "\n", "0" * 19 + "\u0660"]
)
def test_what_is_none(text: str) -> None:
    assert log_ids.decode(text) is None


def test_the_first_that_is_too_large_is_none() -> None:
    largest = log_ids.encode(LAST)
    assert log_ids.decode(largest[:-1] + chr(ord(largest[-1]) + 1)) is None
