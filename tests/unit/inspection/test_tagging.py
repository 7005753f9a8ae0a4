"""From tags of pieces to names in the original text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.inspection.tagging import Piece, names, windows
from gilmok.learned.unigram import placed_plain, plain


def _pieces(text: str, starts: list[int]) -> list[Piece]:
    return [(start, 9) for start in starts]


def _found(text: str, starts: list[int], tags: list[int], margin: float = 0.0) -> list[str]:
    made = placed_plain(text)
    said = np.full((len(tags), 7), -1.0, np.float32)
    said[np.arange(len(tags)), tags] = 1.0
    return [
        f"{name.kind}:{text[name.start : name.end]}"
        for name in names(made, _pieces(text, starts), said, margin)
    ]


def test_a_name_is_where_its_pieces_stand_in_the_text_as_it_was_typed() -> None:
    text = "  ask   Kim\n Minsu now"  # plain: "ask Kim Minsu now"
    assert _found(text, [-1, 3, 7, 13], [0, 1, 2, 0]) == ["person:Kim\n Minsu"]


def test_a_beginning_parts_neighbours_and_another_kind_ends_a_name() -> None:
    text = "Ann Bob Acme"
    assert _found(text, [-1, 3, 7], [1, 1, 3]) == ["person:Ann", "person:Bob", "organisation:Acme"]
    assert _found(text, [-1, 3, 7], [2, 4, 6]) == ["person:Ann", "organisation:Bob", "place:Acme"]


def test_never_half_a_word_in_letters_and_no_signs_at_the_edges() -> None:
    assert _found("(Okonkwo), hi", [-1, 1, 4, 8, 10], [0, 1, 0, 0, 0]) == ["person:Okonkwo"]
    assert _found("x (Al) y", [-1, 1, 6], [0, 1, 0]) == ["person:Al"]
    assert _found("?! ..", [-1, 2], [1, 1]) == []


def test_particles_are_not_letters_of_the_name() -> None:
    assert _found("김하늘이 갔다", [-1, 3, 4], [1, 0, 0]) == ["person:김하늘"]


def test_the_margin_finds_more() -> None:
    made = placed_plain("Kim came")
    said = np.array([[0.5, 0.0, -1, -1, -1, -1, -1], [2.0, 0, -1, -1, -1, -1, -1]], np.float32)
    pieces = _pieces("Kim came", [-1, 3])
    assert not list(names(made, pieces, said, 0.0))
    assert [n.end for n in names(made, pieces, said, 1.0)] == [3]


def test_windows_begin_with_words_where_they_can() -> None:
    begins = [False, True]
    pieces = [(at, int(at % 3 == 0)) for at in range(300)]
    parts = windows(pieces, begins, 124)
    assert [piece for part in parts for piece in part] == pieces
    assert all(0 < len(part) <= 124 for part in parts)
    assert all(part[0][1] == 1 for part in parts)
    assert windows([], begins, 124) == [[]]


@given(st.integers(0, 2000), st.integers(0, 5))
def test_windows_keep_every_piece_and_fit(count: int, word: int) -> None:
    pieces = [(at, int(word > 0 and at % word == 0)) for at in range(count)]
    parts = windows(pieces, [False, True], 124)
    assert [piece for part in parts for piece in part] == pieces
    assert all(len(part) <= 124 for part in parts)


@given(st.text())
def test_a_plain_text_knows_where_its_characters_came_from(text: str) -> None:
    made = placed_plain(text)
    assert len(made.text) == len(made.starts) == len(made.ends)
    assert all(0 <= a <= b <= len(text) for a, b in zip(made.starts, made.ends, strict=True))
    assert made.starts == sorted(made.starts)
    for at, character in enumerate(made.text):
        if character in text[made.starts[at] : made.ends[at]]:
            continue
        assert character == " " or plain(text[made.starts[at] : made.ends[at]])


@pytest.mark.parametrize(
    "text", ["ﬁne ｈｅｌｌｏ", "ㅋㅋㅋㅋㅋㅋ 하늘 ", " a\u00a0b ", "é́ 각", "\ud800 x"]
)
def test_it_is_the_same_text_as_without_places(text: str) -> None:
    assert placed_plain(text).text == plain(text)
