"""What counts as dear, slow and unreliable."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.money import NANO_PER_USD


class ScoreWeights(Struct, frozen=True, kw_only=True):
    """How much each part of an endpoint's score counts; together 1."""

    cost: float = 0.3
    speed: float = 0.3
    reliability: float = 0.4


class FeedbackPolicy(Struct, frozen=True, kw_only=True):
    weights: ScoreWeights = ScoreWeights()
    cost: int = NANO_PER_USD
    """Nano-dollars at which an endpoint's cost score is 0, and beyond which spending is dear."""
    savings: int = NANO_PER_USD // 2
    """Nano-dollars of savings worth a word."""
    reliability: float = 0.8
    """A success rate below it is low."""
    speed: float = 0.5
    """A speed score below it is slow."""
    target_latency_ms: float = 500.0
    """The mean latency at which the speed score is 0."""
    local_share_low: float = 0.3
    local_share_high: float = 0.7
