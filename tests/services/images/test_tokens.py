"""Tokens of images: what was signed is read, until its time is over; nothing else is."""

import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import errors
from services.images.tokens import Named, Tokens

NOW = 1_800_000_000.4
PROJECT = uuid4()
DIGEST = bytes(range(32))
SECRET, OTHER = "a" * 64, "b" * 64


def at(now: float, *secrets: str) -> Tokens:
    return Tokens(secrets or (SECRET,), clock=lambda: now)


def refusal(tokens: Tokens, token: str) -> str | None:
    with pytest.raises(errors.NotFound) as caught:
        tokens.read(token)
    return caught.value.reason


@given(
    project=st.uuids(), digest=st.binary(min_size=32, max_size=32), lifetime=st.floats(1, 86_400), now=st.floats(0, 2e9)
)
def test_what_was_signed_is_read(project: UUID, digest: bytes, lifetime: float, now: float) -> None:
    token, end = at(now).sign(project, digest, lifetime)
    assert now + lifetime <= end < now + lifetime + 1 + 1e-6
    assert at(now).read(token) == Named(project, digest, end)
    assert token.isascii()
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_a_token_ends_at_its_time() -> None:
    token, end = at(NOW).sign(PROJECT, DIGEST, 60)
    assert end == 1_800_000_061
    assert at(end - 0.01).read(token).digest == DIGEST
    with pytest.raises(errors.FailedPrecondition) as caught:
        at(end).read(token)
    assert caught.value.reason == "IMAGE_EXPIRED"
    assert caught.value.metadata == {"expire_time": "2027-01-15T08:01:01Z"}


def test_the_time_of_a_token_is_one_that_a_message_holds() -> None:
    _, end = at(253_402_300_000.0).sign(PROJECT, DIGEST, 86_400)
    assert end == 253_402_300_799


def test_a_secret_that_was_the_last_one_is_accepted() -> None:
    token, _ = at(NOW, OTHER).sign(PROJECT, DIGEST, 60)
    assert at(NOW, SECRET, OTHER).read(token).project_id == PROJECT
    assert refusal(at(NOW, SECRET), token) == "IMAGE_NOT_FOUND"
    token, _ = at(NOW, SECRET, OTHER).sign(PROJECT, DIGEST, 60)
    assert at(NOW, SECRET).read(token).project_id == PROJECT


def test_no_byte_can_be_changed() -> None:
    token, _ = at(NOW).sign(PROJECT, DIGEST, 60)
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for place in range(len(data)):
        forged = bytearray(data)
        forged[place] ^= 1
        assert refusal(at(NOW), base64.urlsafe_b64encode(bytes(forged)).rstrip(b"=").decode()) == "IMAGE_NOT_FOUND"


def test_what_is_forged_does_not_tell_that_its_time_is_over() -> None:
    token, _ = at(NOW, OTHER).sign(PROJECT, DIGEST, 60)
    assert refusal(at(NOW + 1000), token) == "IMAGE_NOT_FOUND"


def test_no_part_of_a_token_is_one() -> None:
    token, _ = at(NOW).sign(PROJECT, DIGEST, 60)
    for length in range(len(token)):
        assert refusal(at(NOW), token[:length]) == "IMAGE_NOT_FOUND"
    for more in ("A", "AAAA", token):
        assert refusal(at(NOW), token + more) == "IMAGE_NOT_FOUND"


@given(st.text() | st.text(alphabet="aZ0-_=+/. ", max_size=200))
def test_no_other_text_is_a_token(text: str) -> None:
    assert refusal(at(NOW), text.encode(errors="replace").decode()) == "IMAGE_NOT_FOUND"


def test_another_spelling_of_a_token_is_none() -> None:
    tokens = Tokens(["a secret of the server, long enough"])
    token, _ = tokens.sign(UUID(int=1), bytes(32), 60)
    # The last character has bits that say nothing.
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for character in last.replace(token[-1], ""):
        with pytest.raises(errors.NotFound):
            tokens.read(token[:-1] + character)
    with pytest.raises(errors.NotFound):
        tokens.read(token + "=")
