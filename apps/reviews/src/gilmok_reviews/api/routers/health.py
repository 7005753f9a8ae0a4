"""How the service is."""

from __future__ import annotations

from fastapi import APIRouter, Request

from gilmok_reviews.api.dependencies import Served
from gilmok_reviews.api.guard import allow
from gilmok_reviews.api.wire.stored import Health

router = APIRouter(tags=["health"])

_STATES = ("waiting", "embedded", "indexed", "refused")


@router.get("/health", summary="Whether it runs, and what waits")
async def health(request: Request, service: Served) -> Health:
    """Needs no key where there is one. 200 while the process answers: without the gateway it still stores, judges and
    answers in extracts, and reviews wait for their vectors."""
    if service.settings.api_key is None:
        allow(request, None)
    counts = await service.library.counts()
    embedding = await service.library.embedding()
    waiting = counts.get("waiting", 0) + counts.get("embedded", 0)
    return Health(
        status="waiting" if waiting else "ok",
        reviews={state: counts.get(state, 0) for state in _STATES},
        code=service.indexer.trouble,
        restaurants=len(await service.library.standings()),
        embedding_model=None if embedding is None else embedding.model,
    )
