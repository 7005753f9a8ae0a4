"""What happened to a request: the only input of reports, metrics and explanations.

A receipt holds no user text: names, numbers, codes.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from gilmok.core.completion import Usage
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan


class Outcome(StrEnum):
    COMPLETED = "completed"
    REFUSED = "refused"
    """Not tried: a policy, a right, a limit, or bad input."""
    FAILED = "failed"
    """Tried, and no attempt produced an answer."""
    BROKEN = "broken"
    """The answer had begun and then broke off."""
    CANCELLED = "cancelled"
    """The client left."""


class Purpose(StrEnum):
    """What an attempt was for. Only the first is the client's own question."""

    ANSWER = "answer"
    ANALYSIS = "analysis"
    """A model was asked what the request is about."""
    SELECTION = "selection"
    """A model was asked which endpoint should answer."""


class Intent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt about to be made: journalled before the client sees a byte of its answer."""

    decision_id: str
    number: int
    """1, 2, …: attempts of one decision in order."""
    endpoint_id: str
    zone: str
    at: int
    """Wall clock, nanoseconds."""
    worst_cost: int
    """Nano-dollars: what is charged if this process dies before the receipt."""
    tenant: str = ""
    """Whose request it is: a crash leaves only this row to charge."""
    key_id: str = ""
    user: str = ""
    plan_id: str = "default"
    spent: int | None = None
    """Nano-dollars: what earlier attempts of the decision cost; `None` where that was not noted."""
    does: str = "chat"
    """What was wanted: a `work.Does`."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One try, ended."""

    number: int
    endpoint_id: str
    zone: str
    masked: bool
    started_ms: float
    """Milliseconds since the request came in, like every time below."""
    first_token_ms: float | None = None
    ended_ms: float
    outcome: str
    """`answered`, `cancelled`, or the error code that ended it; `rejected_…` of an answer that was
    passed over, and given after all where the receipt's `validation` says the same."""
    usage: Usage | None = None
    cost: int = 0
    """Nano-dollars."""
    purpose: Purpose = Purpose.ANSWER
    queued_ms: float = 0.0
    """How long it waited for its turn after it started, its engine's loading included."""

    @property
    def prefill_ms(self) -> float | None:
        """From its turn to the first token, or as the upstream measured it.

        `None` where neither is known: a whole answer has no moment of a first token.
        """
        if self.usage is not None and self.usage.timings is not None:
            return self.usage.timings.prefill_ms
        if self.first_token_ms is None:
            return None
        return max(0.0, self.first_token_ms - self.started_ms - self.queued_ms)

    @property
    def decode_ms(self) -> float | None:
        """From the first token to the end, or as the upstream measured it. `None` as above."""
        if self.usage is not None and self.usage.timings is not None:
            return self.usage.timings.decode_ms
        if self.first_token_ms is None:
            return None
        return max(0.0, self.ended_ms - self.first_token_ms)

    @property
    def token_ms(self) -> float | None:
        """Time per output token after the first (TPOT); `None` where there is only one."""
        usage = self.usage
        if usage is None or usage.completion < 2:
            return None
        decode_ms = self.decode_ms
        return None if decode_ms is None else decode_ms / (usage.completion - 1)


class Receipt(Struct, frozen=True, kw_only=True):
    decision_id: str
    at: int
    """Wall clock when the request came in, nanoseconds."""
    tenant: str
    key_id: str
    user: str = ""
    """The end user's pseudonym; empty where the caller named nobody."""
    plan_id: str = "default"
    """The caller's plan."""
    asked: str
    """The `model` the client asked for."""
    does: str = "chat"
    """What was wanted: a `work.Does`."""
    stream: bool
    outcome: Outcome
    error: str | None = None
    """The error code, where the outcome is not `completed`."""
    endpoint_id: str | None = None
    """The endpoint that answered."""
    zone: str | None = None
    cache: str = "off"
    """`off`, `miss`, or how a kept answer was found: `hit` (the same words), `hit-parameters`
    (another spelling), `hit-semantic` (the same meaning), `hit-last-resort` (similar, and nobody
    else answered)."""
    cache_score: float | None = None
    """The verifier's, 0..1, where the words differ."""
    cached_decision: str | None = None
    """The decision whose answer was given again."""
    saved: int = 0
    """Nano-dollars the kept answer would have cost at the first candidate's present price."""
    fallback: bool = False
    """True where another than the first candidate answered."""
    fallback_reason: str | None = None
    """The code of the error that made the first candidate fail."""
    validation: str | None = None
    """What is wrong with the answer that was given: a `Flaw`."""
    inspection: Inspection | None = None
    plan: RoutePlan | None = None
    attempts: tuple[Attempt, ...] = ()
    usage: Usage | None = None
    cost: int = 0
    held: int = 0
    """Nano-dollars held at planning time."""
    first_token_ms: float | None = None
    queued_in_vain_ms: float = 0.0
    """In queues that led to no attempt: of a request that was refused there, all its wait."""
    total_ms: float = 0.0
