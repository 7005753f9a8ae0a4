"""What the analyses answer. Frozen: routes and pages map these to their own forms.

Every statement names the reviews that show it. A rate never comes without its interval: both are
shares of 0..1, the interval holds the truth in 95 of 100 cases (`estimates.py` says how).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gilmok_reviews.domain import Aspect, Polarity, Restaurant
from gilmok_reviews.texts import Locale


class By(StrEnum):
    """Who worded a result."""

    MODEL = "model"
    EXTRACT = "extract"
    """Nobody: the sentences are the reviewers' own, or follow a fixed pattern."""


class Note(StrEnum):
    """What a reader of the result should know. Stable codes; pages word them."""

    NO_REVIEWS = "no_reviews"
    FEW_REVIEWS = "few_reviews"
    """Too few for more than the widest intervals."""
    MODEL_UNREACHABLE = "model_unreachable"
    """The gateway refused or could not be reached: the classifier's word stands, sentences are
    extracts."""
    MODEL_OFF = "model_off"
    """No language model is to be asked (`LLM_MODEL=none`)."""
    MODEL_ANSWER_INVALID = "model_answer_invalid"
    """The model answered something else than what was asked for, and it was not used."""
    MODEL_UNFIT = "model_unfit"
    """The model misjudged known examples in this language, and was asked about nothing else."""
    MODEL_CLAIMS_UNSUPPORTED = "model_claims_unsupported"
    """The model claimed too little that is found in the reviews: the summary is an extract."""
    MODEL_LIMIT_REACHED = "model_limit_reached"
    """More reviews were unsure than one request asks a model about."""
    EMBEDDINGS_UNREACHABLE = "embeddings_unreachable"
    """Likeness was taken from words alone, and a model's claims were not used."""
    NO_COMPARISON = "no_comparison"
    """There are no other restaurants to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of 0..1 and its 95 % interval: `low <= value <= high`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One rate less another, -1..1, and its 95 % interval: `low <= value <= high`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many were judged so, and the share among what visitors say, the classifier's own
    uncertainty and the chance of who wrote included. With few reviews the two differ: of two
    happy reviews out of two nobody concludes that every visitor is happy."""

    count: int
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A sentence as somebody wrote it."""

    review_id: str
    text: str
    polarity: Polarity
    confidence: float
    """0..1, that the sentence is of this polarity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the language model took for one result; zeros where none was asked."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_nano: int = 0
    """Billionths of a US dollar."""
    model: str = ""
    decision_ids: tuple[str, ...] = ()
    """By these the gateway explains each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moods:
    """Shares by polarity. The counts sum to the number of reviews."""

    positive: Share
    neutral: Share
    negative: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectSentiment:
    """What is said of one aspect."""

    aspect: Aspect
    mentions: int
    """Reviews that speak of it."""
    mention_rate: Rate
    """Of all reviews of the restaurant."""
    moods: Moods
    """Of the reviews that speak of it."""
    quotes: tuple[Quote, ...]
    """The clearest, of every polarity there is, the more frequent one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of reviews; months without any are left out."""

    month: str
    """Such as `2026-03`, in the time zone the reviews were written in."""
    reviews: int
    moods: Moods


@dataclass(frozen=True, slots=True, kw_only=True)
class RestaurantSentiment:
    restaurant_id: str
    reviews: int
    moods: Moods | None
    """`None` only where there are no reviews."""
    aspects: tuple[AspectSentiment, ...]
    """Most spoken of first; aspects that nobody mentions are left out."""
    months: tuple[Month, ...]
    """Oldest first."""
    unsure: int
    """Reviews of which the classifier was not sure enough."""
    judged_by_model: int
    """Of these, how many the language model decided."""
    usage: Usage
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What was read for a summary."""

    reviews: int
    """Chosen around the representative vector."""
    of: int
    """All that there are."""
    characters: int
    """Of the chosen reviews' texts."""
    characters_of_all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySentence:
    """One sentence, and the reviews that say the same. Never without any."""

    text: str
    review_ids: tuple[str, ...]
    aspect: Aspect | None
    polarity: Polarity
    support: float
    """0..1: how well the best of these reviews supports the sentence; 1 where it is their own."""
    quotes: tuple[Quote, ...]
    """The sentences of those reviews that show it, in the order of `review_ids`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    restaurant_id: str
    locale: Locale
    """Of the model's sentences; extracts and quotes stay in their writer's own language."""
    sentences: tuple[SummarySentence, ...]
    by: By
    dropped: int
    """Claims of the model that no review supports, or that repeat one; they appear nowhere."""
    context: Context
    usage: Usage
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How the strength's vector lies between this place and the others: cosines, -1..1."""

    here: float
    """With what is said at this restaurant: the mean of its nearest sentences."""
    elsewhere: float
    """The same with the compared restaurant that comes nearest to it."""
    nearest_restaurant_id: str
    """Which that is."""

    @property
    def distinct(self) -> float:
        return self.here - self.elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """Something this place is praised for more than similar places."""

    claim: str
    """One sentence in the asked language."""
    aspect: Aspect | None
    phrase: str
    """Words that mark it, as reviewers use them; empty where a whole aspect is the strength."""
    here: Share
    """Reviews of this place that praise it; the rate of a phrase is among those in its language."""
    there: Share
    """Reviews of the compared places that do."""
    difference: Difference
    q_value: float
    """The least false discovery rate at which this would still be named."""
    likeness: Likeness | None
    """`None` where no embeddings could be had."""
    quotes: tuple[Quote, ...]
    by: By
    """Who worded the claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strengths:
    restaurant_id: str
    locale: Locale
    strengths: tuple[Strength, ...]
    """The surest difference first."""
    comparison: tuple[Restaurant, ...]
    compared_reviews: int
    """Of the compared restaurants."""
    tested: int
    """Candidates looked at; the false discovery rate is of these."""
    false_discovery_rate: float
    """What it was held to."""
    dropped: int
    """Wordings of the model that the evidence does not support; fixed patterns stand instead."""
    usage: Usage
    notes: tuple[Note, ...] = ()
