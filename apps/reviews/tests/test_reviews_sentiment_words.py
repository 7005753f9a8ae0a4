"""Pieces, clauses and aspect words: everything that needs no weights."""

from __future__ import annotations

import pytest

from gilmok_reviews.domain import Aspect, Feeling, Polarity
from gilmok_reviews.sentiment.aspects import lexicon_of
from gilmok_reviews.sentiment.clauses import clauses, sentences
from gilmok_reviews.sentiment.evaluation import calibration_error, macro_f1, split_of
from gilmok_reviews.sentiment.grams import buckets
from gilmok_reviews.sentiment.pieces import UNKNOWN, Pieces, normalise

P, T, D, S, Q = Aspect.PRICE, Aspect.TASTE, Aspect.DELIVERY, Aspect.SERVICE, Aspect.QUANTITY


def test_the_most_probable_segmentation_wins() -> None:
    names = ["<s>", "<pad>", "</s>", "<unk>", "▁맛", "있어요", "▁맛있", "어요", "▁"]
    pieces = Pieces(names, [0, 0, 0, 0, -2.0, -2.0, -1.5, -1.5, -1.0])
    assert [names[n] for n in pieces.split("맛있어요")] == ["▁맛있", "어요"]
    assert pieces.split("뷁") == [8, UNKNOWN]
    assert pieces.split("") == [8]


@pytest.mark.parametrize(
    ("text", "same"),
    [("와아아아아아", "와아아아"), (" ﾊ  a\n\tb ", "ハ a b"), ("!!!", "!!!"), ("", "")],
)
def test_writings_of_the_same_are_united(text: str, same: str) -> None:
    assert normalise(text) == same


def test_a_text_without_features_has_none() -> None:
    assert not len(buckets(" "))
    assert len(set(buckets("재밌어요")) & set(buckets("재밋어요"))) > 5


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("맛은 있는데 양이 적어요", ["맛은 있는데", "양이 적어요"]),
        ("배달이 늦어요 국물도 식었어요", ["배달이 늦어요", "국물도 식었어요"]),
        ("싸고 맛있고 최고예요", ["싸고", "맛있고", "최고예요"]),
        ("최고 중의 최고 냉장고 옆자리", ["최고 중의 최고 냉장고 옆자리"]),
        ("먹고 싶었던 집", ["먹고 싶었던 집"]),
        ("평점 4.5점! 또 갈게요", ["평점 4.5점!", "또 갈게요"]),
        ("맛나요ㅋㅋㅋ 근데 비싸요ㅠㅠ", ["맛나요ㅋㅋㅋ", "근데 비싸요ㅠㅠ"]),
        ("Good food but slow service.", ["Good food", "but slow service."]),
        ("비싸지만 맛있어요", ["비싸지만", "맛있어요"]),
        ("비싸지만, 맛있어요", ["비싸지만,", "맛있어요"]),
    ],
)
def test_clauses(text: str, parts: list[str]) -> None:
    assert [clause.text for clause in clauses(text)] == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "…",
        "가. 나! 다? 라~ 마",
        "a, b and c; d",
        "맛있어요👍👍또 올게요 ㅎㅎ",
        "x" * 500,
    ],
)
def test_clauses_are_true_places_of_the_text(text: str) -> None:
    for parts in (sentences(text), clauses(text)):
        end = 0
        for part in parts:
            assert part.start >= end
            assert text[part.start : part.end] == part.text == part.text.strip() != ""
            end = part.end
        told = "".join("".join(part.text.split()) for part in parts)
        assert told == "".join(text.split())


@pytest.mark.parametrize(
    ("clause", "told"),
    [
        ("맛있어요", {T: 1}),
        ("맛없지 않아요", {T: 1}),
        ("맛이 없어요", {T: -1}),
        ("맛있지는 않네요", {T: -1}),
        ("직원이 안 친절해요", {S: -1}),
        ("불친절하지 않았어요", {S: 1}),
        ("가격이 비싸지 않아요", {P: 1}),
        ("가격이 나쁘지 않아요", {P: 1}),
        ("가격대비 맛이 좋아요", {P: 0, T: 1}),
        ("착한 가격", {P: 1}),
        ("양이 많지 않아요", {Q: -1}),
        ("양념이 맛있어요", {T: 1}),
        ("양이 적지 않아요", {Q: 1}),
        ("모양이 예뻐요", {}),
        ("배달이 빨랐으면 좋겠어요", {D: -1}),
        ("배달이 안 늦었어요", {D: 1}),
        ("서비스로 콜라 주셨어요", {S: 0}),
        ("서비스가 별로예요", {S: -1}),
        ("서비스 만점 양도 만점", {S: 1, Q: 1}),
        ("주차가 불편해요", {}),
        ("not bad", {}),
        ("The food was not bad", {T: 1}),
        ("The staff were not friendly", {S: -1}),
        ("not too expensive", {P: 1}),
        ("delivery was slow", {D: -1}),
        ("generous portions", {Q: 1}),
        ("The service was okay", {S: 0}),
        ("the food isn't very tasty", {T: -1}),
    ],
)
def test_what_words_say_of_aspects(clause: str, told: dict[Aspect, int | None]) -> None:
    said: dict[Aspect, int | None] = {}
    for mention in lexicon_of(clause).mentions(clause):
        said[mention.aspect] = said.get(mention.aspect) or mention.sign
        assert 0 <= mention.start < mention.end <= len(clause)
    assert said == told


def test_words_that_do_not_say_leave_it_open() -> None:
    (mention,) = lexicon_of("배달 기사님").mentions("배달 기사님")
    assert (mention.aspect, mention.sign) == (D, None)


def test_figures_are_what_their_names_say() -> None:
    plus, minus = Polarity.POSITIVE, Polarity.NEGATIVE
    assert macro_f1([(plus, plus), (minus, minus)], (plus, minus)) == 1
    # praise: precision 1/2, recall 1; blame: precision 1, recall 1/2
    pairs = [(plus, plus), (minus, plus), (minus, minus)]
    assert macro_f1(pairs, (plus, minus)) == pytest.approx(2 / 3)
    sure = Feeling(positive=0.95, neutral=0.0, negative=0.05)
    assert calibration_error([sure] * 2, [plus, minus]) == pytest.approx(0.45)


def test_the_split_is_of_the_words_alone() -> None:
    assert split_of("국물이  진해요\n") == split_of("국물이 진해요")
    parts = [split_of(f"리뷰 {number}") for number in range(2000)]
    assert 0.08 < parts.count("test") / len(parts) < 0.12
    assert 0.035 < parts.count("dev") / len(parts) < 0.065
