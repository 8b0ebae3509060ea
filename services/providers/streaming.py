"""Reads a chat completion that comes as server-sent events, wherever its bytes are cut."""

import re
from collections.abc import Iterator

from services.providers import answers
from services.providers.answers import AnswerTooLarge
from services.providers.base import ChatAnswer

DONE = b"[DONE]"
# What a stream may take in all: many times its text, since each event wraps a few letters, and some hold none at all.
OVERHEAD = 64
MARGIN = 16 * 1024 * 1024
_BREAK = re.compile(rb"\r\n|\r|\n")


class StreamCut(Exception):
    """A stream that ended before its answer did."""


class Decoder:
    """Takes an event stream apart into the data of its events, each of at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._after_cr = False

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """Give the data of the events that the chunk completes. Raises AnswerTooLarge."""
        for line in self._lines(chunk):
            if not line:
                yield from self._dispatch()
            elif line == b"data" or line.startswith(b"data:"):
                self._size += len(line)
                self._data.append(line[5:].removeprefix(b" "))
        if self._size + len(self._line) > self._limit:
            raise AnswerTooLarge

    def _lines(self, chunk: bytes) -> Iterator[bytes]:
        """Give the lines that the chunk completes. They end with CR, LF, or both, which may come apart."""
        rest = chunk[1:] if self._after_cr and chunk.startswith(b"\n") else chunk
        self._after_cr = chunk.endswith(b"\r") if chunk else self._after_cr
        *lines, rest = _BREAK.split(rest)
        for line in lines:
            yield bytes(self._line) + line
            self._line.clear()
        self._line += rest

    def _dispatch(self) -> Iterator[bytes]:
        data, self._data, self._size = b"\n".join(self._data), [], 0
        if data:
            yield data


class Reading:
    """An answer as far as it came. Its text has at most `output_limit` bytes, an event of it `event_limit`."""

    def __init__(self, output_limit: int, event_limit: int) -> None:
        self.done = False
        self._decoder = Decoder(event_limit)
        self._output_limit = output_limit
        self._left = OVERHEAD * output_limit + MARGIN
        self._text = bytearray()
        self._has_choice = False
        self._usage = (0, 0)
        self._finish_reason = ""

    def read(self, chunk: bytes) -> Iterator[str]:
        """Give the texts of a chunk, up to the answer's end. Raises AnswerTooLarge, AnswerInvalid, AnswerRefused."""
        self._left -= len(chunk)
        if self._left < 0:
            raise AnswerTooLarge
        for data in self._decoder.decode(chunk):
            self.done |= data == DONE
            if self.done:
                return
            if text := self._take(answers.to_piece(data)):
                yield text

    def answer(self) -> ChatAnswer:
        """Give the whole answer. Raises StreamCut when it neither says that it is whole nor why it ended."""
        if not (self.done or self._finish_reason):
            raise StreamCut
        if not self._has_choice:
            raise answers.AnswerInvalid("the answer has no choices")
        return ChatAnswer(self._text.decode(), *self._usage, self._finish_reason)

    def _take(self, piece: answers.Piece) -> str:
        text = piece.text or ""
        self._has_choice |= piece.text is not None
        self._finish_reason = piece.finish_reason or self._finish_reason
        self._usage = piece.usage or self._usage
        self._text += text.encode()
        if len(self._text) > self._output_limit:
            raise AnswerTooLarge
        return text
