"""The four analyses."""

from __future__ import annotations

from fastapi import APIRouter

from gilmok_reviews.analysis.agreeing import WIDER, agreeing_first
from gilmok_reviews.api.answers import refusals
from gilmok_reviews.api.dependencies import Allowed, TheAnalyst, TheLibrary, TheLocale
from gilmok_reviews.api.wire import analyses as wire
from gilmok_reviews.problems import Problem

router = APIRouter(prefix="/api/v1", dependencies=[Allowed])


@router.post(
    "/sentiment/analyze",
    tags=["sentiment"],
    summary="What visitors feel, and about what",
    response_model=wire.RestaurantSentiment | wire.TextsSentiment,
    responses=refusals(Problem.NO_RESTAURANT),
)
async def analyze_sentiment(
    asked: wire.AnalyzeSentiment, analyst: TheAnalyst
) -> wire.RestaurantSentiment | wire.TextsSentiment:
    """Of a restaurant: shares of moods with 95 % intervals, aspects (price, taste, delivery,
    service, quantity) with the sentences that show them, and the mood by month. Of texts: a
    calibrated judgement of each. A language model is asked only about what the classifier is unsure
    of; where it cannot be asked, the classifier's word stands and `notes` says so."""
    if asked.restaurant_id is not None:
        found = await analyst.sentiment(asked.restaurant_id)
        return wire.RestaurantSentiment.model_validate(found)
    judged = await analyst.feeling(asked.texts or [])
    return wire.TextsSentiment(texts=[wire.TextJudgement.of(one) for one in judged])


@router.post(
    "/llm/summarize",
    tags=["llm"],
    summary="A summary that cites the reviews",
    responses=refusals(Problem.NO_RESTAURANT),
)
async def summarize(asked: wire.Summarize, analyst: TheAnalyst, locale: TheLocale) -> wire.Summary:
    """Made from the reviews around the restaurant's representative vector. Every sentence names
    the reviews that say the same; a claim without any is dropped. Where no model can be asked, it
    consists of the reviewers' own sentences."""
    found = await analyst.summary(asked.restaurant_id, asked.locale or locale)
    return wire.Summary.model_validate(found)


@router.post(
    "/llm/extract/strengths",
    tags=["llm"],
    summary="What this place has that similar places have not",
    responses=refusals(Problem.NO_RESTAURANT),
)
async def extract_strengths(
    asked: wire.ExtractStrengths, analyst: TheAnalyst, locale: TheLocale
) -> wire.Strengths:
    """Praise that is more frequent here than in a comparison group, with the rates, the interval of
    their difference, a false discovery rate and quotes."""
    chosen = asked.locale or locale
    found = await analyst.strengths(asked.restaurant_id, asked.comparison, chosen)
    return wire.Strengths.model_validate(found)


@router.post(
    "/vector/search/similar",
    tags=["vector"],
    summary="Reviews by meaning",
    responses=refusals(
        Problem.NO_RESTAURANT, Problem.EMBEDDING_CHANGED, Problem.VECTORS_UNAVAILABLE, gateway=True
    ),
)
async def search_similar(
    asked: wire.SearchSimilar, library: TheLibrary, analyst: TheAnalyst
) -> wire.SimilarReviews:
    """The nearest by cosine of their embeddings, nearest first; of these, reviews of the opposite mood
    come after the others. To an embedding "it came late" and "it did not come late" are neighbours."""
    near = await library.search(
        asked.query_text,
        restaurant_id=asked.restaurant_id,
        limit=asked.limit * WIDER,
        min_score=asked.min_score,
    )
    mood = await analyst.mood(asked.query_text)
    found = agreeing_first(mood, near, await library.judged(near))[: asked.limit]
    return wire.SimilarReviews(results=[wire.FoundReview.of(one) for one in found])
