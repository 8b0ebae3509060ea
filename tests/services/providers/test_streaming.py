"""Event streams in whatever pieces they come."""

from collections.abc import Iterable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.providers import streaming
from services.providers.answers import AnswerInvalid, AnswerRefused, AnswerTooLarge
from services.providers.base import ChatAnswer
from services.providers.streaming import Decoder, Reading, StreamCut

LIMIT = 1000
# A CR that ends a line and an LF that ends the next one, which is empty, would be one break.
BREAKS = st.sampled_from([st.sampled_from([b"\n", b"\r\n"]), st.just(b"\r")])
LINES = st.one_of(
    st.binary(max_size=20).filter(lambda line: not set(line) & set(b"\r\n")),
    st.sampled_from(
        [b"", b"data", b"data:", b"data: ", b"data:  a", b"data:{}", b": ping", b"event: x", b"data: [DONE]"]
    ),
)


def decode(chunks: Iterable[bytes], limit: int = 10**6) -> list[bytes]:
    decoder = Decoder(limit)
    return [data for chunk in chunks for data in decoder.decode(chunk)]


def expected(lines: Iterable[bytes]) -> list[bytes]:
    """Decode whole lines, by the words of the specification."""
    events, data = list[bytes](), list[bytes]()
    for line in lines:
        name, _, value = line.partition(b":")
        if not line:
            events.append(b"\n".join(data))
            data = []
        elif name == b"data":
            data.append(value[1:] if value.startswith(b" ") else value)
    return [event for event in events if event]


@st.composite
def cut_streams(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Draw lines, and the chunks that their stream comes in."""
    lines = draw(st.lists(LINES, max_size=12))
    breaks = draw(BREAKS)
    stream = b"".join(line + draw(breaks) for line in lines)
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    return lines, [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@given(cut_streams())
def test_events_are_the_same_wherever_the_stream_is_cut(case: tuple[list[bytes], list[bytes]]) -> None:
    lines, chunks = case
    assert decode(chunks) == expected(lines)


@given(st.lists(st.binary(max_size=30)))
def test_any_bytes_decode_as_they_do_in_one_piece(chunks: list[bytes]) -> None:
    assert decode(chunks) == decode([b"".join(chunks)])


def test_an_event_that_is_not_ended_is_none() -> None:
    assert decode([b"data: a\n\ndata: b\n"]) == [b"a"]


@pytest.mark.parametrize("chunk", [b"x" * 100, b": " + b"x" * 98, b"data: x\n", b"data: x"])
def test_an_event_and_a_line_are_bounded(chunk: bytes) -> None:
    with pytest.raises(AnswerTooLarge):
        decode([chunk] * 1000, limit=LIMIT)


def test_events_of_any_number_are_not_bounded() -> None:
    assert len(decode([b"data: x\n\n"] * 1000, limit=LIMIT)) == 1000


def event(text: str | None = None, **fields: object) -> bytes:
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": fields.pop("end", None)}
    return b"data: %s\n\n" % orjson.dumps({"choices": [choice], **fields})


USAGE = event(usage={"prompt_tokens": 3, "completion_tokens": 4}).replace(b'"delta":{}', b'"delta":null')
DONE = b"data: [DONE]\n\n"


def read(*chunks: bytes, limit: int = LIMIT) -> tuple[list[str], ChatAnswer]:
    reading = Reading(limit, 10 * limit)
    texts = [text for chunk in chunks for text in reading.read(chunk)]
    return texts, reading.answer()


@given(st.lists(st.text(max_size=5)), st.integers(1, 50))
def test_an_answer_is_its_pieces(pieces: list[str], width: int) -> None:
    stream = b"".join([event(""), *(event(piece) for piece in pieces), event(end="stop"), USAGE, DONE])
    chunks = [stream[start : start + width] for start in range(0, len(stream), width)]
    texts, answer = read(*chunks)
    assert texts == [piece for piece in pieces if piece]
    assert answer == ChatAnswer("".join(pieces), 3, 4, "stop")


@pytest.mark.parametrize(
    "stream",
    [
        [event("a"), event(end="stop")],
        [event("a", end="stop"), b": bye\n\n"],
        [event("a", end="stop"), b'data: {"choices": []}\n\n', DONE],
        [event("a", end="stop"), b'data: {"choices": [], "usage": null}\n\n', DONE],
        [event("a", end="stop"), DONE, b"data: not JSON\n\n"],
        [event("a", end="stop"), DONE + event("b")],
    ],
)
def test_what_says_that_it_is_whole_is(stream: list[bytes]) -> None:
    assert read(*stream) == (["a"], ChatAnswer("a", 0, 0, "stop"))


def test_usage_may_come_again_and_again() -> None:
    counts = [event("a", usage={"prompt_tokens": 3, "completion_tokens": count}) for count in (1, 2)]
    assert read(*counts, DONE) == (["a", "a"], ChatAnswer("aa", 3, 2))


def test_text_may_come_in_parts() -> None:
    parts = b'data: {"choices": [{"delta": {"content": [{"type": "text", "text": "a"}, {"type": "thinking"}]}}]}\n\n'
    assert read(parts, DONE) == (["a"], ChatAnswer("a"))


@pytest.mark.parametrize("stream", [[], [b": ping\n\n"], [event("a")], [event("a"), b"data: [DONE]"]])
def test_what_does_not_say_so_was_cut(stream: list[bytes]) -> None:
    with pytest.raises(StreamCut):
        read(*stream)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"not JSON", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"choices": 1}', "no delta"),
        (b'{"choices": [1]}', "no delta"),
        (b'{"choices": [{"delta": "a"}]}', "no delta"),
        (b'{"choices": [{"delta": {"content": 1}}]}', "neither text"),
        (b"[DONE]", "no choices"),
    ],
)
def test_what_is_not_of_the_form_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(AnswerInvalid, match=message):
        read(b"data: %s\n\n" % data)


def test_an_error_within_the_stream_is_told() -> None:
    with pytest.raises(AnswerRefused, match="busy") as caught:
        read(event("a"), b'data: {"error": {"message": "busy", "code": 429}}\n\n')
    assert caught.value.status == 429


def test_the_text_is_bounded_in_bytes() -> None:
    assert read(event("é" * 500), DONE)
    with pytest.raises(AnswerTooLarge):
        read(event("é" * 500), event("x"), DONE)


def test_the_stream_is_bounded_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MARGIN", 1000)
    with pytest.raises(AnswerTooLarge):
        read(*[b": ping\n\n" * 100] * 100)
