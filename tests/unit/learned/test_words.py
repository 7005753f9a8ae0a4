"""The model over words: what it knows ahead changes nothing but the time."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from gilmok.learned.words import LONGEST_WORD, WordModel, WordModelFile, load_words

PIECES = {" ig": 1.0, "ign": 2.0, "nor": -0.5, "re ": 0.25, " 00": 3.0}
FILE = WordModelFile(
    name="tiny",
    pieces=tuple(PIECES),
    weights=array("f", PIECES.values()).tobytes(),
    intercept=0.5,
    signs={"shouts": 2.0, "asks": -1.0},
    calibration=(2.0, -1.0),
)


def test_the_sum_by_hand() -> None:
    expected = 0.5 + (1.0 + 2.0 - 0.5 + 0.25) / math.sqrt(4) + 2.0 * 3.0
    assert WordModel(FILE).logit("ignore ignore me", [(0, 3.0)]) == pytest.approx(expected)


def test_a_text_without_pieces_is_its_intercept() -> None:
    assert WordModel(FILE).logit("") == 0.5


def test_digits_are_alike_and_long_words_are_cut() -> None:
    model = WordModel(FILE)
    assert model.logit("57") == model.logit("00") > 0.5
    assert model.logit("x" * LONGEST_WORD + "ign") == 0.5


@given(some.lists(some.text("ignor e0123x", max_size=12), max_size=8))
def test_known_words_weigh_what_they_weigh(parts: list[str]) -> None:
    text = " ".join(parts)
    known = tuple({word for word in text.split() if not any(map(str.isdigit, word))})
    ahead = WordModel(replace(FILE, common=known))
    assert ahead.logit(text) == pytest.approx(WordModel(FILE).logit(text))


def test_calibration() -> None:
    assert WordModel(FILE).probability(0.5) == pytest.approx(0.5)
    assert WordModel(FILE).probability(1e9) == pytest.approx(1.0)


def test_a_broken_file_is_refused() -> None:
    with pytest.raises(ValueError, match="5 pieces, 1 weights"):
        WordModel(replace(FILE, weights=FILE.weights[:4]))


@pytest.mark.parametrize("name", ["injection", "injection_document"])
def test_shipped_ones_say_where_they_come_from(name: str) -> None:
    model = load_words(name)
    assert "Apache-2.0" in model.provenance.values()
    assert not any("promptshield" in key.lower() for key in model.provenance)
