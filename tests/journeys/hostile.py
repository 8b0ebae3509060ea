"""Hostile input for every wire: a corpus of texts, and strategies that break bytes, JSON and messages.

PROMPTWIRE_TEST_SCALE multiplies how many cases are tried.
"""

import functools
import os
from collections.abc import Callable
from typing import Any

from google.protobuf import message_factory, struct_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SCALE = int(os.environ.get("PROMPTWIRE_TEST_SCALE", "1"))

SQL = (
    "' OR '1'='1",
    "'; DROP TABLE key; --",
    '" OR ""="',
    "1; SELECT pg_sleep(60); --",
    "' UNION SELECT secret_hash::text, NULL FROM key --",
    "default'/**/AND/**/1=(SELECT count(*) FROM key)--",
    "\\'; COPY key TO PROGRAM 'id'; --",
    "$1",
    "$$; DROP SCHEMA public CASCADE; $$",
    "%' AND name LIKE '%",
    "E'\\x27'",
    '{"$gt": ""}',
    "%27%20OR%201=1",
    "\uff10' OR \uff11=\uff11",
    "\u02bc OR 1=1",
)
# What the languages of templates would evaluate. None of it is a hole of ours, which is a name alone in its braces.
TEMPLATES = (
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{=7*7}}",
    "*{7*7}",
    "@(7*7)",
    "[[${7*7}]]",
    "{if phpinfo()}{/if}",
    "<#assign x=7*7>${x?html}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x.__name__}}{% endfor %}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "<%! import os %>${os.popen('id').read()}",
    "<%= system('id') %>",
    "{0.__class__.__init__.__globals__}",
    "{topic.__class__}",
    "{topic[0]}",
    "{topic!r}",
    "{topic:>9999999}",
    "{0}",
    "{}",
    "%(topic)s",
    "%s%s%s%n",
    "$topic",
    "${topic!}",
    "{{#topic}}x{{/topic}}",
    "{{> topic}}",
    "{{{{#raw}}}}{{/raw}}",
    "{$ref: '#/'}",
    '{"$ref": "file:///etc/passwd"}',
    "{",
    "}}{{",
)
TEXTS = (
    *SQL,
    *TEMPLATES,
    "",
    " ",
    "\0",
    "a\0b",
    "{topic}",
    "{{ topic }}",
    "../../../../etc/passwd",
    "%00",
    "%2e%2e%2f",
    "%zz",
    "a\r\nX-Evil: 1",
    "\x1b[31m",
    "\u202e\u2066\ufeff",
    "\u2028\u2029\x85",
    "e\u0301" * 40,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\uffff\U0010ffff",
    "null",
    "NaN",
    "-1",
    "1e999",
    "9" * 400,
    "__proto__",
    "a" * 256,
    "é" * 70_000,
)
TEXT = st.sampled_from(TEXTS) | st.text(max_size=40)
# Lone surrogates too, which only an escape can write.
ANY_TEXT = TEXT | st.text(st.characters(), max_size=20)
NUMBER = st.one_of(
    st.integers(), st.floats(), st.sampled_from([2**31, -(2**31) - 1, 2**53 + 1, 2**63, 2**64, 10**400, 1e308, 5e-324])
)
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBER | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=10,
)
# What breaks JSON, UTF-8 or protobuf where it comes to stand.
SPLINTERS = st.binary(max_size=8) | st.sampled_from(
    [
        *(b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b"\\ud800\\u0041"),
        *(b"NaN", b"Infinity", b"1e999", b"-", b"1" * 5000, b"01", b"/**/", b"'", b'"', b",", b":"),
        *(b"{", b"}", b"]", b"[" * 300, b'{"a":' * 300, b'"a":1,"a":2,', b"true", b"null", b"\n"),
        *(b"\xff" * 10, b"\x80" * 12, b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"\x0c", b"\x07", b"\x00\x00"),
    ]
)


