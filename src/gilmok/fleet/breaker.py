"""When to stop asking an endpoint that keeps failing. Pure: time is an argument.

```
CLOSED --failures >= limit within window--> OPEN until now + cool
OPEN   --cool time over--> HALF OPEN: lets one probe through at a time
HALF OPEN --success--> CLOSED      HALF OPEN --failure--> OPEN, twice as long, up to the cap
```
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace


class BreakerPolicy(Struct, frozen=True, kw_only=True):
    failures: int = 5
    """Failures within `window_s` that open the breaker."""
    window_s: float = 30.0
    cool_s: float = 10.0
    cool_max_s: float = 120.0


class Breaker(Struct, frozen=True):
    recent: tuple[float, ...] = ()
    """Times of the failures that still count, monotonic seconds."""
    open_until: float = 0.0
    cool_s: float = 0.0
    """How long it stays open next; 0 while closed."""

    @property
    def tripped(self) -> bool:
        return self.cool_s > 0

    def failed(self, now: float, policy: BreakerPolicy) -> Breaker:
        if self.tripped:
            cool = min(self.cool_s * 2, policy.cool_max_s)
            return Breaker(open_until=now + cool, cool_s=cool)
        recent = (*(t for t in self.recent if t > now - policy.window_s), now)
        if len(recent) >= policy.failures:
            return Breaker(open_until=now + policy.cool_s, cool_s=policy.cool_s)
        return replace(self, recent=recent)

    def probing(self, now: float) -> Breaker:
        """A probe goes out: others wait another cool time for its result."""
        return replace(self, open_until=now + self.cool_s) if self.tripped else self

    def released(self, now: float) -> Breaker:
        """A probe ended without a result: the next one may go."""
        return replace(self, open_until=now)

    def succeeded(self) -> Breaker:
        return _CLOSED if self.recent or self.tripped else self


_CLOSED = Breaker()
