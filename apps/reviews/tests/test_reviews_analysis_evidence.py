"""What a review must have to carry a claim: each condition alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gilmok_reviews.analysis.evidence import Claim, claim, support, supported
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.domain import Aspect, Feeling, Judgement, Opinion, Polarity

CLAIM = Claim(
    text="국물이 진하고 깊습니다",
    aspects=frozenset({Aspect.TASTE}),
    polarity=Polarity.POSITIVE,
    cited=("a",),
)
VOICE = Voice(
    review_id="a",
    text="국물이 진하고 깊어요",
    aspect=Aspect.TASTE,
    polarity=Polarity.POSITIVE,
    confidence=0.9,
)
OTHER = replace(VOICE, review_id="b", text="진한 국물, 깊은 맛")
POLICY = Policy()


def holds(claim: Claim, *voices: Voice, cosine: float = 0.8, reviews: int = 20) -> bool:
    return supported(claim, dict.fromkeys(voices, cosine), reviews, POLICY) is not None


def test_a_review_that_says_it_carries_a_claim() -> None:
    assert support(CLAIM, VOICE, 0.8) == pytest.approx(0.9)
    assert holds(CLAIM, VOICE, OTHER)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(VOICE, polarity=Polarity.NEGATIVE),
        replace(VOICE, polarity=Polarity.NEUTRAL),
        replace(VOICE, aspect=Aspect.DELIVERY),
        replace(VOICE, text="주차장이 넓어요"),
        replace(VOICE, text="The broth is rich", aspect=None),
    ],
)
def test_a_review_that_says_something_else_does_not(wrong: Voice) -> None:
    assert support(CLAIM, wrong, 0.8) == 0.0


def test_numbers_must_be_in_the_review() -> None:
    counted = replace(CLAIM, text="국물을 12시간 끓여 진하고 깊습니다")
    assert support(counted, VOICE, 0.8) == 0.0
    assert support(counted, replace(VOICE, text="12시간 끓인 국물이 진하고 깊어요"), 0.8) > 0.5


def test_meaning_counts_as_much_as_words() -> None:
    assert support(CLAIM, VOICE, 0.1) == pytest.approx(0.55)
    assert support(CLAIM, VOICE, -0.5) == pytest.approx(0.5)
    assert not holds(CLAIM, replace(VOICE, text="국물이 좋아요"), OTHER, cosine=0.5)


def test_across_languages_meaning_and_aspect_decide() -> None:
    english = replace(VOICE, text="The broth is rich and deep")
    assert support(CLAIM, english, 0.7) == pytest.approx(0.7)
    assert support(replace(CLAIM, aspects=frozenset()), english, 0.7) == 0.0


def test_a_review_that_was_not_cited_confirms_but_never_carries() -> None:
    assert not holds(replace(CLAIM, cited=("c",)), VOICE, OTHER)
    assert not holds(replace(CLAIM, cited=()), VOICE, OTHER, reviews=3)


def test_one_writer_alone_does_not_decide_where_there_are_many() -> None:
    silent = replace(
        OTHER, aspect=None, text="오늘 국물이 진하게 깊은 하루였다", polarity=Polarity.NEGATIVE
    )
    assert not holds(CLAIM, VOICE, silent)
    assert holds(CLAIM, VOICE, silent, reviews=3)
    assert not holds(CLAIM, VOICE, replace(VOICE, text="국물 진하고 깊다"))


def test_as_many_must_say_it_as_the_policy_asks() -> None:
    two = dict.fromkeys((VOICE, OTHER), 0.8)
    assert supported(CLAIM, two, 20, Policy(voices=3)) is None
    three = dict.fromkeys((VOICE, OTHER, replace(OTHER, review_id="c")), 0.8)
    assert supported(CLAIM, three, 20, Policy(voices=3)) is not None


def test_who_agrees_on_the_aspect_is_a_second_writer_but_lends_no_words() -> None:
    agreeing = replace(OTHER, text="국물 진짜 좋아요")
    assert not holds(CLAIM, VOICE, agreeing, cosine=0.3), "deep and rich is one writer's word"
    assert holds(
        CLAIM, VOICE, agreeing, replace(OTHER, text="국물 색이 깊다", review_id="c"), cosine=0.3
    )


@pytest.mark.parametrize("bold", ["최고로 ", "모두 ", "언제나 "])
def test_a_bold_word_is_in_as_many_reviews_as_must_say_it(bold: str) -> None:
    bolder = replace(CLAIM, text=bold + CLAIM.text)
    boldly = replace(VOICE, text=bold + VOICE.text)
    assert not holds(bolder, boldly, OTHER)
    assert holds(bolder, boldly, replace(OTHER, text=bold + OTHER.text))


def test_the_best_quote_of_each_review_comes_first() -> None:
    weaker = replace(VOICE, text="국물이 진하네요 그리고 고기가 많아요")
    found = supported(CLAIM, {weaker: 0.6, OTHER: 0.9, VOICE: 0.9}, 20, POLICY)
    assert found is not None
    assert [voice.review_id for voice in found.voices] == ["a", "b"]
    assert found.voices[0] == VOICE
    assert found.degree == pytest.approx(0.95)


def judged(positive: float, *opinions: Polarity) -> Judgement:
    return Judgement(
        feeling=Feeling(positive=positive, neutral=0.0, negative=1 - positive),
        opinions=tuple(
            Opinion(aspect=Aspect.PRICE, polarity=polarity, confidence=0.9, start=0, end=1)
            for polarity in opinions
        ),
    )


def test_a_claim_is_what_the_classifier_reads_in_it() -> None:
    found = claim("값이 싸요", ["a", "b", "a"], judged(0.3, Polarity.POSITIVE))
    assert found.aspects == {Aspect.PRICE}
    assert found.polarity is Polarity.POSITIVE
    assert found.cited == ("a", "b")
    mixed = claim("x", ["a"], judged(0.1, Polarity.POSITIVE, Polarity.NEGATIVE))
    assert mixed.polarity is Polarity.NEGATIVE
    plain = claim("x", ["a"], judged(0.9))
    assert (plain.aspects, plain.polarity) == (frozenset(), Polarity.POSITIVE)
