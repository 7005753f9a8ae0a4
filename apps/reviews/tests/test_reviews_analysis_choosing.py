"""What is read and quoted stands for all: proportions are kept, and no minority disappears."""

from __future__ import annotations

import numpy as np
from apps.reviews.tests.analysis_scene import Memory, Scripted

from gilmok_reviews.analysis.analyst import Analyst
from gilmok_reviews.analysis.choosing import choose
from gilmok_reviews.analysis.extracting import Group, extract
from gilmok_reviews.analysis.meaning import by_letters
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.domain import Aspect, Polarity


def voice(id: str, text: str, aspect: Aspect, polarity: Polarity = Polarity.POSITIVE) -> Voice:
    return Voice(review_id=id, text=text, aspect=aspect, polarity=polarity, confidence=0.9)


async def test_a_minority_is_in_the_context() -> None:
    memory = Memory()
    memory.add(
        "big",
        [f"국물이 진하고 맛있어요 {n}번째 방문" for n in range(90)]
        + [f"배달이 늦어요 {n}" for n in range(10)],
    )
    judged = {
        review.id: judgement
        for review, judgement in zip(
            memory.written["big"],
            memory.judge.judge([r.text for r in memory.written["big"]]),
            strict=True,
        )
    }
    nearest = await memory.typical("big", 100)
    chosen = choose(nearest, judged, 20)
    assert sum("배달" in found.review.text for found in nearest[:20]) == 0
    assert sum("배달" in found.review.text for found in chosen) == 2
    assert [f.score for f in chosen] == sorted((f.score for f in chosen), reverse=True)
    summary = await Analyst(memory, memory.judge, Scripted(), memory.encoder).summary("big", "ko")
    assert any(s.aspect is Aspect.DELIVERY for s in summary.sentences)
    assert (summary.context.reviews, summary.context.of) == (20, 100)


def test_a_mood_that_two_share_has_a_sentence_though_six_places_go_to_praise() -> None:
    said = [voice(f"{a}{n}", f"{a.value} 칭찬하는 말 {n}", a) for a in Aspect for n in range(3)]
    said += [
        voice(f"bad{n}", f"배달이 늦었다는 말 {n}", Aspect.DELIVERY, Polarity.NEGATIVE)
        for n in range(2)
    ]
    weights: dict[Group, int] = {(aspect, Polarity.POSITIVE): 30 for aspect in Aspect}
    found = extract(said, by_letters([v.text for v in said]), weights, Policy())
    assert len(found) == Policy().sentences
    assert [s.polarity for s in found].count(Polarity.NEGATIVE) == 1


def test_one_complaint_of_one_review_does_not_displace_what_many_say() -> None:
    said = [voice(f"{a}{n}", f"{a.value} 칭찬하는 말 {n}", a) for a in Aspect for n in range(3)]
    said.append(voice("bad", "배달이 늦었다는 말", Aspect.DELIVERY, Polarity.NEGATIVE))
    weights: dict[Group, int] = {(aspect, Polarity.POSITIVE): 30 for aspect in Aspect}
    found = extract(said, by_letters([v.text for v in said]), weights, Policy())
    assert {s.polarity for s in found} == {Polarity.POSITIVE}


def test_the_same_words_of_two_reviews_are_one_sentence_with_two_citations() -> None:
    said = [voice(id, "국물이 정말 진해요", Aspect.TASTE) for id in ("a", "b")]
    (found,) = extract(said, by_letters([v.text for v in said]), {}, Policy())
    assert set(found.review_ids) == {"a", "b"}


def test_of_nothing_nothing_is_extracted() -> None:
    assert extract([], np.zeros((0, 512), dtype=np.float32), {}, Policy()) == []
