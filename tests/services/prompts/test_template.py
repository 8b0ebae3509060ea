"""The template engine: what is a hole, what stays text, and that values are never read as template."""

import re
import time
from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.prompts import template
from services.prompts.template import compile_messages

# What other engines would evaluate, or what str.format and % would.
INERT = [
    "{0.__class__}",
    "{0}",
    "{}",
    "{user.__init__.__globals__}",
    "{x[0]}",
    "{x!r}",
    "{x:>10}",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "${{<%[%'\"}}%\\.",
    "{% for x in y %}{% endfor %}",
    "{{ config.items() }}",
    "{{ ''.__class__.__mro__ }}",
    "{{{",
    "}}}",
    "{{}}",
    "{{ }}",
    "%s %(name)s %d",
    "$name",
    '{"role": "user", "n": {"a": [1, {}]}}',
    "function f() { return 1; }",
    "{ spaced }",
    "{-lead}{trail-}{1st}",
    "{new\nline}",
    "{" + "n" * 65 + "}",
    "{{" + "n" * 65 + "}}",
]


def compile_text(text, declared=()):
    return compile_messages([{"role": "user", "content": text}], declared)


def render_text(text, values, declared=()):
    [message] = compile_text(text, declared).render(values)
    return message["content"]


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{name}", "Ann"),
        ("{{name}}", "Ann"),
        ("{{ name }}", "Ann"),
        ("{{   name}}", "Ann"),
        ("a {name} b {{name}} c", "a Ann b Ann c"),
        ("{name}{name}", "AnnAnn"),
        ("{{{name}}}", "{Ann}"),
        ("{{{{name}}}}", "{{Ann}}"),
        ("{{name}", "{Ann"),
        ("{name}}", "Ann}"),
        ("${name}", "$Ann"),
        ('{"to": "{name}", "by": {name}}', '{"to": "Ann", "by": Ann}'),
        ("{ {name} }", "{ Ann }"),
        ("{a.b} {name} {}", "{a.b} Ann {}"),
    ],
)
def test_puts_values_into_holes(text, rendered):
    assert render_text(text, {"name": "Ann"}) == rendered


@pytest.mark.parametrize("name", ["topic", "_", "größe", "主题", "user-name", "a--b", "n1", "n" * 64, "True"])
def test_identifier_declares_itself(name):
    assert compile_text(f"x {{{name}}} y {{{{ {name} }}}}").names == (name,)


@pytest.mark.parametrize("name", ["first name", "1", "a.b", "0.__class__", "7*7", "-", " padded ", '"a": 1'])
def test_declared_name_may_be_any_text(name):
    assert compile_text(f"{{{name}}}").names == ()
    assert render_text(f"{{{name}}}|{{{{{name}}}}}", {name: "value"}, {name}) == "value|value"


@pytest.mark.parametrize("text", INERT)
def test_other_braces_stay(text):
    assert compile_text(text).names == ()
    assert render_text(text, {}) == text


@pytest.mark.parametrize("text", [*INERT, "{name}", "{{name}}", "{other}", "\\1 \\g<0>"])
def test_value_is_never_read_as_template(text):
    assert render_text("<{name}{name}>", {"name": text, "other": "no"}) == f"<{text}{text}>"


def test_names_are_in_the_order_of_first_appearance():
    messages = [
        {"role": "system", "content": "{b} {a}"},
        {"role": "user", "content": [{"type": "text", "text": "{c} {a}"}, {"type": "text", "text": "{d}"}]},
    ]
    assert compile_messages(messages).names == ("b", "a", "c", "d")


plain = st.text(st.characters(exclude_characters="{}"))
names = st.text(ascii_letters, min_size=1, max_size=5)
braced = st.text(st.sampled_from("{} ab.-1"), max_size=40)


@given(st.lists(st.tuples(plain, names, st.booleans())), plain, st.dictionaries(names, st.text()))
def test_renders_the_join_of_its_segments(segments, end, given_values):
    values = {name: given_values.get(name, "{" + name + "}") for _, name, _ in segments}
    text = "".join(
        f"{literal}{{{{ {name} }}}}" if double else f"{literal}{{{name}}}" for literal, name, double in segments
    )
    expected = "".join(literal + values[name] for literal, name, _ in segments) + end
    assert render_text(text + end, values) == expected


