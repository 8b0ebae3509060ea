"""What servers say of settings that they refuse, and what is sent in their place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.providers import refusals
from services.providers.adjustments import Adjustment
from services.providers.refusals import Refusal

OLD_NAME = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "max_tokens",
    "unsupported_parameter",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "param", "code"]), inner),
)


def say(words: object, param: object = None, code: object = None) -> bytes:
    """Make the body of an answer that refuses."""
    return json.dumps({"error": {"message": words, "type": "x", "param": param, "code": code}}).encode()


@pytest.mark.parametrize(
    ("words", "param", "code", "refusal"),
    [
        (*OLD_NAME, Refusal("max_tokens", "max_completion_tokens")),
        ("Unsupported parameter: 'stop'.", "stop", "unsupported_parameter", Refusal("stop")),
        ("Only the default (1) is supported.", "temperature", "unsupported_value", Refusal("temperature")),
        ("Unknown parameter: 'negative_prompt'.", "negative_prompt", "unknown_parameter", Refusal("negative_prompt")),
        ("No.", "stop[0]", "unsupported_value", Refusal("stop")),
        (
            "max_tokens is too large: 99999. This model supports at most 16384 completion tokens, whereas you provided",
            "max_tokens",
            "invalid_value",
            Refusal(most=16384),
        ),
        (
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4104 tokens (19 in the "
                "messages, 4085 in the completion). Please reduce the length of the messages or completion."
            ),
            None,
            "context_length_exceeded",
            Refusal(most=4077),
        ),
        (
            (
                "This model's maximum context length is 4097 tokens, however you requested 4322 tokens (4066 in your "
                "prompt; 256 for the completion). Please reduce your prompt; or completion length."
            ),
            None,
            None,
            Refusal(most=31),
        ),
        (
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is "
                "4096 tokens and your request has 19 input tokens (5000 > 4096 - 19)."
            ),
            None,
            400,
            Refusal(most=4077),
        ),
    ],
)
def test_a_refusal_names_a_setting(words: str, param: str | None, code: object, refusal: Refusal) -> None:
    assert refusals.read(say(words, param, code)) == refusal


@pytest.mark.parametrize(
    "content",
    [
        say("messages must not be empty", "messages", "invalid_value"),
        say("no", None, "unsupported_parameter"),
        say("no", ["stop"], "unsupported_parameter"),
        say("no", "?", "unsupported_parameter"),
        say("no", "tools[0].function.strct", "unknown_parameter"),
        say("no", "response_format.json_schema", "unsupported_parameter"),
        say("no", "stop", ["unsupported_parameter"]),
        say(None, "stop", "unsupported_parameter"),
        say("This model's maximum context length is 4096 tokens."),
        b"",
        b"not JSON",
        b"[]",
        b'{"error": "unsupported_parameter"}',
    ],
)
def test_other_refusals_name_none(content: bytes) -> None:
    assert refusals.read(content) is None


def test_a_server_may_say_it_without_a_wrapping() -> None:
    body = {"object": "error", "message": "no", "param": "stop", "code": "unsupported_parameter"}
    assert refusals.read(json.dumps(body).encode()) == Refusal("stop")


@given(JSON)
def test_no_body_hurts(body: Any) -> None:
    refusals.read(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("refusal", "parameters", "heeded"),
    [
        (Refusal("stop"), {"stop": ["a"], "seed": 1}, ({"seed": 1}, Adjustment("stop", ["a"]))),
        (
            Refusal("max_tokens", "max_completion_tokens"),
            {"max_tokens": 9},
            ({"max_completion_tokens": 9}, Adjustment("max_tokens", 9, 9, "max_completion_tokens")),
        ),
        # What means something else, or is given already, is not put in the place of a setting.
        (Refusal("stop", "until"), {"stop": "a"}, ({}, Adjustment("stop", "a"))),
        # Without it the answer would be another one.
        (Refusal("response_format"), {"response_format": {"type": "json_object"}}, None),
        (Refusal("tools"), {"tools": []}, None),
        (
            Refusal("max_tokens", "max_completion_tokens"),
            {"max_tokens": 9, "max_completion_tokens": 8},
            ({"max_completion_tokens": 8}, Adjustment("max_tokens", 9)),
        ),
        (Refusal("stop"), {"seed": 1}, None),
        (Refusal(most=100), {"max_tokens": 200}, ({"max_tokens": 100}, Adjustment("max_tokens", 200, 100))),
        (Refusal(most=100), {"max_tokens": 100}, None),
        (Refusal(most=0), {"max_tokens": 100}, None),
        (Refusal(most=-5), {"max_tokens": 100}, None),
        (Refusal(most=100), {"max_tokens": "200"}, None),
        (Refusal(most=100), {}, None),
    ],
)
def test_what_is_left_of_the_settings(refusal: Refusal, parameters: dict[str, Any], heeded: object) -> None:
    before = dict(parameters)
    assert refusals.heed(parameters, refusal) == heeded
    assert parameters == before
