"""The course of one request: its attempts so far. Written by dispatch, read for the receipt."""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.completion import Usage
from gilmok.core.errors import AttemptFailed
from gilmok.core.plan import Candidate
from gilmok.core.ports import Clock
from gilmok.core.receipt import Attempt


class Course:
    """Every attempt is opened once and ended once, whatever happens in between."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._attempts: list[Attempt] = []
        self.failures: list[tuple[str, AttemptFailed]] = []

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(self._attempts)

    @property
    def elapsed_ms(self) -> float:
        return (self._clock.monotonic() - self._began) * 1000.0

    @property
    def cost(self) -> int:
        return sum(attempt.cost for attempt in self._attempts)

    def start(self, candidate: Candidate) -> Attempt:
        """The attempt as it stands if this process died now: dearest cost, no outcome."""
        now = self.elapsed_ms
        attempt = Attempt(
            number=len(self._attempts) + 1,
            endpoint_id=candidate.endpoint.id,
            zone=candidate.zone.value,
            masked=candidate.masked,
            started_ms=now,
            ended_ms=now,
            outcome="started",
            cost=candidate.worst_cost,
        )
        self._attempts.append(attempt)
        return attempt

    def first_token(self) -> float:
        """Marks the current attempt's first token; milliseconds since it started."""
        now = self.elapsed_ms
        self._attempts[-1] = replace(self._attempts[-1], first_token_ms=now)
        return now - self._attempts[-1].started_ms

    def end(self, outcome: str, usage: Usage | None, cost: int) -> None:
        """Ends the current attempt; a second end changes nothing."""
        if self._attempts and self._attempts[-1].outcome == "started":
            self._attempts[-1] = replace(
                self._attempts[-1],
                ended_ms=self.elapsed_ms,
                outcome=outcome,
                usage=usage,
                cost=cost,
            )
