"""How much at once and over time: the port behind which requests share their counters.

A *subject* is who is limited: the gateway, a tenant, a key, an end user, an endpoint. One call takes
from all subjects of a request or from none of them. Taking never waits: a store that processes share
has to lease its counts in advance.

* **Per minute: a token bucket.** `most` fit at once, and room for one more grows back every
  60/most seconds. Over any s seconds at most most · (1 + s/60) are admitted. A sliding window would
  be stricter (`most` in any minute) but must remember every request of the last minute, forgets a
  whole burst at once, and a client that waited for it meets all others who did. A fixed window lets
  twice as many pass at its edge. The bucket has one number, says exactly when something fits, and is
  what `x-ratelimit-reset-…` describes. It runs on the monotonic clock, in whole nanoseconds.
* **Per day: a counter** of the subject's own calendar, on the wall clock. It is emptied when a later
  day begins and never by a clock that steps back.
* **Concurrency: a count.**

Tokens are known only in the end. What is taken is an estimate; `end` puts it right: what was not
used is given back as far as it has not grown back already, and what was used beyond it is owed, so
that the bucket fills up later. Nothing is ever negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from gilmok.core.identity import Taken
from gilmok.core.terms import Allowances, Pace


class Limit(StrEnum):
    CONCURRENCY = "concurrency"
    REQUESTS_PER_MINUTE = "requests_per_minute"
    REQUESTS_PER_DAY = "requests_per_day"
    TOKENS_PER_MINUTE = "tokens_per_minute"
    TOKENS_PER_DAY = "tokens_per_day"


class Subject(Struct, frozen=True, kw_only=True):
    """Who is limited. The same name always comes with the same pace, until that is configured
    anew; the counts then stay."""

    scope: str
    """`gateway`, `tenant`, `key`, `user`, `endpoint`: for messages."""
    name: str
    """Unique over all scopes."""
    pace: Pace
    time_zone: str = "UTC"
    """IANA name: where its days begin."""


class Refusal(Struct, frozen=True, kw_only=True):
    """Why nothing was taken: of all limits in the way, the one that lasts longest."""

    subject: Subject
    limit: Limit
    most: int
    left: int
    """What was left of it."""
    wait_s: float
    """Until it fits, if nobody takes anything meanwhile; infinite where it never does. Of
    concurrency a guess."""
    full_s: float
    """Until all of it is there again."""


class Limiter(Protocol):
    """Never waits, never raises. Whoever asks often keeps the tuple of subjects: it may be known
    again as it is."""

    def take(
        self, subjects: Sequence[Subject], *, requests: int = 0, tokens: int = 0
    ) -> Taken | Refusal:
        """All of it from every subject, or nothing from any. A request is one of concurrency, too."""
        ...

    def left(self, subjects: Sequence[Subject]) -> Allowances:
        """The tightest of all their limits over time."""
        ...

    def wait_s(self, subject: Subject) -> float:
        """Seconds until one more request fits; 0 where it fits now."""
        ...

    def restore(self, subject: Subject, requests: int, tokens: int) -> None:
        """Counts what this day saw before the process started."""
        ...
