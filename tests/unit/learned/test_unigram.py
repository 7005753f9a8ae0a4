"""The most probable segmentation is the one found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.learned.unigram import UNKNOWN, Unigram, plain

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "a", "ab", "b", "ba", "▁ab", "가", "▁가", "나", "가나"]  # fmt: skip
SCORES = [0.0, 0.0, 0.0, 0.0, -2.5, -3.0, -3.5, -4.0, -3.7, -4.5, -6.0, -3.0, -5.0, -3.3, -5.5]
UNKNOWN_SCORE = min(SCORES) - 10


def _segmentations(spelt: str) -> Iterator[tuple[float, list[int]]]:
    """All of them, with their log-probability."""
    if not spelt:
        yield 0.0, []
    for end in range(1, len(spelt) + 1):
        piece = spelt[:end]
        known = [(SCORES[PIECES.index(piece)], PIECES.index(piece))] if piece in PIECES else []
        for score, number in known or ([(UNKNOWN_SCORE, UNKNOWN)] if end == 1 else []):
            for rest, numbers in _segmentations(spelt[end:]):
                yield score + rest, [number, *numbers]


def _score(numbers: list[int]) -> float:
    return sum(UNKNOWN_SCORE if n == UNKNOWN else SCORES[n] for n in numbers)


@given(st.text(alphabet="ab가나 z", max_size=9))
def test_no_segmentation_is_more_probable(text: str) -> None:
    found = Unigram(PIECES, SCORES).split(plain(text))
    best = max(score for score, _ in _segmentations("▁" + plain(text).replace(" ", "▁")))
    assert _score(found) == pytest.approx(best)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ab", ["▁ab"]),
        ("가나", ["▁", "가나"]),
        ("", ["▁"]),
        ("zz a", ["▁", "<unk>", "<unk>", "▁a"]),
    ],
)
def test_words_become_pieces(text: str, pieces: list[str]) -> None:
    assert [PIECES[n] for n in Unigram(PIECES, SCORES).split(plain(text))] == pieces


@pytest.mark.parametrize(
    ("written", "read"),
    [("ＡＢ\u3000c", "AB c"), ("ㅋㅋㅋㅋㅋㅋ", "ᄏᄏᄏ"), ("a \n\t b", "a b"), ("x\ud800y", "x?y")],
)
def test_one_form_stands_for_all(written: str, read: str) -> None:
    assert plain(written) == read
