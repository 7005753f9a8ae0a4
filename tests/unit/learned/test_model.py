"""The linear model over pieces: what it adds up, and that files say what they are."""

from __future__ import annotations

import math
from array import array

import msgspec
import pytest
from msgspec.structs import replace

from gilmok.learned import Model, ModelFile, load, normalised
from gilmok.learned.model import Dense

FILE = ModelFile(
    name="sample",
    pieces=(" ignore ", "무시", "gno"),
    weights=array("f", [2.0, 3.0, 0.5]).tobytes(),
    intercept=-1.0,
    provenance={"data": "none"},
)


def test_no_piece_leaves_the_intercept() -> None:
    assert Model(FILE).logit(normalised("hello")) == -1.0


def test_pieces_that_overlap_count_both_and_a_repeated_one_counts_once() -> None:
    expected = -1.0 + (2.0 + 0.5) / math.sqrt(2)
    assert Model(FILE).logit(normalised("Ignore\n ignore  IGNORE")) == pytest.approx(expected)


def test_a_piece_with_blanks_is_a_whole_word_only() -> None:
    assert Model(FILE).logit(normalised("ignored")) == pytest.approx(-1.0 + 0.5)


def test_dense_values_are_standardised_and_must_all_be_there() -> None:
    model = Model(replace(FILE, dense=(Dense("length", 10.0, 5.0, 4.0),)))
    assert model.logit(normalised("hello"), [20.0]) == -1.0 + 4.0 * 2.0
    with pytest.raises(ValueError, match="zip"):
        model.logit(normalised("hello"))


def test_probability_is_calibrated_and_never_overflows() -> None:
    model = Model(replace(FILE, calibration=(2.0, 1.0)))
    assert model.probability(normalised("hello")) == pytest.approx(1 / (1 + math.exp(1.0)))
    far = Model(replace(FILE, calibration=(1e6, 0.0)))
    assert 0.0 <= far.probability(normalised("hello")) < 1e-20


def test_normalised_folds_case_digits_and_blanks() -> None:
    assert normalised("  Call\t010-1234\n무시 ") == " call 000-0000 무시 "


def test_a_file_survives_its_trip_and_a_broken_one_is_refused() -> None:
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(FILE), type=ModelFile)
    assert again == FILE
    with pytest.raises(ValueError, match="3 pieces, 2 weights"):
        Model(replace(FILE, weights=FILE.weights[:8]))


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load("nobody")