def many(cases: int) -> settings:
    """Give the settings of a test with so many cases, times the scale."""
    # A fixture that is made once for all cases is what these tests want; the others speak of speed alone.
    return settings(max_examples=cases * SCALE, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def broken(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Give bytes with a few places cut out, doubled, flipped, or replaced by a splinter."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.integers(0, len(data))) for _ in range(2))
        match draw(st.sampled_from(["cut", "double", "flip", "splinter", "insert"])):
            case "cut":
                del data[start:end]
            case "double":
                data[end:end] = data[start:end]
            case "flip" if start < len(data):
                data[start] ^= 1 << draw(st.integers(0, 7))
            case "splinter":
                data[start:end] = draw(SPLINTERS)
            case _:
                data[start:start] = draw(SPLINTERS)
    return bytes(data)


@functools.cache
def messages(descriptor: Descriptor, ids: tuple[str, ...]) -> st.SearchStrategy[Message]:
    """Give messages of a type with any of its fields, holding what is hostile; `ids` stand among the texts."""
    if descriptor.full_name in _FREE:
        return _FREE[descriptor.full_name]
    fields = {field.name: _field(field, ids) for field in descriptor.fields}
    make: Callable[..., Message] = message_factory.GetMessageClass(descriptor)
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: make(**given))


def _field(field: FieldDescriptor, ids: tuple[str, ...]) -> st.SearchStrategy[Any]:
    if field.message_type and field.message_type.GetOptions().map_entry:
        name, value = (_field(field.message_type.fields_by_name[part], ids) for part in ("key", "value"))
        return st.dictionaries(name, value, max_size=3)
    one = messages(field.message_type, ids) if field.message_type else _scalar(field, ids)
    return st.lists(one, max_size=3) if field.is_repeated else one


def _scalar(field: FieldDescriptor, ids: tuple[str, ...]) -> st.SearchStrategy[Any]:
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            return TEXT | st.sampled_from(ids)
        case FieldDescriptor.TYPE_BYTES:
            return st.binary(max_size=40) | st.binary(max_size=20).map(lambda tail: b"\x89PNG\r\n\x1a\n" + tail)
        case FieldDescriptor.TYPE_BOOL:
            return st.booleans()
        case FieldDescriptor.TYPE_INT64:
            return st.integers(-(2**63), 2**63 - 1) | st.integers(-1, 3)
        case _:
            return st.integers(-(2**31), 2**31 - 1) | st.integers(-1, 9)


def _leaf() -> st.SearchStrategy[struct_pb2.Value]:
    number = st.floats().map(lambda number: struct_pb2.Value(number_value=number))
    text = TEXT.map(lambda text: struct_pb2.Value(string_value=text))
    chat = TEXT.map(lambda text: _object({"role": _text("user"), "content": _text(text)}))
    return st.one_of(number, text, chat, st.builds(struct_pb2.Value), st.just(struct_pb2.Value(bool_value=True)))


def _text(text: str) -> struct_pb2.Value:
    return struct_pb2.Value(string_value=text)


def _object(fields: dict[str, struct_pb2.Value]) -> struct_pb2.Value:
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))


def nested(levels: int) -> struct_pb2.Value:
    """Give lists in lists."""
    value = struct_pb2.Value(number_value=1)
    for _ in range(levels):
        value = struct_pb2.Value(list_value=struct_pb2.ListValue(values=[value]))
    return value


_VALUES = st.recursive(
    _leaf() | st.integers(20, 40).map(nested),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: struct_pb2.Value(list_value=struct_pb2.ListValue(values=items)))
        | st.dictionaries(TEXT, inner, max_size=3).map(_object)
    ),
    max_leaves=6,
)
_FREE: dict[str, st.SearchStrategy[Message]] = {
    "google.protobuf.Value": _VALUES,
    "google.protobuf.Struct": st.dictionaries(TEXT, _VALUES, max_size=3).map(
        lambda fields: struct_pb2.Struct(fields=fields)
    ),
}
