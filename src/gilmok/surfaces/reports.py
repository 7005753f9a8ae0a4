"""`GET /v1/statistics`, `/v1/report`, `/v1/sla` and `/v1/forecast`: how the endpoints served, what it
means, whether promises were kept, and what a month will cost.

A caller sees the requests of its own tenant; whoever may see sums over all tenants sees those.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Protocol

import msgspec

from gilmok.core.errors import InvalidRequest, ReferenceNotFound
from gilmok.core.identity import Caller
from gilmok.core.money import Price
from gilmok.core.ports import Clock
from gilmok.lab import FeedbackPolicy, forecast, performance
from gilmok.ledger import By, GoodputReport, Statistics, Traffic
from gilmok.pipeline import Pipeline
from gilmok.surfaces import headers
from gilmok.surfaces.chat import caller_of
from gilmok.surfaces.query import parameters, start
from gilmok.surfaces.routes import Turn

_encode = msgspec.json.Encoder().encode

CONFIGURED = "configured"
"""Stands for the reference price of the configuration, which names no model."""
_MONTH = {"since": "30d"}


class Sums(Protocol):
    """Of everything since a moment until now, of one tenant or of all."""

    def statistics(
        self, since: int, tenant: str | None, reference: Price | None = None
    ) -> Awaitable[Statistics]: ...

    def goodput(self, since: int, tenant: str | None, by: By) -> Awaitable[GoodputReport]: ...

    def traffic(self, since: int, tenant: str | None) -> Awaitable[Traffic]: ...


class Prices(Protocol):
    def by_endpoint(self) -> Mapping[str, Price | None]:
        """Of every endpoint, by id; `None` where nobody knows."""
        ...

    def named(self, model: str) -> Price | None:
        """Of an endpoint or a listed model."""
        ...

    @property
    def reference(self) -> Price:
        """What savings are measured against where a request names nothing."""
        ...


def visible_tenant(caller: Caller) -> str | None:
    """Whose sums the caller may see; `None` means everybody's."""
    return None if caller.oversees else caller.tenant


class Reports:
    def __init__(
        self,
        *,
        pipeline: Pipeline,
        sums: Sums,
        prices: Prices,
        policy: FeedbackPolicy,
        clock: Clock,
    ) -> None:
        self._pipeline = pipeline
        self._sums = sums
        self._prices = prices
        self._policy = policy
        self._clock = clock

    async def statistics(self, turn: Turn) -> None:
        _send(turn, _encode(await self._found(turn)))

    async def report(self, turn: Turn) -> None:
        report = performance(await self._found(turn), self._policy, turn.locale)
        _send(turn, _encode(report))

    async def sla(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        given = parameters(turn.http.query)
        since = start(given, self._clock.wall())
        _send(turn, _encode(await self._sums.goodput(since, visible_tenant(caller), _by(given))))

    async def forecast(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        given = {**_MONTH, **parameters(turn.http.query)}
        named = self._reference(given)
        seen = await self._sums.traffic(start(given, self._clock.wall()), visible_tenant(caller))
        told = forecast(
            seen,
            self._prices.by_endpoint(),
            named or self._prices.reference,
            given.get("reference", CONFIGURED),
        )
        _send(turn, _encode(told))

    async def _found(self, turn: Turn) -> Statistics:
        caller = caller_of(self._pipeline, turn.http)
        given = parameters(turn.http.query)
        since = start(given, self._clock.wall())
        return await self._sums.statistics(since, visible_tenant(caller), self._reference(given))

    def _reference(self, given: Mapping[str, str]) -> Price | None:
        """The price of the model that was named. Raises `ReferenceNotFound` for one nobody knows."""
        name = given.get("reference")
        if name is None:
            return None
        price = self._prices.named(name)
        if price is None:
            raise ReferenceNotFound
        return price


def _by(given: Mapping[str, str]) -> By:
    """Raises `InvalidRequest`."""
    try:
        return By(given.get("by", By.ENDPOINT))
    except ValueError:
        one_of = ", ".join(By)
        raise InvalidRequest(
            "by", f"takes one of {one_of}", f"{one_of} 중 하나여야 합니다"
        ) from None


def _send(turn: Turn, body: bytes) -> None:
    turn.reply.send(200, [headers.JSON, *headers.named(turn.decision_id)], body)
