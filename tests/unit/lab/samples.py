"""Statistics to think about."""

from __future__ import annotations

from typing import Any

from gilmok.ledger import EndpointStatistics, Grain, Statistics


def served(endpoint_id: str = "cloud-mini", zone: str = "cloud", **of: Any) -> EndpointStatistics:
    """An endpoint that answered ten requests in 100 ms each, for nothing."""
    successes = of.pop("successes", 10)
    failures = of.pop("failures", 0)
    unfinished = of.pop("unfinished", 0)
    tried = successes + failures
    plain: dict[str, Any] = {
        "endpoint_id": endpoint_id,
        "zone": zone,
        "does": "chat",
        "requests": tried + unfinished,
        "successes": successes,
        "failures": failures,
        "unfinished": unfinished,
        "success_rate": successes / tried if tried else None,
        "mean_ms": 100.0 if successes else None,
        "p50_ms": 90.0 if successes else None,
        "p95_ms": 190.0 if successes else None,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "units": 0,
        "cost": 0,
        "unpriced": 0,
        "side_calls": 0,
        "side_cost": 0,
        "savings": 0,
    }
    return EndpointStatistics(**(plain | of))


def found(*endpoints: EndpointStatistics, **of: Any) -> Statistics:
    completed = sum(e.successes for e in endpoints)
    plain: dict[str, Any] = {
        "since": 0,
        "until": 10**18,
        "requests": completed,
        "completed": completed,
        "refused": 0,
        "failed": 0,
        "cancelled": 0,
        "success_rate": 1.0 if completed else None,
        "cache_hits": 0,
        "cost": sum(e.cost for e in endpoints),
        "estimated_cost": 0,
        "savings": sum(e.savings or 0 for e in endpoints),
        "fallbacks": 0,
        "fallback_reasons": (),
        "endpoints": endpoints,
        "services": (),
        "grain": Grain.DAY,
        "periods": (),
    }
    return Statistics(**(plain | of))
