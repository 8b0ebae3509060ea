"""Reads what OpenAI-compatible servers answer: completions, images, model lists, errors and when to come back."""

import base64
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from services.providers.base import ChatAnswer, ImageAnswer

MAX_WORDS = 500
MAX_FINISH_REASON = 64
MAX_TOKENS = 2**53

_DATA_URL = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,", re.IGNORECASE)


class AnswerInvalid(ValueError):
    """An answer that is not of the documented form; the message says how."""


class AnswerTooLarge(ValueError):
    """An answer that passes its limit."""


class AnswerRefused(ValueError):
    """An answer that says it is an error though its HTTP status says success; `status` is the one it names, or 200."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event of a streamed answer adds: to its text, None when it has no choice; input and output tokens."""

    text: str | None
    finish_reason: str
    usage: tuple[int, int] | None


def to_answer(content: bytes) -> ChatAnswer:
    """Read the first choice of a chat completion, or of a completion; missing usage counts as 0.

    Raises AnswerInvalid or AnswerRefused.
    """
    body = _object(content)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise AnswerInvalid("the answer has no choices")
    choice: Any = choices[0]
    if not isinstance(choice, dict):
        raise AnswerInvalid("the first choice is not an object")
    input_tokens, output_tokens = _usage(body) or (0, 0)
    finish_reason = _finish_reason(choice.get("finish_reason"))
    return ChatAnswer(_said(choice, "message"), input_tokens, output_tokens, finish_reason)


def to_piece(content: bytes) -> Piece:
    """Read an event of a streamed completion, of a chat or not; one without a choice may tell the usage, or nothing.

    Raises AnswerInvalid or AnswerRefused.
    """
    body = _object(content)
    choices: Any = body.get("choices")
    if not choices:
        return Piece(None, "", _usage(body))
    choice: Any = choices[0] if isinstance(choices, list) else None
    if not isinstance(choice, dict):
        raise AnswerInvalid("the first choice of an event has no delta")
    said = _said({**choice, "delta": choice.get("delta") or {}}, "delta")
    return Piece(said, _finish_reason(choice.get("finish_reason")), _usage(body))


def to_image(content: bytes) -> ImageAnswer:
    """Read the first of the images that were made; missing usage counts as 0. Raises AnswerInvalid or AnswerRefused."""
    body = _object(content)
    images: Any = body.get("data")
    image: Any = images[0] if isinstance(images, list) and images else None
    if not isinstance(image, dict):
        raise AnswerInvalid("the answer has no image")
    usage: Any = body.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    read, written = _tokens(counts.get("input_tokens")), _tokens(counts.get("output_tokens"))
    match image:
        case {"b64_json": str(text)} if text:
            return ImageAnswer(_decode(text), None, input_tokens=read, output_tokens=written)
        case {"url": str(url)} if inline := _DATA_URL.match(url):
            return ImageAnswer(_decode(url[inline.end() :]), None, input_tokens=read, output_tokens=written)
        case {"url": str(url)} if url:
            return ImageAnswer(None, url, input_tokens=read, output_tokens=written)
        case _:
            raise AnswerInvalid("the first image has neither `b64_json` nor `url`")


def to_models(content: bytes) -> list[str]:
    """Read a list of models. Raises AnswerInvalid, AnswerRefused."""
    models = _object(content).get("data")
    if not isinstance(models, list):
        raise AnswerInvalid("the answer has no list of models")
    return [model["id"] for model in models if isinstance(model, dict) and isinstance(model.get("id"), str)]


def to_words(content: bytes) -> str:
    """Read what an error's body says, in whatever form; empty when it says nothing."""
    try:
        return _words(orjson.loads(content))
    except orjson.JSONDecodeError:
        return content[: 4 * MAX_WORDS].decode(errors="replace").strip()


def to_retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how many seconds to wait: `retry-after-ms`, or `retry-after` as seconds or as a date; None when not said."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    said = headers.get("retry-after")
    if (seconds := _number(said)) is not None or said is None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _said(choice: Mapping[str, Any], name: str) -> str:
    """Give the text of a choice: of its message or delta, or, of a completion that is no chat, its own."""
    message: Any = choice.get(name)
    if isinstance(choice.get("text"), str) and not message:
        return choice["text"]
    if not isinstance(message, dict):
        raise AnswerInvalid(f"the first choice has no {name}")
    return to_text(message.get("content"))


def _decode(text: str) -> bytes:
    try:
        # Some break it into lines.
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise AnswerInvalid("the image is not base64") from None


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise AnswerInvalid("the answer is not JSON") from None
    if not isinstance(body, dict):
        raise AnswerInvalid("the answer is not a JSON object")
    if error := body.get("error"):
        code: Any = error.get("code") if isinstance(error, dict) else None
        raise AnswerRefused(_words(body), code if isinstance(code, int) and 400 <= code <= 599 else 200)
    return body


def to_text(content: object) -> str:
    """Give the text of a message's content. Raises AnswerInvalid."""
    match content:
        case None:
            return ""
        case str():
            return content
        case list():
            return "".join(_part(part) for part in content)
        case _:
            raise AnswerInvalid("the message's content is neither text nor a list of parts")


def to_prompt(messages: Sequence[Any]) -> str:
    """Give the texts of messages as one, with a line between them: for models that know of no messages."""
    return "\n\n".join(to_text(message.get("content")) for message in messages)


def _part(part: object) -> str:
    match part:
        case {"text": str(text)}:
            return text
        case dict():
            return ""
        case _:
            raise AnswerInvalid("a part of the message's content is not an object")


def _words(body: object) -> str:
    match body:
        case str():
            return body
        case {"error": dict() | str() as error}:
            return _words(error)
        case {"message": str(words)} | {"detail": str(words)}:
            return words
        case _:
            return ""


def _usage(body: Mapping[str, Any]) -> tuple[int, int] | None:
    usage: Any = body.get("usage")
    if not isinstance(usage, dict):
        return None
    return _tokens(usage.get("prompt_tokens")), _tokens(usage.get("completion_tokens"))


def _tokens(count: object) -> int:
    return count if type(count) is int and 0 <= count <= MAX_TOKENS else 0


def _finish_reason(reason: object) -> str:
    return reason[:MAX_FINISH_REASON].replace("\0", "") if isinstance(reason, str) else ""


def _number(said: str | None) -> float | None:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None
