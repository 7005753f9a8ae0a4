"""Nouns for tests: each with everything it needs and nothing remarkable."""

from __future__ import annotations

from gilmok.core.endpoint import Capability, Endpoint, ProviderRow, Standing, Zone
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity, TokenBounds
from gilmok.core.money import Price
from gilmok.core.plan import Candidate
from gilmok.core.request import Message, Request, Role, Sampling, Target, Text
from gilmok.core.text import Private

ROW = ProviderRow(name="openai", wire="openai", capabilities=frozenset(Capability))
CALLER = Caller(tenant="t", key_id="k")


def endpoint(
    id: str = "a",
    zone: Zone = Zone.CLOUD,
    *,
    quality: float = 0.5,
    price: Price = Price(150_000_000, 600_000_000),
    context: int = 8192,
    capabilities: frozenset[Capability] = frozenset(Capability),
    model: str = "m",
    tokens_per_s: float = 40.0,
) -> Endpoint:
    return Endpoint(
        id=id,
        provider=ROW,
        base_url="http://127.0.0.1:1/v1",
        model=model,
        zone=zone,
        context=context,
        quality=quality,
        price=price,
        capabilities=capabilities,
        tokens_per_s=tokens_per_s,
    )


def standing(id: str = "a", zone: Zone = Zone.CLOUD, **more: object) -> Standing:
    return Standing.unmeasured(endpoint(id, zone, **more))  # type: ignore[arg-type]


def request(*texts: str, target: Target = Target(), **more: object) -> Request:
    return Request(
        id="dec_1",
        target=target,
        received_at=0,
        deadline=1e9,
        **{"messages": _said(texts), **more},  # type: ignore[arg-type]
    )


def _said(texts: tuple[str, ...]) -> tuple[Message, ...]:
    return tuple(
        Message(role=Role.USER, parts=(Text(Private(text)),)) for text in texts or ("hello",)
    )


def inspection(clearance: Clearance = Clearance.OPEN, *evidence: Evidence) -> Inspection:
    levels = {
        Clearance.OPEN: Sensitivity.LOW,
        Clearance.MASKED: Sensitivity.MEDIUM,
        Clearance.LOCAL_ONLY: Sensitivity.HIGH,
    }
    return Inspection(
        sensitivity=levels[clearance],
        clearance=clearance,
        evidence=evidence,
        tokens=TokenBounds(20, 60),
        expected_output=100,
    )


def candidate(id: str = "a", zone: Zone = Zone.CLOUD, *, masked: bool = False) -> Candidate:
    return Candidate(
        endpoint=endpoint(id, zone),
        zone=zone,
        masked=masked,
        expected_quality=0.5,
        expected_cost=1,
        worst_cost=10,
        expected_s=1.0,
        score=0.5,
    )


__all__ = [
    "CALLER",
    "ROW",
    "Sampling",
    "candidate",
    "endpoint",
    "inspection",
    "request",
    "standing",
]
