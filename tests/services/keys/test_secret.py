"""Secrets: they can be read back, a mistyped one never passes, and a derived one is the same each time."""

import string

from hypothesis import assume, given
from hypothesis import strategies as st

from services.keys import secret

BASE_62 = string.digits + string.ascii_letters
ids = st.text(BASE_62, min_size=12, max_size=12)
parts = st.lists(st.text() | st.integers(-(2**63), 2**63), max_size=4)


def test_form() -> None:
    text = secret.make("8Zk2mQ4vT1xY")

    assert text.startswith("pw_8Zk2mQ4vT1xY_")
    assert len(text) == len("pw_") + 12 + 1 + 27 + 6
    assert 62**secret.SECRET_LENGTH >= 2**160


@given(ids)
def test_a_secret_tells_its_key(key_id: str) -> None:
    assert secret.parse(secret.make(key_id)) == key_id
    assert secret.parse(secret.derive("server", key_id, "request")) == key_id


@given(ids, st.data())
def test_one_changed_character_is_always_noticed(key_id: str, data: st.DataObject) -> None:
    text = secret.make(key_id)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(BASE_62 + "_- ") | st.characters(codec="utf-8"))
    assume(other != text[place])

    assert secret.parse(text[:place] + other + text[place + 1 :]) is None


@given(ids, st.data())
def test_two_exchanged_characters_are_always_noticed(key_id: str, data: st.DataObject) -> None:
    text = secret.make(key_id)
    place = data.draw(st.integers(0, len(text) - 2))
    exchanged = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assume(exchanged != text)

    assert secret.parse(exchanged) is None


@given(st.text() | st.from_regex(r"pw_[0-9A-Za-z]{12}_[0-9A-Za-z]{33}\s*"))
def test_garbage_is_no_secret(text: str) -> None:
    assert secret.parse(text) is None


@given(ids, st.sampled_from(["\n", " ", "\0", "0", "_"]))
def test_nothing_may_stand_around_a_secret(key_id: str, more: str) -> None:
    text = secret.make(key_id)

    assert secret.parse(text + more) is None
    assert secret.parse(more + text) is None


@given(st.text(), st.text(), parts)
def test_a_derived_secret_is_the_same_each_time(server_secret: str, key_id: str, purpose: list[str | int]) -> None:
    assert secret.derive(server_secret, key_id, *purpose) == secret.derive(server_secret, key_id, *purpose)


@given(ids, parts, parts)
def test_other_parts_derive_another_secret(key_id: str, some: list[str | int], others: list[str | int]) -> None:
    assume(some != others)

    assert secret.derive("server", key_id, *some) != secret.derive("server", key_id, *others)


def test_parts_do_not_run_into_each_other() -> None:
    derived = {
        secret.derive("server", "8Zk2mQ4vT1xY", *purpose)
        for purpose in (["ab", "c"], ["a", "bc"], ["abc"], ["a", "b", "c"], ['a","b', "c"], ["1"], [1], ["", "abc"])
    }

    assert len(derived) == 8


def test_another_server_derives_another_secret() -> None:
    assert secret.derive("one", "8Zk2mQ4vT1xY", 1) != secret.derive("two", "8Zk2mQ4vT1xY", 1)


def test_only_the_hash_of_the_same_secret_matches() -> None:
    text = secret.make("8Zk2mQ4vT1xY")

    assert secret.matches(secret.hash_of(text), secret.hash_of(text))
    assert not secret.matches(secret.hash_of(text), secret.hash_of(secret.make("8Zk2mQ4vT1xY")))
