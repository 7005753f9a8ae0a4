"""What waits for an engine: sizes, claims and deadlines of one request, and never its text."""

from __future__ import annotations

from enum import StrEnum
from math import inf

from msgspec import Struct


class Ticket(Struct, frozen=True, kw_only=True):
    """One request before one engine. Times are monotonic seconds, sizes tokens."""

    id: str
    """Unique among those that wait or run at the same engine."""
    tenant: str
    arrived: float
    """Since when it waits; the past of another engine may count."""
    prompt_tokens: int
    cached_tokens: int = 0
    """Of the prompt, known to be in the engine's cache already."""
    prefix: tuple[int, ...] = ()
    """Hashes of the prompt's blocks from its start, each over all text up to there: what the queue
    itself recognises as cached. Never compared over tenants."""
    expected_output: int = 256
    most_output: int | None = None
    """What the answer is cut at; `None`: nowhere."""
    priority: float = 1.0
    """The plan's weight: a tenant of weight 2 is owed twice the share."""
    urgency: float = 0.0
    """0 is normal; each step up counts as half the size, each step down as twice."""
    deadline: float = inf
    """The answer is of no use unless it ends by then."""
    first_token_deadline: float = inf
    """It is of no use unless it begins by then."""


class Why(StrEnum):
    FULL = "queue_full"
    DEADLINE = "deadline"
    GONE = "engine_gone"
    """The engine could not be loaded, and is not tried again soon."""


class Refusal(Struct, frozen=True):
    """It will not be begun in time."""

    why: Why
    wait_s: float
    """Seconds after which another try is predicted to have room and time enough."""


class Used(Struct, frozen=True, kw_only=True):
    """What the engine said an answer took. Without `completion` nothing is learned from it."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    first_token_s: float | None = None
    """Since its turn began; `None` where the answer came whole."""
    seconds: float = 0.0
    """Since its turn began, until its end."""
    out_of_memory: bool = False
