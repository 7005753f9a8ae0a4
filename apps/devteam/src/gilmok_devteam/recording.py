"""Collects calls and samples while the team works. Holds no text that anybody wrote.

What the client saw comes first; when a call has ended, the gateway's own record of it (`Decision`)
replaces what it knows better: when the engine took the call up, tokens, the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gilmok_devteam.roles import RoleId
from gilmok_devteam.timeline import COMPLETED, OPEN, Call, Sample, Timeline

UNREACHABLE = "gateway_unreachable"
UNFINISHED = "unfinished"
"""The team stopped while the call was under way, or its answer broke off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The gateway's record of a call. Milliseconds since the request came in; `None`: not known."""

    outcome: str
    """`completed`, or the code of what went wrong."""
    endpoint: str = ""
    begun_ms: float | None = None
    """When an engine took it up, where the gateway keeps a queue for it."""
    first_ms: float | None = None
    total_ms: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Recorder:
    """`clock`: seconds, monotonic. The run begins when this is made."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._calls: list[Call] = []
        self._samples: list[Sample] = []
        self._ended: float | None = None

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began

    @property
    def timeline(self) -> Timeline:
        """Until now, or until the last thing that happened once the run is over."""
        return Timeline(tuple(self._calls), tuple(self._samples), self._ended or self.now)

    def sample(self, sample: Sample) -> None:
        self._samples.append(sample)

    def sent(self, role: RoleId, model: str) -> int:
        """A request left. Its number, for what follows.

        A role asks one thing at a time: an earlier request of it that is still open got nothing.
        """
        earlier = self._latest(role)
        if earlier is not None:
            self._change(earlier, ended=self.now, outcome=UNREACHABLE)
        self._calls.append(Call(role=role, model=model, sent=self.now))
        return len(self._calls) - 1

    def answered(self, number: int, *, decision: str, endpoint: str) -> None:
        """The head of an answer came."""
        self._change(number, decision=decision, endpoint=endpoint)

    def refused(self, number: int, code: str) -> None:
        """An error came instead of an answer."""
        self._change(number, outcome=code, ended=self.now)

    def token(self, role: RoleId) -> None:
        """A piece of a role's text came."""
        number = self._latest(role)
        if number is not None and self._calls[number].first is None:
            self._change(number, first=self.now)

    def finished(self, role: RoleId, prompt_tokens: int, completion_tokens: int) -> None:
        """A role's answer is complete; counts are 0 where nobody reported them."""
        number = self._latest(role)
        if number is not None:
            self._change(
                number,
                ended=self.now,
                outcome=COMPLETED,
                prompt_tokens=prompt_tokens or None,
                completion_tokens=completion_tokens or None,
            )

    def stopped(self, *, given_up: bool) -> None:
        """Nothing more comes. `given_up`: because we left, and not because of what is open."""
        self._ended = self.now
        for number, call in enumerate(self._calls):
            if call.outcome == OPEN:
                code = UNFINISHED if given_up or call.decision else UNREACHABLE
                self._change(number, ended=self.now, outcome=code)

    def settled(self, number: int, decision: Decision) -> None:
        """What the gateway knows of an ended call replaces what the client saw."""
        call = self._calls[number]
        ended = call.ended
        if decision.total_ms is not None:
            ended = call.sent + decision.total_ms / 1000
        self._change(
            number,
            outcome=decision.outcome,
            endpoint=decision.endpoint or call.endpoint,
            begun=_after(call, decision.begun_ms, call.begun),
            first=_after(call, decision.first_ms, call.first),
            ended=ended,
            prompt_tokens=_either(decision.prompt_tokens, call.prompt_tokens),
            completion_tokens=_either(decision.completion_tokens, call.completion_tokens),
        )

    def to_settle(self) -> tuple[tuple[int, str], ...]:
        """Number and decision of every call that the gateway can be asked about."""
        return tuple((n, c.decision) for n, c in enumerate(self._calls) if c.decision)

    def _latest(self, role: RoleId) -> int | None:
        for number in range(len(self._calls) - 1, -1, -1):
            if self._calls[number].role == role:
                return number if self._calls[number].outcome == OPEN else None
        return None

    def _change(self, number: int, **fields: object) -> None:
        self._calls[number] = replace(self._calls[number], **fields)  # type: ignore[arg-type]


def _after(call: Call, milliseconds: float | None, otherwise: float | None) -> float | None:
    return otherwise if milliseconds is None else call.sent + milliseconds / 1000


def _either(first: int | None, second: int | None) -> int | None:
    return second if first is None else first
