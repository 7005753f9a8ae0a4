"""What a key looks like."""

from __future__ import annotations

import re
from hashlib import sha256
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.api_key import ENTROPY_BYTES, compose, hashed, is_mistyped
from gilmok.core.text import Secret

entropy = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@given(entropy, entropy)
def test_every_bit_of_chance_is_in_the_key(one: bytes, other: bytes) -> None:
    assert (compose(one).reveal() == compose(other).reveal()) is (one == other)


@given(entropy)
def test_it_is_one_word_and_says_what_it_is(chance: bytes) -> None:
    key = compose(chance)
    assert re.fullmatch(r"gk_[0-9A-Za-z]{39}", key.reveal())
    assert not is_mistyped(key)
    assert hashed(key) == sha256(key.reveal().encode()).hexdigest()
    assert key.reveal() not in f"{key!r}{key}{[key]}"


def test_it_cannot_be_guessed() -> None:
    assert 8 * ENTROPY_BYTES >= 160
    assert 33 * log2(len(DIGITS)) >= 8 * ENTROPY_BYTES
    with pytest.raises(ValueError, match="24 random bytes"):
        compose(bytes(ENTROPY_BYTES - 1))


@given(entropy, st.data())
def test_one_wrong_character_is_a_typing_error(chance: bytes, data: st.DataObject) -> None:
    text = compose(chance).reveal()
    at = data.draw(st.integers(3, len(text) - 1))
    wrong = data.draw(st.sampled_from(DIGITS).filter(lambda digit: digit != text[at]))
    assert is_mistyped(Secret(text[:at] + wrong + text[at + 1 :]))


@given(entropy, st.integers(1, 38))
def test_a_key_that_is_cut_off_is_a_typing_error(chance: bytes, left: int) -> None:
    assert is_mistyped(Secret(compose(chance).reveal()[: 3 + left]))


@pytest.mark.parametrize("text", ["sk-other", "", "my own key", "\ud800", "Gk_", "gk-old"])
def test_what_does_not_begin_like_a_key_is_none(text: str) -> None:
    assert not is_mistyped(Secret(text))


def test_strange_characters_are_no_crash() -> None:
    assert is_mistyped(Secret("gk_" + "\ud800" * 39))
