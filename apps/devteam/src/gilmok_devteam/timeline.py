"""What happened when: calls of the team, and what the gateway said was loaded meanwhile. Pure.

Times are seconds since the run began, on the client's clock. Within a call the gateway's own
durations count (`GET /v1/decisions/{id}`), so its clock need not agree with ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

from gilmok_devteam.roles import RoleId


class Phase(StrEnum):
    """What a call was doing."""

    QUEUED = "queued"
    """It waited, and its engine was not loading: others were before it, or had the memory."""
    LOADING = "loading"
    """It waited while its engine was being loaded."""
    READING = "reading"
    """The engine read the prompt: until the first token."""
    ANSWERING = "answering"
    FAILED = "failed"


class Load(StrEnum):
    """What an engine was doing, as the gateway names it."""

    COLD = "cold"
    LOADING = "loading"
    WARM = "warm"
    DRAINING = "draining"
    SICK = "sick"


Kind = TypeVar("Kind", Phase, Load)


@dataclass(frozen=True, slots=True)
class Span(Generic[Kind]):
    start: float
    end: float
    kind: Kind


COMPLETED = "completed"
OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of an agent. `sent <= begun <= first <= ended`, as far as the clocks agree."""

    role: RoleId
    model: str
    """The engine it asked for."""
    sent: float
    begun: float | None = None
    """When the engine took it up."""
    first: float | None = None
    """When the first token came."""
    ended: float | None = None
    """`None` while it is under way."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    outcome: str = OPEN
    """`open`, `completed`, or the gateway's code for what went wrong."""
    decision: str = ""
    """The gateway's id of it; empty behind something that is no Gilmok."""
    endpoint: str = ""
    """Who answered."""

    @property
    def engine(self) -> str:
        return self.endpoint or self.model

    @property
    def failed(self) -> bool:
        return self.outcome not in (OPEN, COMPLETED)

    @property
    def tokens_per_s(self) -> float | None:
        """While answering; `None` where it is not known or no time passed."""
        if self.first is None or self.ended is None or not self.completion_tokens:
            return None
        took = self.ended - self.first
        return self.completion_tokens / took if took > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAt:
    """An engine at one moment."""

    id: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """All engines at one moment."""

    at: float
    engines: tuple[EngineAt, ...]
    held: int = 0
    """Bytes that loaded and loading engines take, all devices together."""
    budget: int | None = None
    """Bytes that they may take together."""


@dataclass(frozen=True, slots=True)
class Timeline:
    calls: tuple[Call, ...] = ()
    samples: tuple[Sample, ...] = ()
    now: float = 0.0
    """The end of what is drawn; calls that are open last until here."""

    @property
    def engines(self) -> tuple[str, ...]:
        """Every engine that was asked or seen, in the order of the team's first calls."""
        seen = dict.fromkeys(call.engine for call in self.calls)
        seen |= dict.fromkeys(e.id for sample in self.samples for e in sample.engines)
        return tuple(seen)

    @property
    def budget(self) -> int | None:
        return next((s.budget for s in reversed(self.samples) if s.budget is not None), None)

    def loads(self, engine: str) -> tuple[Span[Load], ...]:
        """What an engine was doing; each state lasts until the sample that shows another."""
        states = self._states(engine)
        if not states:
            return ()
        at, load = states[-1]
        states.append((max(at, self.now), load))
        spans = (Span(at, until, load) for (at, load), (until, _) in pairwise(states))
        return tuple(_merged(spans))

    def calls_of(self, engine: str) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if call.engine == engine)

    def phases(self, call: Call) -> tuple[Span[Phase], ...]:
        """A call cut into what it did, in order and without gaps."""
        end = self.now if call.ended is None else call.ended
        first = end if call.first is None else min(max(call.first, call.sent), end)
        waits = self._waits(call, first)
        begun = waits[-1].end if waits else call.sent
        if call.failed:
            return (*waits, Span(begun, end, Phase.FAILED))
        spans = [*waits, Span(begun, first, Phase.READING), Span(first, end, Phase.ANSWERING)]
        return tuple(span for span in spans if span.start < span.end)

    def _waits(self, call: Call, first: float) -> tuple[Span[Phase], ...]:
        """The time before the engine took the call up: loading where the engine was.

        Where nobody said when that was, it is when the engine had been loaded, or at once.
        """
        until = first if call.begun is None else min(call.begun, first)
        spans: list[Span[Phase]] = []
        at = call.sent
        for load in self.loads(call.engine):
            start, end = max(load.start, at), min(load.end, until)
            if load.kind is not Load.LOADING or start >= end:
                continue
            if at < start:
                spans.append(Span(at, start, Phase.QUEUED))
            spans.append(Span(start, end, Phase.LOADING))
            at = end
        if call.begun is not None and at < until:
            spans.append(Span(at, until, Phase.QUEUED))
        return tuple(spans)

    def spent(self, call: Call, phase: Phase) -> float:
        """Seconds a call spent in a phase."""
        return sum(s.end - s.start for s in self.phases(call) if s.kind is phase)

    def loads_begun(self) -> int:
        """How many loads were seen. A load shorter than the time between two samples may be
        missed; then the engine is warm after it was not, which is counted too."""
        return sum(self._loads_of(engine) for engine in self.engines)

    def _loads_of(self, engine: str) -> int:
        changes = pairwise(load for _, load in self._states(engine))
        return sum(
            after is Load.LOADING or (after is Load.WARM and before is not Load.LOADING)
            for before, after in changes
            if before is not after
        )

    def _states(self, engine: str) -> list[tuple[float, Load]]:
        return [(s.at, e.load) for s in self.samples for e in s.engines if e.id == engine]

    @property
    def peak(self) -> int:
        """The most bytes that engines held at any sample."""
        return max((sample.held for sample in self.samples), default=0)


def _merged(spans: Iterable[Span[Kind]]) -> Iterator[Span[Kind]]:
    """Neighbours of one kind as one."""
    held: Span[Kind] | None = None
    for span in spans:
        if held is not None and held.kind == span.kind:
            held = Span(held.start, span.end, span.kind)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held
