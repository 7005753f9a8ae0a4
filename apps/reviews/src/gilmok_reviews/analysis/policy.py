"""What an analysis may do and how sure it must be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    context: int = 20
    """Reviews around the representative vector that a model reads for a summary."""
    evidence: int = 60
    """Reviews whose sentences may confirm a claim or be quoted: these are embedded, not read."""

    calibrated_on: tuple[float, float, float] = (0.45, 0.17, 0.38)
    """Positive, neutral, negative: how frequent they were where the classifier was calibrated, reviews
    of restaurants. With other numbers every share is wrong: see `estimates.py`."""
    opinions_calibrated_on: tuple[float, float, float] = (0.5, 0.1, 0.4)
    """The same of opinions on an aspect, as the judge finds them in food reviews."""

    unsure_below: float = 0.6
    """A judgement less confident than this is a language model's to decide."""
    ask_at_most: int = 8
    """Reviews per request that a model is asked about, the least sure first."""
    ask_at_once: int = 2
    model_confidence: float = 0.8
    """What the word of a model that passed the known examples counts."""

    sentences: int = 6
    quotes: int = 3
    support: float = 0.5
    """The least that a review must support a claim; see `evidence.py`."""
    voices: int = 2
    """Reviews that must say it, where there are `few` or more: one writer alone does not decide."""
    few: int = 8

    strengths: int = 5
    compared: int = 5
    """Similar restaurants, where the caller names none."""
    false_discovery_rate: float = 0.1
    least_praise: int = 3
    """Reviews of this place that must praise it before something can be a strength."""
    likeness_margin: float = 0.05
    """A strength that another place comes nearer to, in meaning, by more than this is not one."""