@given(braced, st.frozensets(st.sampled_from(["a", "a b", "1", "-", ".", " a"])))
def test_splits_any_text_without_loss(text, declared):

    def is_hole(name: str) -> bool:
        return name in declared or template._is_identifier(name)

    pieces = template._compile_text(text, is_hole).pieces
    literals, holes = pieces[::2], pieces[1::2]
    pattern = "".join(
        re.escape(literal) + r"(\{\{ *HOLE *\}\}|\{HOLE\})".replace("HOLE", re.escape(hole))
        for literal, hole in zip(literals, holes, strict=False)
    )
    assert re.fullmatch(pattern + re.escape(literals[-1]), text)
    assert all(template._compile_text(literal, is_hole).pieces == (literal,) for literal in literals)


@pytest.mark.parametrize("unit", ["{", "{{", "{a", "{{a", "{a}", "{ ", "{{ ", "}", "{a}}", "{a b}", "a", " "])
def test_takes_linear_time(unit):
    text = (unit * 1024 * 1024)[: 1024 * 1024]
    began = time.process_time()
    for hostile in (text, "{" + text, "{{" + text):
        compile_text(hostile, {"a b"})
    # A quadratic look at a million characters would take minutes.
    assert time.process_time() - began < 10


def test_only_text_content_is_template():
    call = {"id": "{a}", "type": "function", "function": {"name": "{a}", "arguments": '{"q": "{a}"}'}}
    image = {"type": "image_url", "image_url": {"url": "https://example.com/{a}.png"}}
    messages = [
        {"role": "{a}", "name": "{a}", "content": "{a}", "{a}": "{a}", "meta": {"content": "{a}"}},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "{a}", "content": "{a}"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "{a}", "tag": "{a}"}, image, {"type": "x", "text": "{a}"}],
        },
    ]
    template = compile_messages(messages)
    assert template.faults == ()
    assert template.render({"a": "1"}) == [
        {"role": "{a}", "name": "{a}", "content": "1", "{a}": "{a}", "meta": {"content": "{a}"}},
        messages[1],
        messages[2],
        {"role": "tool", "tool_call_id": "{a}", "content": "1"},
        {"role": "user", "content": [{"type": "text", "text": "1", "tag": "{a}"}, image, {"type": "x", "text": "{a}"}]},
    ]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("Hello {a}", "it is not an object"),
        (None, "it is not an object"),
        (["{a}"], "it is not an object"),
        ({"content": "{a}"}, "its `role`"),
        ({"role": "", "content": "{a}"}, "its `role`"),
        ({"role": 1, "content": "{a}"}, "its `role`"),
        ({"role": "user"}, "its `content` is neither"),
        ({"role": "user", "content": None}, "its `content` is neither"),
        ({"role": "user", "content": {"text": "{a}"}}, "its `content` is neither"),
        ({"role": "user", "content": ["{a}"]}, "is not an object with a `type`"),
        ({"role": "user", "content": [{"text": "{a}"}]}, "is not an object with a `type`"),
        ({"role": "user", "content": [{"type": "text"}]}, "has no `text`"),
    ],
)
def test_what_is_no_chat_message_is_kept_and_told(message, fault):
    template = compile_messages([{"role": "user", "content": "fine"}, message])
    [told] = template.faults
    assert told.startswith("messages[1] is not a chat message: ")
    assert fault in told
    assert template.names == ()
    assert template.render({}) == [{"role": "user", "content": "fine"}, message]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
chat_messages = st.fixed_dictionaries({"role": names, "content": braced | names.map("{{{}}}".format)})
around = st.dictionaries(st.text().filter(lambda name: name not in ("role", "payload")), json_values, max_size=3)


@given(chat_messages, around)
def test_an_envelope_stands_for_its_payload(message, envelope):
    plain, enveloped = compile_messages([message]), compile_messages([{**envelope, "payload": message}])
    assert enveloped == plain


@given(chat_messages, around, st.dictionaries(st.text(max_size=5), json_values, max_size=2), st.lists(json_values))
def test_an_envelope_of_an_answer_stands_for_what_the_model_said(message, envelope, choice, others):
    choices = [{**choice, "message": message}, *others]
    enveloped = compile_messages([{**envelope, "payload": {"id": "{a}", "role": "x", "choices": choices}}])
    assert enveloped == compile_messages([message])


