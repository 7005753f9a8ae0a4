"""From plans and tenants to the terms of one key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec.structs import replace

from gilmok.config.schema import CapSettings, PaceSettings, PlanSettings, TenantSettings
from gilmok.core.injection import Action, stricter
from gilmok.core.money import nano
from gilmok.core.terms import Caps, Pace, Terms

DEFAULT_PLAN = "default"
"""The plan of tenants that name none: without limits, unless it is configured."""

_Medium = Literal["mask", "local", "open"]
_STRICTNESS: dict[_Medium, int] = {"open": 0, "mask": 1, "local": 2}


class TermsBook:
    """What every tenant and key is granted. Equal questions get the same answer, not an equal one."""

    def __init__(
        self, plans: Iterable[PlanSettings] = (), tenants: Iterable[TenantSettings] = ()
    ) -> None:
        self._plans = {DEFAULT_PLAN: PlanSettings(id=DEFAULT_PLAN)} | {p.id: p for p in plans}
        self._tenants = {tenant.id: tenant for tenant in tenants}
        self._known: dict[tuple[str, str | None, int | None], Terms] = {}

    @property
    def plans(self) -> frozenset[str]:
        """Every plan's id."""
        return frozenset(self._plans)

    def of(self, tenant: str, plan: str | None = None, max_concurrency: int | None = None) -> Terms:
        """The terms of a key: its tenant's, with a plan of its own where it has one.

        A key's plan decides what the key may; what all keys of the tenant may together stays the
        tenant's. Raises `KeyError` for a plan that is not configured.
        """
        place = tenant, plan, max_concurrency
        if place not in self._known:
            self._known[place] = self._made(tenant, plan, max_concurrency)
        return self._known[place]

    def _made(self, name: str, plan: str | None, max_concurrency: int | None) -> Terms:
        tenant = self._tenants.get(name) or TenantSettings(id=name)
        shared = self._plans[tenant.plan or DEFAULT_PLAN]
        own = self._plans[plan] if plan is not None else shared
        key_pace = _pace(own.key_limits)
        if max_concurrency is not None:
            key_pace = replace(
                key_pace, concurrency=min(max_concurrency, key_pace.concurrency or max_concurrency)
            )
        terms = Terms(
            plan=own.id,
            time_zone=tenant.time_zone,
            quality_floor=own.quality_floor,
            quality_cap=own.quality_cap,
            max_tokens=own.max_tokens,
            priority=own.priority,
            medium=_stricter(own.medium, shared.medium),
            injection=_strictest(own.injection, shared.injection),
            shares_cache=own.shares_cache and shared.shares_cache,
            tenant_pace=_pace(shared.tenant_limits, tenant.limits),
            key_pace=key_pace,
            user_pace=_pace(own.user_limits),
            tenant_caps=caps_of(shared.tenant_caps, tenant.caps),
            key_caps=caps_of(own.key_caps),
            user_caps=caps_of(own.user_caps),
            soft=own.soft,
        )
        if own.degrade_to is None:
            return terms
        return replace(terms, degraded=_degraded(terms, self._plans[own.degrade_to]))


def _degraded(terms: Terms, lower: PlanSettings) -> Terms:
    """What is offered changes; how fast and how much money does not, or the sums that led here
    would be measured against another cap."""
    bounds = [most for most in (terms.max_tokens, lower.max_tokens) if most is not None]
    return replace(
        terms,
        plan=lower.id,
        instead_of=terms.plan,
        quality_floor=lower.quality_floor,
        quality_cap=lower.quality_cap,
        max_tokens=min(bounds, default=None),
        medium=_stricter(terms.medium, lower.medium),
        injection=_strictest(terms.injection, lower.injection),
        shares_cache=terms.shares_cache and lower.shares_cache,
    )


def _stricter(one: _Medium | None, other: _Medium | None) -> _Medium | None:
    said = [medium for medium in (one, other) if medium is not None]
    return max(said, key=_STRICTNESS.__getitem__, default=None)


def _strictest(one: Action | None, other: Action | None) -> Action | None:
    return other if one is None else stricter(one, other)


def _pace(limits: PaceSettings | None, override: PaceSettings | None = None) -> Pace:
    written = {} if limits is None else limits.model_dump(exclude_none=True)
    written |= {} if override is None else override.model_dump(exclude_none=True)
    return Pace(**written)


def caps_of(caps: CapSettings | None, override: CapSettings | None = None) -> Caps:
    daily = monthly = None
    for given in (caps, override):
        if given is not None:
            daily = daily if given.daily_usd is None else nano(given.daily_usd)
            monthly = monthly if given.monthly_usd is None else nano(given.monthly_usd)
    return Caps(daily=daily, monthly=monthly)
