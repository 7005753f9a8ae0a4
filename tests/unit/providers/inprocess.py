"""Orders to this machine's own services, and what they gave, for their tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gilmok import providers
from gilmok.core.completion import Event, Made, Usage, Vector
from gilmok.core.endpoint import Endpoint
from gilmok.core.ports import Upstream
from gilmok.core.request import Request, Role
from gilmok.core.work import Embedding, Picture, Speech, Work
from tests.unit.providers.samples import endpoint, outbound, request, said

MODELS = {"encoder": "use-multilingual-v3", "voice": "espeak-ng", "cards": "cards"}


def service(row: str, **fields: object) -> Endpoint:
    found = providers.catalogue()[row]
    values = {"provider": found, "does": found.does, "model": MODELS.get(row, ""), **fields}
    return endpoint(base_url=found.base_url or "", **values)  # type: ignore[arg-type]


def order(work: Work, *texts: str, system: str | None = None) -> Request:
    how = () if system is None else (said(Role.SYSTEM, system),)
    return request(*how, *(said(Role.USER, text) for text in texts), work=work)


@asynccontextmanager
async def serving(row: str) -> AsyncIterator[Upstream]:
    upstream = providers.upstream_for(service(row))
    try:
        yield upstream
    finally:
        await upstream.close()


async def made(upstream: Upstream, asked: Request) -> list[Event]:
    """Everything that came, in order."""
    where = upstream.endpoint  # type: ignore[attr-defined]
    sent = outbound(where, asked, stream=False)
    async with upstream.converse(sent, connect_s=1.0) as batches:
        return [event async for batch in batches for event in batch]


async def embedded(upstream: Upstream, *texts: str, dimensions: int | None = None) -> list[Event]:
    return await made(upstream, order(Embedding(dimensions=dimensions), *texts))


async def spoken(upstream: Upstream, text: str, **work: object) -> list[Event]:
    wanted = Speech(**{"voice": "alloy", "format": "wav", "characters": len(text), **work})  # type: ignore[arg-type]
    return await made(upstream, order(wanted, text))


async def pictured(upstream: Upstream, prompt: str, **work: object) -> list[Event]:
    return await made(upstream, order(Picture(**work), prompt))  # type: ignore[arg-type]


def vectors(events: list[Event]) -> list[Vector]:
    return [event for event in events if isinstance(event, Vector)]


def things(events: list[Event]) -> list[Made]:
    return [event for event in events if isinstance(event, Made)]


def usage(events: list[Event]) -> Usage:
    (found,) = [event for event in events if isinstance(event, Usage)]
    return found
