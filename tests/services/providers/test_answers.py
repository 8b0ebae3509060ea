"""Answers of OpenAI-compatible servers, read whatever they hold."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.providers import answers
from services.providers.base import ChatAnswer

NAMES = st.text() | st.sampled_from(
    ["choices", "message", "delta", "content", "text", "error", "usage", "data", "b64_json", "url"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=10,
)


def completion(content: object, **more: Any) -> bytes:
    return orjson.dumps({"choices": [{"message": {"content": content}, "finish_reason": "stop"}], **more})


def test_a_completion_is_its_first_choice_with_usage() -> None:
    read = answers.to_answer(completion("Hi", usage={"prompt_tokens": 3, "completion_tokens": 1}))
    assert read == ChatAnswer("Hi", 3, 1, "stop")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}], "ab"),
        ("a\0b", "a\0b"),
    ],
)
def test_content_is_text_parts_or_nothing(content: object, text: str) -> None:
    assert answers.to_answer(completion(content)).text == text


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": "3"}, {"prompt_tokens": -1}, {"prompt_tokens": True}])
def test_usage_that_makes_no_sense_counts_as_none(usage: object) -> None:
    assert answers.to_answer(completion("Hi", usage=usage)).input_tokens == 0


def test_a_finish_reason_is_kept_short_and_fit_for_a_column() -> None:
    content = orjson.dumps({"choices": [{"message": {"content": ""}, "finish_reason": "a\0" * 100}]})
    assert answers.to_answer(content).finish_reason == "a" * 32


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [1]}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": {"content": 1}}]}',
        b'{"choices": [{"message": {"content": [1]}}]}',
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        b'{"choices": [{"message": {"content": "\xff"}}]}',
    ],
)
def test_another_form_is_invalid(content: bytes) -> None:
    with pytest.raises(answers.AnswerInvalid):
        answers.to_answer(content)


def test_an_error_under_a_success_is_a_refusal() -> None:
    with pytest.raises(answers.AnswerRefused, match="no credits") as caught:
        answers.to_answer(b'{"error": {"code": 402, "message": "no credits"}}')
    assert caught.value.status == 402
    with pytest.raises(answers.AnswerRefused, match="broken") as caught:
        answers.to_answer(b'{"error": "broken"}')
    assert caught.value.status == 200


@pytest.mark.parametrize("read", [answers.to_answer, answers.to_piece, answers.to_image, answers.to_models])
@given(body=JSON)
def test_any_json_is_an_answer_or_a_fault(read: Callable[[bytes], object], body: object) -> None:
    with suppress(answers.AnswerInvalid, answers.AnswerRefused):
        read(json.dumps(body).encode())


@given(st.binary())
def test_any_bytes_give_words(content: bytes) -> None:
    assert isinstance(answers.to_words(content), str)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"error": {"message": "too long"}}', "too long"),
        (b'{"error": "too long"}', "too long"),
        (b'{"message": "too long"}', "too long"),
        (b'{"detail": "too long"}', "too long"),
        (b'"too long"', "too long"),
        (b"too long\n", "too long"),
        (b'{"error": {"type": "x"}}', ""),
        (b"", ""),
    ],
)
def test_words_of_an_error_are_found_in_every_form(content: bytes, words: str) -> None:
    assert answers.to_words(content) == words


def test_models_are_listed_by_id() -> None:
    assert answers.to_models(b'{"data": [{"id": "a"}, {"id": 1}, "b", {"id": "c"}]}') == ["a", "c"]
    with pytest.raises(answers.AnswerInvalid):
        answers.to_models(b'{"data": {}}')


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "-2"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 99 Foo 2020 00:00:00 GMT"}, None),
        ({"retry-after": formatdate(0, usegmt=True)}, 0.0),
        ({"retry-after": "2", "retry-after-ms": "1500"}, 1.5),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert answers.to_retry_after(headers) == seconds


def test_a_date_to_come_back_is_so_many_seconds_away() -> None:
    seconds = answers.to_retry_after({"retry-after": formatdate(time.time() + 60, usegmt=True)})
    assert seconds is not None
    assert 55 < seconds <= 60
