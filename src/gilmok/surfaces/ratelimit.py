"""What is left of a caller's limits, as OpenAI's headers say it.

`x-ratelimit-limit-requests`, `-remaining-requests`, `-reset-requests`, and the same for tokens: of
all limits that hold, the one with the least left. `reset` is the time until all of it is there
again.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from gilmok.core.errors import LimitReached
from gilmok.core.terms import Allowance, Allowances
from gilmok.surfaces.headers import Header

RATE_LIMITS: Final = tuple(
    f"x-ratelimit-{what}-{kind}"
    for kind in ("requests", "tokens")
    for what in ("limit", "remaining", "reset")
)


def allowance_headers(left: Allowances) -> list[Header]:
    """Nothing for what is not limited."""
    found: list[Header] = []
    if left.requests is not None:
        found += _of("requests", left.requests)
    if left.tokens is not None:
        found += _of("tokens", left.tokens)
    return found


def refusal_headers(error: LimitReached) -> list[Header]:
    """Of the limit that refused; nothing for concurrency, which has no rate."""
    kind = error.limit.partition("_")[0]
    if kind not in ("requests", "tokens"):
        return []
    return _of(kind, Allowance(error.most, error.left, error.full_s))


def duration(seconds: float) -> str:
    """As OpenAI writes one, never too short: `12ms`, `8.64s`, `6m0s`, `23h59m59s`."""
    if seconds <= 0:
        return "0s"
    milliseconds = ceil(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:g}s"
    minutes, rest = divmod(ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s"


def _of(kind: str, allowance: Allowance) -> list[Header]:
    return [
        (f"x-ratelimit-limit-{kind}", str(allowance.most)),
        (f"x-ratelimit-remaining-{kind}", str(allowance.left)),
        (f"x-ratelimit-reset-{kind}", duration(allowance.full_s)),
    ]
