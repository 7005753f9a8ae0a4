"""Bodies about restaurants, reviews, jobs and the service's health."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from gilmok_reviews.api.wire.analyses import TextJudgement
from gilmok_reviews.api.wire.base import (
    Asked,
    Language,
    RestaurantId,
    ReviewId,
    ReviewText,
    Told,
    examples,
)
from gilmok_reviews.domain import Judgement, Review
from gilmok_reviews.entry import Entry
from gilmok_reviews.problems import explained
from gilmok_reviews.store import identity
from gilmok_reviews.store.records import Event, Job, Kind, Part, State
from gilmok_reviews.store.rows import Standing
from gilmok_reviews.texts import Locale

AnalysisName = Literal["sentiment", "summary", "strengths"]
_ALL: tuple[AnalysisName, ...] = ("sentiment", "summary", "strengths")


class NewReview(Asked):
    restaurant_id: RestaurantId
    """Where: a new one is made."""
    id: ReviewId | None = None
    """The same id again changes that review; left out, it is made from the text."""
    text: ReviewText
    """What was written."""
    rating: Annotated[float, Field(ge=1, le=5, examples=[4])] | None = None
    """1 to 5 stars."""
    written_at: AwareDatetime | None = None
    """With a time zone; left out, now."""
    restaurant_name: Annotated[str, Field(max_length=200, examples=["솥빛국밥"])] = ""
    """Left out, the one that is known, or the id."""
    category: Annotated[str, Field(max_length=200, examples=["국밥"])] = ""
    """Similar places are looked for in the same category first."""

    def entry(self) -> Entry:
        return Entry(
            restaurant_id=self.restaurant_id,
            review_id=self.id or identity.review_id(self.text),
            text=self.text,
            rating=self.rating,
            written_at=self.written_at,
            restaurant_name=self.restaurant_name.strip(),
            category=self.category.strip(),
        )


class NewReviews(Asked):
    model_config = examples(
        {"reviews": [{"restaurant_id": "mine", "text": "국물이 진하고 친절해요", "rating": 5}]}
    )

    reviews: Annotated[list[NewReview], Field(min_length=1, max_length=1000)]
    """Stored together, or not at all. More: `POST /api/v1/reviews/import`."""


class AddedReviews(Told):
    """What became of them. The four sum to their number."""

    added: int
    """New."""
    changed: int
    """Known by their id, with another text, rating or date."""
    unchanged: int
    """Known already."""
    duplicates: int
    """The restaurant has the same text under another id; that one stays."""


class StoredReview(Told):
    id: str
    """Unique within its restaurant."""
    restaurant_id: str
    """Where."""
    text: str
    """What was written."""
    rating: float | None
    """1 to 5 stars; null where none were given."""
    written_at: datetime
    """When."""
    judgement: TextJudgement | None = None
    """The classifier's; null until it has read the review."""

    @classmethod
    def of(cls, review: Review, judged: Judgement | None = None) -> StoredReview:
        told = cls.model_validate(review)
        told.judgement = None if judged is None else TextJudgement.of(judged)
        return told


class RestaurantAnswer(Told):
    id: str
    """Unique."""
    name: str
    """As it is called."""
    category: str
    """Empty where none is known."""
    reviews: int
    """How many are stored."""
    indexed: int
    """Of these, how many can be found by likeness already."""
    mean_rating: float | None
    """Of those with stars; null where none has."""
    newest_at: datetime | None
    """When the newest was written."""

    @classmethod
    def of(cls, standing: Standing) -> RestaurantAnswer:
        return cls(
            id=standing.restaurant.id,
            name=standing.restaurant.name,
            category=standing.restaurant.category,
            reviews=standing.reviews,
            indexed=standing.indexed,
            mean_rating=standing.mean_rating,
            newest_at=standing.newest_at,
        )


class Restaurants(Told):
    restaurants: list[RestaurantAnswer]
    """By name."""


