"""Where a request may go, in which order, and why not elsewhere."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.endpoint import Endpoint, Zone

EVERY_OTHER = "*"
"""Stands for the endpoints that do not bear the name asked for; no endpoint can be called so."""


class Veto(Struct, frozen=True):
    """Why an endpoint is out of the question for this request."""

    endpoint_id: str
    """Or `EVERY_OTHER`, and then `detail` is how many these are."""
    code: str
    """Stable: `does`, `label`, `key_label`, `zone_right`, `key_right`, `name`, `price`, `context`, `capability`, `down`,
    `blocked`, `dialect`, `plan`, `limit`, `budget`, `cap`."""
    detail: str = ""
    """Numbers or names that make the reason concrete; never user text."""


class Candidate(Struct, frozen=True, kw_only=True):
    """An endpoint that may answer, with what is expected of it."""

    endpoint: Endpoint
    zone: Zone
    """The proved zone at planning time; the transport proves it again when it connects."""
    masked: bool
    """True where only the masked text may go there."""
    expected_quality: float
    expected_cost: int
    """Nano-dollars."""
    worst_cost: int
    """Nano-dollars: upper token bounds and the largest answer allowed."""
    expected_s: float
    """Seconds to the whole answer."""
    score: float
    """The objective's value; higher is better."""


class RoutePlan(Struct, frozen=True, kw_only=True):
    """Candidates in the order they are tried. Empty means refused."""

    candidates: tuple[Candidate, ...]
    vetoes: tuple[Veto, ...]
    weights: tuple[float, float, float]
    """Of quality, price and time in the objective; they sum to 1."""
    selected_by: str = "objective"
    """`llm` where a model chose the first candidate."""
    selection_reason: str = ""
    """The model's reason: a stable code."""
    confidence: float | None = None
    """The model's own, 0..1."""
    selector_fell_back: str = ""
    """Why the model that was to choose did not: a stable code."""
    passed_over: str | None = None
    """Why the candidate that would come first is not asked: `cap`; `None` where it is."""

    @property
    def worst_cost(self) -> int:
        """Nano-dollars over the dearest candidate."""
        return max([c.worst_cost for c in self.candidates], default=0)
