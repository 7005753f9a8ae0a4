"""The course of one request: its attempts so far. Written by dispatch, read for the receipt."""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.completion import Usage
from gilmok.core.endpoint import ZONE_NAMES
from gilmok.core.errors import AttemptFailed
from gilmok.core.plan import Candidate
from gilmok.core.ports import Clock
from gilmok.core.receipt import Attempt, Purpose


class Course:
    """Every attempt is opened once and ended once, whatever happens in between."""

    asides = 0
    """Attempts at questions of the gateway's own; they come before those at the client's."""
    held_aside = 0
    """Nano-dollars held for them."""
    queued_in_vain_ms = 0.0
    """Milliseconds in queues that led to no attempt, those for such questions included."""

    def __init__(
        self, clock: Clock, *, beside: Course | None = None, purpose: Purpose = Purpose.ANSWER
    ) -> None:
        """`beside`: the course whose books are written; see `aside`."""
        self._clock = clock
        self._beside = beside
        self._began: float = clock.monotonic() if beside is None else beside._began
        self._attempts: list[Attempt] = [] if beside is None else beside._attempts
        self._purpose = purpose
        self.failures: list[tuple[str, AttemptFailed]] = []

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(self._attempts)

    @property
    def elapsed_ms(self) -> float:
        return (self._clock.monotonic() - self._began) * 1000.0

    @property
    def cost(self) -> int:
        return sum([attempt.cost for attempt in self._attempts])

    @property
    def tokens(self) -> int:
        """Of all attempts that ended."""
        return sum(a.usage.tokens for a in self._attempts if a.usage is not None)

    @property
    def last_answer(self) -> Attempt | None:
        """The latest attempt at the client's own question."""
        return self._attempts[-1] if len(self._attempts) > self.asides else None

    @property
    def tries(self) -> int:
        """Attempts at the client's own question."""
        return len(self._attempts) - self.asides

    def aside(self, purpose: Purpose) -> Course:
        """The same books for a question of the gateway's own: its failures are not the client's."""
        return Course(self._clock, beside=self, purpose=purpose)

    def queued_in_vain(self, since_ms: float) -> None:
        """A queue was entered then, by `elapsed_ms`, and nothing comes of it: there was no turn, or
        the endpoint had no room for it when it came."""
        course = self._beside or self
        course.queued_in_vain_ms += self.elapsed_ms - since_ms

    def start(self, candidate: Candidate, queued_ms: float = 0.0) -> Attempt:
        """The attempt as it stands if this process died now: dearest cost, no outcome. It began to
        wait for its turn so long ago, and has it now."""
        if self._beside is not None:
            self._beside.asides += 1
        now = self.elapsed_ms
        attempt = Attempt(
            number=len(self._attempts) + 1,
            endpoint_id=candidate.endpoint.id,
            zone=ZONE_NAMES[candidate.zone],
            masked=candidate.masked,
            started_ms=now - queued_ms,
            queued_ms=queued_ms,
            ended_ms=now,
            outcome="started",
            cost=candidate.worst_cost,
            purpose=self._purpose,
        )
        self._attempts.append(attempt)
        return attempt

    @property
    def worked_ms(self) -> float:
        """How long the current attempt has had its turn."""
        current = self._attempts[-1]
        return self.elapsed_ms - current.started_ms - current.queued_ms

    def first_token(self) -> float:
        """Marks the current attempt's first token; milliseconds since it had its turn."""
        now, current = self.elapsed_ms, self._attempts[-1]
        self._attempts[-1] = replace(current, first_token_ms=now)
        return now - current.started_ms - current.queued_ms

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
