"""What a place has that others have not: found, shown, and not invented."""

from __future__ import annotations

import json

import numpy as np
import pytest
from apps.reviews.tests.analysis_scene import Answer, Memory, Scripted

from gilmok_reviews.analysis.analyst import Analyst
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.praise import distinctions, praise
from gilmok_reviews.analysis.results import By, Note
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.analysis.words import content, coverage, is_korean, numbers, sentences
from gilmok_reviews.domain import Found, NoSuchRestaurant, Polarity

USUAL = [
    "국물이 진하고 맛있어요",
    "고기가 부드럽고 좋아요",
    "배달이 빠르고 좋아요",
    "가격이 저렴해서 좋아요",
    "김치가 별로예요",
    "줄이 길어서 실망했어요",
]
SPECIAL = [
    "수제 누룽지가 정말 좋아요",
    "후식으로 주는 누룽지가 최고예요",
    "누룽지가 고소하고 좋습니다",
]


def street(special: int = 12) -> Memory:
    """Five places that are alike but for the first one's scorched rice."""
    memory = Memory()
    for n in range(5):
        memory.add(f"usual{n}", [f"{USUAL[i % 6]} {'!' * (i // 6)}" for i in range(60)])
    texts = [f"{USUAL[i % 6]} {'!' * (i // 6)}" for i in range(60 - special)]
    memory.add("special", texts + [f"{SPECIAL[i % 3]} {'!' * (i % 5)}" for i in range(special)])
    return memory


def analyst(memory: Memory, answer: Answer | None = None) -> Analyst:
    return Analyst(memory, memory.judge, Scripted(answer), memory.encoder)


async def test_what_only_this_place_is_praised_for_is_its_strength() -> None:
    found = await analyst(street()).strengths("special", None, "ko")
    (strength,) = found.strengths
    assert strength.phrase.startswith("누룽지")
    assert (strength.here.count, strength.there.count) == (12, 0)
    assert strength.difference.low > 0.05
    assert strength.q_value <= found.false_discovery_rate
    assert all("누룽지" in q.text and q.review_id.startswith("special-") for q in strength.quotes)
    assert strength.likeness is not None
    assert strength.likeness.distinct > 0
    assert strength.claim == "‘누룽지’ 칭찬이 리뷰의 20%에 있습니다 (비슷한 곳은 0%)."
    assert [place.id for place in found.comparison] == [f"usual{n}" for n in range(5)]
    assert found.compared_reviews == 300
    assert (found.dropped, found.notes) == (0, (Note.MODEL_UNREACHABLE,))


async def test_what_is_complained_of_is_no_strength() -> None:
    memory = street(0)
    texts = [review.text for review in memory.written["special"]]
    memory.add("special", [*texts[:48], *(f"누룽지가 별로예요 {'!' * n}" for n in range(12))])
    assert (await analyst(memory).strengths("special", None, "ko")).strengths == ()


class OtherWords(Memory):
    """Where every other place comes nearer to whatever is looked for, but for the quotes themselves."""

    async def search(
        self, text: str, *, restaurant_id: str | None, limit: int, min_score: float
    ) -> list[Found]:
        if restaurant_id != "special":
            return [Found(review, 0.4) for review in self.written[restaurant_id or ""][:limit]]
        said = [r for r in self.written["special"] if "누룽지" in r.text]
        return [Found(r, 1.0 if n < 3 else 0.3) for n, r in enumerate(said[:limit])]


async def test_what_others_say_in_other_words_is_no_strength() -> None:
    memory = OtherWords()
    for place, texts in street().written.items():
        memory.add(place, [review.text for review in texts])
    assert (await analyst(memory).strengths("special", None, "ko")).strengths == ()


async def test_a_place_like_the_others_has_no_strength() -> None:
    found = await analyst(street()).strengths("usual0", ["usual1", "usual2", "usual3"], "ko")
    assert found.strengths == ()
    assert found.tested > 0


async def test_the_others_may_be_named() -> None:
    memory = street()
    found = await analyst(memory).strengths("special", ["usual3", "special", "usual3"], "ko")
    assert [place.id for place in found.comparison] == ["usual3"]
    with pytest.raises(NoSuchRestaurant):
        await analyst(memory).strengths("special", ["nowhere"], "ko")


