"""What the page shows as evidence is evidence: citations of extracts, and strengths across languages."""

from __future__ import annotations

from apps.reviews.tests.analysis_scene import Memory, Scripted

from gilmok_reviews.analysis.analyst import Analyst
from gilmok_reviews.analysis.praise import praise
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.domain import Aspect, Found, Polarity


def analyst(memory: Memory) -> Analyst:
    return Analyst(memory, memory.judge, Scripted(None), memory.encoder)


async def test_an_extract_cites_only_reviews_that_say_the_same() -> None:
    """All of these are praise of the taste, and near in meaning to each other."""
    memory = Memory()
    memory.add(
        "r",
        [
            "국물이 정말 진하고 맛있어요",
            "국물 진하고 맛있어요 또 올게요",
            "떡볶이가 쫄깃하고 맛있어요",
            "돈까스가 바삭하고 맛있어요",
            "커피 맛이 참 좋아요",
            "김치가 새콤해서 맛있어요",
        ],
    )
    found = await analyst(memory).summary("r", "ko")
    told = {review.id: review.text for review in memory.written["r"]}
    for sentence in found.sentences:
        cited = {told[id] for id in sentence.review_ids}
        if "국물" in sentence.text:
            assert all("국물" in text for text in cited)
            assert len(cited) == 2
        else:
            assert len(cited) == 1


async def test_the_price_is_fair_and_the_price_is_a_joke_share_no_citation() -> None:
    memory = Memory()
    memory.add(
        "r", ["가격이 동네에서 가장 저렴해요", "가격이 마음에 들어 좋아요", "배달이 빨라서 좋아요"]
    )
    found = await analyst(memory).summary("r", "ko")
    assert found.sentences
    assert all(len(sentence.review_ids) == 1 for sentence in found.sentences)


async def test_a_clause_that_leads_to_another_is_not_quoted_where_a_whole_sentence_is() -> None:
    memory = Memory()
    memory.add("r", ["배달이 늦었지만", "배달이 많이 늦었어요", "배달이 늦는 건 여전하고"])
    found = await analyst(memory).summary("r", "ko")
    assert found.sentences[0].text == "배달이 많이 늦었어요"


def street_in_two_languages(here: list[str], there: list[str]) -> Memory:
    memory = Memory()
    for n in range(4):
        memory.add(
            f"other{n}", [f"{there[i % len(there)]} {'!' * (i // len(there))}" for i in range(30)]
        )
    memory.add("here", [f"{here[i % len(here)]} {'!' * (i // len(here))}" for i in range(30)])
    return memory


async def test_a_word_is_no_strength_because_the_neighbours_are_reviewed_in_another_language() -> (
    None
):
    """Everybody's coffee is praised: here in English, at the other places in Korean."""
    memory = street_in_two_languages(
        ["The coffee is delicious and generous", "The rider was late"],
        ["커피가 진하고 맛있어요", "배달이 늦었어요"],
    )
    assert (await analyst(memory).strengths("here", None, "en")).strengths == ()


async def test_a_rate_is_of_the_reviews_that_could_have_said_it() -> None:
    memory = street_in_two_languages(
        ["누룽지가 좋아요", "배달이 늦었어요", "The rider was late"],
        ["배달이 늦었어요", "Rude staff"],
    )
    (strength,) = (await analyst(memory).strengths("here", None, "ko")).strengths
    assert (strength.here.count, strength.here.rate.value) == (10, 0.5)
    assert strength.claim == "‘누룽지’ 칭찬이 한국어 리뷰의 50%에 있습니다 (비슷한 곳은 0%)."


async def test_one_thing_praised_in_two_languages_is_one_strength() -> None:
    memory = street_in_two_languages(
        ["커피가 진하고 좋아요", "The coffee here is generous", "배달이 늦었어요"],
        ["배달이 늦었어요", "The rider was late", "직원이 불친절해요"],
    )
    found = await analyst(memory).strengths("here", None, "ko")
    named = [one.phrase for one in found.strengths]
    assert sum("커피" in phrase or "coffee" in phrase for phrase in named) == 1


def voice(review: int, text: str, confidence: float = 0.9, aspect: Aspect | None = None) -> Voice:
    return Voice(
        review_id=str(review), text=text, aspect=aspect, polarity=Polarity.POSITIVE, confidence=confidence
    )  # fmt: skip


def test_what_the_judge_is_unsure_of_is_no_praise() -> None:
    said = [voice(1, "Quiet upstairs", 0.18), voice(2, "Quiet corner", 0.45)]
    made = praise(said, {"1": False, "2": False})
    assert {next(iter(ids)) for ids in made.by_subject.values()} == {"2"}


class HalfIndexed(Memory):
    """Only two of its reviews have a vector yet: the gateway went away in the middle of an import."""

    async def typical(self, restaurant_id: str, k: int) -> list[Found]:
        return (await super().typical(restaurant_id, k))[:2]


async def test_a_summary_also_reads_reviews_that_have_no_vector_yet() -> None:
    memory = HalfIndexed()
    memory.add("r", [f"{n}번째 방문인데 국물이 진하고 맛있어요" for n in range(30)])
    found = await analyst(memory).summary("r", "ko")
    assert (found.context.reviews, found.context.of) == (20, 30)