class RestaurantDetail(RestaurantAnswer):
    """A restaurant, its newest reviews, and those that stand for it."""

    newest: list[StoredReview]
    """Newest first, as many as `limit`."""
    typical: list[StoredReview]
    """Nearest to the representative vector first, at most `TOP_K`."""
    similar: list[RestaurantAnswer]
    """Nearest restaurants, of the same category first."""


class NewJob(Asked):
    """Analyses of many restaurants."""

    model_config = examples({"analyses": ["sentiment", "strengths"], "locale": "ko"})

    restaurant_ids: Annotated[list[RestaurantId], Field(min_length=1, max_length=10_000)] | None = (
        None
    )
    """Which; left out, all that have reviews."""
    analyses: Annotated[list[AnalysisName], Field(min_length=1, max_length=3)] = Field(
        default_factory=lambda: list(_ALL)
    )
    """Each restaurant gets each of these."""
    locale: Language | None = None
    """The language of summaries and claims; left out, that of `Accept-Language`."""


class PartAnswer(Told):
    """One analysis of one restaurant."""

    position: int
    """From 0."""
    restaurant_id: str
    """Of which restaurant."""
    analysis: str
    """`sentiment`, `summary` or `strengths`."""
    state: State
    """`queued`, `done`, `failed` or `cancelled`."""
    result: dict[str, Any] | None
    """As the analysis' own route answers; null where it is not done."""
    code: str
    """Why it failed; else empty."""
    message: str
    """The same for people."""

    @classmethod
    def of(cls, part: Part) -> PartAnswer:
        return cls.model_validate(part)


class BadLineAnswer(Told):
    line: int
    """In the file, from 1."""
    code: str
    """Why it was left out."""
    message: str
    """The same for people."""


class JobAnswer(Told):
    """Work that goes on by itself, and after a restart, too."""

    id: str
    """For the other routes."""
    kind: Kind
    """`analysis` or `import`."""
    state: State
    """`queued`, `running`; then `done` (parts may have failed), `failed` or `cancelled`."""
    created_at: datetime
    """When it was asked for."""
    ended_at: datetime | None
    """Null while it goes on."""
    progress: dict[str, Any]
    """Of an analysis: `total`, `done`, `failed`. Of an import: `records`, `bad`, `added`, `changed`,
    `unchanged`, `duplicates`, `percent`, and `indexed` of all that are stored."""
    code: str
    """Why it failed; else empty."""
    message: str
    """The same for people, with the way out."""

    @classmethod
    def of(cls, job: Job, locale: Locale) -> JobAnswer:
        return cls(
            id=job.id, kind=job.kind, state=job.state, created_at=job.created_at,
            ended_at=job.ended_at, progress=job.progress, code=job.trouble,
            message=explained(job.trouble, locale),
        )  # fmt: skip


class JobDetail(JobAnswer):
    parts: list[PartAnswer]
    """Of an analysis, in the order they were asked for."""
    bad_lines: list[BadLineAnswer]
    """Of an import: lines that were left out, the first thousand."""


class Jobs(Told):
    jobs: list[JobAnswer]
    """Newest first."""


class JobEvent(Told):
    """One event of `text/event-stream`: `id` is the number, `event` the kind, `data` the data."""

    number: int
    """From 1, for `Last-Event-ID`."""
    kind: Annotated[str, Field(examples=["part"])]
    """`queued`, `progress`, `part`, and last one of `done`, `failed`, `cancelled`."""
    data: dict[str, Any]
    """The job's progress; of `part` also which part and how it ended."""

    @classmethod
    def of(cls, event: Event) -> JobEvent:
        return cls.model_validate(event)


class Health(Told):
    status: Literal["ok", "waiting"]
    """`waiting`: reviews have no vectors yet, for `code`'s reason or because they are being made."""
    reviews: dict[str, int]
    """How many, by state: `waiting`, `embedded`, `indexed`, `refused`."""
    code: str
    """What the gateway or the vector store refused with, last time; else empty."""
    restaurants: int
    """How many are known."""
    embedding_model: str | None
    """Whose vectors are stored; null before the first."""


class Removed(Told):
    removed: Literal[True] = True
    """It is gone from everything."""


class RemovedRestaurant(Removed):
    reviews: int
    """So many went with it."""
