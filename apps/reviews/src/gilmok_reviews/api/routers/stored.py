"""Restaurants and reviews: what is stored, and how it gets there."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path as File
from typing import Annotated, Any, Final
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, Path, Query, Request

from gilmok_reviews.api.answers import refusals
from gilmok_reviews.api.dependencies import (
    Allowed,
    TheIndexer,
    TheJobs,
    TheLibrary,
    TheLocale,
    TheSettings,
)
from gilmok_reviews.api.wire import stored as wire
from gilmok_reviews.importing.records import Format, format_of
from gilmok_reviews.jobs.importing import Upload
from gilmok_reviews.problems import Problem, Refused

MAX_UPLOAD: Final = 500 * 1024 * 1024

router = APIRouter(prefix="/api/v1", dependencies=[Allowed])

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file itself, UTF-8, CP949 or UTF-16 with a mark. Columns, in English or Korean: "
        "`restaurant_id` or `가게`, `text` or `리뷰`, and where they are known `id`, `rating` or `별점`, "
        "`date` or `날짜`, `restaurant_name`, `category`.",
        "content": {
            "text/csv": {
                **_BINARY,
                "example": "restaurant_id,id,text,rating,date\nsotbit,1,국물이 진해요,5,2025-10-03\n",
            },
            "application/x-ndjson": {
                **_BINARY,
                "example": '{"restaurant_id": "sotbit", "id": "1", "text": "국물이 진해요", "rating": 5}\n',
            },
        },
    }
}


@router.post(
    "/reviews",
    tags=["reviews"],
    summary="Store reviews",
    responses=refusals(Problem.TOO_LARGE, Problem.STORAGE_FULL),
)
async def add_reviews(
    asked: wire.NewReviews, library: TheLibrary, indexer: TheIndexer
) -> wire.AddedReviews:
    """Stored when this answers; found by likeness a moment later. Again, it changes nothing."""
    added = await library.add([review.entry() for review in asked.reviews])
    indexer.wake()
    return wire.AddedReviews.model_validate(added)


@router.post(
    "/reviews/import",
    tags=["reviews"],
    summary="Import a CSV or JSONL file",
    status_code=202,
    openapi_extra=_FILE_BODY,
    responses=refusals(
        Problem.UNKNOWN_FORMAT, Problem.TOO_LARGE, Problem.EMPTY_FILE, Problem.STORAGE_FULL
    ),
)
async def import_reviews(
    request: Request,
    jobs: TheJobs,
    locale: TheLocale,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
    name: Annotated[
        str,
        Query(
            max_length=200,
            description="The file's name: its ending says what it is where the content type does not",
            examples=["reviews.csv"],
        ),
    ] = "",
) -> wire.JobAnswer:
    """Answers when the file is taken over; a job then reads it (`GET /api/v1/jobs/{id}`, `…/events`)
    and goes on after a crash where it stopped. A line that cannot be used is reported with its
    number and costs no other. The same file again stores nothing twice."""
    form = format_of(name, content_type)
    upload = await _receive(request, jobs.uploads / jobs.new_id(), form)
    return wire.JobAnswer.of(await jobs.take(upload), locale)


def _which(
    request: Request,
    restaurant_id: Annotated[str, Path(description="Where it was written")],
    review_id: Annotated[str, Path(description="Which")],
) -> tuple[str, str]:
    """Both ids. Either may hold a slash, which stands as `%2F` in the address: what the router makes of
    a decoded address cannot tell where the one ends."""
    _, _, named = request.scope["raw_path"].decode("latin-1").partition("/reviews/")
    parts = named.split("/")
    return (unquote(parts[0]), unquote(parts[1])) if len(parts) == 2 else (restaurant_id, review_id)


Which = Annotated[tuple[str, str], Depends(_which)]


@router.get(
    "/reviews/{restaurant_id:path}/{review_id:path}",
    tags=["reviews"],
    summary="One review",
    responses=refusals(Problem.NO_RESTAURANT, Problem.NO_REVIEW),
)
async def review(which: Which, library: TheLibrary) -> wire.StoredReview:
    """As summaries and quotes cite it. A slash in an id is written `%2F`."""
    found = await library.review(*which)
    if found is None:
        raise Refused(Problem.NO_REVIEW, id=which[1])
    return wire.StoredReview.of(*found)


@router.delete(
    "/reviews/{restaurant_id:path}/{review_id:path}",
    tags=["reviews"],
    summary="Remove a review",
    responses=refusals(Problem.NO_REVIEW, Problem.STORAGE_FULL),
)
async def remove_review(which: Which, library: TheLibrary, indexer: TheIndexer) -> wire.Removed:
    """It is in no answer from now on; its vector goes a moment later."""
    if not await library.remove(*which):
        raise Refused(Problem.NO_REVIEW, id=which[1])
    indexer.wake()
    return wire.Removed()


@router.get("/restaurants", tags=["restaurants"], summary="All restaurants", responses=refusals())
async def restaurants(library: TheLibrary) -> wire.Restaurants:
    """With how many reviews are stored of each, by name."""
    found = await library.standings()
    return wire.Restaurants(restaurants=[wire.RestaurantAnswer.of(one) for one in found])


@router.get(
    "/restaurants/{restaurant_id:path}",  # An id may hold anything, a slash, too.
    tags=["restaurants"],
    summary="One restaurant",
    responses=refusals(Problem.NO_RESTAURANT),
)
async def restaurant(
    restaurant_id: Annotated[str, Path(description="Which", examples=["sotbit"])],
    library: TheLibrary,
    settings: TheSettings,
    limit: Annotated[int, Query(ge=0, le=1000, description="Of its newest reviews")] = 20,
) -> wire.RestaurantDetail:
    """Its newest reviews, those that stand for it, and the restaurants most like it."""
    standing = await library.standing(restaurant_id)
    reviews = await library.reviews(restaurant_id)
    judged = await library.judgements(restaurant_id)
    typical = await library.typical(restaurant_id, settings.top_k)
    similar = await library.similar_restaurants(restaurant_id, 5)
    known = {one.restaurant.id: one for one in await library.standings()}
    return wire.RestaurantDetail(
        **wire.RestaurantAnswer.of(standing).model_dump(),
        newest=[wire.StoredReview.of(one, judged.get(one.id)) for one in reviews[:limit]],
        typical=[wire.StoredReview.of(one.review, judged.get(one.review.id)) for one in typical],
        similar=[wire.RestaurantAnswer.of(known[one.id]) for one in similar],
    )


@router.delete(
    "/restaurants/{restaurant_id:path}",
    tags=["restaurants"],
    summary="Remove a restaurant",
    responses=refusals(Problem.NO_RESTAURANT, Problem.STORAGE_FULL),
)
async def remove_restaurant(
    restaurant_id: Annotated[str, Path(description="Which", examples=["sotbit"])],
    library: TheLibrary,
    indexer: TheIndexer,
) -> wire.RemovedRestaurant:
    """With all of its reviews and what jobs quoted from them. They are in no answer from now on;
    their vectors go a moment later."""
    reviews = await library.remove_restaurant(restaurant_id)
    indexer.wake()
    return wire.RemovedRestaurant(reviews=reviews)


async def _receive(request: Request, target: File, form: Format) -> Upload:
    """The body, on the disk when this returns. Raises `Refused`; then no file is left."""
    digest, size = hashlib.sha256(), 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with await asyncio.to_thread(target.open, "wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_UPLOAD:
                    raise Refused(Problem.TOO_LARGE, limit=f"{MAX_UPLOAD >> 20} MiB")
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
            if size == 0:
                raise Refused(Problem.EMPTY_FILE)
            await asyncio.to_thread(file.flush)
            await asyncio.to_thread(os.fsync, file.fileno())
    except BaseException as error:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        if isinstance(error, OSError):
            raise Refused(Problem.STORAGE_FULL) from error
        raise
    return Upload(target, digest.hexdigest(), form)
