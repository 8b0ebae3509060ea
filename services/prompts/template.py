"""Compiles the messages of a version once, so that rendering them with values is a cheap walk.

Text has holes, `{name}` or `{{ name }}`; every other brace is text. A value goes in once: what it holds is never read
as template again, and nothing is ever evaluated.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_NAME = 64
# A hole may stand thousands of times in a template, and its value may be long: a bound on the product, in characters.
MAX_RENDERED = 4 * 1024 * 1024

# What may be a hole. A name has no braces, so no character is looked at more than three times, whatever the text.
_CANDIDATE = re.compile(r"\{\{[^{}]++\}\}|\{[^{}]++\}")


class TooLong(ValueError):
    """The values make the messages longer than MAX_RENDERED; `length` is how many characters they would have."""

    def __init__(self, length: int) -> None:
        super().__init__(f"the rendered messages would have {length} characters; at most {MAX_RENDERED} are sent")
        self.length = length


@dataclass(frozen=True, slots=True)
class Text:
    """A text split at its holes: literal, name, literal, name, ..., literal."""

    pieces: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """Put the values into the holes."""
        pieces = list(self.pieces)
        pieces[1::2] = [values[name] for name in self.pieces[1::2]]
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object of which one member is template; all others are data."""

    json: Mapping[str, Any]
    member: str
    # A Text, or the parts of a content list: a tuple of Objects and of data.
    template: "Text | tuple[Any, ...]"


@dataclass(frozen=True, slots=True)
class Template:
    """Compiled messages: Objects, and as they were given those that are no chat messages.

    `faults` says why they cannot be sent to a model; empty: they can.
    """

    messages: tuple[Any, ...]
    faults: tuple[str, ...]
    # How often each hole occurs, in the order of first appearance.
    holes: Mapping[str, int]
    # The characters that are not holes.
    literal_length: int

    @property
    def names(self) -> tuple[str, ...]:
        """The holes, in the order of first appearance."""
        return tuple(self.holes)

    def length(self, values: Mapping[str, str]) -> int:
        """Count the characters that the texts will have with these values."""
        return self.literal_length + sum(count * len(values[name]) for name, count in self.holes.items())

    def render(self, values: Mapping[str, str], images: Sequence[str] = ()) -> list[Any]:
        """Give the messages with a value for every hole, and the images (URLs) at the end of the last user message.

        The parts that hold no template are those of the version itself: not to be changed. Raises TooLong.
        """
        length = self.length(values)
        if length > MAX_RENDERED:
            raise TooLong(length)
        messages = [_render(message, values) for message in self.messages]
        return _with_images(messages, images) if images else messages


def compile_messages(messages: Sequence[Any], declared: Collection[str] = ()) -> Template:
    """Compile JSON messages, chat messages or envelopes of them, of which nothing else is kept.

    A hole is named by any of `declared`, or by an identifier, also one with inner hyphens.
    """
    names = frozenset(declared)

    def is_hole(name: str) -> bool:
        return name in names or _is_identifier(name)

    return _compile(messages, is_hole)


def compile_literal(messages: Sequence[Any]) -> Template:
    """Compile JSON messages as `compile_messages` does, in which all braces are text."""
    return _compile(messages, lambda _: False)


def _compile(messages: Sequence[Any], is_hole: Callable[[str], bool]) -> Template:
    opened = [_open(message) for message in messages]
    found = [_find_fault(message) for message in opened]
    faults = [f"messages[{index}] is not a chat message: {fault}" for index, fault in enumerate(found) if fault]
    compiled = tuple(
        message if fault else _compile_message(inner, is_hole)
        for message, inner, fault in zip(messages, opened, found, strict=True)
    )
    return _count(compiled, tuple(faults) if messages else ("there are no messages",))


def compile_prompt(prompt: str, names: Collection[str]) -> Template:
    """Compile a text as one message of the user. Its holes have these names; all other braces are text."""
    text = _compile_text(prompt, names.__contains__)
    return _count((Object({"role": "user", "content": prompt}, "content", text),), ())


def list_candidates(prompt: str) -> set[str]:
    """Give every name that a hole in a text might have."""
    return {name for match in _CANDIDATE.finditer(prompt) for name in _list_names(match[0])}


