"""The FastAPI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI, Request
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse

from gilmok_reviews import web
from gilmok_reviews.api.answers import answer_refusals, failed, refusal
from gilmok_reviews.api.guard import Edge, allow
from gilmok_reviews.api.reference import page
from gilmok_reviews.api.routers import analyses, health, jobs, stored
from gilmok_reviews.domain import Judge
from gilmok_reviews.gateway import Gateway
from gilmok_reviews.service import Service, running
from gilmok_reviews.settings import Settings

_DESCRIPTION: Final = """
Analyses restaurant reviews in Korean and English: what visitors feel and about what, summaries that
cite, strengths against similar places, search by meaning. Every text that a model reads goes through
the Gilmok gateway.

**Key.** `X-API-Key` or `Authorization: Bearer`, where `REVIEWS_API_KEY` is set; without it only this
machine is served. **Languages.** `Accept-Language: ko` or `en`: messages, summaries, claims.
**Errors** have a stable `code`, a message for people, and say who refused and whether to try again.
"""
_TAGS: Final[list[dict[str, Any]]] = [
    {"name": "sentiment", "description": "Moods and aspects, of restaurants and of texts."},
    {"name": "llm", "description": "Summaries and strengths, with evidence."},
    {"name": "vector", "description": "Search by meaning."},
    {"name": "reviews", "description": "Storing, importing, removing."},
    {"name": "restaurants", "description": "What is stored of whom."},
    {"name": "jobs", "description": "Many restaurants at once; imports."},
    {"name": "health", "description": "How the service is."},
]


def create_app(
    settings: Settings, judge: Judge | None = None, service: Service | None = None
) -> FastAPI:
    """Over `service`, which stays the caller's to close; without one its lifespan opens and closes
    one. `judge`: in place of the classifier that ships."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if service is not None:
            app.state.service = service
            yield
            return
        async with running(settings, judge=judge) as opened:
            app.state.service = opened
            yield

    app = FastAPI(
        title="Gilmok Reviews",
        version="0.1.0",
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=_TAGS,
        docs_url=None,  # FastAPI's pages load scripts from another company's server.
        redoc_url=None,
        lifespan=lifespan,
        middleware=[Middleware(Edge, failed=failed, refuse=refusal, key=settings.api_key)],
    )
    answer_refusals(app)
    for module in (analyses, stored, jobs, health):
        app.include_router(module.router)
    app.add_route("/docs", partial(_reference, app), include_in_schema=False)
    app.router.routes.extend(web.routes(_studio, partial(_allowed, settings)))
    return app


def _studio(request: Request) -> Gateway:
    service: Service = request.app.state.service
    return service.gateway


async def _allowed(settings: Settings, request: Request) -> None:
    allow(request, settings.api_key)


async def _reference(app: FastAPI, request: Request) -> HTMLResponse:
    return HTMLResponse(page(app.openapi()))
