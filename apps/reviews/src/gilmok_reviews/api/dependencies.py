"""What routes are given. Each of these can be replaced: `app.dependency_overrides[get_library]`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from gilmok_reviews.analysis.analyst import Analyst
from gilmok_reviews.api.guard import allow
from gilmok_reviews.gateway import Gateway
from gilmok_reviews.jobs.queue import Jobs
from gilmok_reviews.service import Service
from gilmok_reviews.settings import Settings
from gilmok_reviews.store.indexing import Indexer
from gilmok_reviews.store.library import Library
from gilmok_reviews.texts import LOCALE, Locale

_KEY = APIKeyHeader(name="X-API-Key", auto_error=False, description="REVIEWS_API_KEY")
_BEARER = HTTPBearer(auto_error=False, description="REVIEWS_API_KEY")


def get_service(request: Request) -> Service:
    """Opened by the application's lifespan."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(get_service)]


def get_settings(service: Served) -> Settings:
    return service.settings


def get_library(service: Served) -> Library:
    return service.library


def get_indexer(service: Served) -> Indexer:
    return service.indexer


def get_analyst(service: Served) -> Analyst:
    return service.analyst


def get_jobs(service: Served) -> Jobs:
    return service.jobs


def get_gateway(service: Served) -> Gateway:
    return service.gateway


def get_locale() -> Locale:
    return LOCALE.get()


def allowed(
    request: Request,
    settings: Annotated[Settings, Depends(get_settings)],
    _key: Annotated[object, Security(_KEY)] = None,
    _bearer: Annotated[object, Security(_BEARER)] = None,
) -> None:
    """Raises `Refused`. The two schemes are named for the OpenAPI document."""
    allow(request, settings.api_key)


TheSettings = Annotated[Settings, Depends(get_settings)]
TheLibrary = Annotated[Library, Depends(get_library)]
TheIndexer = Annotated[Indexer, Depends(get_indexer)]
TheAnalyst = Annotated[Analyst, Depends(get_analyst)]
TheJobs = Annotated[Jobs, Depends(get_jobs)]
TheLocale = Annotated[Locale, Depends(get_locale)]
Allowed = Depends(allowed)
