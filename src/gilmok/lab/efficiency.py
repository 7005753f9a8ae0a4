"""How well an endpoint serves for its money: cost, speed and reliability, each 0 (worst) to 1.

    cost         1 - cost / the policy's cost
    speed        1 - mean latency / the policy's target
    reliability  success rate
    score        their weighted mean

The first two end at 0. An endpoint that was asked nothing scores 0 throughout. Where prices are not
known there is no cost score, and the score is the weighted mean of the other two: unknown is not
free.
"""

from __future__ import annotations

from msgspec import Struct

from gilmok.lab.policy import FeedbackPolicy
from gilmok.ledger import EndpointStatistics


class Efficiency(Struct, frozen=True, kw_only=True):
    endpoint_id: str
    zone: str
    score: float
    cost_efficiency: float | None
    """`None` where the endpoint answered at an unknown price."""
    speed_score: float
    reliability: float


def efficiency(of: EndpointStatistics, policy: FeedbackPolicy) -> Efficiency:
    if of.success_rate is None:
        return _scored(of, cost=0.0, speed=0.0, reliability=0.0, policy=policy)
    return _scored(
        of,
        cost=None if of.unpriced else max(0.0, 1 - of.cost / policy.cost),
        # Without an answer there is no latency: that is not fast.
        speed=0.0 if of.mean_ms is None else max(0.0, 1 - of.mean_ms / policy.target_latency_ms),
        reliability=of.success_rate,
        policy=policy,
    )


def _scored(
    of: EndpointStatistics,
    *,
    cost: float | None,
    speed: float,
    reliability: float,
    policy: FeedbackPolicy,
) -> Efficiency:
    weights = policy.weights
    known = [(weights.speed, speed), (weights.reliability, reliability)]
    if cost is not None:
        known.append((weights.cost, cost))
    whole = sum(weight for weight, _ in known)
    return Efficiency(
        endpoint_id=of.endpoint_id,
        zone=of.zone,
        score=sum(weight * part for weight, part in known) / whole if whole else 0.0,
        cost_efficiency=cost,
        speed_score=speed,
        reliability=reliability,
    )