def _count(messages: tuple[Any, ...], faults: tuple[str, ...]) -> Template:
    texts = [text for message in messages for text in _list_texts(message)]
    return Template(
        messages=messages,
        faults=faults,
        holes=Counter(name for text in texts for name in text.pieces[1::2]),
        literal_length=sum(len(literal) for text in texts for literal in text.pieces[::2]),
    )


def _open(message: Any) -> Any:
    """Give the chat message that an envelope holds: its `payload`, or what the model said where that is an answer.

    An envelope is an object with an object as `payload` and without `role`; all else is given back as it is.
    """
    if not isinstance(message, dict) or "role" in message or not isinstance(message.get("payload"), dict):
        return message
    payload = message["payload"]
    answer = _find_answer(payload)
    return payload if answer is None else answer


def _find_answer(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    match payload.get("choices"):
        case [{"message": dict() as answer}, *_]:
            return answer
        case _:
            return None


def _find_fault(message: Any) -> str | None:
    if not isinstance(message, dict):
        return "it is not an object"
    role = message.get("role")
    if not isinstance(role, str) or not role:
        return "its `role` is not a text, such as `user`"
    content = message.get("content")
    if isinstance(content, list):
        return next((fault for part in content if (fault := _find_part_fault(part))), None)
    # An assistant's message may hold tool calls in place of content.
    if isinstance(content, str) or (content is None and role == "assistant"):
        return None
    return "its `content` is neither a text nor a list of parts"


def _find_part_fault(part: Any) -> str | None:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        return "a part of its `content` is not an object with a `type`"
    if part["type"] == "text" and not isinstance(part.get("text"), str):
        return "a part of type `text` in its `content` has no `text`"
    return None


def _compile_message(message: dict[str, Any], is_hole: Callable[[str], bool]) -> Any:
    content = message.get("content")
    if isinstance(content, str):
        return Object(message, "content", _compile_text(content, is_hole))
    if isinstance(content, list):
        return Object(message, "content", tuple(_compile_part(part, is_hole) for part in content))
    return message


def _compile_part(part: dict[str, Any], is_hole: Callable[[str], bool]) -> Any:
    return Object(part, "text", _compile_text(part["text"], is_hole)) if part["type"] == "text" else part


def _compile_text(text: str, is_hole: Callable[[str], bool]) -> Text:
    pieces: list[str] = []
    start = 0
    names: dict[str, str | None] = {}
    for match in _CANDIDATE.finditer(text):
        candidate = match[0]
        if candidate not in names:
            names[candidate] = next(filter(is_hole, _list_names(candidate)), None)
        name = names[candidate]
        if name is not None:
            pieces += (text[start : match.start()], name)
            start = match.end()
    return Text((*pieces, text[start:]))


def _list_names(candidate: str) -> tuple[str, ...]:
    inner = candidate.strip("{}")
    return (inner, inner.strip(" ")) if candidate.startswith("{{") else (inner,)


def _is_identifier(name: str) -> bool:
    if len(name) > MAX_NAME or name.startswith("-") or name.endswith("-"):
        return False
    return name.replace("-", "_").isidentifier()


def _list_texts(node: Any) -> list[Text]:
    match node:
        case Text():
            return [node]
        case Object():
            return _list_texts(node.template)
        case tuple():
            return [text for part in node for text in _list_texts(part)]
        case _:
            return []


def _render(node: Any, values: Mapping[str, str]) -> Any:
    match node:
        case Text():
            return node.fill(values)
        case Object():
            return {**node.json, node.member: _render(node.template, values)}
        case tuple():
            return [_render(part, values) for part in node]
        case _:
            return node


def _with_images(messages: list[Any], urls: Sequence[str]) -> list[Any]:
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    last = next((index for index in reversed(range(len(messages))) if _is_user(messages[index])), None)
    if last is None:
        return [*messages, {"role": "user", "content": parts}]
    message = messages[last]
    return [*messages[:last], {**message, "content": [*_list_parts(message), *parts]}, *messages[last + 1 :]]


def _is_user(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "user"


def _list_parts(message: Mapping[str, Any]) -> list[Any]:
    content = message.get("content")
    return content if isinstance(content, list) else [{"type": "text", "text": content}]
