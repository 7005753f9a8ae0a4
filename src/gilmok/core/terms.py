"""What a caller's plan grants: quality, pace and money. The operator decides it; nothing a caller
sends reaches it.

Limits nest: the gateway's, the tenant's, the key's, the end user's. The tightest wins, because a
request must pass them all.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gilmok.core.injection import Action


class Pace(Struct, frozen=True, kw_only=True):
    """How much at once and over time. `None`: no limit."""

    concurrency: int | None = None
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_minute: int | None = None
    """Prompt and answer together."""
    tokens_per_day: int | None = None


UNLIMITED = Pace()


class Allowance(Struct, frozen=True):
    """What is left of one limit."""

    most: int
    left: int
    full_s: float
    """Seconds until all of it is there again."""


class Allowances(Struct, frozen=True):
    """Of all limits of one kind, the one with the least left; `None` where there is none."""

    requests: Allowance | None = None
    tokens: Allowance | None = None


class Caps(Struct, frozen=True, kw_only=True):
    """Money that may be spent, in nano-dollars, by the tenant's calendar. `None`: no cap."""

    daily: int | None = None
    monthly: int | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """A plan as it applies to one key. The defaults limit nothing."""

    plan: str = "default"
    time_zone: str = "UTC"
    """IANA name: where the tenant's days and months begin."""
    quality_floor: float = 0.0
    quality_cap: float = 1.0
    """Endpoints of other expected quality are not offered."""
    max_tokens: int | None = None
    """Longest answer, and the one that is held for where a request names none."""
    priority: float = 1.0
    """Share of an engine's time where tenants wait for it together, against others' shares."""
    medium: Literal["mask", "local", "open"] | None = None
    """Label policy for medium text; can only be stricter than the gateway's."""
    injection: Action | None = None
    """The least that is done about attempts to take over the model."""
    shares_cache: bool = True
    """False: cached answers stay with the key that asked."""
    tenant_pace: Pace = UNLIMITED
    key_pace: Pace = UNLIMITED
    user_pace: Pace = UNLIMITED
    tenant_caps: Caps = Caps()
    key_caps: Caps = Caps()
    user_caps: Caps = Caps()
    soft: float = 0.8
    """Share of a cap from which an event is raised."""
    degraded: Terms | None = None
    """The terms that apply from there on; `None`: the same until the cap refuses."""
    instead_of: str | None = None
    """Of such terms: the plan whose budget is nearly spent."""
