"""Bodies of the analyses. The nouns they are made from: `analysis.results`, `domain`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gilmok_reviews.analysis.results import By, Note
from gilmok_reviews.api.wire.base import Asked, Language, RestaurantId, ReviewText, Told, examples
from gilmok_reviews.domain import Aspect, Found, Judgement, Polarity

Share01 = Annotated[float, Field(ge=0, le=1)]


class AnalyzeSentiment(Asked):
    """Either a restaurant whose reviews are stored, or texts."""

    model_config = examples(
        {"restaurant_id": "sotbit"}, {"texts": ["국물이 진하고 고기가 넉넉해요", "배달이 늦었어요"]}
    )

    restaurant_id: RestaurantId | None = None
    """Of a stored restaurant: all of its reviews are analysed."""
    texts: Annotated[list[ReviewText], Field(min_length=1, max_length=256)] | None = None
    """Texts that are judged one by one and stored nowhere."""

    @model_validator(mode="after")
    def _one_of_both(self) -> AnalyzeSentiment:
        if (self.restaurant_id is None) == (self.texts is None):
            raise PydanticCustomError("one_of_both", "either restaurant_id or texts")
        return self


class Summarize(Asked):
    model_config = examples({"restaurant_id": "sotbit", "locale": "ko"})

    restaurant_id: RestaurantId
    """Of a stored restaurant."""
    locale: Language | None = None
    """The summary's language; left out, that of `Accept-Language`."""


class ExtractStrengths(Asked):
    model_config = examples({"restaurant_id": "sotbit", "comparison": ["neuru"], "locale": "en"})

    restaurant_id: RestaurantId
    """Of a stored restaurant."""
    comparison: Annotated[list[RestaurantId], Field(min_length=1, max_length=50)] | None = None
    """The restaurants to compare with; left out, the most similar ones, of the same category
    first."""
    locale: Language | None = None
    """The language of the claims; left out, that of `Accept-Language`."""


class SearchSimilar(Asked):
    model_config = examples({"query_text": "배달이 늦고 식어서 왔어요", "limit": 3})

    query_text: ReviewText
    """What to look for, by meaning."""
    restaurant_id: RestaurantId | None = None
    """Only among this restaurant's reviews; left out, among all."""
    limit: Annotated[int, Field(ge=1, le=100)] = 3
    """At most so many."""
    min_score: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """Reviews less like it are left out."""


class Rate(Told):
    """A share and its 95 % interval."""

    value: Share01
    """The best estimate."""
    low: Share01
    """The lower end of the interval."""
    high: Share01
    """The upper end."""


class Difference(Told):
    """One rate less another, and its 95 % interval."""

    value: Annotated[float, Field(ge=-1, le=1)]
    """The best estimate."""
    low: Annotated[float, Field(ge=-1, le=1)]
    """The lower end of the interval."""
    high: Annotated[float, Field(ge=-1, le=1)]
    """The upper end."""


class Share(Told):
    count: int
    """How many reviews."""
    rate: Rate
    """Their share among what visitors say, with the classifier's own uncertainty."""


class Moods(Told):
    """Shares by polarity; the counts sum to the number of reviews."""

    positive: Share
    """Happy ones."""
    neutral: Share
    """Neither, or both."""
    negative: Share
    """Unhappy ones."""


class Quote(Told):
    """A sentence as somebody wrote it."""

    review_id: str
    """Whose."""
    text: str
    """The sentence."""
    polarity: Polarity
    """What it says of the matter."""
    confidence: Share01
    """That it is of this polarity."""


class Usage(Told):
    """What the language model took; zeros where none was asked."""

    calls: int
    """Requests to the gateway."""
    prompt_tokens: int
    """Read."""
    completion_tokens: int
    """Written."""
    cost_nano: int
    """Billionths of a US dollar."""
    model: str
    """Who answered; empty where nobody was asked."""
    decision_ids: list[str]
    """The gateway explains each call: `GET /v1/decisions/{id}` there."""


class AspectSentiment(Told):
    aspect: Aspect
    """What it is about."""
    mentions: int
    """Reviews that speak of it."""
    mention_rate: Rate
    """Of all reviews of the restaurant."""
    moods: Moods
    """Of the reviews that speak of it."""
    quotes: list[Quote]
    """The clearest, of every polarity there is."""


class Month(Told):
    month: Annotated[str, Field(examples=["2026-03"])]
    """Months without reviews are left out."""
    reviews: int
    """Of this month."""
    moods: Moods
    """Of these."""


class RestaurantSentiment(Told):
    """What visitors of one restaurant feel."""

    restaurant_id: str
    """Which."""
    reviews: int
    """How many were judged."""
    moods: Moods | None
    """Null where there are no reviews."""
    aspects: list[AspectSentiment]
    """Most spoken of first; what nobody mentions is left out."""
    months: list[Month]
    """Oldest first."""
    unsure: int
    """Reviews of which the classifier was not sure enough."""
    judged_by_model: int
    """Of these, how many the language model decided."""
    usage: Usage
    """What that took."""
    notes: list[Note]
    """What a reader should know."""


