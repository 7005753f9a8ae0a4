"""`POST /admin/v1/cache/forget`: kept answers are dropped, of a tenant, with a tag, or all."""

from __future__ import annotations

import logging
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

from gilmok.surfaces import headers
from gilmok.surfaces.admin_wire import encode, read
from gilmok.surfaces.routes import Turn

log = logging.getLogger(__name__)


class ForgetBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which answers; neither means all of them."""

    tenant: str | None = None
    tag: Annotated[str, Meta(pattern=headers.TAG)] | None = None
    """One of the names that were sent as `x-gilmok-cache-tags`."""


class Forgotten(Struct, frozen=True, kw_only=True):
    object: Literal["cache.forgotten"] = "cache.forgotten"
    answers: int
    """How many were dropped; one that was kept in two ways counts twice."""


class Forgets(Protocol):
    def forget(self, tenant: str | None, tag: str | None) -> int: ...


_decoder = msgspec.json.Decoder(ForgetBody)


class CacheRoutes:
    def __init__(self, cache: Forgets) -> None:
        self._cache = cache

    async def forget(self, turn: Turn) -> None:
        body = read(turn.http, _decoder)
        count = self._cache.forget(body.tenant, body.tag)
        log.info("cache_forgotten", extra={"answers": count})
        fields = [headers.JSON, ("cache-control", "no-store"), *headers.named(turn.decision_id)]
        turn.reply.send(200, fields, encode(Forgotten(answers=count)))
