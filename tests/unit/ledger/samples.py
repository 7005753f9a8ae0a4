"""Receipts and intents to write down."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from gilmok.core.completion import Usage
from gilmok.core.endpoint import Endpoint, ProviderRow, Zone
from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity
from gilmok.core.money import Price
from gilmok.core.plan import Candidate, RoutePlan, Veto
from gilmok.core.receipt import Attempt, Intent, Outcome, Receipt
from gilmok.core.text import Secret

NOW = 1_750_000_000_000_000_000
API_KEY = "sk-live-canary-5f2c81"


def candidate(
    endpoint_id: str = "cloud-mini", *, zone: Zone = Zone.CLOUD, worst: int = 5_000, **of: Any
) -> Candidate:
    endpoint = Endpoint(
        id=endpoint_id,
        provider=ProviderRow(name="openai", wire="openai"),
        base_url="https://canary-address.test/v1",
        model=f"{endpoint_id}-model",
        zone=zone,
        context=8_192,
        quality=0.7,
        price=Price(150_000_000, 600_000_000),
        api_key=Secret(API_KEY),
        **of,
    )
    return Candidate(
        endpoint=endpoint,
        zone=zone,
        masked=zone is Zone.CLOUD,
        expected_quality=0.7,
        expected_cost=900,
        worst_cost=worst,
        expected_s=1.5,
        score=0.61,
    )


def plan(*candidates: Candidate) -> RoutePlan:
    return RoutePlan(
        candidates=candidates or (candidate(),),
        vetoes=(Veto("far", "label", "high"),),
        weights=(0.5, 0.3, 0.2),
    )


def intent(decision_id: str = "dec_1", number: int = 1, **of: Any) -> Intent:
    plain = Intent(
        decision_id=decision_id,
        number=number,
        endpoint_id="cloud-mini",
        zone="cloud",
        at=NOW,
        worst_cost=5_000,
        tenant="acme",
        key_id="key-1",
    )
    return replace(plain, **of)


def receipt(decision_id: str = "dec_1", **of: Any) -> Receipt:
    usage = Usage(100, 20)
    plain = Receipt(
        decision_id=decision_id,
        at=NOW,
        tenant="acme",
        key_id="key-1",
        asked="auto",
        stream=True,
        outcome=Outcome.COMPLETED,
        endpoint_id="cloud-mini",
        zone="cloud",
        inspection=Inspection(
            sensitivity=Sensitivity.MEDIUM,
            clearance=Clearance.MASKED,
            evidence=(
                Evidence("id.email", Sensitivity.MEDIUM, 0, 3, 19, True),
                Evidence("id.email", Sensitivity.MEDIUM, 1, 0, 12, True),
                Evidence("topic.health", Sensitivity.LOW, 0),
            ),
        ),
        plan=plan(),
        attempts=(
            Attempt(
                number=1,
                endpoint_id="cloud-mini",
                zone="cloud",
                masked=True,
                started_ms=0.5,
                first_token_ms=80.0,
                ended_ms=200.0,
                outcome="answered",
                usage=usage,
                cost=27_000,
            ),
        ),
        usage=usage,
        cost=27_000,
        held=5_000,
        first_token_ms=80.0,
        total_ms=201.5,
    )
    return replace(plain, **of)