class Feeling(Told):
    """Calibrated: of texts given 0.8, about 80 % are so. The three sum to 1."""

    positive: Share01
    """Happy."""
    neutral: Share01
    """Neither, or both."""
    negative: Share01
    """Unhappy."""


class Opinion(Told):
    """What a text says of one aspect."""

    aspect: Aspect
    """Of what."""
    polarity: Polarity
    """What it says of it."""
    confidence: Share01
    """Of the polarity."""
    start: int
    """Where the sentence that shows it begins in the text, in characters."""
    end: int
    """Where it ends, exclusive."""


class TextJudgement(Told):
    polarity: Polarity
    """The most likely."""
    confidence: Share01
    """Of that."""
    feeling: Feeling
    """All three."""
    opinions: list[Opinion]
    """Aspects that it speaks of."""
    by: str
    """`classifier`, or `model` where a language model decided."""

    @classmethod
    def of(cls, judged: Judgement) -> TextJudgement:
        return cls(
            polarity=judged.feeling.polarity,
            confidence=judged.feeling.confidence,
            feeling=Feeling.model_validate(judged.feeling),
            opinions=[Opinion.model_validate(one) for one in judged.opinions],
            by=judged.by,
        )


class TextsSentiment(Told):
    """Judgements of texts, in their order."""

    texts: list[TextJudgement]
    """One for each."""


class Context(Told):
    """What was read for a summary."""

    reviews: int
    """Chosen around the representative vector."""
    of: int
    """All that there are."""
    characters: int
    """Of the chosen reviews' texts."""
    characters_of_all: int
    """Of all of them."""


class SummarySentence(Told):
    text: str
    """One claim."""
    review_ids: list[str]
    """The reviews that say the same; never empty."""
    aspect: Aspect | None
    """What it is about; null where about the place as a whole."""
    polarity: Polarity
    """What it says."""
    support: Share01
    """How well the best of these reviews supports it; 1 where it is a reviewer's own sentence."""
    quotes: list[Quote]
    """The sentences that show it, in the order of `review_ids`."""


class Summary(Told):
    """A summary in which every sentence names the reviews it rests on."""

    restaurant_id: str
    """Of which restaurant."""
    locale: Literal["ko", "en"]
    """Its language; quotes stay in their writers' own."""
    sentences: list[SummarySentence]
    """In the order to be read."""
    by: By
    """`model`, or `extract`: the reviewers' own sentences, where no model could be asked."""
    dropped: int
    """Claims of the model that no review supports; they appear nowhere."""
    context: Context
    """What was read for it."""
    usage: Usage
    """What it took."""
    notes: list[Note]
    """What a reader should know."""


class ComparedRestaurant(Told):
    id: str
    """The restaurant."""
    name: str
    """Its name."""
    category: str
    """Its category; empty where none is known."""


class Likeness(Told):
    """Where the strength's vector lies: cosines."""

    here: float
    """With what is said at this restaurant."""
    elsewhere: float
    """With the compared restaurant that comes nearest."""
    nearest_restaurant_id: str
    """Which that is."""


class Strength(Told):
    """Something this place is praised for more than similar places."""

    claim: str
    """One sentence."""
    aspect: Aspect | None
    """What it is about."""
    phrase: str
    """Words that mark it, as reviewers use them; empty where a whole aspect is the strength."""
    here: Share
    """Reviews of this place that praise it; the rate of a phrase is among those in its language."""
    there: Share
    """Reviews of the compared places that do."""
    difference: Difference
    """Of the two rates."""
    q_value: Share01
    """The least false discovery rate at which this would still be named."""
    likeness: Likeness | None
    """Null where no embeddings could be had."""
    quotes: list[Quote]
    """The evidence."""
    by: By
    """Who worded the claim."""


class Strengths(Told):
    """What a restaurant has that similar ones have not."""

    restaurant_id: str
    """Which restaurant."""
    locale: Literal["ko", "en"]
    """The language of the claims."""
    strengths: list[Strength]
    """The surest difference first."""
    comparison: list[ComparedRestaurant]
    """Whom it was compared with."""
    compared_reviews: int
    """Of the compared restaurants."""
    tested: int
    """Candidates looked at; the false discovery rate is of these."""
    false_discovery_rate: Share01
    """What it was held to."""
    dropped: int
    """Wordings of the model that the evidence does not support."""
    usage: Usage
    """What it took."""
    notes: list[Note]
    """What a reader should know."""


class FoundReview(Told):
    review_id: str
    """Which review."""
    restaurant_id: str
    """Of which restaurant."""
    text: str
    """What it says."""
    rating: float | None
    """1 to 5 stars; null where none were given."""
    written_at: datetime
    """When."""
    score: Annotated[float, Field(ge=-1.001, le=1.001)]
    """Cosine with what was looked for: 1 is the same."""

    @classmethod
    def of(cls, found: Found) -> FoundReview:
        review = found.review
        return cls(
            review_id=review.id,
            restaurant_id=review.restaurant_id,
            text=review.text,
            rating=review.rating,
            written_at=review.written_at,
            score=found.score,
        )


class SimilarReviews(Told):
    """Reviews by meaning, the most similar first, those of the opposite mood after them."""

    results: list[FoundReview]
    """Empty where none is similar enough, or none has a vector yet (`GET /health`)."""