def test_only_what_an_envelope_holds_has_holes():
    wrapped = {"id": 7, "note": "{a}", "payload": {"role": "user", "content": "{b}", "name": "{c}"}, "content": "{d}"}
    template = compile_messages([wrapped])
    assert template.names == ("b",)
    assert template.render({"b": "1"}) == [{"role": "user", "content": "1", "name": "{c}"}]


@pytest.mark.parametrize("choices", [None, [], {}, "x", [1], [{}], [{"message": "Hi"}], [{"message": None}]])
def test_a_payload_without_an_answer_is_the_message_itself(choices):
    payload = {"role": "user", "content": "{a}", "choices": choices}
    template = compile_messages([{"payload": payload}])
    assert template.faults == ()
    assert template.render({"a": "1"}) == [{**payload, "content": "1"}]


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": "{a}", "payload": {"role": "system", "content": "{b}"}},
        {"role": "user", "content": "{a}", "payload": 1},
    ],
)
def test_what_has_a_role_is_no_envelope(message):
    template = compile_messages([message])
    assert template.render({"a": "1"}) == [{**message, "content": "1"}]


@pytest.mark.parametrize(
    "message",
    [
        {"role": None, "payload": {"role": "user", "content": "{a}"}},
        {"payload": [{"role": "user", "content": "{a}"}]},
        {"payload": "{a}"},
        {"payload": {"content": "{a}"}},
        {"payload": {"payload": {"role": "user", "content": "{a}"}}},
        {"payload": {"role": "user", "content": "x", "choices": [{"message": {}}]}},
    ],
)
def test_an_envelope_without_a_chat_message_is_a_fault(message):
    template = compile_messages([message])
    assert len(template.faults) == 1
    assert template.names == ()
    assert template.render({}) == [message]


def test_images_follow_an_enveloped_user_message():
    template = compile_messages([{"payload": {"role": "user", "content": "{a}"}}])
    assert template.render({"a": "1"}, [URL]) == [{"role": "user", "content": [{"type": "text", "text": "1"}, IMAGE]}]


def test_no_messages_is_a_fault():
    assert compile_messages([]).faults == ("there are no messages",)


def test_rendering_leaves_the_template_as_it_is():
    messages = [{"role": "user", "content": [{"type": "text", "text": "{a}"}]}, {"role": "user", "content": "{a}"}]
    template = compile_messages(messages)
    template.render({"a": "1"}, ["https://example.com/1.png"])
    assert template.render({"a": "2"}) == [
        {"role": "user", "content": [{"type": "text", "text": "2"}]},
        {"role": "user", "content": "2"},
    ]


URL = "https://example.com/{a}.png"
IMAGE = {"type": "image_url", "image_url": {"url": URL}}


@pytest.mark.parametrize(
    ("messages", "rendered"),
    [
        (
            [{"role": "user", "content": "{a}", "name": "n"}, {"role": "assistant", "content": "x"}],
            [
                {"role": "user", "content": [{"type": "text", "text": "1"}, IMAGE, IMAGE], "name": "n"},
                {"role": "assistant", "content": "x"},
            ],
        ),
        (
            [{"role": "user", "content": "first"}, {"role": "user", "content": [{"type": "text", "text": "{a}"}]}],
            [
                {"role": "user", "content": "first"},
                {"role": "user", "content": [{"type": "text", "text": "1"}, IMAGE, IMAGE]},
            ],
        ),
        (
            [{"role": "system", "content": "{a}"}],
            [{"role": "system", "content": "1"}, {"role": "user", "content": [IMAGE, IMAGE]}],
        ),
    ],
)
def test_images_follow_the_text_of_the_last_user_message(messages, rendered):
    assert compile_messages(messages).render({"a": "1"}, [URL, URL]) == rendered


def test_length_is_known_before_rendering():
    template = compile_messages([{"role": "user", "content": "ab{a}{a}c"}, {"role": "user", "content": "{b}"}])
    values = {"a": "xyz", "b": "1"}
    assert template.length(values) == len("abxyzxyzc") + len("1")


def test_many_holes_times_a_long_value_are_refused():
    product = compile_text("{a}" * 100_000)
    with pytest.raises(template.TooLong) as raised:
        product.render({"a": "x" * 1_000_000})
    assert raised.value.length == 100_000 * 1_000_000