async def test_alone_on_the_street_nothing_is_claimed() -> None:
    memory = Memory()
    memory.add("only", USUAL * 5)
    memory.add("silent", [])
    found = await analyst(memory).strengths("only", None, "ko")
    assert (found.strengths, found.tested, found.comparison) == ((), 0, ())
    assert Note.NO_COMPARISON in found.notes


async def test_a_model_may_word_it_where_the_evidence_bears_it_out() -> None:
    def answer(task: str, system: str, user: str) -> object:
        assert json.loads(user)["strength"].startswith("누룽지")
        return {"sentence": "수제 누룽지가 고소하고 좋습니다"}

    found = await analyst(street(), answer).strengths("special", None, "ko")
    (strength,) = found.strengths
    assert (strength.claim, strength.by) == ("수제 누룽지가 고소하고 좋습니다", By.MODEL)
    assert found.usage.calls == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "주차장이 넓습니다",
        "서울에서 유일하게 모두가 인정한 누룽지",
        "The rice is great",
        "",
        "누룽지가 별로예요",
    ],
)
async def test_a_wording_beyond_the_evidence_is_dropped(sentence: str) -> None:
    memory = street()
    plain = await analyst(memory).strengths("special", None, "ko")
    found = await analyst(memory, lambda *_: {"sentence": sentence}).strengths(
        "special", None, "ko"
    )
    assert found.strengths == plain.strengths
    assert found.dropped == 1


async def test_without_an_encoder_the_rates_still_speak() -> None:
    memory = street()
    memory.encoder.broken = True
    found = await analyst(memory).strengths("special", None, "en")
    assert [s.likeness for s in found.strengths] == [None]
    assert Note.EMBEDDINGS_UNREACHABLE in found.notes
    assert (
        found.strengths[0].claim == "20% of reviews praise ‘누룽지’, against 0% at similar places."
    )


async def test_praise_from_one_account_is_one_voice() -> None:
    memory = street(0)
    memory.written["special"] = memory.written["special"][:40]
    texts = [r.text for r in memory.written["special"]]
    memory.add("special", [*texts, *["누룽지가 최고예요"] * 30])
    found = await analyst(memory).strengths("special", None, "ko")
    assert found.strengths == ()


def said(place: int, review: int, words: list[str]) -> list[Voice]:
    return [
        Voice(
            review_id=f"{place}-{review}",
            text=" ".join(words),
            aspect=None,
            polarity=Polarity.POSITIVE,
            confidence=0.9,
        )
    ]


def test_among_words_by_chance_few_are_named() -> None:
    """Forty words at random, six places, a hundred draws: the rate of places that have anything
    named at all is about what it is held to."""
    rng = np.random.default_rng(5)
    vocabulary = [f"{a}{b}" for a in "가나다라마바사아" for b in "국귤감배밤"]
    named = 0
    for _ in range(60):
        rates = rng.uniform(0.02, 0.2, len(vocabulary))
        places = []
        for place in range(6):
            voices = []
            for review in range(60):
                picked = [w for w, r in zip(vocabulary, rates, strict=True) if rng.random() < r]
                voices += said(place, review, picked)
            places.append(praise(voices, {f"{place}-{review}": True for review in range(60)}))
        found, _ = distinctions(places[0], places[1:], Policy())
        named += bool(found)
    assert named / 60 <= 0.2


def test_sentences_lose_nothing_and_know_where_they_stand() -> None:
    text = " 맛있어요!! 또 올게요ㅎㅎ 배달은 늦었습니다 아쉽네요.다음엔\n매장으로. Nice soup. Slow staff "
    found = sentences(text)
    assert [s.text for s in found] == [text[s.start : s.end] for s in found]
    assert "".join("".join(s.text.split()) for s in found) == "".join(text.split())
    assert [s.text for s in found][-2:] == ["Nice soup.", "Slow staff"]


def test_endings_meet_in_one_stem() -> None:
    assert {*content("양이"), *content("양은"), *content("양도")} == {"양"}
    assert content("맛있어요") == content("맛있습니다") == content("맛있네요") == ["맛있"]
    assert content("delivered") == content("delivers")


def test_coverage_counts_the_claims_words() -> None:
    assert coverage("국물이 진하다", "진한 국물이 좋아요") == 1.0
    assert coverage("주차장이 넓다", "진한 국물이 좋아요") == 0.0
    assert coverage("", "진한 국물이 좋아요") == 0.0
    assert numbers("10분, 2,000원. 3.") == {"10", "2,000", "3"}
    assert is_korean("치킨 BHC 최고")
    assert not is_korean("Great chicken 짱!")
